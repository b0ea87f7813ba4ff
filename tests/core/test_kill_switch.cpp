// Kill switch: once it is halted and the cancels have travelled, the venue holds no order of ours.
#include <doctest/doctest.h>

#include <cstdint>
#include <vector>

#include "guard_bench.hpp"
#include "makers.hpp"
#include "market.hpp"
#include "obey.hpp"
#include "tapes.hpp"

using namespace halfspread;
using tapes::Tape;

namespace {

// Ways that take 1 to 8 ms, with a refusal now and then.
Latency measured() {
    std::vector<LatencySample> samples;
    for (std::int64_t i = 0; i < 400; ++i) {
        const std::int64_t asked = 900'000'000 + i * 90 * ms;
        const std::int64_t out = (1 + i * 7 % 4) * ms;
        const std::int64_t venue = i % 23 == 5 ? 0 : asked + out;
        samples.push_back({asked, venue, asked + 2 * out});
    }
    return Latency(samples);
}

struct Case {
    Rules rules = Rules::ours;
    Latency latency = Latency(Nanos{3 * ms}, Nanos{4 * ms});
    Nanos round_trip{7 * ms};
    bool amend = false;
    int late = 0;  // as in Habits
    QueueModel queue = QueueModel::power3;
};

const Case cases[] = {
    {},
    {.amend = true},
    {.latency = Latency(), .round_trip = Nanos{0}},
    {.latency = Latency(), .round_trip = Nanos{0}, .amend = true, .late = 20},
    {.latency = Latency(Nanos{70 * ms}, Nanos{50 * ms}), .round_trip = Nanos{120 * ms}},
    {.latency = measured(), .round_trip = Nanos{8 * ms}, .amend = true},
    {.late = 20, .queue = QueueModel::risk_averse},
    {.rules = Rules::peer},
    {.rules = Rules::peer, .amend = true},
};

}  // namespace

