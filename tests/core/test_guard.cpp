// Guard: its table, when a reason begins and ends, the stages of flattening.
#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>

#include "guard_bench.hpp"

using namespace halfspread;

TEST_CASE("the table: alarms never calm, halted is left by hand alone") {
    static_assert(is_sound());
    static_assert(follows(GuardState::flattening, true, Reason::loss) == GuardState::halted);
    static_assert(follows(GuardState::flattening, false, Reason::loss) == GuardState::flattening);
    for (std::size_t reason = 0; reason < guard_reasons; ++reason) {
        const auto why = static_cast<Reason>(reason);
        const bool stays = follows(GuardState::halted, false, why) == GuardState::halted;
        CHECK(stays == (why != Reason::resume));
    }
}

TEST_CASE("a reason begins at its threshold and ends at a lower one, after the cool-down") {
    Bench bench(limit_of(100));
    CHECK(bench.step(79) == GuardState::quoting);
    CHECK(bench.step(-80) == GuardState::reducing);
    CHECK(bench.guard.reason() == Reason::inventory);
    CHECK(bench.steps(20, -61) == GuardState::reducing);  // not yet down to 60
    CHECK(bench.steps(2, -60) == GuardState::reducing);
    CHECK(bench.step(-60) == GuardState::quoting);
    CHECK(bench.guard.reason() == Reason::calm);
}

TEST_CASE("an emergency flattens down to its fraction, and steps back through reducing") {
    Bench bench(limit_of(100));
    CHECK(bench.step(95) == GuardState::flattening);
    CHECK(bench.guard.remaining() == Lots{45});
    CHECK(bench.step(70) == GuardState::flattening);
    CHECK(bench.guard.remaining() == Lots{20});
    CHECK(bench.step(50) == GuardState::flattening);
    CHECK(bench.guard.remaining() == Lots{0});
    CHECK(bench.steps(2, 50) == GuardState::reducing);
    CHECK(bench.steps(3, 50) == GuardState::quoting);
}

TEST_CASE("limits stand round the target, and flattening goes there") {
    GuardPolicy policy = limit_of(10);
    policy.inventory_target = 100;
    policy.end_of_day_s = 60.0;
    Bench bench(policy);
    CHECK(bench.step(107) == GuardState::quoting);
    CHECK(bench.step(92) == GuardState::reducing);
    CHECK_FALSE(bench.guard.lets(Side::ask));
    CHECK(bench.guard.lets(Side::bid));
    bench.left = 59.0;
    CHECK(bench.step(92) == GuardState::flattening);
    CHECK(bench.guard.excess() == Lots{-8});
    CHECK(bench.guard.remaining() == Lots{8});
    CHECK(bench.steps(50, 100) == GuardState::flattening);  // till the end
    CHECK(bench.guard.remaining() == Lots{0});
}

TEST_CASE("limits tighten when volatility passes its reference, and only then") {
    GuardPolicy policy = limit_of(100);
    policy.tighten = true;
    policy.reference_volatility = 2.0;
    Bench bench(policy);
    bench.volatility = 1.0;
    CHECK(bench.step(79) == GuardState::quoting);
    bench.volatility = 4.0;
    CHECK(bench.step(39) == GuardState::quoting);
    CHECK(bench.step(40) == GuardState::reducing);
    bench.volatility = unknown_number;
    CHECK(bench.steps(9, 59) == GuardState::quoting);
}

TEST_CASE("a spike is over what volatility has been, once that is known") {
    GuardPolicy policy = limit_of(100);
    policy.volatility_spike = 3.0;
    policy.tighten = true;
    policy.reference_half_life_s = 100.0;
    Bench bench(policy);  // a second a step
    bench.volatility = 0.5;
    CHECK(bench.steps(3, 50) == GuardState::quoting);
    bench.volatility = 5.0;  // as a market is after its signals' first cells
    CHECK(bench.steps(200, 50) == GuardState::quoting);
    bench.volatility = 14.0;
    CHECK(bench.step(20) == GuardState::quoting);
    CHECK(bench.step(50) == GuardState::flattening);  // 100 * 5 / 14 lots
    bench.volatility = 5.0;
    CHECK(bench.steps(20, 0) == GuardState::quoting);
    bench.volatility = 20.0;
    CHECK(bench.step(0) == GuardState::flattening);
    CHECK(bench.guard.reason() == Reason::volatility_spike);
}

