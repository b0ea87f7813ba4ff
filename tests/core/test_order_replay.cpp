// OrderReplay and IdMap: foreign ids, queues, and every way in which a tape and a book disagree.
#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <map>
#include <random>
#include <vector>

#include "id_map.hpp"
#include "order_replay.hpp"

using namespace halfspread;

namespace {

constexpr std::uint64_t wild_id = 0xfeed'beef'dead'cafeU;

Event row(Kind kind, std::uint64_t id, Side side, std::int32_t price, std::int64_t size) {
    Event event{};
    event.kind = kind;
    event.order_id = id;
    event.side = side;
    event.price = Ticks{price};
    event.size = Lots{size};
    return event;
}

// Bids 5 of order 1, 6 of order 2 and 7 of order 3, all at 100.
OrderReplay three() {
    OrderReplay replay;
    for (const std::uint64_t id : {1U, 2U, 3U})
        replay.apply(row(Kind::add, id, Side::bid, 100, static_cast<std::int64_t>(id + 4)));
    return replay;
}
std::vector<std::uint64_t> queue(const OrderReplay& replay, Side side) {
    std::vector<std::uint64_t> ids;
    replay.book().for_each_order(
        side, [&](std::uint32_t slot, Ticks) { ids.push_back(replay.id_of(slot)); });
    return ids;
}
std::uint64_t faults(const OrderReplay& replay) {
    std::uint64_t total = 0;
    for (std::size_t fault = 0; fault < tape_faults; ++fault)
        total += replay.count(static_cast<TapeFault>(fault));
    return total;
}

}  // namespace

TEST_CASE("orders of a tape keep their place, as the venue's rules have it") {
    OrderReplay replay = three();
    replay.apply(row(Kind::modify, 1, Side::bid, 100, 4));  // fewer: keeps its place
    CHECK(queue(replay, Side::bid) == std::vector<std::uint64_t>{1, 2, 3});
    replay.apply(row(Kind::modify, 2, Side::bid, 100, 9));  // more: goes behind
    CHECK(queue(replay, Side::bid) == std::vector<std::uint64_t>{1, 3, 2});
    replay.apply(row(Kind::modify, 3, Side::bid, 99, 7));
    CHECK(queue(replay, Side::bid) == std::vector<std::uint64_t>{1, 2, 3});
    replay.apply(row(Kind::execute, 1, Side::bid, 100, 3));
    CHECK(replay.book().size_at(Side::bid, Ticks{100}) == Lots{10});
    replay.apply(row(Kind::execute, 1, Side::bid, 100, 1));
    replay.apply(row(Kind::remove, 2, Side::bid, 100, 9));
    CHECK(queue(replay, Side::bid) == std::vector<std::uint64_t>{3});
    CHECK(replay.book().best(Side::bid) == Ticks{99});
    CHECK(faults(replay) == 0);
    const OrderReplay copy = replay;
    CHECK(copy.hash() == replay.hash());
}

TEST_CASE("what a tape and a book disagree on is counted, and done as far as it can be") {
    const auto after = [](const Event& event, TapeFault fault) {
        OrderReplay replay = three();
        replay.apply(event);
        CHECK(replay.count(fault) == 1);
        return replay;
    };
    CHECK(queue(after(row(Kind::modify, wild_id, Side::bid, 101, 1), TapeFault::unknown_order),
                Side::bid) == std::vector<std::uint64_t>{wild_id, 1, 2, 3});
    after(row(Kind::remove, wild_id, Side::bid, 100, 1), TapeFault::unknown_order);
    after(row(Kind::execute, wild_id, Side::bid, 100, 1), TapeFault::unknown_order);
    CHECK(queue(after(row(Kind::add, 1, Side::bid, 100, 1), TapeFault::known_order), Side::bid) ==
          std::vector<std::uint64_t>{2, 3, 1});
    CHECK(queue(after(row(Kind::modify, 1, Side::ask, 102, 5), TapeFault::wrong_side), Side::ask) ==
          std::vector<std::uint64_t>{1});
    CHECK(after(row(Kind::execute, 1, Side::bid, 98, 2), TapeFault::off_price)
              .book()
              .size_at(Side::bid, Ticks{100}) == Lots{16});
    CHECK(after(row(Kind::execute, 1, Side::bid, 100, 50), TapeFault::too_much)
              .book()
              .size_at(Side::bid, Ticks{100}) == Lots{13});
    CHECK(after(row(Kind::execute, 2, Side::bid, 100, 6), TapeFault::out_of_turn).book().live() ==
          2);
    for (const Event& bad :
         {row(Kind::add, 9, Side::none, 100, 1), row(Kind::add, 9, Side::bid, 100, 0),
          row(Kind::add, 9, Side::bid, 100, -1), row(Kind::add, 9, Side::ask, no_ask.count, 1),
          row(Kind::add, 1, static_cast<Side>(3), 100, 1),
          row(Kind::add, 9, Side::bid, 100, std::numeric_limits<std::int64_t>::max()),
          row(Kind::modify, 1, Side::bid, 100, 0), row(Kind::execute, 1, Side::bid, 100, -5)})
        CHECK(queue(after(bad, TapeFault::bad_row), Side::bid) ==
              std::vector<std::uint64_t>{1, 2, 3});
}