TEST_CASE("by hand: what rested and what was under way goes, and nothing comes after") {
    std::int64_t halts = 0, had_orders = 0;
    for (const Case& at : cases) {
        for (std::uint64_t seed = 1; seed <= 12; ++seed) {
            const Tape tape(tapes::random_market(seed, 2'000, {.sideless = 50, .late = at.late}));
            MarketConfig config = config_of(at.rules);
            config.latency = at.latency;
            config.queue.model = at.queue;
            config.policy.amend = at.amend;
            config.policy.levels = 2;
            config.guard = GuardPolicy{};
            const auto lanes = make_lanes(tape.columns(), config);
            const Desk& desk = lanes->desk(0);
            const Guard& guard = lanes->guards().of(0)->guard;
            Nanos halted{};
            std::int64_t sent = 0, fills = 0;
            bool pulled = false;
            for (std::uint64_t step = 0; lanes->advance(); ++step) {
                const double mid = lanes->shared.mid;
                const std::vector<double> quote{mid - 1.0, mid + 1.0, 7.0, 7.0};
                lanes->decide(quote.data());
                if (!desk.orders.any_live()) REQUIRE(lanes->resting(0) == 0);
                const OrderCounts& counts = desk.orders.counts();
                if (step == 20 + 7 * seed) {
                    had_orders += lanes->resting(0) > 0 ? 1 : 0;
                    REQUIRE(lanes->halt(0));
                    REQUIRE_FALSE(lanes->halt(0));
                    REQUIRE(guard.state() == GuardState::halted);
                    halted = lanes->now;
                    sent = counts.submits + counts.amends;
                    ++halts;
                }
                if (halted == Nanos{0}) continue;
                REQUIRE(counts.submits + counts.amends == sent);
                REQUIRE(lanes->submit(0, Side::bid, Ticks{1}, Lots{1}, Lifetime::post_only) == 0);
                if (!pulled && guard.reason() == Reason::pulled) {
                    pulled = true;
                    fills = desk.account.fills;
                    // What was under way is pulled when it has arrived, at the next decision.
                    REQUIRE(lanes->now - halted <=
                            at.round_trip + at.round_trip + Nanos{4 * config.every.count});
                }
                REQUIRE(pulled == (guard.reason() == Reason::pulled));
                if (!pulled) continue;
                REQUIRE(lanes->resting(0) == 0);
                REQUIRE_FALSE(desk.orders.any_live());
                REQUIRE(desk.account.fills == fills);
            }
            REQUIRE(pulled);
            REQUIRE(lanes->resting(0) == 0);
            REQUIRE(desk.account.fills == fills);
        }
    }
    CHECK(halts == 12 * 9);
    CHECK(had_orders > 60);
}

TEST_CASE("what rests has gone when the cancels have travelled one round trip") {
    tapes::Rows rows;
    for (std::int64_t i = 0; i <= 400; ++i) {
        rows.push_back(tapes::level(i * ms, Side::bid, 99, 50 + i));
        rows.push_back(tapes::level(i * ms, Side::ask, 101, 50 + i));
    }
    const Tape tape(rows);
    MarketConfig config = config_of(Rules::ours, 1, ms);
    config.guard = GuardPolicy{};
    const auto lanes = make_lanes(tape.columns(), config);
    const auto pass = [&](int steps) {
        for (int i = 0; i < steps; ++i) REQUIRE(lanes->advance());
    };
    pass(1);
    REQUIRE(lanes->submit(0, Side::bid, Ticks{95}, Lots{3}, Lifetime::post_only) != 0);
    REQUIRE(lanes->submit(0, Side::ask, Ticks{105}, Lots{3}, Lifetime::good_till_cancel) != 0);
    pass(10);
    REQUIRE(lanes->resting(0) == 2);
    REQUIRE(lanes->halt(0));
    pass(2);
    CHECK(lanes->resting(0) == 2);
    pass(1);  // 3 ms out
    CHECK(lanes->resting(0) == 0);
    CHECK(lanes->desk(0).orders.any_live());
    const Guard& guard = lanes->guards().of(0)->guard;
    CHECK(guard.reason() == Reason::halt);
    pass(4);  // and 4 back
    CHECK_FALSE(lanes->desk(0).orders.any_live());
    CHECK(guard.reason() == Reason::pulled);
    const auto& changes = lanes->guards().changes;
    REQUIRE(changes.size() == 2);
    CHECK(changes[1].time - changes[0].time == Nanos{7 * ms});
    CHECK(lanes->resume(0));
    CHECK(lanes->submit(0, Side::bid, Ticks{95}, Lots{3}, Lifetime::post_only) != 0);
    CHECK(lanes->halt(0));
    CHECK(changes.size() == 4);
}

TEST_CASE("a budget of messages is the venue's, and pulling goes on until it is done") {
    const Tape tape(tapes::random_market(5, 6'000, {}));
    MarketConfig config = config_of(Rules::ours);
    config.guard = GuardPolicy{};
    config.policy.message_cost = Nanos{100 * ms};
    config.policy.burst = Nanos{300 * ms};
    const auto lanes = make_lanes(tape.columns(), config);
    for (int i = 0; i < 20; ++i) REQUIRE(lanes->advance());
    std::size_t placed = 0;
    for (int i = 0; i < 60; ++i) {
        const auto price = static_cast<std::int32_t>(lanes->shared.bid) - 2'000;
        placed += lanes->submit(0, Side::bid, Ticks{price}, Lots{1}, Lifetime::post_only) != 0;
        REQUIRE(lanes->advance());
    }
    REQUIRE(placed >= 8);
    REQUIRE(lanes->halt(0));
    std::size_t most = 0;
    const Guard& guard = lanes->guards().of(0)->guard;
    for (int i = 0; i < 200 && guard.reason() != Reason::pulled; ++i) {
        most = std::max(most, lanes->resting(0));
        REQUIRE(lanes->advance());
    }
    CHECK(most > 0);
    CHECK(guard.reason() == Reason::pulled);
    CHECK(lanes->resting(0) == 0);
}

TEST_CASE("without a guard there is no kill switch; with one, each lane has its own") {
    const Tape tape(market_rows());
    const auto bare = make_lanes(tape.columns(), config_of(Rules::ours));
    REQUIRE(bare->advance());
    CHECK_FALSE(bare->halt(0));
    MarketConfig config = config_of(Rules::ours, 3);
    config.guard = GuardPolicy{};
    const auto lanes = make_lanes(tape.columns(), config);
    const std::vector<double> params = params_of(3);
    for (int i = 0; i < 50; ++i) {
        REQUIRE(lanes->advance());
        lanes->decide(maker, params.data());
    }
    REQUIRE(lanes->halt(1));
    for (int i = 0; i < 50; ++i) {
        REQUIRE(lanes->advance());
        lanes->decide(maker, params.data());
    }
    CHECK(lanes->resting(0) > 0);
    CHECK(lanes->resting(1) == 0);
    CHECK(lanes->resting(2) > 0);
    for (const GuardChange& change : lanes->guards().changes) CHECK(change.lane == 1);
}
