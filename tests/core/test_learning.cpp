// Learning: the plain world for many lanes against a world and a desk a lane, number by number.
#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "episodes.hpp"
#include "learning_world.hpp"
#include "market.hpp"

namespace {

using namespace halfspread;

WorldPolicy world_of(Arrivals arrivals) {
    WorldPolicy world;
    world.begin = Nanos{1'000};
    world.step = Nanos{10'000'000};
    world.horizon = Nanos{700'000'000};
    world.mid = world.level = 1'000.0;
    world.volatility = 30.0;
    world.drift = 3.0;
    world.reversion = 0.4;
    world.intensity[0] = 40.0;
    world.intensity[1] = 60.0;
    world.decay[0] = 0.3;
    world.decay[1] = 0.2;
    world.arrivals = arrivals;
    world.first_lane = 5;
    return world;
}

Episodes orders_of(const WorldPolicy& world, const MarketConfig& config,
                   const std::vector<std::size_t>& fields) {
    const auto make = [world](const MarketConfig& mine, std::size_t lane, std::uint64_t seed) {
        WorldPolicy its = world;
        its.seed = seed;
        return make_lane(its, mine, static_cast<std::uint32_t>(lane));
    };
    return {make, config, true, fields};
}

// Quotes of all kinds, by lane and step: also some that can't be kept.
void quote(EpisodeColumns& c, std::size_t step) {
    const double odd[] = {NAN, INFINITY, -INFINITY, -1.0, 0.5, 0.0};
    for (std::size_t i = 0; i < c.n; ++i) {
        const auto half = static_cast<double>((i + step) % 7);
        c.quotes[i] = c.mid[i] - half - 0.05 * c.inventory[i];
        c.quotes[c.n + i] = c.mid[i] + half - 0.05 * c.inventory[i] + 0.5;
        c.quotes[2 * c.n + i] = c.quotes[3 * c.n + i] = static_cast<double>(1 + i % 3);
        const std::size_t chance = (31 * i + 17 * step) % 23;
        if (chance < 6) c.quotes[(i + step) % 4 * c.n + i] = odd[chance];
        if (chance == 7) std::swap(c.quotes[i], c.quotes[c.n + i]);
        if (chance == 9) c.quotes[i] = -1e300;
    }
}

void same(const EpisodeColumns& a, const EpisodeColumns& b) {
    CHECK(a.mid == b.mid);
    CHECK(a.inventory == b.inventory);
    CHECK(a.wealth == b.wealth);
    CHECK(a.profit == b.profit);
    CHECK(a.edge == b.edge);
    CHECK(a.time_left == b.time_left);
    CHECK(a.steps == b.steps);
    CHECK(a.ended == b.ended);
    CHECK(a.observations == b.observations);
}

TEST_CASE("the plain world is the world of orders, number by number, whatever lanes are begun") {
    for (const Arrivals arrivals : {Arrivals::discrete, Arrivals::linear}) {
        const WorldPolicy world = world_of(arrivals);
        CHECK(LearningWorld::can_be(world));
        MarketConfig config;
        config.every = world.step;
        config.lanes = 300;  // more than one part
        config.policy.amend = true;
        config.policy.limit = Lots{4};
        const std::vector<std::size_t> fields{0, 1, 6, 12, 13};
        Episodes orders = orders_of(world, config, fields);
        LearningWorld plain(world, 4.0, config.lanes, fields);
        orders.begin(11);
        plain.begin(11);
        same(orders.columns, plain.columns);
        double most = 0.0, sum = 0.0;
        for (std::size_t step = 0; step < 200; ++step) {
            for (EpisodeColumns* c : {&orders.columns, &plain.columns}) {
                quote(*c, step);
                for (std::size_t i = 0; i < c->n; ++i) {
                    const bool cut = (i + step) % 41 == 0;
                    c->anew[i] = static_cast<std::uint8_t>(cut || c->ended[i] != 0);
                }
            }
            orders.step();
            plain.step();
            same(orders.columns, plain.columns);
            for (const double held : plain.columns.inventory) most = std::max(most, std::abs(held));
            for (const double profit : plain.columns.profit) sum += std::abs(profit);
            if (step % 50 == 0) {
                orders.reset();
                plain.reset();
                same(orders.columns, plain.columns);
            }
        }
        CHECK(most == 4.0);
        CHECK(sum > 1'000.0);
    }
}

TEST_CASE("an episode is a market of its own seed") {
    const WorldPolicy world = world_of(Arrivals::discrete);
    LearningWorld plain(world, 1e9, 3, {1});
    plain.begin(7);
    plain.columns.anew = {0, 1, 0};
    plain.step();
    plain.columns.anew = {0, 1, 0};
    plain.step();  // lane 1 in its third episode
    plain.columns.anew = {0, 0, 0};
    plain.step();
    WorldPolicy its = world;
    its.seed = episode_seed(7, 2);
    World alone(its, 1);
    while (alone.steps() < 1) alone.happen();
    CHECK(plain.columns.mid[1] == alone.mid());
    its.seed = 7;
    World first(its, 2);
    while (first.steps() < 3) first.happen();
    CHECK(plain.columns.mid[2] == first.mid());
}

TEST_CASE("a world that needs its orders is not plain") {
    const auto changed = [](auto change) {
        WorldPolicy world = world_of(Arrivals::discrete);
        change(world);
        return LearningWorld::can_be(world);
    };
    CHECK(changed([](WorldPolicy&) {}));
    CHECK_FALSE(changed([](WorldPolicy& w) { w.arrivals = Arrivals::exact; }));
    CHECK_FALSE(changed([](WorldPolicy& w) { w.jump_rate = 1.0; }));
    CHECK_FALSE(changed([](WorldPolicy& w) { w.variance_noise = 0.1; }));
    CHECK_FALSE(changed([](WorldPolicy& w) { w.impact = w.impact_probability = 0.5; }));
    CHECK_FALSE(changed([](WorldPolicy& w) { w.mean_lots = 2.0; }));
    CHECK_FALSE(changed([](WorldPolicy& w) { w.spread = 1.0; }));
}

}  // namespace
