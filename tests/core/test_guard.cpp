// Guard: its table, when a reason begins and ends, the stages, and what the lane then sends.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <vector>

#include "guard.hpp"
#include "makers.hpp"
#include "market.hpp"
#include "tapes.hpp"

using namespace halfspread;
using tapes::level;
using tapes::Tape;
using tapes::trade;

namespace {

constexpr std::int64_t second = 1'000'000'000;
constexpr double unknown_number = std::numeric_limits<double>::quiet_NaN();

// A guard stepped once a second with an inventory; the market is calm.
struct Bench {
    GuardPolicy policy;
    GuardView view{policy};
    Guard guard{Nanos{0}};
    std::int64_t now = 0;
    double wealth = 0.0, volatility = 1.0, mid = 100.0, age = 0.0, left = 1e6;
    bool crossed = false;

    explicit Bench(const GuardPolicy& given) : policy(given) {}
    GuardState step(std::int64_t inventory, std::int64_t asks = 0) {
        now += second;
        view.look(Nanos{now}, mid, crossed, volatility, age, left, 1.0);
        guard.step(policy, view.seen,
                   {.inventory = Lots{inventory}, .wealth = wealth, .asks = asks});
        return guard.state();
    }
    GuardState steps(int count, std::int64_t inventory) {
        for (int i = 0; i < count; ++i) step(inventory);
        return guard.state();
    }
};

GuardPolicy limit_of(double lots) {
    GuardPolicy policy;
    policy.inventory_limit = lots;
    policy.cool_down_s = 3.0;
    policy.patience_s = 4.0;
    return policy;
}

}  // namespace

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
    CHECK(bench.step(3) == GuardState::quoting);  // half a second is missing
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

// ------------------------------------------------------------------------------- in a market

namespace {

// A policy with something to say about most random markets.
GuardPolicy watchful() {
    GuardPolicy policy = limit_of(20);
    policy.holding_time_s = 4.0;
    policy.volatility_spike = 2.0;
    policy.reference_half_life_s = 10.0;
    policy.toxic_ticks = 3.0;
    policy.drawdown = 40.0;
    policy.cool_down_s = 0.5;
    policy.patience_s = 0.5;
    policy.take_every_s = 0.1;
    return policy;
}

}  // namespace