TEST_CASE("lots that a snapshot does not name go when orders unknown to it do") {
    OrderReplay replay;
    replay.apply(row(Kind::add, 0, Side::ask, 100, 5));
    replay.apply(row(Kind::add, 0, Side::ask, 100, 6));
    replay.apply(row(Kind::add, 1, Side::ask, 100, 7));
    replay.apply(row(Kind::execute, wild_id, Side::ask, 100, 2));
    CHECK(replay.book().size_at(Side::ask, Ticks{100}) == Lots{16});
    replay.apply(row(Kind::remove, wild_id, Side::ask, 100, 8));
    CHECK(replay.book().size_at(Side::ask, Ticks{100}) == Lots{8});
    replay.apply(row(Kind::remove, wild_id, Side::ask, 99, 8));
    replay.apply(row(Kind::remove, wild_id, Side::none, 100, 8));
    CHECK(replay.book().size_at(Side::ask, Ticks{100}) == Lots{8});
    replay.apply(row(Kind::remove, wild_id, Side::ask, 100, 50));
    CHECK(queue(replay, Side::ask) == std::vector<std::uint64_t>{1});
    CHECK(replay.count(TapeFault::unknown_order) == 5);
    CHECK(faults(replay) == 5);
}

TEST_CASE("a level that holds all the lots there can be takes no more") {
    OrderReplay replay;
    for (std::uint64_t id = 1; id <= 512; ++id)
        replay.apply(row(Kind::add, id, Side::bid, 100, largest_size.count));
    CHECK(faults(replay) == 0);
    replay.apply(row(Kind::add, 513, Side::bid, 100, 1));
    replay.apply(row(Kind::add, 514, Side::bid, 99, 1));
    replay.apply(row(Kind::modify, 514, Side::bid, 100, 1));
    CHECK(replay.count(TapeFault::full) == 2);
    CHECK(replay.book().live() == 512);
    OrderReplay small(1);
    small.apply(row(Kind::add, 1, Side::bid, 100, 1));
    small.apply(row(Kind::add, 2, Side::bid, 100, 1));
    CHECK(small.count(TapeFault::full) == 1);
}

TEST_CASE("clears of a stretch, a side and the book; a crossed tape is kept as it is") {
    OrderReplay replay;
    for (std::int32_t level = 0; level < 5; ++level) {
        replay.apply(row(Kind::add, std::uint64_t(level + 1), Side::bid, 100 - level, 1));
        replay.apply(row(Kind::add, std::uint64_t(level + 11), Side::ask, 99 + level, 1));
    }
    CHECK(replay.book().crossed());
    replay.apply(row(Kind::clear, 0, Side::bid, 99, 0));
    CHECK(queue(replay, Side::bid) == std::vector<std::uint64_t>{3, 4, 5});
    replay.apply(row(Kind::clear, 0, Side::ask, everything.count, 0));
    CHECK(queue(replay, Side::ask).empty());
    CHECK(replay.find(11) == 0);
    replay.apply(row(Kind::clear, 0, Side::none, 0, 0));
    CHECK(replay.book().live() == 0);
    CHECK(faults(replay) == 0);
}

TEST_CASE("an id map equals std::map, where homes collide and the table grows") {
    // Ids of four homes round the table's end, and of anywhere: 0x9e37... times its inverse is 1.
    constexpr std::uint64_t inverse = 0xf1de'83e1'9937'733dU;
    IdMap map;
    std::map<std::uint64_t, std::uint32_t> twin;
    std::mt19937_64 random(5);
    for (std::uint32_t step = 1; step < 60'000; ++step) {
        const std::uint64_t home = (random() % 4 - 2) & 0xfffU;
        const std::uint64_t id =
            step % 2 == 0 ? inverse * (home << 52U | random() % 50) : random() % 9'000;
        const auto found = twin.find(id);
        REQUIRE(map.find(id) == (found == twin.end() ? 0 : found->second));
        if (found == twin.end()) {
            map.insert(id, step);
            twin[id] = step;
        } else if (random() % 3 != 0) {
            map.erase(id);
            twin.erase(found);
        }
        REQUIRE(map.size() == twin.size());
    }
    for (const auto& [id, slot] : twin) REQUIRE(map.find(id) == slot);
    map.erase(~std::uint64_t{0});
    CHECK(map.size() == twin.size());
    CHECK(twin.size() > 4'096);  // twice as many places as at first
    map.clear();
    CHECK(map.find(twin.begin()->first) == 0);
}
