// Standing: what rests after rows of every kind of book, and the snapshot that builds it again.
#include <doctest/doctest.h>

#include <cstdint>
#include <vector>

#include "standing.hpp"
#include "tapes.hpp"

using namespace halfspread;

namespace {

Event order(Kind kind, std::uint64_t id, Side side, std::int32_t price, std::int64_t size) {
    Event event = tapes::row(kind, 0, side, price, size);
    event.order_id = id;
    return event;
}

struct Told {
    Kind kind;
    std::uint64_t id;
    std::int32_t price;
    std::int64_t size;

    bool operator==(const Told&) const = default;
};

std::vector<Told> told(const Standing& standing) {
    std::vector<Told> rows;
    for (const Event& row : standing.snapshot()) {
        rows.push_back({row.kind, row.order_id, row.price.count, row.size.count});
    }
    return rows;
}

constexpr Told cleared{Kind::clear, 0, everything.count, 0};

}  // namespace

TEST_CASE("nothing rests, and nothing is told, before a row of a book") {
    Standing standing;
    standing.apply(tapes::row(Kind::trade, 0, Side::bid, 100, 1));
    CHECK(standing.snapshot().empty());
    standing.apply(tapes::row(Kind::level, 0, Side::bid, 100, 0));
    CHECK(told(standing) == std::vector{cleared});
}

TEST_CASE("levels come bids first, each from the best; then orders, by priority") {
    Standing standing;
    for (const auto& [side, price] :
         {std::pair{Side::ask, 103}, {Side::bid, 99}, {Side::bid, 100}, {Side::ask, 102}}) {
        standing.apply(tapes::row(Kind::level, 0, side, price, price));
    }
    standing.apply(order(Kind::add, 7, Side::bid, 98, 5));
    standing.apply(order(Kind::add, 6, Side::ask, 104, 5));
    standing.apply(order(Kind::add, 5, Side::bid, 98, 5));
    standing.apply(order(Kind::modify, 7, Side::bid, 98, 4));  // less: it keeps its place
    standing.apply(order(Kind::execute, 7, Side::bid, 98, 1));
    standing.apply(order(Kind::modify, 6, Side::ask, 104, 6));  // more: to the back
    standing.apply(order(Kind::remove, 9, Side::ask, 104, 6));  // of an order that nobody knows
    CHECK(told(standing) == std::vector<Told>{cleared,
                                              {Kind::level, 0, 100, 100},
                                              {Kind::level, 0, 99, 99},
                                              {Kind::level, 0, 102, 102},
                                              {Kind::level, 0, 103, 103},
                                              {Kind::add, 7, 98, 3},
                                              {Kind::add, 5, 98, 5},
                                              {Kind::add, 6, 104, 6}});
    const std::vector<Event> rows = standing.snapshot();
    CHECK(rows.front().flags == flag::snapshot);
    CHECK(rows.back().flags == (flag::snapshot | flag::last));
}

TEST_CASE("a clear takes the orders that it reaches, an execute of all removes") {
    Standing standing;
    for (const std::int32_t price : {97, 98, 99}) {
        standing.apply(order(Kind::add, static_cast<std::uint64_t>(price), Side::bid, price, 5));
    }
    standing.apply(order(Kind::add, 103, Side::ask, 103, 5));
    standing.apply(tapes::row(Kind::clear, 0, Side::bid, 98, 0));
    CHECK(told(standing) ==
          std::vector<Told>{cleared, {Kind::add, 97, 97, 5}, {Kind::add, 103, 103, 5}});
    standing.apply(order(Kind::execute, 97, Side::bid, 97, 5));
    CHECK(told(standing) == std::vector<Told>{cleared, {Kind::add, 103, 103, 5}});
    standing.apply(tapes::row(Kind::clear, 0, Side::none, 0, 0));
    CHECK(told(standing) == std::vector{cleared});
}

TEST_CASE("a row whose side is none of the three passes by") {
    Standing standing;
    Event event = tapes::row(Kind::level, 0, Side::bid, 100, 5);
    event.side = static_cast<Side>(17);
    standing.apply(event);
    CHECK(standing.snapshot().empty());
}
