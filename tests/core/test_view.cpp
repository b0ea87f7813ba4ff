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

using Values = std::array<double, 4>;

Values values_of(const Signals& signals) {
    return {signals.volatility(), signals.trade_flow(), signals.fill_intensity(),
            signals.fill_decay()};
}
bool close(double a, double b, double tolerance) {
    if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
    return std::abs(a - b) <= tolerance * std::max(std::abs(a), std::abs(b));
}

constexpr SignalPolicy policy{Nanos{20'000'000}, 2.0, 10};

template <Rules rules, class View>
auto replay_of(const Columns& columns) {
    return std::make_unique<Replay<rules, View>>(columns, QueueRule{}, CoinScale(1.0), Latency(),
                                                 policy, 1, 8);
}

// Walks both views over a tape, stopping at random times; `stride` is the longest step, 0: to the
// end at once.
template <Rules rules>
void compare(const Rows& rows, std::uint64_t seed, std::int64_t stride, double tolerance) {
    const Tape tape(rows);
    const Columns columns = tape.columns();
    REQUIRE(columns.in_order);
    const auto full = replay_of<rules, FullView<crossing_of(rules)>>(columns);
    const auto logged = replay_of<rules, LoggedView>(columns);
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
        const Values of_full = values_of(full->signals()), of_logged = values_of(logged->signals());
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

TEST_CASE_TEMPLATE("through long silences they agree but for rounding", Rule, OursRule, PeerRule) {
    for (const std::uint64_t seed : {4U, 5U}) {
        for (const std::int64_t stride : {10'000'000'000LL, 1'000'000'000'000LL}) {
            compare<Rule::rules>(random_market(seed, 4'000, wild), seed, stride, 1e-10);
            compare<Rule::rules>(random_market(seed, 4'000, calm), seed, stride, 1e-10);
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

TEST_CASE("a print's distance is from the mid that we saw, in the aggressor's direction if known") {
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
        CHECK(signals.fill_decay() == doctest::Approx(0.5));
        CHECK(signals.trade_flow() == doctest::Approx(sign(aggressor) * 5.0 / 0.02).epsilon(0.2));
        CHECK(signals.volatility() == 0.0);
    }
}
