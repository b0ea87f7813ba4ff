// TwoClocks: rows about orders as levels on either clock, messages' ends, and who left the queues.
#include "two_clocks.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <vector>

using namespace halfspread;

namespace {

constexpr std::uint16_t last_of_both = flag::both | flag::last;

Event row(Kind kind, std::uint64_t id, Side side, std::int32_t price, std::int64_t size,
          std::uint16_t flags = last_of_both) {
    Event event{};
    event.kind = kind;
    event.order_id = id;
    event.side = side;
    event.price = Ticks{price};
    event.size = Lots{size};
    event.flags = flags;
    return event;
}

}  // namespace

TEST_CASE("a row on one clock parts them, and what differs is told to each alone") {
    TwoClocks fold(false);
    std::vector<Event> rows;
    fold.apply(row(Kind::add, 1, Side::bid, 100, 5), rows);
    fold.apply(row(Kind::add, 2, Side::bid, 100, 3, flag::at_exchange | flag::last), rows);
    fold.apply(row(Kind::add, 3, Side::bid, 100, 1), rows);
    REQUIRE(rows.size() == 4);
    CHECK(rows[0].flags == last_of_both);
    CHECK(rows[1].size == Lots{8});
    CHECK(rows[1].flags == (flag::at_exchange | flag::last));
    CHECK(rows[2].size == Lots{9});
    CHECK(rows[2].flags == (flag::at_exchange | flag::last));
    CHECK(rows[3].size == Lots{6});
    CHECK(rows[3].flags == (flag::at_local | flag::last));
}

TEST_CASE("a row on no clock is nobody's") {
    TwoClocks fold(true);
    std::vector<Event> rows;
    fold.apply(row(Kind::add, 1, Side::ask, 101, 8, flag::at_local), rows);
    fold.apply(row(Kind::add, 2, Side::ask, 101, 1, flag::last), rows);
    fold.apply(row(Kind::add, 3, Side::ask, 101, 2), rows);
    REQUIRE(rows.size() == 3);
    CHECK(rows[1].size == Lots{2});   // at the exchange
    CHECK(rows[2].size == Lots{10});  // as we see it
    fold.apply(row(Kind::remove, 2, Side::ask, 101, 1, flag::last), rows);
    CHECK(rows.size() == 3);
    CHECK(fold.take_departures().empty());
}

TEST_CASE("a message whose last row changed no level ends with the newest row that came of it") {
    TwoClocks fold(false);
    std::vector<Event> rows;
    fold.apply(row(Kind::add, 1, Side::bid, 100, 5, flag::both), rows);
    fold.apply(row(Kind::modify, 1, Side::bid, 100, 5), rows);
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].flags == last_of_both);
}

TEST_CASE("departures stand beside the rows, in the counts of both") {
    TwoClocks fold(true);
    std::vector<Event> rows;
    fold.apply(row(Kind::add, 1, Side::bid, 100, 5), rows);
    fold.apply(row(Kind::add, 2, Side::bid, 100, 4), rows);
    fold.apply(row(Kind::execute, 1, Side::bid, 100, 5), rows);
    fold.apply(row(Kind::remove, 2, Side::bid, 100, 4), rows);
    const std::vector<Departure> departures = fold.take_departures();
    REQUIRE(departures.size() == 2);
    CHECK(departures[0].row == 2);
    CHECK(departures[0].joined == 0);
    CHECK(departures[0].lots == Lots{5});
    CHECK(departures[0].was_executed);
    CHECK(departures[1].row == 3);
    CHECK(departures[1].joined == 1);
    CHECK_FALSE(departures[1].was_executed);
    CHECK(fold.take_departures().empty());
}
