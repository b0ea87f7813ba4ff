// Lanes: together as alone, in blocks and threads, with either view; no allocation; one story.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <memory>
#include <new>
#include <optional>
#include <stdexcept>
#include <thread>
#include <vector>

#include "allocations.hpp"
#include "makers.hpp"
#include "market.hpp"
#include "tapes.hpp"

using namespace halfspread;
using tapes::Tape;

namespace {

bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

// Lane `mine` of a is lane `theirs` of b, in all that came out.
void check_same_lane(const Lanes& a, std::uint32_t mine, const Lanes& b, std::uint32_t theirs,
                     std::uint64_t slots) {
    const auto of_lane = [](const Lanes& lanes, std::uint32_t lane) {
        std::vector<Fill> fills;
        std::copy_if(lanes.fills.begin(), lanes.fills.end(), std::back_inserter(fills),
                     [lane](const Fill& fill) { return fill.lane == lane; });
        return fills;
    };
    const std::vector<Fill> x = of_lane(a, mine), y = of_lane(b, theirs);
    REQUIRE(x.size() == y.size());
    for (std::size_t i = 0; i < x.size(); ++i) {
        REQUIRE(x[i].exchange_time == y[i].exchange_time);
        REQUIRE(x[i].local_time == y[i].local_time);
        REQUIRE(x[i].order_id - mine * slots == y[i].order_id - theirs * slots);
        REQUIRE(x[i].side == y[i].side);
        REQUIRE(x[i].price == y[i].price);
        REQUIRE(x[i].size == y[i].size);
        REQUIRE(x[i].maker == y[i].maker);
        REQUIRE(x[i].fee == y[i].fee);
        REQUIRE(x[i].mid_half_ticks == y[i].mid_half_ticks);
    }
    const Account &p = a.desk(mine).account, &q = b.desk(theirs).account;
    REQUIRE(p.inventory == q.inventory);
    REQUIRE(p.cash == q.cash);
    REQUIRE(p.spread == q.spread);
    REQUIRE(p.fees == q.fees);
    REQUIRE(p.inventory_time == q.inventory_time);
    const OrderCounts &r = a.desk(mine).orders.counts(), &s = b.desk(theirs).orders.counts();
    REQUIRE(r.submits == s.submits);
    REQUIRE(r.cancels == s.cancels);
    REQUIRE(r.expired == s.expired);
    REQUIRE(r.room_cut == s.room_cut);
    REQUIRE(a.quoting[mine] == b.quoting[theirs]);
    const std::size_t n = a.states.size(), m = b.states.size();
    REQUIRE(a.path.time.size() == b.path.time.size());
    for (std::size_t i = 0; i < a.path.time.size(); ++i) {
        REQUIRE(a.path.time[i] == b.path.time[i]);
        REQUIRE(a.path.inventory[i * n + mine] == b.path.inventory[i * m + theirs]);
        REQUIRE(same(a.path.bid[i * n + mine], b.path.bid[i * m + theirs]));
        REQUIRE(same(a.path.ask[i * n + mine], b.path.ask[i * m + theirs]));
        REQUIRE(same(a.path.wealth[i * n + mine], b.path.wealth[i * m + theirs]));
    }
}

}  // namespace

TEST_CASE("lanes together come out as each of them alone") {
    const Tape tape(market_rows());
    constexpr std::size_t n = 6;
    const std::vector<double> params = params_of(n);
    for (const Rules rules : both_rules) {
        for (const bool amend : {false, true}) {
            MarketConfig config = config_of(rules, n);
            config.policy.amend = amend;
            config.policy.levels = 2;
            const auto slots = static_cast<std::uint64_t>(config.policy.slots());
            const auto together = run(tape.columns(), config, params);
            REQUIRE(together->fills.size() > 500);
            config.lanes = 1;
            for (std::uint32_t lane = 0; lane < n; ++lane) {
                const std::vector<double> mine(params.begin() + width * lane,
                                               params.begin() + width * (lane + 1));
                const auto alone = run(tape.columns(), config, mine);
                check_same_lane(*together, lane, *alone, 0, slots);
            }
        }
    }
}

TEST_CASE("lanes cut into one, two or three blocks come out the same") {
    const Tape tape(market_rows());
    constexpr std::size_t n = 7;
    const std::vector<double> params = params_of(n);
    const Model model{maker, params.data(), width};
    for (const Rules rules : both_rules) {
        const MarketConfig config = config_of(rules, n);
        const auto slots = static_cast<std::uint64_t>(config.policy.slots());
        const auto whole = run(tape.columns(), config, params);
        for (const std::size_t threads : {1U, 2U, 3U, 20U}) {
            const auto blocks = run_blocks(tape.columns(), config, model, threads,
                                           [](std::size_t) { return true; });
            REQUIRE(blocks.size() == std::min(threads, n));
            std::uint32_t lane = 0;
            for (const auto& block : blocks) {
                for (std::uint32_t i = 0; i < block->states.size(); ++i) {
                    check_same_lane(*whole, lane++, *block, i, slots);
                }
            }
            REQUIRE(lane == n);
        }
    }
}

TEST_CASE("an own book gives what the venue's log gives, bit for bit") {
    const Tape tape(market_rows());
    const std::vector<double> params = params_of(4);
    for (const Rules rules : both_rules) {
        MarketConfig config = config_of(rules, 4);
        const auto logged = run(tape.columns(), config, params);
        config.keep_own_book = true;
        const auto full = run(tape.columns(), config, params);
        const auto slots = static_cast<std::uint64_t>(config.policy.slots());
        for (std::uint32_t lane = 0; lane < 4; ++lane) {
            check_same_lane(*logged, lane, *full, lane, slots);
        }
    }
}

