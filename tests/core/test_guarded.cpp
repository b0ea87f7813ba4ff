// Guarded: what a lane with a guard sends and never sends, in markets and by hand.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "guard_bench.hpp"
#include "makers.hpp"
#include "market.hpp"
#include "obey.hpp"
#include "tapes.hpp"

using namespace halfspread;
using tapes::level;
using tapes::Tape;

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
        obedience.act(bench.guard, policy, orders, touch, Lots{inventory}, Nanos{bench.now},
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

TEST_CASE(
    "reducing: a quote takes no more than what is held less what is open, if the book is sound") {
    OrderPolicy orders_policy{.taking = true};
    std::vector<Order> slots(8);
    std::vector<std::int16_t> rungs(2);
    Orders orders(orders_policy, 0, slots, rungs);
    Bench bench(limit_of(10));
    bench.step(8);
    REQUIRE(bench.guard.state() == GuardState::reducing);
    const Touch touch{.bid = Ticks{99}, .ask = Ticks{101}, .has_bid = true, .has_ask = true};
    const auto allowed = [&](double bid, double bid_size, double ask, double ask_size) {
        const double quote[] = {bid, ask, bid_size, ask_size};
        Wanted wanted;
        REQUIRE(round_quote(quote, touch, true, wanted) == QuoteFault::none);
        REQUIRE(Obedience::allow(bench.guard, orders, touch, wanted));
        return wanted;
    };
    CHECK(allowed(0.0, 0.0, 99.0, 20.0).takes[1]);
    CHECK(allowed(0.0, 0.0, 99.0, 20.0).size[1] == Lots{8});
    CHECK(allowed(101.0, 5.0, 102.0, 5.0).size[0] == Lots{0});
    orders.submit(Side::ask, Ticks{101}, Lots{3}, Lifetime::post_only, Lots{8}, Nanos{0},
                  [](const Event&) {});
    CHECK(allowed(0.0, 0.0, 99.0, 20.0).size[1] == Lots{5});
    CHECK(allowed(0.0, 0.0, 102.0, 20.0).size[1] == Lots{8});  // what rests is replaced
}

TEST_CASE(
    "flattening takes no price that is stale, crossed or of another clock, but the market's") {
    GuardPolicy policy = limit_of(10);
    policy.stale_s = 2.0;
    policy.skew_s = 0.5;
    const Touch touch{.bid = Ticks{99}, .ask = Ticks{101}, .has_bid = true, .has_ask = true};
    for (const int unsound : {0, 1, 2, 3}) {
        Bench bench(policy);
        bench.age = unsound == 1 ? 5.0 : 0.0;
        bench.crossed = unsound == 2;
        bench.delay = unsound == 3 ? 0.6 : 0.0;
        OrderPolicy orders_policy;
        std::vector<Order> slots(8);
        std::vector<std::int16_t> rungs(2);
        Orders orders(orders_policy, 0, slots, rungs);
        Obedience obedience;
        std::int64_t immediate = 0, market = 0;
        for (int step = 0; step < 12; ++step) {
            bench.step(10);
            std::vector<Event> answers;
            obedience.act(bench.guard, policy, orders, touch, Lots{10}, Nanos{bench.now},
                          [&](const Event& ask) { answers.push_back(ask); });
            for (Event& answer : answers) {
                const auto lifetime = static_cast<Lifetime>(answer.detail);
                const bool submits = answer.kind == Kind::submit;
                immediate += static_cast<int>(submits && lifetime == Lifetime::immediate);
                market += static_cast<int>(submits && lifetime == Lifetime::market);
                const bool rests = submits && lifetime == Lifetime::post_only;
                answer.kind = rests ? Kind::accepted : submits ? Kind::expired : Kind::cancelled;
                orders.apply(answer);
            }
        }
        CHECK((immediate > 0) == (unsound == 0));
        CHECK(market > 0);
    }
}
