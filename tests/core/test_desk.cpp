// Desk: an answer that fills is booked once, with its fee and the mid it was told; no other is.
#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <vector>

#include "desk.hpp"

using namespace halfspread;

namespace {

struct Bench {
    OrderPolicy policy;
    std::vector<Order> slots = std::vector<Order>(8);
    std::vector<std::int16_t> rungs = std::vector<std::int16_t>(2);
    Desk desk{Orders(policy, 0, slots, rungs), Account{}};
    Contract contract{.money = Money(0.1, 0.001, 1.0, false),
                      .fees = {FeeKind::value, -0.0002, 0.0005},
                      .scale = CoinScale(0.001),
                      .tick = 0.1};
    Fill fill{};

    std::uint64_t submit(Side side, std::int32_t price, std::int64_t size) {
        return desk.orders.submit(side, Ticks{price}, Lots{size}, Lifetime::post_only, Lots{0},
                                  Nanos{0}, [](const Event&) {});
    }
    bool answer(Kind kind, std::uint64_t id, std::int32_t price, std::int64_t size,
                bool maker = true, std::int64_t mid_half_ticks = 0) {
        Event event{};
        event.kind = kind;
        event.order_id = id;
        event.exchange_time = Nanos{70};
        event.local_time = Nanos{90};
        event.price = Ticks{price};
        event.size = Lots{size};
        event.side = Side::ask;
        event.detail = mid_offset(mid_half_ticks, Ticks{price});
        event.flags = maker ? flag::both : static_cast<std::uint16_t>(flag::both | flag::taker);
        return desk.apply(event, contract, fill);
    }
};

}  // namespace

TEST_CASE("a fill is booked with its fee, its mid and both times") {
    Bench bench;
    const std::uint64_t id = bench.submit(Side::ask, 5'000, 10);
    CHECK_FALSE(bench.answer(Kind::accepted, id, 5'000, 10));
    REQUIRE(bench.answer(Kind::filled, id, 5'000, 4, true, 9'993));
    CHECK(bench.fill.exchange_time == Nanos{70});
    CHECK(bench.fill.local_time == Nanos{90});
    CHECK(bench.fill.order_id == id);
    CHECK(bench.fill.size == Lots{4});
    CHECK(bench.fill.price == Ticks{5'000});
    CHECK(bench.fill.side == Side::ask);
    CHECK(bench.fill.mid_half_ticks == 9'993);
    CHECK(bench.fill.maker);
    CHECK(bench.fill.fee == doctest::Approx(-0.0002 * 500.0 * 0.004).scale(0));
    CHECK(bench.desk.account.inventory == Lots{-4});
    CHECK(bench.desk.account.fees == bench.fill.fee);
    CHECK(bench.desk.account.spread == 4 * 7);  // sold 3.5 ticks over the mid
    CHECK(bench.desk.account.since == Nanos{90});
    REQUIRE(bench.answer(Kind::filled, id, 5'000, 6, false, 9'993));
    CHECK_FALSE(bench.fill.maker);
    CHECK(bench.fill.fee == doctest::Approx(0.0005 * 500.0 * 0.006).scale(0));
}

TEST_CASE("what fills nobody's order is not booked") {
    Bench bench;
    const std::uint64_t id = bench.submit(Side::ask, 5'000, 10);
    REQUIRE(bench.answer(Kind::filled, id, 5'000, 10));
    CHECK_FALSE(bench.answer(Kind::filled, id, 5'000, 10));
    CHECK_FALSE(bench.answer(Kind::cancelled, id, 5'000, 10));
    CHECK(bench.desk.account.fills == 1);
    CHECK(bench.desk.account.inventory == Lots{-10});
}

TEST_CASE("the mid's offset keeps its sign, and stops at the ends of its field") {
    constexpr std::int64_t high = std::numeric_limits<std::int32_t>::max();
    constexpr std::int64_t low = std::numeric_limits<std::int32_t>::min();
    const auto offset = [](std::int64_t mid, std::int32_t price) {
        return static_cast<std::int32_t>(mid_offset(mid, Ticks{price}));
    };
    CHECK(offset(201, 100) == 1);
    CHECK(offset(199, 100) == -1);
    CHECK(offset(200, 100) == 0);
    CHECK(offset(4 * high, -5) == high);
    CHECK(offset(4 * low, 5) == low);
}