TEST_CASE("progress is told the rows, and may stop the run") {
    const Tape tape(market_rows());
    const std::vector<double> params = params_of(2);
    const Model model{maker, params.data(), width};
    std::vector<std::size_t> told;
    run_blocks(tape.columns(), config_of(Rules::ours, 2), model, 2, [&](std::size_t rows) {
        told.push_back(rows);
        return told.size() < 3;
    });
    CHECK(told.size() == 3);
    CHECK(std::is_sorted(told.begin(), told.end()));
    CHECK(told.back() < market_rows().size());
}

TEST_CASE("what a block throws stops the others and is the caller's, the first block's first") {
    const Tape tape(market_rows());
    const MarketConfig config = config_of(Rules::ours, 3);
    const std::vector<double> quoting = params_of(config.lanes);
    const auto all = run(tape.columns(), config, quoting)->decisions;
    static std::atomic<int> thrown;
    static std::atomic<std::int64_t> decided;
    // The lanes whose parameter is not 0 throw, once both are there; the others dawdle until then.
    const Kernel kernel = [](const double*, const double*, const double* params, double*,
                             std::int64_t) {
        if (params[0] == 0.0) {
            while (thrown < 2) std::this_thread::yield();
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
            ++decided;
            return;
        }
        ++thrown;
        while (thrown < 2) std::this_thread::yield();
        if (params[0] == 1.0) throw std::bad_alloc();
        throw std::out_of_range("the second");
    };
    const auto goes_on = [](std::size_t) { return true; };
    for (const auto& params : {std::array{0.0, 1.0, 2.0}, std::array{1.0, 2.0, 0.0}}) {
        thrown = 0;
        decided = 0;
        const Model model{kernel, params.data(), 1};
        CHECK_THROWS_AS(run_blocks(tape.columns(), config, model, 3, goes_on), std::bad_alloc);
        CHECK(decided < all / 2);
    }
    const Model model{maker, quoting.data(), width};
    const auto throws = [](std::size_t) -> bool { throw std::out_of_range("progress"); };
    CHECK_THROWS_AS(run_blocks(tape.columns(), config, model, 3, throws), std::out_of_range);
}

TEST_CASE("fills, accounts and paths tell one story") {
    const Tape tape(market_rows());
    constexpr std::size_t n = 3;
    for (const Rules rules : both_rules) {
        MarketConfig config = config_of(rules, n);
        config.sample_every = 7;
        const auto lanes = run(tape.columns(), config, params_of(n));
        REQUIRE(lanes->path.time.size() ==
                static_cast<std::size_t>((lanes->decisions + 6) / 7 + 1));
        for (std::uint32_t lane = 0; lane < n; ++lane) {
            const Account& account = lanes->desk(lane).account;
            std::int64_t inventory = 0, peak = 0, fills = 0;
            double fees = 0.0;
            for (const Fill& fill : lanes->fills) {
                if (fill.lane != lane) continue;
                CHECK(fill.exchange_time <= fill.local_time);
                inventory += sign(fill.side) * fill.size.count;
                peak = std::max(peak, std::abs(inventory));
                fees += fill.fee;
                ++fills;
            }
            CHECK(account.inventory.count == inventory);
            CHECK(account.peak.count == peak);
            CHECK(peak <= config.policy.limit.count);
            CHECK(account.fees == fees);
            CHECK(account.fills == fills);
            CHECK(lanes->states[lane].inventory == static_cast<double>(inventory));
            CHECK(lanes->path.inventory[lanes->path.inventory.size() - n + lane] == inventory);
            const double mid = static_cast<double>(lanes->path.mid_half_ticks.back()) / 2.0;
            const double wealth = config.contract.money.coins(account.cash) +
                                  static_cast<double>(inventory) * mid * 0.1 - fees;
            CHECK(lanes->path.wealth[lanes->path.wealth.size() - n + lane] ==
                  doctest::Approx(wealth).epsilon(1e-9));
        }
    }
}

TEST_CASE("after a warm-up, deciding and advancing never allocates") {
    const Tape tape(market_rows());
    constexpr std::size_t n = 8;
    const std::vector<double> params = params_of(n);
    for (const Rules rules : both_rules) {
        for (const bool keep_own_book : {false, true}) {
            for (const Schedule schedule : {Schedule::every, Schedule::book, Schedule::trade}) {
                std::optional<GuardPolicy> guard;
                if (keep_own_book) guard.emplace().inventory_limit = 30.0;
                CAPTURE(static_cast<int>(rules));
                CAPTURE(static_cast<int>(schedule));
                MarketConfig config = config_of(rules, n);
                config.keep_own_book = keep_own_book;
                config.schedule = schedule;
                config.signals.fast_half_life_s = 0.5;
                config.signals.slow_half_life_s = 2.0;
                config.signals.depth = {.levels = 3, .round_trip = Lots{12}};
                config.signals.recent_trades = 30;
                config.signals.order_flow_half_life_s = 1.0;
                config.signals.fill_sides = true;
                config.signals.buys = config.signals.sells = {1.0, 0.5, 0.1, 2.0};
                config.signals.mark_out_horizon = Nanos{200 * ms};
                config.signals.vpin_bucket = Lots{10};
                config.guard = guard;
                const auto lanes = make_lanes(tape.columns(), config);
                for (int i = 0; i < 200; ++i) {
                    REQUIRE(lanes->advance());
                    lanes->decide(maker, params.data());
                }
                const std::size_t before = allocations();
                while (lanes->advance()) lanes->decide(maker, params.data());
                CHECK(allocations() == before);
                CHECK(lanes->fills.size() > 300);
            }
        }
    }
}
