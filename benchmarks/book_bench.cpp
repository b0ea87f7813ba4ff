// Nanoseconds per book update on dense and sparse feeds, the worst call, and std::map beside them.
//
//     c++ -std=c++20 -O3 -I core benchmarks/book_bench.cpp -o book_bench && ./book_bench
//
// The feeds are those of a large-tick and of a small-tick instrument, 2% of updates 20 to 2000
// ticks away and 0.03% up to 1e6, and four hostile ones: a side that empties, a crash, a uniform
// one, a dense ladder that jumps. All books must agree on a checksum of the best prices.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <vector>

#include "book.hpp"

using namespace halfspread;

namespace {

struct Update {
    std::int32_t price;
    std::int32_t size;
    Side side;
};
using Feed = std::vector<Update>;

using Random = std::mt19937_64;
double uniform(Random& random) { return std::uniform_real_distribution<double>(0.0, 1.0)(random); }

struct Shape {
    double distance;   // mean distance of an update from its side's touch, ticks
    double deletes;    // share of updates that delete
    double best_move;  // share of updates after which the touch moves by a tick
    int spread;
};

// Updates keep within their side of a touch that walks, so that nothing crosses but by a walk.
Feed walking(const Shape& shape, std::size_t count) {
    Random random(42);
    std::exponential_distribution<double> distance(1.0 / shape.distance);
    Feed feed(count);
    std::int32_t middle = 1'000'000;
    for (Update& update : feed) {
        if (uniform(random) < shape.best_move) middle += random() % 2 == 0 ? 1 : -1;
        if (uniform(random) < 1e-5) middle += random() % 2 == 0 ? 100 : -100;
        const double where = uniform(random);
        double away = distance(random);
        if (where < 0.0003) away = 1e5 + 9e5 * uniform(random);
        else if (where < 0.02) away = 20 * std::pow(100.0, uniform(random));
        update.side = random() % 2 == 0 ? Side::bid : Side::ask;
        const std::int32_t offset = shape.spread / 2 + static_cast<std::int32_t>(away);
        update.price = middle - sign(update.side) * offset;
        update.size =
            uniform(random) < shape.deletes ? 0 : 1 + static_cast<std::int32_t>(random() % 1000);
    }
    return feed;
}

// A hundred bids, set and deleted again and again, and one more 1e6 ticks below.
Feed emptied(std::size_t count) {
    Feed feed;
    feed.push_back({1'000'000, 5, Side::bid});
    while (feed.size() < count) {
        for (std::int32_t level = 0; level < 100; ++level)
            feed.push_back({2'000'000 - level, 5, Side::bid});
        for (std::int32_t level = 0; level < 100; ++level)
            feed.push_back({2'000'000 - level, 0, Side::bid});
    }
    return feed;
}

// Every 200,000 updates the market falls or rises by 50,000 ticks, across all that rested there.
Feed crash(std::size_t count) {
    Feed feed = walking({60, 0.26, 0.1, 4}, count);
    for (std::size_t row = 0; row < count; ++row)
        if (row / 200'000 % 2 == 1) feed[row].price -= 50'000;
    return feed;
}

// A level at any of 1e6 ticks, then the delete of the one set 4096 levels before.
Feed spread_out(std::size_t count) {
    Random random(42);
    Feed feed(count);
    for (std::size_t row = 0; row < count; ++row) {
        if (row % 2 == 1 && row > 8192) {
            feed[row] = feed[row - 8191];
            feed[row].size = 0;
            continue;
        }
        const Side side = random() % 2 == 0 ? Side::bid : Side::ask;
        feed[row] = {2'000'000 - sign(side) * static_cast<std::int32_t>(random() % 500'000), 7,
                     side};
    }
    return feed;
}

// 20,000 adjacent levels a side, then the whole market 1e6 ticks up, and down again.
Feed jumping(std::size_t count) {
    Feed feed;
    for (std::int32_t middle = 2'000'000; feed.size() < count;
         middle = middle == 2'000'000 ? 3'000'000 : 2'000'000)
        for (std::int32_t level = 1; level <= 20'000; ++level)
            for (const Side side : {Side::bid, Side::ask})
                feed.push_back({middle - sign(side) * level, 3, side});
    return feed;
}

class MapBook {
public:
    void set(Side side, std::int32_t price, std::int64_t size) {
        if (side == Side::bid) {
            if (size == 0) bids_.erase(price);
            else bids_[price] = size, asks_.erase(asks_.begin(), asks_.upper_bound(price));
        } else {
            if (size == 0) asks_.erase(price);
            else asks_[price] = size, bids_.erase(bids_.begin(), bids_.upper_bound(price));
        }
    }
    std::uint32_t bid() const {
        return static_cast<std::uint32_t>(bids_.empty() ? no_bid.count : bids_.begin()->first);
    }
    std::uint32_t ask() const {
        return static_cast<std::uint32_t>(asks_.empty() ? no_ask.count : asks_.begin()->first);
    }

private:
    std::map<std::int32_t, std::int64_t, std::greater<>> bids_;
    std::map<std::int32_t, std::int64_t> asks_;
};

double cpu_seconds() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

struct Timing {
    double nanoseconds;
    std::uint64_t checksum;
};

std::uint64_t mixed(std::uint64_t checksum, std::uint32_t bid, std::uint32_t ask) {
    return checksum + bid + std::uint64_t{ask} * 3;
}

Timing median(auto once) {
    std::vector<Timing> timings(5);
    for (Timing& timing : timings) timing = once();
    std::sort(timings.begin(), timings.end(), [](const Timing& left, const Timing& right) {
        return left.nanoseconds < right.nanoseconds;
    });
    return timings[timings.size() / 2];
}

template <Crossing rule>
Timing time_ring(const Feed& feed) {
    const auto book = std::make_unique<Book<rule>>();
    std::uint64_t checksum = 0;
    const double start = cpu_seconds();
    for (const Update& update : feed) {
        book->set(update.side, Ticks{update.price}, Lots{update.size});
        checksum = mixed(checksum, static_cast<std::uint32_t>(book->best(Side::bid).count),
                         static_cast<std::uint32_t>(book->best(Side::ask).count));
    }
    return {(cpu_seconds() - start) * 1e9 / static_cast<double>(feed.size()), checksum};
}

Timing time_map(const Feed& feed) {
    MapBook book;
    std::uint64_t checksum = 0;
    const double start = cpu_seconds();
    for (const Update& update : feed) {
        book.set(update.side, update.price, update.size);
        checksum = mixed(checksum, book.bid(), book.ask());
    }
    return {(cpu_seconds() - start) * 1e9 / static_cast<double>(feed.size()), checksum};
}

// The worst call, as the least over rounds of each call's time: an interrupt does not strike twice.
double worst_call(const Feed& feed) {
    std::vector<float> least(feed.size(), 1e9F);
    for (int round = 0; round < 7; ++round) {
        const auto book = std::make_unique<Book<Crossing::newer_wins>>();
        for (std::size_t row = 0; row < feed.size(); ++row) {
            const auto start = std::chrono::steady_clock::now();
            book->set(feed[row].side, Ticks{feed[row].price}, Lots{feed[row].size});
            const auto stop = std::chrono::steady_clock::now();
            least[row] =
                std::min(least[row], std::chrono::duration<float, std::nano>(stop - start).count());
        }
    }
    return *std::max_element(least.begin(), least.end());
}

void report(const char* name, const Feed& feed) {
    const Timing ring = median([&] { return time_ring<Crossing::newer_wins>(feed); });
    const Timing skip = median([&] { return time_ring<Crossing::skip>(feed); });
    const Timing map = time_map(feed);
    const Feed head(feed.begin(), feed.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(
                                                     feed.size(), 1'000'000)));
    std::printf("%-28s %7.2f %7.2f %7.2f   %7.0f  %s\n", name, ring.nanoseconds, skip.nanoseconds,
                map.nanoseconds, worst_call(head),
                ring.checksum == map.checksum ? "equal" : "DIFFERENT");
}

}  // namespace

int main() {
    std::printf("%-28s %7s %7s %7s   %7s\n", "ns per update", "ring", "skip", "map", "worst");
    report("dense", walking({6, 0.15, 0.01, 2}, 20'000'000));
    report("sparse", walking({60, 0.26, 0.1, 4}, 20'000'000));
    report("one side emptied, 1e6 away", emptied(4'000'000));
    report("crash of 50,000 ticks", crash(4'000'000));
    report("uniform over 1e6 ticks", spread_out(4'000'000));
    report("20,000 levels jump 1e6", jumping(4'000'000));
}
