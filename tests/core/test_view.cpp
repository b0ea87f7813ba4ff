// View: on tapes in order the logged view is the full one; on others the full one is a plain fold.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <memory>
#include <vector>

#include "builders.hpp"
#include "map_book.hpp"
#include "replay.hpp"
#include "tapes.hpp"
#include "view.hpp"

using namespace halfspread;
using namespace halfspread::tapes;

namespace {

using Values = std::array<double, 15>;

Values values_of(const Signals& signals, const Top& top, Nanos now) {
    const double reversion =
        top.has_both() ? signals.mean_reversion(top.mid_half_ticks()) : unknown;
    const bool ended = now == never;  // which no intensity reaches
    return {signals.volatility(),
            signals.trade_flow(),
            signals.fill_intensity(),
            signals.fill_decay(),
            signals.momentum(),
            reversion,
            signals.order_flow_imbalance(),
            ended ? 0.0 : signals.intensities(now).buys,
            ended ? 0.0 : signals.intensities(now).sells,
            signals.toxicity(),
            signals.vpin(),
            signals.fill_intensity(Side::bid),
            signals.fill_decay(Side::bid),
            signals.fill_intensity(Side::ask),
            signals.fill_decay(Side::ask)};
}
bool close(double a, double b, double tolerance) {
    if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
    return std::abs(a - b) <= tolerance * std::max(std::abs(a), std::abs(b));
}

constexpr SignalPolicy policy{Nanos{20'000'000}, 2.0, 10};

SignalPolicy all_signals() {
    SignalPolicy all = policy;
    all.volatility_half_life_s = 0.7;
    all.fast_half_life_s = 0.3;
    all.slow_half_life_s = 1.5;
    all.order_flow_half_life_s = 0.5;
    all.fill_sides = true;
    all.buys = {0.2, 1.0, 0.3, 2.5};
    all.sells = {0.3, 0.8, 0.2, 1.5};
    all.mark_out_horizon = Nanos{70'000'000};
    all.vpin_bucket = Lots{20};
    all.vpin_buckets = 5;
    return all;
}

template <Rules rules, class View>
auto replay_of(const Columns& columns, const SignalPolicy& asked = policy) {
    return std::make_unique<Replay<rules, View>>(columns, QueueRule{}, CoinScale(1.0), Latency(),
                                                 asked, 1, 8);
}

// Walks both views over a tape, stopping at random times; `stride` is the longest step, 0: to the
// end at once.
template <Rules rules>
void compare(const Rows& rows, std::uint64_t seed, std::int64_t stride, double tolerance,
             const SignalPolicy& asked = policy) {
    const Tape tape(rows);
    const Columns columns = tape.columns();
    REQUIRE(columns.in_order);
    const auto full = replay_of<rules, FullView<crossing_of(rules)>>(columns, asked);
    const auto logged = replay_of<rules, LoggedView>(columns, asked);
    Draw within(seed);
    Nanos now = full->first_time();
    REQUIRE(logged->first_time() == now);
    const auto step = [&](Nanos to) {
        for (const auto advance : {0, 1}) {
            if (advance == 0) full->exchange_until(to), full->local_until(to);
            if (advance == 1) logged->exchange_until(to), logged->local_until(to);
        }
        const Top a = full->top(), b = logged->top();
        for (const int side : {0, 1}) {
            REQUIRE(a.price[side] == b.price[side]);
            REQUIRE(a.size[side] == b.size[side]);
        }
        const Values of_full = values_of(full->signals(), a, to);
        const Values of_logged = values_of(logged->signals(), b, to);
        for (std::size_t i = 0; i < of_full.size(); ++i) {
            CAPTURE(i);
            CAPTURE(of_full[i]);
            CAPTURE(of_logged[i]);
            REQUIRE(close(of_full[i], of_logged[i], tolerance));
        }
        REQUIRE(full->mid_half_ticks() == logged->mid_half_ticks());
        REQUIRE(full->exhausted(to) == logged->exhausted(to));
    };
    const Nanos last = stride == 0 ? now : never;
    while (now < last && !full->exhausted(now)) {
        now += Nanos{within((within(4) == 0 ? stride : stride / 50) + 1)};
        step(now);
    }
    if (stride != 0) step(now + Nanos{stride});
    step(never);
}

}  // namespace

