// Extremes: times before 1970, sizes near 2^63 and prices near 2^31 overflow nowhere.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

#include "account.hpp"
#include "builders.hpp"
#include "makers.hpp"
#include "map_book.hpp"
#include "market.hpp"
#include "match.hpp"
#include "tapes.hpp"
#include "vector_match.hpp"

using namespace halfspread;
using namespace halfspread::tapes;

namespace {

constexpr std::int64_t huge = std::numeric_limits<std::int64_t>::max();
constexpr std::int32_t top = std::numeric_limits<std::int32_t>::max();
constexpr std::int32_t bottom = std::numeric_limits<std::int32_t>::min();

// A price next to an end of the axis, or to its middle.
Ticks any_price(Draw& within) {
    const auto near = static_cast<std::int32_t>(within(6));
    const std::int32_t prices[] = {bottom + near, top - near, near - 3};
    return Ticks{prices[within(3)]};
}
Lots any_size(Draw& within) {
    const std::int64_t sizes[] = {0, 1, huge, huge - 1, huge / 2, huge / 8, 1 + within(100)};
    return Lots{sizes[within(7)]};
}
Side any_side(Draw& within) { return within(2) == 0 ? Side::bid : Side::ask; }

// What came out of a lane, relative to the times, prices and sizes that its market was moved by.
struct Story {
    std::vector<std::int64_t> numbers;
    std::vector<double> signals;

    bool operator==(const Story&) const = default;
};
Story story_of(const Lanes& lanes, std::int64_t start, std::int32_t price, std::int64_t lots) {
    Story story;
    const auto note = [&](std::int64_t number) { story.numbers.push_back(number); };
    const auto note_size = [&](std::int64_t size) { note(size / lots), note(size % lots); };
    for (const Fill& fill : lanes.fills) {
        note(fill.exchange_time.count - start);
        note(fill.local_time.count - start);
        note(fill.price.count - price);
        note(fill.mid_half_ticks - 2 * std::int64_t{price});
        note(sign(fill.side));
        note_size(fill.size.count);
    }
    for (const std::int64_t time : lanes.path.time) note(time - start);
    for (const std::int64_t inventory : lanes.path.inventory) note_size(inventory);
    const Account& account = lanes.desk(0).account;
    note(lanes.decisions);
    note(lanes.quoting[0].count);
    note_size(account.volume.count);
    note_size(account.peak.count);
    const SharedState& shared = lanes.shared;
    story.signals = {shared.volatility, shared.fill_intensity, shared.fill_decay, shared.time,
                     static_cast<double>(account.inventory_time) / static_cast<double>(lots)};
    return story;
}

MarketConfig config_at(Rules rules) {
    MarketConfig config = config_of(rules);
    config.queue = {QueueModel::risk_averse, 1.0};
    config.contract.fees = {};
    return config;
}

}  // namespace

