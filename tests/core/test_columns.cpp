// Columns: both widths read the same, and in_order is what it says.
#include <doctest/doctest.h>

#include <cstdint>

#include "columns.hpp"
#include "tapes.hpp"

using namespace halfspread;
using tapes::level;
using tapes::Rows;
using tapes::Tape;
using tapes::Width;

namespace {

bool in_order(const Rows& rows) { return Tape(rows).columns().in_order; }

}  // namespace

TEST_CASE("a row is the event it was made from, in both widths") {
    const Rows rows = tapes::random_market(3, 2'000, tapes::wild);
    for (const Width width : {Width::narrow, Width::wide}) {
        const Tape tape(rows, width);
        const Columns columns = tape.columns();
        REQUIRE(columns.rows == rows.size());
        for (std::size_t i = 0; i < rows.size(); ++i) {
            const Event event = columns.event(i);
            REQUIRE(event.exchange_time == rows[i].exchange_time);
            REQUIRE(event.local_time == rows[i].local_time);
            REQUIRE(event.price == rows[i].price);
            REQUIRE(event.size == rows[i].size);
            REQUIRE(event.kind == rows[i].kind);
            REQUIRE(event.side == rows[i].side);
            REQUIRE(event.flags == rows[i].flags);
            REQUIRE(event.order_id == 0);
            REQUIRE(columns.exchange_at(i) == rows[i].exchange_time);
            REQUIRE(columns.local_at(i) == rows[i].local_time);
            REQUIRE(columns.size_at(i) == rows[i].size);
        }
    }
}

TEST_CASE("sizes and delays beyond 32 bits need the wide columns, and fit them") {
    const Event event = level(5, Side::bid, 1, 1LL << 40, 1LL << 41);
    const Tape tape({event}, Width::wide);
    CHECK(tape.columns().size_at(0) == Lots{1LL << 40});
    CHECK(tape.columns().local_at(0) == Nanos{5 + (1LL << 41)});
}

TEST_CASE("rows are in order when each is on both clocks and none overtakes another") {
    CHECK(in_order({}));
    CHECK(in_order({level(1, Side::bid, 1, 1, 5), level(2, Side::bid, 1, 1, 4)}));
    CHECK_FALSE(in_order({level(1, Side::bid, 1, 1, 5), level(2, Side::bid, 1, 1, 3)}));
    for (const std::uint16_t missing : {flag::at_exchange, flag::at_local}) {
        Rows rows{level(1, Side::bid, 1, 1), level(2, Side::bid, 1, 1), level(3, Side::bid, 1, 1)};
        rows[1].flags = static_cast<std::uint16_t>(rows[1].flags & ~missing);
        CHECK_FALSE(in_order(rows));
    }
}

TEST_CASE("rows that reach us before they happen are not in order") {
    CHECK(in_order({level(5, Side::bid, 1, 1, 0)}));
    CHECK_FALSE(in_order({level(5, Side::bid, 1, 1, -1)}));
}
