// Depth: by hand, against sums over a map, and the same from a logged view as from a book of our own.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <random>

#include "builders.hpp"
#include "depth.hpp"
#include "makers.hpp"
#include "market.hpp"
#include "tapes.hpp"

using namespace halfspread;
using namespace halfspread::tapes;

namespace {

bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

// The lots of the first `levels` of a side whose best level comes first.
double lots_of(const auto& levels, int count) {
    std::int64_t sum = 0;
    for (const auto& [price, size] : levels) {
        if (count-- > 0) sum += size;
    }
    return static_cast<double>(sum);
}

// What `lots` at the best prices come to, in tick-lots; not known if there are fewer.
double value_of(const auto& levels, std::int64_t lots) {
    double value = 0.0;
    for (const auto& [price, size] : levels) {
        const std::int64_t taken = std::min(size, lots);
        value += static_cast<double>(taken) * price;
        lots -= taken;
    }
    return lots > 0 ? unknown : value;
}

}  // namespace

TEST_CASE("depth and the cost of a round trip are sums over the levels") {
    std::mt19937_64 random(1);
    const auto draw = [&](int n) {
        return static_cast<int>(random() % static_cast<std::uint64_t>(n));
    };
    const auto book = std::make_unique<Book<Crossing::newer_wins>>();
    std::map<std::int32_t, std::int64_t, std::greater<>> bids;
    std::map<std::int32_t, std::int64_t> asks;
    int known = 0;
    for (int i = 0; i < 20'000; ++i) {
        const bool bid = draw(2) == 0;
        const std::int32_t price = bid ? -1 - draw(30) : 1 + draw(30);
        const std::int64_t size = std::max(draw(12) - 4, 0);
        book->set(bid ? Side::bid : Side::ask, Ticks{price}, Lots{size});
        const auto keep = [&](auto& levels) {
            levels.erase(price);
            if (size > 0) levels[price] = size;
        };
        if (bid) keep(bids);
        if (!bid) keep(asks);
        if (draw(40) == 0) {
            book->clear(Side::bid, everything);
            bids.clear();
        }
        const DepthPolicy asked{.levels = 1 + draw(8), .round_trip = Lots{1 + draw(60)}};
        const Depth depth = depth_of(*book, asked);
        REQUIRE(depth.bid == lots_of(bids, asked.levels));
        REQUIRE(depth.ask == lots_of(asks, asked.levels));
        REQUIRE(same(depth.imbalance(), (depth.bid - depth.ask) / (depth.bid + depth.ask)));
        const std::int64_t lots = asked.round_trip.count;
        const double cost =
            (value_of(asks, lots) - value_of(bids, lots)) / static_cast<double>(lots);
        if (std::isnan(cost)) REQUIRE(std::isnan(depth.round_trip_cost));
        if (!std::isnan(cost)) REQUIRE(depth.round_trip_cost == doctest::Approx(cost));
        known += std::isnan(cost) ? 0 : 1;
    }
    CHECK(known > 5'000);
}

TEST_CASE("what is not asked for is not known") {
    const auto book = std::make_unique<Book<Crossing::newer_wins>>();
    book->set(Side::bid, Ticks{5}, Lots{3});
    book->set(Side::ask, Ticks{7}, Lots{4});
    const Depth no_size = depth_of(*book, {.levels = 1});
    CHECK(no_size.bid == 3.0);
    CHECK(std::isnan(no_size.round_trip_cost));
    const Depth no_levels = depth_of(*book, {.round_trip = Lots{3}});
    CHECK(std::isnan(no_levels.bid));
    CHECK(std::isnan(no_levels.imbalance()));
    CHECK(no_levels.round_trip_cost == 2.0);
    CHECK_FALSE(DepthPolicy{}.any());
}

TEST_CASE_TEMPLATE("a logged view and a book of our own show the same depth and the same trades",
                   Rule, OursRule, PeerRule) {
    Habits habits = wild;
    habits.silence = 0;
    for (const std::uint64_t seed : {1U, 2U, 3U}) {
        for (const std::int64_t grid : {std::int64_t{1}, ms}) {
            habits.grid = grid;
            const Tape tape(random_market(seed, 3'000, habits));
            REQUIRE(tape.columns().in_order);
            MarketConfig config = config_of(Rule::rules, 1, 7 * ms);
            config.signals.depth = {.levels = 3, .round_trip = Lots{9}};
            config.signals.recent_trades = 20;
            const auto logged = make_lanes(tape.columns(), config);
            config.keep_own_book = true;
            const auto full = make_lanes(tape.columns(), config);
            int known = 0;
            while (full->advance()) {
                REQUIRE(logged->advance());
                const SharedState &a = full->shared, &b = logged->shared;
                REQUIRE(same(a.bid_depth, b.bid_depth));
                REQUIRE(same(a.ask_depth, b.ask_depth));
                REQUIRE(same(a.depth_imbalance, b.depth_imbalance));
                REQUIRE(same(a.round_trip_cost, b.round_trip_cost));
                known += std::isnan(a.round_trip_cost) ? 0 : 1;
                const auto one = full->recent_trades().last(20);
                const auto two = logged->recent_trades().last(20);
                REQUIRE(one.size() == two.size());
                for (std::size_t i = 0; i < one.size(); ++i) {
                    REQUIRE(one[i].time == two[i].time);
                    REQUIRE(one[i].price == two[i].price);
                    REQUIRE(one[i].size == two[i].size);
                    REQUIRE(one[i].aggressor == two[i].aggressor);
                }
            }
            CHECK_FALSE(logged->advance());
            CHECK(known > 100);
            CHECK(full->recent_trades().last(20).size() == 20);
        }
    }
}