TEST_CASE("what flattening sends can't pass the goal, whatever arrives when") {
    std::int64_t flattened = 0, all_took = 0;
    for (const Rules rules : both_rules) {
        for (std::uint64_t seed = 1; seed <= 30; ++seed) {
            const tapes::Rows rows = tapes::random_market(seed, 4'000, {.sideless = 50});
            const Tape tape(rows);
            MarketConfig config = config_of(rules);
            config.guard = watchful();
            if (seed % 2 == 0) config.guard->patience_s = 0.05;
            const auto lanes = make_lanes(tape.columns(), config);
            std::vector<std::uint32_t> old(8);  // generations before the guard spoke
            std::int64_t took = 0;
            Nanos took_at{-second};
            while (lanes->advance()) {
                const Desk& desk = lanes->desk(0);
                const Guard& guard = lanes->guards().of(0)->guard;
                if (const auto takes = lanes->guards().of(0)->obedience.takes(); takes > took) {
                    REQUIRE(takes == took + 1);
                    REQUIRE(lanes->now - took_at >= Nanos{100 * ms});
                    took = takes;
                    took_at = lanes->now;
                }
                if (guard.state() == GuardState::halted) lanes->resume(0);
                if (guard.remaining() == Lots{0}) {
                    const double mid = lanes->shared.mid;
                    const std::vector<double> quote{mid - 1.0, mid + 1.0, 7.0, 7.0};
                    lanes->decide(quote.data());
                    for (std::size_t i = 0; i < 8; ++i) old[i] = desk.orders.slots()[i].generation;
                    continue;
                }
                ++flattened;
                Lots sent{0};
                for (std::size_t i = 0; i < 8; ++i) {
                    const Order& order = desk.orders.slots()[i];
                    if (order.state == OrderState::none || order.generation == old[i]) continue;
                    REQUIRE(sign(order.side) * guard.excess().count < 0);
                    sent += order.leaves;
                }
                REQUIRE(sent <= guard.remaining());
                // The order that the guard sends waits until the model's on its side are gone.
                const Side side = guard.excess() > Lots{0} ? Side::ask : Side::bid;
                if (sent > Lots{0}) REQUIRE(desk.orders.open(side) == sent);
            }
            all_took += took;
        }
    }
    CHECK(flattened > 1'000);
    CHECK(all_took > 50);
}

TEST_CASE("unless it is halted or flattens, the reducing side has a quote") {
    const Tape tape(tapes::random_market(3, 20'000, {}));
    MarketConfig config = config_of(Rules::ours);
    config.latency = Latency(Nanos{0}, Nanos{0});
    config.guard = watchful();
    const auto lanes = make_lanes(tape.columns(), config);
    const std::vector<double> silent{0.0, 0.0, 0.0, 0.0};
    std::int64_t reduced = 0;
    while (lanes->advance()) {
        const double mid = lanes->shared.mid;
        const std::vector<double> quote{mid - 1.0, mid + 1.0, 7.0, 7.0};
        const Guard& guard = lanes->guards().of(0)->guard;
        const bool calm = guard.state() == GuardState::quoting;
        lanes->decide(calm ? quote.data() : silent.data());
        if (calm || guard.state() == GuardState::halted || guard.excess() == Lots{0}) continue;
        if (std::isnan(lanes->shared.bid) && std::isnan(lanes->shared.ask)) continue;
        if (guard.state() == GuardState::flattening && guard.stage() != Stage::passive) continue;
        const bool is_long = guard.excess() > Lots{0};
        const Lots open = lanes->desk(0).orders.open(is_long ? Side::ask : Side::bid);
        // A price that moved is left for one round trip when flattening.
        if (guard.remaining() == Lots{0}) REQUIRE(open > Lots{0});
        ++reduced;
    }
    CHECK(reduced > 200);
}

TEST_CASE("reducing: once what rested is pulled, the increasing side has no order") {
    const Tape tape(tapes::random_market(3, 20'000, {}));
    MarketConfig config = config_of(Rules::ours);
    config.latency = Latency(Nanos{0}, Nanos{0});
    config.guard = watchful();
    const auto lanes = make_lanes(tape.columns(), config);
    const Guard& guard = lanes->guards().of(0)->guard;
    std::int64_t reduced = 0, since = 0;
    int way = 0;
    while (lanes->advance()) {
        const double mid = lanes->shared.mid;
        const std::vector<double> quote{mid - 1.0, mid + 1.0, 7.0, 7.0};
        lanes->decide(quote.data());
        const int now = guard.excess().count > 0 ? 1 : guard.excess().count < 0 ? -1 : 0;
        since = guard.state() == GuardState::reducing && now == way ? since + 1 : 0;
        way = now;
        if (since < 2) continue;
        for (const Side side : {Side::bid, Side::ask}) {
            const Lots open = lanes->desk(0).orders.open(side);
            if (sign(side) * way >= 0) REQUIRE(open == Lots{0});
            REQUIRE(open <= Lots{2 * std::abs(guard.excess().count)});  // one may be on its way out
        }
        ++reduced;
    }
    CHECK(reduced > 100);
}

TEST_CASE("what rests by hand is pulled, too, and no hand gets in") {
    tapes::Rows rows;
    for (std::int64_t i = 0; i <= 400; ++i) {
        rows.push_back(level(i * 20 * ms, Side::bid, 99, 50 + i));
        rows.push_back(level(i * 20 * ms, Side::ask, 101, 50 + i));
    }
    MarketConfig config = config_of(Rules::ours);
    config.guard = limit_of(10);
    config.guard->patience_s = 100.0;
    const Tape tape(rows);
    for (const std::int64_t lots : {8, 10}) {
        const auto lanes = make_lanes(tape.columns(), config);
        const auto by_hand = [&](Side side, int price, std::int64_t size) {
            return lanes->submit(0, side, Ticks{price}, Lots{size}, Lifetime::post_only) != 0;
        };
        REQUIRE(lanes->advance());
        REQUIRE(lanes->submit(0, Side::bid, Ticks{0}, Lots{lots}, Lifetime::market) != 0);
        REQUIRE(by_hand(Side::bid, 95, 1));
        REQUIRE(by_hand(Side::ask, 101, 2));
        for (int i = 0; i < 10; ++i) REQUIRE(lanes->advance());
        const bool flattens = lots == 10;
        const Orders& orders = lanes->desk(0).orders;
        CHECK(lanes->guards().of(0)->guard.remaining() == Lots{flattens ? 5 : 0});
        CHECK(orders.open(Side::bid) == Lots{0});
        CHECK(orders.open(Side::ask) == Lots{flattens ? 5 : 2});
        CHECK_FALSE(by_hand(Side::bid, 95, 1));
        CHECK(by_hand(Side::ask, 102, 1) == !flattens);
    }
}

TEST_CASE("a passive order that became larger than what is left is pulled") {
    const GuardPolicy policy = limit_of(10);
    OrderPolicy orders_policy;
    std::vector<Order> slots(8);
    std::vector<std::int16_t> rungs(2);
    Orders orders(orders_policy, 0, slots, rungs);
    Obedience obedience;
    Bench bench(policy);
    const Touch touch{.bid = Ticks{99}, .ask = Ticks{101}, .has_bid = true, .has_ask = true};
    std::vector<Event> asks;
    const auto act = [&](std::int64_t inventory) {
        bench.step(inventory);
        obedience.act(bench.guard, policy, orders, 0, touch, Lots{inventory}, Nanos{bench.now},
                      [&](const Event& ask) { asks.push_back(ask); });
    };
    act(10);
    REQUIRE(asks.size() == 1);
    CHECK(asks[0].size == Lots{5});
    CHECK(asks[0].price == Ticks{101});
    Event accepted = asks[0];
    accepted.kind = Kind::accepted;
    orders.apply(accepted);
    act(10);
    CHECK(asks.size() == 1);  // it stays where it is
    act(8);
    REQUIRE(asks.size() == 2);
    CHECK(asks[1].kind == Kind::cancel);
    act(8);
    CHECK(asks.size() == 2);  // until the venue says that it is gone
    accepted.kind = Kind::cancelled;
    orders.apply(accepted);
    act(8);
    REQUIRE(asks.size() == 3);
    CHECK(asks[2].size == Lots{3});
}

TEST_CASE("halted: nothing rests and nothing is sent, until a hand says so") {
    const Tape tape(market_rows());
    MarketConfig config = config_of(Rules::ours);
    config.guard = GuardPolicy{};
    config.guard->loss = 0.5;
    const auto lanes = make_lanes(tape.columns(), config);
    std::int64_t halted = 0, submits = 0;
    while (lanes->advance()) {
        const double mid = lanes->shared.mid;
        const std::vector<double> quote{mid - 1.0, mid + 1.0, 5.0, 5.0};
        lanes->decide(quote.data());
        const OrderCounts& counts = lanes->desk(0).orders.counts();
        if (lanes->guards().of(0)->guard.state() != GuardState::halted) {
            REQUIRE(halted == 0);
            submits = counts.submits;
            continue;
        }
        if (++halted > 5) REQUIRE_FALSE(lanes->desk(0).orders.any_live());
        REQUIRE(counts.submits == submits);
        REQUIRE(lanes->submit(0, Side::bid, Ticks{1}, Lots{1}, Lifetime::post_only) == 0);
    }
    CHECK(halted > 100);
    CHECK(lanes->resume(0));
    CHECK_FALSE(lanes->resume(0));
    const auto& changes = lanes->guards().changes;
    CHECK(changes.back().reason == Reason::resume);
    CHECK(changes[changes.size() - 2].to == GuardState::halted);
}

TEST_CASE("a guard with nothing to watch changes nothing, and lanes don't depend on blocks") {
    const Tape tape(market_rows());
    const std::vector<double> params = params_of(6);
    const Model model{.kernel = maker, .params = params.data(), .width = width};
    const auto never_stops = [](std::size_t) { return true; };
    const auto fills_of = [](const auto& blocks) {
        std::vector<std::int64_t> numbers;
        std::uint32_t first = 0;
        for (const auto& block : blocks) {
            for (std::uint32_t lane = 0; lane < block->faults.size(); ++lane) {
                const Account& account = block->desk(lane).account;
                numbers.insert(numbers.end(), {account.fills, account.inventory.count,
                                               static_cast<std::int64_t>(account.cash)});
            }
            for (const GuardChange& change : block->guards().changes) {
                numbers.push_back(change.time.count + 16 * (first + change.lane) +
                                  static_cast<int>(change.reason));
            }
            first += static_cast<std::uint32_t>(block->faults.size());
        }
        std::sort(numbers.begin(), numbers.end());
        return numbers;
    };
    MarketConfig config = config_of(Rules::ours, 6);
    const auto without = fills_of(run_blocks(tape.columns(), config, model, 1, never_stops));
    config.guard = GuardPolicy{};
    CHECK(fills_of(run_blocks(tape.columns(), config, model, 1, never_stops)) == without);
    config.guard = watchful();
    const auto watched = fills_of(run_blocks(tape.columns(), config, model, 1, never_stops));
    CHECK(watched != without);
    CHECK(fills_of(run_blocks(tape.columns(), config, model, 3, never_stops)) == watched);
    config.keep_own_book = true;
    CHECK(fills_of(run_blocks(tape.columns(), config, model, 3, never_stops)) == watched);
}
