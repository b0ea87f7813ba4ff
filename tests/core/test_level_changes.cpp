// Tests of LevelChanges: what each row of a level means, and that the moves are the book.
#include <doctest/doctest.h>

#include <map>
#include <tuple>
#include <vector>

#include "builders.hpp"
#include "level_changes.hpp"

using namespace halfspread;

namespace {

Event row(std::int64_t time, Kind kind, Side side, std::int32_t price, std::int64_t size,
          std::uint16_t more = 0) {
    Event event{};
    event.exchange_time = Nanos{time};
    event.flags = static_cast<std::uint16_t>(flag::both | flag::last | more);
    event.kind = kind;
    event.side = side;
    event.price = Ticks{price};
    event.size = Lots{size};
    return event;
}

using Move = std::tuple<Cause, Side, std::int32_t, std::int64_t, std::int64_t>;

std::vector<Move> told(LevelChanges& fold, const Event& event) {
    std::vector<Move> moves;
    fold.apply(event, [&](const LevelMove& move) {
        moves.emplace_back(move.cause, move.side, move.price.count, move.before.count,
                           move.after.count);
    });
    return moves;
}

}  // namespace

TEST_CASE("prints take what a level lost, and what came meanwhile is a limit order") {
    LevelChanges fold(Nanos{10});
    using Moves = std::vector<Move>;
    CHECK(told(fold, row(0, Kind::level, Side::ask, 101, 5)) ==
          Moves{{Cause::limit, Side::ask, 101, 0, 5}});
    CHECK(told(fold, row(1, Kind::trade, Side::bid, 101, 2)).empty());
    CHECK(told(fold, row(2, Kind::level, Side::ask, 101, 2)) ==
          Moves{{Cause::market, Side::ask, 101, 5, 3}, {Cause::cancel, Side::ask, 101, 3, 2}});
    CHECK(told(fold, row(3, Kind::trade, Side::none, 102, 2)).empty());
    CHECK(told(fold, row(4, Kind::level, Side::ask, 102, 1)) ==
          Moves{{Cause::limit, Side::ask, 102, 0, 1},
                {Cause::limit, Side::ask, 102, 1, 3},
                {Cause::market, Side::ask, 102, 3, 1}});
    CHECK(told(fold, row(5, Kind::trade, Side::bid, 101, 2)).empty());
    CHECK(told(fold, row(16, Kind::level, Side::ask, 101, 0)) ==
          Moves{{Cause::cancel, Side::ask, 101, 2, 0}});
    CHECK(told(fold, row(17, Kind::level, Side::bid, 102, 4)) ==
          Moves{{Cause::cancel, Side::ask, 102, 1, 0}, {Cause::limit, Side::bid, 102, 0, 4}});
    CHECK(told(fold, row(18, Kind::level, Side::bid, 102, 9, flag::snapshot)) ==
          Moves{{Cause::told, Side::bid, 102, 4, 9}});
    CHECK(told(fold, row(19, Kind::clear, Side::none, 0, 0)) ==
          Moves{{Cause::told, Side::bid, 102, 9, 0}});
}

TEST_CASE("the moves of any rows are the book, and account for no more than was printed") {
    Draw draw(7);
    LevelChanges fold(Nanos{50});
    std::map<std::pair<Side, std::int32_t>, std::int64_t> held;
    std::int64_t printed = 0;
    std::int64_t taken = 0;
    for (std::int64_t time = 0; time < 40'000; ++time) {
        const Side side = draw(2) == 0 ? Side::bid : Side::ask;
        const auto price = static_cast<std::int32_t>(100 + draw(12));
        constexpr Kind kinds[] = {Kind::level, Kind::level, Kind::level,
                                  Kind::trade, Kind::touch, Kind::clear};
        Event event = row(time, kinds[draw(6)], side, price, draw(6));
        if (draw.once_in(3)) event.flags &= static_cast<std::uint16_t>(~flag::last);
        if (event.kind == Kind::trade) printed += event.size.count;
        fold.apply(event, [&](const LevelMove& move) {
            std::int64_t& level = held[{move.side, move.price.count}];
            REQUIRE(level == move.before.count);
            REQUIRE(move.after != move.before);
            level = move.after.count;
            if (move.cause == Cause::market) taken += (move.before - move.after).count;
        });
        if ((event.flags & flag::last) == 0) continue;
        for (const auto& [place, lots] : held)
            REQUIRE(fold.book().size_at(place.first, Ticks{place.second}).count == lots);
    }
    CHECK(taken > 1'000);
    CHECK(taken <= printed);
}
