// Columns: both widths read the same, in_order is what it says, and what is too large is found.
#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <string>

#include "columns.hpp"
#include "tapes.hpp"

using namespace halfspread;
using namespace halfspread::tapes;

namespace {

bool in_order(const Rows& rows) { return Tape(rows).columns().in_order; }

}  // namespace

TEST_CASE("a row is the event it was made from, in both widths") {
    const Rows rows = random_market(3, 2'000, wild);
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

TEST_CASE("a row that the core can't take is found, with its column") {
    constexpr std::int64_t huge = std::numeric_limits<std::int64_t>::max();
    struct Case {
        Event event;
        const char* column;  // null: it can be taken
    };
    Event no_side = level(0, Side::bid, 1, 1);
    no_side.side = static_cast<Side>(2);
    const Case cases[] = {
        {level(earliest.count, Side::bid, 1, 0, latest.count - earliest.count), nullptr},
        {level(latest.count, Side::none, 1, largest_size.count), nullptr},
        {level(earliest.count - 1, Side::bid, 1, 1), "exchange_time"},
        {level(latest.count + 1, Side::bid, 1, 1), "exchange_time"},
        {level(huge, Side::bid, 1, 1), "exchange_time"},
        {level(-huge, Side::bid, 1, 1), "exchange_time"},
        {level(latest.count, Side::bid, 1, 1, 1), "delay_ns"},
        {level(earliest.count, Side::bid, 1, 1, -1), "delay_ns"},
        {level(0, Side::bid, 1, 1, huge), "delay_ns"},
        {level(0, Side::bid, 1, -1), "size_lots"},
        {level(0, Side::bid, 1, largest_size.count + 1), "size_lots"},
        {level(0, Side::bid, 1, huge), "size_lots"},
        {no_side, "side"},
    };
    for (const Case& one : cases) {
        const Tape tape({level(1, Side::bid, 1, 1), one.event}, Width::wide);
        const BadRow bad = tape.columns().bad_row();
        if (one.column == nullptr) {
            CHECK(bad.row == 2);
        } else {
            REQUIRE(bad.row == 1);
            CHECK(std::string(bad.column) == one.column);
        }
    }
    CHECK(Tape({}).columns().bad_row().row == 0);
}