TEST_CASE("a market moved in time, before 1970, across it or to 2116, is the same market") {
    constexpr std::int64_t minute = 60'000'000'000;
    const auto story_at = [&](MarketConfig config, std::int64_t start) {
        const Tape tape(random_market(5, 3'000, {.sideless = 50}, start));
        REQUIRE(tape.columns().bad_row().row == 3'000);
        return story_of(*run(tape.columns(), config, {0.6, 3.0, 0.02}), start, 0, 1);
    };
    for (const Rules rules : both_rules) {
        for (const bool keep_own_book : {false, true}) {
            for (const Schedule schedule : {Schedule::every, Schedule::book, Schedule::trade}) {
                MarketConfig config = config_at(rules);
                config.keep_own_book = keep_own_book;
                config.schedule = schedule;
                const Story expected = story_at(config, 1'700'000'000'000'000'000);
                REQUIRE(expected.numbers.size() > 1'000);
                for (const std::int64_t start :
                     {earliest.count, std::int64_t{-5'000'000'001}, latest.count - minute}) {
                    CAPTURE(start);
                    CHECK(story_at(config, start) == expected);
                }
            }
        }
    }
}

TEST_CASE("a market moved to an end of the axis of prices is the same market") {
    const auto story_at = [&](const MarketConfig& config, std::int32_t price) {
        Rows rows = random_market(6, 3'000, {.clear = 100, .touch = 60, .sideless = 50});
        for (Event& row : rows) {
            if (row.price != everything) row.price += Ticks{price};
        }
        const Tape tape(rows);
        return story_of(*run(tape.columns(), config, {0.6, 3.0, 0.02}), 0, price, 1);
    };
    for (const Rules rules : both_rules) {
        MarketConfig config = config_at(rules);
        const Story expected = story_at(config, 0);
        REQUIRE(expected.numbers.size() > 1'000);
        for (const std::int32_t price : {top - 12'000, bottom + 1'000}) {
            CAPTURE(price);
            CHECK(story_at(config, price) == expected);
        }
    }
}

TEST_CASE("a market of sizes up to 2^53 is the same market") {
    const auto story_at = [&](MarketConfig config, std::int64_t lots) {
        Rows rows = random_market(7, 3'000, {.sideless = 50});
        for (Event& row : rows) row.size.count *= lots;
        const Tape tape(rows, Width::wide);
        REQUIRE(tape.columns().bad_row().row == 3'000);
        const auto scale = static_cast<double>(lots);
        config.policy.limit = Lots{40 * lots};
        return story_of(*run(tape.columns(), config, {0.6, 3.0 * scale, 0.02 / scale}), 0, 0, lots);
    };
    for (const Rules rules : both_rules) {
        const Story expected = story_at(config_at(rules), 1);
        REQUIRE(expected.numbers.size() > 1'000);
        CHECK(story_at(config_at(rules), std::int64_t{1} << 47) == expected);
    }
}

TEST_CASE("in a market of absurd sizes at both ends of the axis the limit still holds") {
    for (const Rules rules : both_rules) {
        for (const std::int64_t price : {top - 10'003LL, bottom - 9'997LL}) {
            for (const bool amend : {false, true}) {
                Rows rows = random_market(8, 3'000, tapes::wild);
                for (Event& row : rows) {
                    const std::int64_t moved = row.price.count + price;
                    row.price = Ticks{
                        static_cast<std::int32_t>(std::clamp<std::int64_t>(moved, bottom, top))};
                    if (row.size > Lots{20}) row.size = Lots{huge - row.size.count};
                }
                const Tape tape(rows, Width::wide);
                MarketConfig config = config_of(rules);
                config.policy = {.levels = 3,
                                 .spacing = Ticks{top},
                                 .amend = amend,
                                 .limit = Lots{std::int64_t{1} << 60}};
                const auto lanes = run(tape.columns(), config, {0.6, 1e300, 0.0});
                const Account& account = lanes->desk(0).account;
                CHECK(account.fills > 0);
                CHECK(account.volume >= account.peak);
                if (rules == Rules::ours) CHECK(account.peak <= config.policy.limit);
            }
        }
    }
}

TEST_CASE("decisions as far apart as a duration can be come to an end") {
    for (const Rules rules : both_rules) {
        for (const std::int64_t start : {earliest.count, latest.count - 1'000}) {
            const Tape tape({level(start, Side::bid, 99, 5), level(start, Side::ask, 101, 5),
                             level(start + 1'000, Side::bid, 98, 5)});
            MarketConfig config = config_of(rules, 1, 1);
            config.latency = Latency(Nanos{huge}, Nanos{huge});
            const auto quick = make_lanes(tape.columns(), config);
            config.every = Nanos{(std::int64_t{1} << 62) - 1};
            const auto slow = run_quoting(tape.columns(), config, {98.0, 110.0, 1.0, 1.0});
            CHECK(slow->decisions <= 2);
            CHECK(slow->now >= Nanos{start + 1'000});
        }
    }
}

TEST_CASE("orders by hand at any price and of any size") {
    constexpr Lifetime lifetimes[] = {Lifetime::post_only, Lifetime::good_till_cancel,
                                      Lifetime::immediate, Lifetime::fill_or_kill,
                                      Lifetime::market};
    for (const Rules rules : both_rules) {
        Draw within(3);
        Rows rows;
        for (std::int64_t i = 0; i < 4'000; ++i) {
            const Side side = any_side(within);
            const Kind kind = within(3) == 0 ? Kind::trade : Kind::level;
            rows.push_back(
                row(kind, i * ms, side, any_price(within).count, any_size(within).count));
        }
        const Tape tape(rows, Width::wide);
        MarketConfig config = config_of(rules, 1, ms);
        config.latency = Latency();
        config.policy.limit = Lots{huge / 4};
        std::vector<std::uint64_t> ids{0};
        const auto lanes = run_deciding(tape.columns(), config, [&](Lanes& market) {
            const std::uint64_t id =
                ids[static_cast<std::size_t>(within(static_cast<std::int64_t>(ids.size())))];
            const Ticks price = any_price(within);
            const Lots size = std::max(any_size(within), Lots{1});
            if (within(4) == 0) market.cancel(0, id);
            if (within(4) == 0) market.amend(0, id, price, size);
            ids.push_back(market.submit(0, any_side(within), price, size, lifetimes[within(5)]));
        });
        const Account& account = lanes->desk(0).account;
        CHECK(account.fills > 100);
        CHECK(account.volume == Lots{huge});  // and no more
        CHECK(account.peak > Lots{huge / 8});
    }
}

TEST_CASE_TEMPLATE("books at the ends of both axes equal their twins", Rule, OursRule, PeerRule) {
    constexpr Crossing crossing =
        Rule::rules == Rules::ours ? Crossing::newer_wins : Crossing::skip;
    Book<crossing> book;
    twin::Twin<crossing> plain;
    Draw within(4);
    for (int i = 0; i < 20'000; ++i) {
        const Side side = any_side(within);
        const Ticks price = any_price(within);
        const Lots size = any_size(within);
        if (within(40) == 0) {
            book.clear(side, price);
            plain.clear(side, price);
        } else if (within(20) == 0) {
            book.touch(side, price, size);
            plain.touch(side, price, size);
        } else {
            book.set(side, price, size);
            plain.set(side, price, size);
        }
        const std::int64_t bid = plain.best_bid(), ask = plain.best_ask();
        REQUIRE(book.best(Side::bid).count == (bid == twin::lowest ? bottom : bid));
        REQUIRE(book.best(Side::ask).count == (ask == twin::largest ? top : ask));
        REQUIRE(book.best_size(Side::bid).count == twin::value_or_zero(plain.bids, bid));
        REQUIRE(book.best_size(Side::ask).count == twin::value_or_zero(plain.asks, ask));
    }
}

TEST_CASE_TEMPLATE("orders at the ends of both axes fill as in the twin", Rule, OursRule,
                   PeerRule) {
    constexpr Rules rules = Rule::rules;
    constexpr std::int64_t orders = 12;
    Draw within(5);
    for (const QueueModel model : {QueueModel::risk_averse, QueueModel::log, QueueModel::power}) {
        Match<rules> match({model, 2.0}, CoinScale(1.0), 3, orders);
        twin::VectorMatch<rules> plain({model, 2.0}, CoinScale(1.0));
        for (std::int64_t i = 1; i < 20'000; ++i) {
            const Side side = any_side(within);
            const Ticks price = any_price(within);
            if (price == no_bid || price == no_ask) continue;
            const auto slot = static_cast<std::size_t>(within(orders));
            std::vector<twin::Filled> fills, expected;
            const auto note = [&](std::size_t filled, Lots lots) {
                fills.push_back({filled, lots.count});
            };
            if (within(2) == 0) {
                if (match.order(slot).live) continue;
                const auto lane = static_cast<std::uint32_t>(within(3));
                const Lots leaves = std::max(any_size(within), Lots{1});
                const Lots shown = any_size(within);
                match.order(slot) = Resting{};
                match.order(slot).price = price;
                match.order(slot).leaves = leaves;
                match.order(slot).lane = lane;
                match.order(slot).side = side;
                match.rest(slot, shown, static_cast<std::uint64_t>(i));
                plain.rest({slot, lane, side, price, leaves, {}}, shown);
            } else if (within(2) == 0) {
                const Lots size = std::max(any_size(within), Lots{1});
                const Ticks best = side == Side::bid ? no_bid : no_ask;
                match.trade(side, price, size, best, Nanos{i}, note);
                expected = plain.trade(side, price, size, best, Nanos{i});
            } else {
                const Ticks none = side == Side::bid ? no_bid : no_ask;
                const Lots before = any_size(within), after = std::max(any_size(within), Lots{1});
                const LevelChange change{none, price, before, after};
                match.level(side, price, change, Nanos{i}, note);
                expected = plain.level(side, price, change, Nanos{i});
            }
            const auto by_slot = [](const auto& a, const auto& b) { return a.slot < b.slot; };
            std::sort(fills.begin(), fills.end(), by_slot);
            std::sort(expected.begin(), expected.end(), by_slot);
            REQUIRE(fills == expected);
        }
    }
}

TEST_CASE("an account of the largest fills at the farthest prices is exact") {
    const Money linear(0.1, 0.001, 1.0, false);
    const Money inverse(1e-9, 1e9, 1e9, true);  // a lot worth more coins than there are
    for (const Money& money : {linear, inverse}) {
        for (const std::int32_t price : {bottom, top, 1}) {
            for (const std::int64_t mid : {2LL * bottom, 2LL * top, 1LL}) {
                Account account;
                account.since = earliest;
                account.fill(money, Side::bid, Ticks{price}, Lots{huge / 4}, mid, 0.0, true,
                             latest);
                CHECK(account.wealth(money, mid) == account.spread);
                account.fill(money, Side::ask, Ticks{price}, Lots{huge / 2}, mid, 0.0, true,
                             latest);
                CHECK(account.wealth(money, mid) == account.spread);
                CHECK(account.peak == Lots{huge / 2 - huge / 4});
                account.fill(money, Side::bid, Ticks{price}, Lots{huge / 2}, mid, 0.0, true,
                             latest);
                CHECK(account.wealth(money, mid) == account.spread);
                CHECK(account.volume == Lots{huge});  // and no more
                account.elapse(latest);
                CHECK(account.inventory_time == 0);
            }
        }
    }
}
