// The exact queue: what departures and prints make of a place, and whom a Match lets them move.
#include <doctest/doctest.h>

#include <cstdint>
#include <utility>
#include <vector>

#include "builders.hpp"
#include "match.hpp"
#include "order_replay.hpp"
#include "queue.hpp"

using namespace halfspread;

namespace {

using Fills = std::vector<std::pair<std::size_t, std::int64_t>>;
const CoinScale scale(1.0);

Lots print(ExactPosition& queue, std::int64_t size, std::int64_t time) {
    return queue.print<Rules::ours>(Lots{size}, scale, Nanos{time});
}
Departure gone(std::uint64_t joined, std::int64_t lots, std::int64_t time = 1) {
    return {.time = Nanos{time},
            .row = 0,
            .joined = joined,
            .lots = Lots{lots},
            .price = Ticks{100},
            .side = Side::bid,
            .was_executed = false};
}
Event row(Kind kind, std::uint64_t id, std::int32_t price, std::int64_t size) {
    Event event{};
    event.kind = kind;
    event.order_id = id;
    event.side = Side::bid;
    event.price = Ticks{price};
    event.size = Lots{size};
    return event;
}

// Bids at 100, of lane 0, with sizes of 10 lots and instants 1, 2, ... behind 5 lots more each.
class Bids {
public:
    explicit Bids(std::size_t orders) : match_({QueueModel::exact, 1.0}, scale, 1, orders) {
        for (std::size_t slot = 0; slot < orders; ++slot) {
            Resting& order = match_.order(slot);
            order.side = Side::bid;
            order.price = Ticks{100};
            order.leaves = Lots{10};
            match_.rest(slot, Lots{static_cast<std::int64_t>(5 * (slot + 1))}, slot + 1);
        }
    }
    void depart(const Departure& departure) { match_.depart(departure); }
    Fills trade(std::int64_t size, std::int64_t time) {
        Fills fills;
        match_.trade(Side::ask, Ticks{100}, Lots{size}, Ticks{101}, Nanos{time},
                     [&](std::size_t slot, Lots lots) { fills.emplace_back(slot, lots.count); });
        return fills;
    }

private:
    Match<Rules::ours, ExactPosition> match_;
};

}  // namespace

TEST_CASE("a print reaches us with what is left of it past those who are there") {
    ExactPosition queue(Lots{5});
    CHECK(print(queue, 3, 1) == Lots{});
    queue.depart(Lots{3}, true, Nanos{1});
    CHECK(queue.ahead() == Lots{2});
    queue.depart(Lots{1}, false, Nanos{2});
    CHECK(print(queue, 4, 3) == Lots{3});
}

TEST_CASE("a print and its executions are one volume, whichever rows come first") {
    ExactPosition prints_first(Lots{5});
    CHECK(print(prints_first, 3, 1) == Lots{});
    CHECK(print(prints_first, 4, 1) == Lots{2});
    prints_first.depart(Lots{5}, true, Nanos{1});
    CHECK(print(prints_first, 1, 1) == Lots{1});

    ExactPosition prints_last(Lots{5});
    prints_last.depart(Lots{3}, true, Nanos{1});
    prints_last.depart(Lots{2}, true, Nanos{1});
    CHECK(print(prints_last, 7, 1) == Lots{2});

    ExactPosition by_removal(Lots{5});
    CHECK(print(by_removal, 3, 1) == Lots{});
    by_removal.depart(Lots{3}, false, Nanos{1});
    CHECK(print(by_removal, 3, 1) == Lots{1});
}

TEST_CASE("what was never printed is forgotten with its instant") {
    ExactPosition queue(Lots{5});
    queue.depart(Lots{3}, true, Nanos{1});
    CHECK(print(queue, 3, 2) == Lots{1});
}

TEST_CASE("the place of an order never gets worse, nor better than first") {
    Draw within(3);
    ExactPosition queue(Lots{1'000});
    for (std::int64_t step = 0; step < 2'000; ++step) {
        const Lots before = queue.ahead();
        const Nanos time{step / 3};
        if (within(2) == 0) {
            queue.depart(Lots{within(5)}, within(2) == 0, time);
        } else {
            const std::int64_t size = within(9);
            const Lots reached = print(queue, size, time.count);
            REQUIRE(reached >= Lots{});
            REQUIRE(reached <= Lots{size});
        }
        REQUIRE(queue.ahead() <= before);
        REQUIRE(queue.ahead() >= Lots{});
    }
}

TEST_CASE("who leaves moves up those of ours that joined after it, and no others") {
    Bids bids(3);                              // ahead 5, 10 and 15; joined at 1, 2 and 3
    bids.depart(gone(1, 4));                   // ahead of the second and third
    bids.depart(gone(0, 5));                   // of all
    bids.depart(gone(3, 9));                   // of none
    CHECK(bids.trade(1, 2) == Fills{{0, 1}});  // ahead 0, 1 and 6
    CHECK(bids.trade(4, 3) == Fills{{0, 4}});
    CHECK(bids.trade(7, 4) == Fills{{0, 5}, {1, 1}});
}

TEST_CASE("a level that shrinks moves nobody: its departures do") {
    Match<Rules::ours, ExactPosition> match({QueueModel::exact, 1.0}, scale, 1, 1);
    Resting& order = match.order(0);
    order.side = Side::bid;
    order.price = Ticks{100};
    order.leaves = Lots{3};
    match.rest(0, Lots{5}, 1);
    std::int64_t filled = 0;
    const auto fill = [&](std::size_t, Lots lots) { filled += lots.count; };
    const LevelChange change{Ticks{100}, Ticks{100}, Lots{5}, Lots{1}};
    match.level(Side::bid, Ticks{100}, change, Nanos{1}, fill);
    match.trade(Side::ask, Ticks{100}, Lots{5}, Ticks{101}, Nanos{2}, fill);
    CHECK(filled == 0);
}

TEST_CASE("a followed tape tells who left its queues, and when that order had joined") {
    OrderReplay replay;
    const auto after = [&](std::uint64_t stamp, const Event& event) {
        replay.stamp(stamp);
        replay.apply(event);
        std::vector<std::pair<std::uint64_t, std::int64_t>> left;
        for (const Gone& lots : replay.gone()) left.emplace_back(lots.stamp, lots.lots.count);
        return left;
    };
    using Left = std::vector<std::pair<std::uint64_t, std::int64_t>>;
    CHECK(after(1, row(Kind::add, 7, 100, 9)).empty());
    CHECK(after(2, row(Kind::add, 8, 100, 9)).empty());
    CHECK(after(3, row(Kind::modify, 7, 100, 6)) == Left{{1, 3}});
    CHECK(after(4, row(Kind::modify, 7, 100, 8)) == Left{{1, 6}});  // grows: all its place is lost
    CHECK(after(5, row(Kind::execute, 8, 100, 2)) == Left{{2, 2}});
    CHECK(after(6, row(Kind::trade, 0, 100, 2)).empty());
    CHECK(after(7, row(Kind::level, 0, 100, 19)).empty());  // 4 lots more, nobody's
    CHECK(after(8, row(Kind::level, 0, 100, 14)) == Left{{7, 4}, {4, 1}});
    CHECK(after(9, row(Kind::remove, 7, 100, 7)) == Left{{4, 7}});
    CHECK(after(10, row(Kind::remove, 7, 100, 7)).empty());
    CHECK(after(11, row(Kind::clear, 0, everything.count, 0)) == Left{{2, 7}});
}
