// Tests of OrderLevels and OrderFeed, and of told levels in OrderReplay: by hand, row by row.
#include <doctest/doctest.h>

#include <tuple>
#include <vector>

#include "order_feed.hpp"
#include "order_levels.hpp"

using namespace halfspread;

namespace {

Event about(Kind kind, std::uint64_t id, Side side, std::int32_t price, std::int64_t size) {
    Event event{};
    event.flags = flag::both | flag::last;
    event.kind = kind;
    event.order_id = id;
    event.side = side;
    event.price = Ticks{price};
    event.size = Lots{size};
    return event;
}

using Row = std::tuple<Kind, Side, std::int32_t, std::int64_t>;

std::vector<Row> told(OrderLevels& fold, const Event& event) {
    std::vector<Row> rows;
    fold.apply(event, [&](const Event& row) {
        CHECK((row.flags & flag::last) == 0);
        CHECK(row.order_id == 0);
        rows.emplace_back(row.kind, row.side, row.price.count, row.size.count);
    });
    return rows;
}

Row level(Side side, std::int32_t price, std::int64_t size) {
    return {Kind::level, side, price, size};
}

}  // namespace

TEST_CASE("a row about an order tells what its levels hold") {
    OrderLevels fold;
    CHECK(told(fold, about(Kind::add, 1, Side::bid, 100, 5)) ==
          std::vector{level(Side::bid, 100, 5)});
    CHECK(told(fold, about(Kind::add, 2, Side::bid, 100, 2)) ==
          std::vector{level(Side::bid, 100, 7)});
    CHECK(told(fold, about(Kind::execute, 1, Side::bid, 100, 1)) ==
          std::vector{level(Side::bid, 100, 6)});
    // From one level to another: where it was, where it is.
    CHECK(told(fold, about(Kind::modify, 2, Side::bid, 99, 3)) ==
          std::vector{level(Side::bid, 100, 4), level(Side::bid, 99, 3)});
    CHECK(told(fold, about(Kind::remove, 1, Side::bid, 100, 4)) ==
          std::vector{level(Side::bid, 100, 0)});
    CHECK(told(fold, about(Kind::remove, 9, Side::bid, 99, 1)).empty());  // nobody's
    CHECK(told(fold, about(Kind::trade, 0, Side::ask, 99, 1)) ==
          std::vector{Row{Kind::trade, Side::ask, 99, 1}});
    CHECK(fold.replay().count(TapeFault::unknown_order) == 1);
}

TEST_CASE("what a crossing took from a book of levels is told again") {
    OrderLevels fold;
    told(fold, about(Kind::add, 1, Side::ask, 101, 5));
    told(fold, about(Kind::add, 2, Side::ask, 102, 6));
    told(fold, about(Kind::add, 3, Side::ask, 103, 7));
    CHECK(told(fold, about(Kind::add, 4, Side::bid, 102, 5)) ==
          std::vector{level(Side::bid, 102, 5)});  // a Book drops 101 and 102
    CHECK(told(fold, about(Kind::remove, 1, Side::ask, 101, 0)) ==
          std::vector{level(Side::ask, 101, 0)});
    CHECK(told(fold, about(Kind::remove, 4, Side::bid, 102, 0)) ==
          std::vector{level(Side::bid, 102, 0), level(Side::ask, 102, 6)});
    CHECK(told(fold, about(Kind::remove, 3, Side::ask, 103, 7)) ==
          std::vector{level(Side::ask, 103, 0)});
}

TEST_CASE("a told level adds lots of nobody, and takes those first") {
    OrderReplay replay;
    const auto size = [&] { return replay.book().size_at(Side::ask, Ticks{50}).count; };
    replay.apply(about(Kind::add, 1, Side::ask, 50, 4));
    replay.apply(about(Kind::level, 0, Side::ask, 50, 10));
    CHECK(size() == 10);
    CHECK(replay.book().live() == 2);
    replay.apply(about(Kind::remove, 77, Side::ask, 50, 6));  // of those not named
    CHECK(size() == 4);
    replay.apply(about(Kind::add, 2, Side::ask, 50, 3));
    replay.apply(about(Kind::add, 3, Side::ask, 50, 2));
    replay.apply(about(Kind::level, 0, Side::ask, 50, 6));  // one of just 3 went
    CHECK(replay.find(2) == 0);
    CHECK(replay.find(3) != 0);
    replay.apply(about(Kind::level, 0, Side::ask, 50, 3));  // the back first, then in part
    CHECK(replay.find(3) == 0);
    CHECK(size() == 3);
    replay.apply(about(Kind::level, 0, Side::ask, 50, 0));
    CHECK(!replay.book().has(Side::ask));
    CHECK(replay.find(1) == 0);
    replay.apply(about(Kind::level, 0, Side::none, 50, 1));
    CHECK(replay.count(TapeFault::bad_row) == 1);
}

TEST_CASE("a feed completes reductions") {
    OrderFeed feed;
    feed.apply(about(Kind::add, 1, Side::bid, 100, 5));
    Event left = feed.reduce(about(Kind::modify, 1, Side::bid, 100, 2));
    CHECK(left.kind == Kind::modify);
    CHECK(left.size == Lots{3});
    left = feed.reduce(about(Kind::modify, 1, Side::bid, 100, 3));
    CHECK(left.kind == Kind::remove);
    left = feed.reduce(about(Kind::modify, 8, Side::bid, 100, 3));
    CHECK(left.kind == Kind::remove);
    CHECK(left.size == Lots{3});
}

TEST_CASE("a told book changes what differs, as far down as it goes") {
    OrderFeed feed;
    feed.apply(about(Kind::add, 1, Side::bid, 100, 5));
    feed.apply(about(Kind::add, 2, Side::bid, 98, 6));
    feed.apply(about(Kind::add, 3, Side::bid, 95, 7));
    std::vector<Row> rows;
    const auto settle = [&](std::vector<ToldLevel> levels, bool whole) {
        rows.clear();
        feed.settle(about(Kind::level, 0, Side::bid, 0, 0), levels, whole, [&](const Event& row) {
            rows.emplace_back(row.kind, row.side, row.price.count, row.size.count);
        });
    };
    settle({{Ticks{100}, Lots{5}}, {Ticks{99}, Lots{1}}, {Ticks{97}, Lots{2}}}, false);
    CHECK(rows ==
          std::vector{level(Side::bid, 99, 1), level(Side::bid, 98, 0), level(Side::bid, 97, 2)});
    settle({{Ticks{100}, Lots{5}}, {Ticks{99}, Lots{1}}, {Ticks{97}, Lots{2}}}, false);
    CHECK(rows.empty());
    settle({{Ticks{100}, Lots{4}}}, true);
    CHECK(rows == std::vector{level(Side::bid, 100, 4), level(Side::bid, 99, 0),
                              level(Side::bid, 97, 0), level(Side::bid, 95, 0)});
    settle({}, false);
    CHECK(rows.empty());
    settle({}, true);
    CHECK(rows == std::vector{level(Side::bid, 100, 0)});
}