TEST_CASE_TEMPLATE("the logged view shows what the full one does, at any time, to the last bit",
                   Rule, OursRule, PeerRule) {
    Habits habits = wild;
    habits.silence = 0;
    for (const std::uint64_t seed : {1U, 2U, 3U}) {
        for (const std::int64_t stride : {0LL, 1'000'000LL, 50'000'000LL, 3'000'000'000LL}) {
            compare<Rule::rules>(random_market(seed, 2'500, habits), seed, stride, 0.0);
            compare<Rule::rules>(random_market(seed, 2'500, {}), seed, stride, 0.0);
            habits.grid = policy.step.count / 4;  // much happens just when a cell ends
            compare<Rule::rules>(random_market(seed, 2'500, habits), seed, stride, 0.0);
            habits.grid = 1;
        }
    }
}

TEST_CASE_TEMPLATE("with every signal on they are the same, to the last bit", Rule, OursRule,
                   PeerRule) {
    Habits habits = tapes::wild;
    habits.silence = 0;
    SignalPolicy few = all_signals();  // only what keeps to the prints: tops are not walked
    few.order_flow_half_life_s = 0;
    few.mark_out_horizon = Nanos{0};
    for (const SignalPolicy& asked : {all_signals(), few}) {
        for (const std::uint64_t seed : {1U, 2U, 3U}) {
            for (const std::int64_t stride : {0LL, 1'000'000LL, 50'000'000LL, 3'000'000'000LL}) {
                for (const std::int64_t grid : {1LL, 5'000'000LL, 10'000'000LL}) {
                    habits.grid = grid;
                    const Rows rows = tapes::random_market(seed, 2'500, habits);
                    compare<Rule::rules>(rows, seed, stride, 0.0, asked);
                }
            }
        }
    }
}

TEST_CASE_TEMPLATE("through long silences they agree but for rounding", Rule, OursRule, PeerRule) {
    for (const std::uint64_t seed : {4U, 5U}) {
        for (const std::int64_t stride : {10'000'000'000LL, 1'000'000'000'000LL}) {
            compare<Rule::rules>(random_market(seed, 4'000, wild), seed, stride, 1e-10);
            compare<Rule::rules>(random_market(seed, 4'000, calm), seed, stride, 1e-10);
            compare<Rule::rules>(random_market(seed, 4'000, wild), seed, stride, 1e-9,
                                 all_signals());
        }
    }
}

TEST_CASE("a tape of one row, and of none") {
    compare<Rules::ours>({level(1'000, Side::bid, 5, 3, 7)}, 1, 50'000'000, 0.0);
    compare<Rules::ours>({trade(1'000, Side::bid, 5, 3, 7)}, 1, 50'000'000, 0.0);
    const Tape tape({});
    const auto logged = replay_of<Rules::ours, LoggedView>(tape.columns());
    CHECK(logged->first_time() == never);
    CHECK(logged->exhausted(Nanos{0}));
    CHECK_FALSE(logged->top().has_bid());
}

TEST_CASE_TEMPLATE("with rows that reach us late, the full view is a fold in order of arrival",
                   Rule, OursRule, PeerRule) {
    constexpr Crossing crossing = crossing_of(Rule::rules);
    Habits habits = wild;
    habits.late = 4;
    habits.touch = 0;
    const Rows rows = random_market(9, 3'000, habits);
    const Tape tape(rows);
    REQUIRE_FALSE(tape.columns().in_order);
    const auto view = std::make_unique<FullView<crossing>>(tape.columns(), policy);
    twin::Twin<crossing> book;
    Rows seen;
    std::copy_if(rows.begin(), rows.end(), std::back_inserter(seen),
                 [](const Event& event) { return (event.flags & flag::at_local) != 0; });
    REQUIRE(std::is_sorted(seen.begin(), seen.end(), [](const Event& a, const Event& b) {
        return a.local_time < b.local_time;
    }));
    std::size_t next = 0;
    for (Nanos now = seen.front().local_time; next < seen.size(); now += Nanos{3'700'000'000}) {
        view->until(now);
        for (; next < seen.size() && seen[next].local_time <= now; ++next) {
            const Event& event = seen[next];
            if (event.kind == Kind::clear) book.clear(event.side, event.price);
            if (event.kind == Kind::level && event.side != Side::none) {
                book.set(event.side, event.price, event.size);
            }
        }
        const Top top = view->top();
        const std::int64_t bid = book.best_bid(), ask = book.best_ask();
        REQUIRE(top.price[0].count == (bid == twin::lowest ? no_bid.count : bid));
        REQUIRE(top.price[1].count == (ask == twin::largest ? no_ask.count : ask));
        REQUIRE(top.size[0].count == twin::value_or_zero(book.bids, bid));
        REQUIRE(top.size[1].count == twin::value_or_zero(book.asks, ask));
    }
    CHECK(view->exhausted(never));
}

TEST_CASE("what has not reached us is not seen, though it has happened") {
    const Tape tape({level(1'000, Side::bid, 5, 3, 500)});
    const auto logged = replay_of<Rules::ours, LoggedView>(tape.columns());
    for (const std::int64_t now : {1'000, 1'499, 1'500}) {
        logged->exchange_until(Nanos{now});
        logged->local_until(Nanos{now});
        CHECK(logged->rows_seen() == 1);
        CHECK(logged->top().has_bid() == (now == 1'500));
        CHECK(logged->exhausted(Nanos{now}) == (now == 1'500));
    }
    CHECK(logged->top().size[0] == Lots{3});
}

TEST_CASE("a print's excess is past the touch that we saw, in the aggressor's direction if known") {
    for (const Side aggressor : {Side::ask, Side::none}) {
        const std::int64_t start = 1'000'000'000;
        Rows rows{level(start, Side::bid, 99, 1), level(start, Side::ask, 101, 1)};
        for (std::int64_t i = 1; i <= 40; ++i) {
            rows.push_back(trade(start + i * policy.step.count, aggressor, 98, 5));
        }
        const Tape tape(rows);
        const auto logged = replay_of<Rules::ours, LoggedView>(tape.columns());
        logged->exchange_until(never);
        logged->local_until(Nanos{start + 41 * policy.step.count});
        const Signals& signals = logged->signals();
        // Each went one tick past: ln(1 + N / (N + 1/2)).
        CHECK(signals.fill_decay() == doctest::Approx(std::log(2.0)).epsilon(0.02));
        CHECK(signals.trade_flow() == doctest::Approx(sign(aggressor) * 5.0 / 0.02).epsilon(0.2));
        CHECK(signals.volatility() == 0.0);
    }
}
