// Lane draws: quick looks and their doubt; draws of many lanes against those of one.
#include "lane_draws.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace {

using namespace halfspread;

TEST_CASE("a quick look is right to a third of its doubt, at the ends as well") {
    const std::uint32_t ends[] = {0, 1, 511, 512, 0x7fff'ffffU, 0x8000'0000U, 0xffff'ffffU};
    for (const bool is_linear : {false, true}) {
        double worst = 0.0;
        for (std::uint32_t round = 0; round < 2000; ++round) {
            double distance[part_lanes];
            std::uint32_t words[part_lanes];
            float beyond[part_lanes];
            for (std::uint32_t i = 0; i < part_lanes; ++i) {
                const Words drawn = philox({i, round, 0, 0}, {1, 2});
                const double reach =
                    is_linear ? 20.0 * uniform(drawn[0]) : 3.0 - 6.0 * uniform(drawn[0]);
                distance[i] = i % 8 == 0 ? 1e3 * (uniform(drawn[0]) - 0.1) : reach;
                words[i] = i < 7 ? ends[i] : drawn[1];
            }
            quick::look_how_far(-0.5, 1.25, is_linear, part_lanes, distance, words, beyond);
            for (std::size_t i = 0; i < part_lanes; ++i) {
                const double rate = std::exp(-0.5 - distance[i] * 1.25);
                const double drawn = uniform(words[i]);
                const double exact = is_linear ? rate - drawn : drawn - std::exp(-rate);
                // What is far above any uniform needs no more than to be told so.
                if (is_linear && rate > 2.0) {
                    CHECK(beyond[i] > 0.5F);
                } else {
                    worst = std::max(worst, std::abs(beyond[i] - exact));
                }
            }
        }
        CHECK(worst < static_cast<double>(quick::doubt) / 3.0);
    }
}

TEST_CASE("the draws of many lanes are those of each, however many there are") {
    constexpr std::uint32_t first = 1'000'003;
    std::vector<std::uint32_t> step(part_lanes), low(part_lanes), high(part_lanes);
    const auto compare = [&](std::size_t n) {
        LaneDraws draws;
        draw_words({first, step.data(), low.data(), high.data()}, n, draws);
        make_noise(n, draws);
        for (std::uint32_t i = 0; i < n; ++i) {
            const Draws lane(std::uint64_t{high[i]} << 32U | low[i], first + i,
                             World::step_purpose);
            const Thirds drawn = lane.thirds(step[i]);
            CHECK(draws.move[i] == normal(drawn.first));
            CHECK(uniform(draws.order[0][i]) == drawn.second);
            CHECK(uniform(draws.order[1][i]) == drawn.third);
        }
    };
    for (const bool together : {false, true}) {
        for (std::uint32_t i = 0; i < part_lanes; ++i) {
            const std::uint32_t own = together ? 4 : i;
            step[i] = own % 5 * 1'000'000'007U % 4'000'000'000U;
            low[i] = own % 3 * 0x1234'5678;
            high[i] = own % 7 * 0x2000'0001;
        }
        for (const std::size_t n : {1U, 7U, 8U, 9U, 100U, 256U}) compare(n);
        // Together but for one number of one lane.
        for (std::vector<std::uint32_t>* numbers : {&step, &low, &high}) {
            ++numbers->at(200);
            compare(part_lanes);
        }
    }
}

TEST_CASE("noise is the normal's quantile at its far ends too, for all lanes of a part") {
    for (const double extreme : {0.5 * 0x1p-52, 1e-12, 1.0 - 0.5 * 0x1p-52, 0.01}) {
        LaneDraws draws;
        draws.move[0] = 0.4;
        draws.move[1] = extreme;
        draws.move[2] = 0.05;
        draws.move[3] = 0.6;
        draws.outers = 0;
        list_outers(0, 4, draws);
        REQUIRE(draws.outers == 2);
        make_noise(4, draws);
        const double uniforms[] = {0.4, extreme, 0.05, 0.6};
        for (std::size_t i = 0; i < 4; ++i) CHECK(draws.move[i] == normal(uniforms[i]));
    }
}

TEST_CASE("an order is met exactly where World's reaches, also where a quick look can't tell") {
    WorldPolicy world;
    world.step = Nanos{5'000'000};
    world.intensity[0] = 140.0;
    world.decay[0] = 0.5;
    for (const Arrivals arrivals : {Arrivals::discrete, Arrivals::linear}) {
        world.arrivals = arrivals;
        const StepLaw law(world);
        double distance[part_lanes];
        std::uint32_t words[part_lanes];
        float beyond[part_lanes];
        for (std::uint32_t round = 0; round < 50; ++round) {
            for (std::uint32_t i = 0; i < part_lanes; ++i) {
                words[i] = philox({i, round, 0, 0}, {3, 4})[0];
                const double drawn = uniform(words[i]);
                const double reach = law.reach(0, law.is_linear ? drawn : exponential(drawn));
                const double off[] = {0.0, 1e-9, -1e-9, 1e-15, -1e-15, 0.1, -0.1, 1e9};
                distance[i] = reach + off[(i + round) % 8];
            }
            meet(law, 0, part_lanes, distance, words, beyond);
            for (std::size_t i = 0; i < part_lanes; ++i) {
                const double drawn = uniform(words[i]);
                const double reach = law.reach(0, law.is_linear ? drawn : exponential(drawn));
                CHECK((beyond[i] >= 0.0F) == (distance[i] <= reach));
            }
        }
        meet(law, 1, part_lanes, distance, words, beyond);
        for (const float none : beyond) CHECK(none < 0.0F);
    }
}

}  // namespace