TEST_CASE("a stage that does not work gives way to the next, and at last all stops") {
    GuardPolicy policy = limit_of(100);
    policy.holding_time_s = 2.0;
    Bench bench(policy);
    bench.step(7);
    bench.step(7);
    CHECK(bench.step(7) == GuardState::flattening);
    CHECK(bench.guard.stage() == Stage::passive);
    bench.steps(5, 7);
    CHECK(bench.guard.stage() == Stage::aggressive);
    CHECK(bench.guard.reason() == Reason::stuck);
    bench.steps(3, 7);
    bench.steps(3, 6);  // some of it went: the patience begins anew
    CHECK(bench.guard.stage() == Stage::aggressive);
    bench.steps(2, 6);
    CHECK(bench.guard.stage() == Stage::market);
    CHECK(bench.steps(3, 6) == GuardState::flattening);
    CHECK(bench.step(6) == GuardState::halted);
    CHECK(bench.guard.reason() == Reason::stuck);
    CHECK(bench.steps(1'000, 0) == GuardState::halted);
    CHECK(bench.guard.resume(0.0));
    CHECK(bench.step(0) == GuardState::quoting);
    CHECK_FALSE(bench.guard.resume(0.0));
}

TEST_CASE("reducing that does not work becomes flattening, down to where reducing ends") {
    GuardPolicy policy = limit_of(100);
    policy.reduce_for_s = 10.0;
    Bench bench(policy);
    CHECK(bench.steps(10, 85) == GuardState::reducing);
    CHECK(bench.step(85) == GuardState::flattening);
    CHECK(bench.guard.reason() == Reason::stuck);
    CHECK(bench.guard.remaining() == Lots{25});
    CHECK(bench.step(60) == GuardState::flattening);
    CHECK(bench.steps(3, 60) == GuardState::reducing);
}

TEST_CASE("a loss flattens, and once flat halts; losses then count from the resume") {
    GuardPolicy policy;
    policy.loss = 50.0;
    Bench bench(policy);
    bench.wealth = -49.0;
    CHECK(bench.step(5) == GuardState::quoting);
    bench.wealth = -50.0;
    CHECK(bench.step(5) == GuardState::flattening);
    bench.wealth = -30.0;  // what came back does not count
    CHECK(bench.step(5) == GuardState::flattening);
    CHECK(bench.step(0) == GuardState::halted);
    CHECK(bench.guard.reason() == Reason::loss);
    CHECK(bench.guard.resume(-30.0));
    bench.wealth = -79.0;
    CHECK(bench.step(0) == GuardState::quoting);
    bench.wealth = -80.0;
    CHECK(bench.step(0) == GuardState::flattening);
}

TEST_CASE("a drawdown flattens; then the peak is counted anew") {
    GuardPolicy policy;
    policy.drawdown = 10.0;
    policy.cool_down_s = 2.0;
    Bench bench(policy);
    bench.wealth = 30.0;
    CHECK(bench.step(5) == GuardState::quoting);
    bench.wealth = 20.0;
    CHECK(bench.step(5) == GuardState::flattening);
    bench.wealth = 29.0;
    CHECK(bench.step(5) == GuardState::flattening);
    CHECK(bench.steps(5, 0) == GuardState::quoting);
    bench.wealth = 20.0;
    CHECK(bench.step(3) == GuardState::quoting);
    bench.wealth = 19.0;
    CHECK(bench.step(3) == GuardState::flattening);
}

TEST_CASE("fills are marked out later, by size, and forgotten") {
    GuardPolicy policy;
    policy.toxic_ticks = 2.0;
    policy.toxic_lots = 4.0;
    policy.toxic_horizon_s = 1.5;
    policy.toxic_half_life_s = 10.0;
    policy.cool_down_s = 1.0;
    Bench bench(policy);
    bench.step(0);
    bench.guard.fill(policy, Side::bid, Ticks{100}, Lots{3}, Nanos{bench.now});
    bench.mid = 96.0;
    CHECK(bench.step(3) == GuardState::quoting);   // half a second is missing
    CHECK(bench.step(3) == GuardState::reducing);  // 3 lots lost 4 ticks each: 12 over 4 lots
    CHECK(bench.guard.reason() == Reason::toxic_fills);
    CHECK(bench.guard.lets(Side::ask));
    CHECK(bench.steps(20, 3) == GuardState::quoting);
    bench.guard.fill(policy, Side::ask, Ticks{96}, Lots{50}, Nanos{bench.now});
    CHECK(bench.steps(5, -47) == GuardState::quoting);
}

TEST_CASE("more fills than can wait are marked early, none is lost") {
    GuardPolicy policy;
    policy.toxic_ticks = 1.0;
    policy.toxic_horizon_s = 100.0;
    Bench bench(policy);
    bench.mid = 90.0;
    bench.step(0);
    for (int i = 0; i < 64; ++i)
        bench.guard.fill(policy, Side::bid, Ticks{100}, Lots{1}, Nanos{bench.now});
    CHECK(bench.step(64) == GuardState::quoting);
    bench.guard.fill(policy, Side::bid, Ticks{100}, Lots{1}, Nanos{bench.now});
    CHECK(bench.step(65) == GuardState::reducing);
}

TEST_CASE("what is not known begins nothing, and ends nothing") {
    GuardPolicy policy;
    policy.value_at_risk = 10.0;
    policy.var_multiple = 2.0;
    policy.var_horizon_s = 4.0;
    policy.cool_down_s = 0.0;
    Bench bench(policy);
    bench.volatility = unknown_number;
    CHECK(bench.step(1'000) == GuardState::quoting);
    bench.volatility = 1.0;
    CHECK(bench.step(3) == GuardState::reducing);  // 2 * 3 * 1 * sqrt(4) = 12
    bench.volatility = unknown_number;
    CHECK(bench.step(2) == GuardState::reducing);
    bench.volatility = 1.0;
    CHECK(bench.step(2) == GuardState::quoting);  // 8, which is over_at
}

TEST_CASE("stale, crossed, too many asks, out of the band: reducing while it lasts") {
    GuardPolicy policy;
    policy.stale_s = 2.0;
    policy.order_rate = 10.0;
    policy.price_band = 20.0;
    policy.cool_down_s = 0.0;
    Bench bench(policy);
    CHECK(bench.step(1) == GuardState::quoting);
    bench.age = 2.0;
    CHECK(bench.step(1) == GuardState::reducing);
    CHECK(bench.guard.reason() == Reason::stale_book);
    bench.age = 0.0;
    CHECK(bench.step(1) == GuardState::quoting);
    bench.crossed = true;
    CHECK(bench.step(1) == GuardState::reducing);
    CHECK(bench.guard.reason() == Reason::crossed_book);
    bench.crossed = false;
    CHECK(bench.step(1) == GuardState::quoting);
    CHECK(bench.step(1, 10) == GuardState::reducing);
    CHECK(bench.guard.reason() == Reason::order_rate);
    CHECK(bench.step(1, 10) == GuardState::quoting);
    bench.mid = 121.0;
    CHECK(bench.step(1, 10) == GuardState::reducing);
    CHECK(bench.guard.reason() == Reason::price_band);
}

TEST_CASE("clocks that part, either way, are one reason more; without a delay nothing changes") {
    GuardPolicy policy;
    policy.skew_s = 0.5;
    policy.cool_down_s = 0.0;
    Bench bench(policy);
    bench.delay = unknown_number;
    CHECK(bench.step(1) == GuardState::quoting);
    for (const double skewed : {0.5, -0.5}) {
        bench.delay = std::copysign(0.499, skewed);
        CHECK(bench.step(1) == GuardState::quoting);
        bench.delay = skewed;
        CHECK(bench.step(1) == GuardState::reducing);
        CHECK(bench.guard.reason() == Reason::clock_skew);
        bench.delay = unknown_number;
        CHECK(bench.step(1) == GuardState::reducing);
        bench.delay = std::copysign(0.41, -skewed);  // over at 0.8 of it
        CHECK(bench.step(1) == GuardState::reducing);
        bench.delay = 0.4;
        CHECK(bench.step(1) == GuardState::quoting);
    }
}

TEST_CASE("a hand halts in any state, and what was pulled is told once") {
    GuardPolicy policy;
    policy.holding_time_s = 2.0;
    for (const int steps : {1, 5}) {
        Bench bench(policy);
        bench.steps(steps, 7);
        CHECK_FALSE(bench.guard.pull(false));  // it is not halted
        CHECK(bench.guard.halt());
        CHECK(bench.guard.reason() == Reason::halt);
        CHECK_FALSE(bench.guard.halt());
        CHECK_FALSE(bench.guard.lets(Side::ask));
        CHECK(bench.guard.remaining() == Lots{0});
        CHECK_FALSE(bench.guard.pull(true));
        CHECK(bench.guard.pull(false));
        CHECK(bench.guard.reason() == Reason::pulled);
        CHECK(bench.guard.last().from == GuardState::halted);
        CHECK_FALSE(bench.guard.pull(false));
        CHECK(bench.steps(100, 7) == GuardState::halted);
        CHECK(bench.guard.resume(0.0));
        CHECK_FALSE(bench.guard.pull(false));
        CHECK(bench.guard.halt());
        CHECK(bench.guard.pull(false));
    }
}
