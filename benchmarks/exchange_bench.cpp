// Nanoseconds per operation of the matching engine, with 20,000 and with a million resting orders.
//
//     c++ -std=c++20 -O3 -I core benchmarks/exchange_bench.cpp -o exchange_bench && ./exchange_bench
//
// 45% new orders (a third of them post only), 45% cancels, reductions and amends to another price,
// 10% market and immediate orders. The asks are made beforehand, by an exchange that says which
// orders rest; all that is timed is the engine, on the same asks, and a sink that adds up fills.
// A resting order is chosen of the last few thousand, or of all alike ("uniform"). Then order by
// order: the public's events of the same asks through OrderReplay, under foreign ids.
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <memory>
#include <random>
#include <vector>

#include "exchange.hpp"
#include "order_replay.hpp"

using namespace halfspread;

namespace {

struct Load {
    const char* name;
    std::size_t resting;
    std::int32_t depth;  // ticks over which new orders spread, on each side
    std::size_t choice;  // cancels go to one of so many latest orders; 0: to any
    std::size_t operations;
};

struct Sum {
    std::uint64_t fills = 0, lots = 0;
    void operator()(const Event& event) {
        if (event.kind != Kind::filled) return;
        ++fills;
        lots = lots * 31 + static_cast<std::uint64_t>(event.size.count) +
               static_cast<std::uint32_t>(event.price.count);
    }
};

// Makes asks that hold the number of resting orders.
class Maker {
public:
    explicit Maker(const Load& load) : load_(load), exchange_(2 * load.resting + 1000) {
        while (alive_.size() < load.resting) one(filling, add());
    }
    std::vector<Event> asks() {
        std::vector<Event> made;
        made.reserve(load_.operations);
        while (made.size() < load_.operations) {
            const std::uint32_t kind = within(100);
            // As many leave as come, by fills and cancels; the other changes are amends.
            const bool enough = exchange_.book().live() > load_.resting;
            const Event ask = kind < 45 ? add() : kind < 90 ? change(enough) : take();
            one(made, ask);
        }
        return made;
    }
    std::vector<Event> filling;  // the asks that filled the book

private:
    std::uint32_t within(std::uint64_t bound) {
        return static_cast<std::uint32_t>(random_() % bound);
    }
    Side side() { return within(2) == 0 ? Side::bid : Side::ask; }
    // Nearer prices are likelier; one in 200 crosses.
    std::int32_t away() {
        const auto depth = static_cast<std::uint64_t>(load_.depth);
        if (within(200) == 0) return -1;
        return static_cast<std::int32_t>(std::min(within(depth), within(depth)));
    }
    Event add() {
        Event ask{};
        ask.kind = Kind::submit;
        ask.side = side();
        ask.detail = ask_detail(within(3) == 0 ? Lifetime::post_only : Lifetime::good_till_cancel,
                                SelfTrade::allow);
        ask.price = Ticks{100'000 - sign(ask.side) * (1 + away())};
        ask.size = Lots{1 + within(100)};
        return ask;
    }
    Event take() {
        Event ask = add();
        ask.detail =
            ask_detail(within(2) == 0 ? Lifetime::market : Lifetime::immediate, SelfTrade::allow);
        ask.price = Ticks{100'000 + sign(ask.side) * 20};
        ask.size = Lots{1 + within(150)};
        return ask;
    }
    Event change(bool enough) {
        const std::size_t choice =
            load_.choice == 0 ? alive_.size() : std::min(load_.choice, alive_.size());
        for (;;) {
            const std::size_t at = alive_.size() - 1 - within(choice);
            Event ask{};
            ask.order_id = alive_[at];
            const std::uint32_t slot = exchange_.book().find(ask.order_id);
            if (slot == OrderBook::nobody || (enough && within(4) != 0)) {
                alive_[at] = alive_.back();
                alive_.pop_back();
                if (slot == OrderBook::nobody) continue;
                ask.kind = Kind::cancel;
                return ask;
            }
            ask.kind = Kind::amend;
            ask.side = exchange_.book().side_of(slot);
            ask.size = exchange_.book().order(slot).size;
            ask.price = exchange_.book().price_at(slot);
            if (within(2) == 0 && ask.size > Lots{1}) ask.size -= Lots{1};
            else ask.price = Ticks{100'000 - sign(ask.side) * (1 + std::abs(away()))};
            return ask;
        }
    }
    void one(std::vector<Event>& made, const Event& ask) {
        Sum sum;
        made.push_back(ask);
        const std::uint64_t id = exchange_.apply(ask, Lots{}, sum);
        if (ask.kind == Kind::submit && exchange_.book().find(id) != 0) alive_.push_back(id);
    }

    Load load_;
    Exchange exchange_;
    std::mt19937_64 random_{42};
    std::vector<std::uint64_t> alive_;
};

double cpu_seconds() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

void report(const Load& load) {
    Maker maker(load);
    const std::vector<Event> asks = maker.asks();
    Exchange filled(2 * load.resting + 1000);
    Sum sum;
    std::vector<Event> tape;
    const auto write = [&](const Event& event) {
        if (event.kind < Kind::submit) tape.push_back(event);
    };
    for (const Event& ask : maker.filling) filled.apply(ask, Lots{}, write);
    const std::size_t filling_rows = tape.size();
    double best = 1e9, replayed = 1e9;
    Exchange exchange(0);
    for (int run = 0; run < 7; ++run) {
        exchange = filled;
        sum = {};
        const double start = cpu_seconds();
        for (const Event& ask : asks) exchange.apply(ask, Lots{}, sum);
        best = std::min(best, cpu_seconds() - start);
    }
    const std::size_t resting = exchange.book().live();
    exchange = filled;
    for (const Event& ask : asks) exchange.apply(ask, Lots{}, write);
    for (Event& row : tape) row.order_id = row.order_id * 0xd134'2543'de82'ef95U + 1;
    OrderReplay replay;
    for (int run = 0; run < 3; ++run) {
        replay = OrderReplay{};
        for (std::size_t row = 0; row < filling_rows; ++row) replay.apply(tape[row]);
        const double start = cpu_seconds();
        for (std::size_t row = filling_rows; row < tape.size(); ++row) replay.apply(tape[row]);
        replayed = std::min(replayed, cpu_seconds() - start);
    }
    const auto operations = static_cast<double>(asks.size());
    const auto rows = static_cast<double>(tape.size() - filling_rows);
    std::printf("%s,%zu,%.2f,%.2f,%.2f,%llu,%s\n", load.name, resting, best * 1e9 / operations,
                operations / best * 1e-6, replayed * 1e9 / rows,
                static_cast<unsigned long long>(sum.fills),
                replay.book().live() == resting ? "equal" : "DIFFERENT");
}

}  // namespace

int main(int count, char**) {
    std::printf("load,resting,ns_an_operation,million_a_second,ns_a_replayed_row,fills,replay\n");
    report({"20k", 20'000, 200, 2'000, 3'000'000});
    if (count > 1) return 0;
    report({"1M", 1'000'000, 2'000, 20'000, 3'000'000});
    report({"1M uniform", 1'000'000, 2'000, 0, 3'000'000});
}
