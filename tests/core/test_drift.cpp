// Drift: values at the touch under a drift, where they are known by hand.
#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "drift.hpp"

using namespace halfspread;

TEST_CASE("without orders the values are what the drift's motion earns") {
    DriftProblem problem;
    problem.upwards = {3.0, 0.0};
    problem.downwards = {0.0, 1.0};
    problem.after_bid = problem.after_ask = {0.0, 1.0};
    problem.earned = {0.0, 1.0, 0.0, 5.0};
    problem.pace = 3.0;
    const std::vector<double> times{0.0, 0.5, 2.0};
    const auto found = DriftMarch(problem).values(std::vector<double>(4, 0.0), times);
    REQUIRE(found.size() == 12);
    for (std::size_t j : {1U, 2U}) {
        // The two values differ by d' = 4 - 4 d, and the first gains 1 + 3 d.
        const double apart = 1.0 - std::exp(-4.0 * times[j]);
        const double first = times[j] + 3.0 * (times[j] - apart / 4.0);
        CHECK(found[4 * j] == 0.0);
        CHECK(found[4 * j + 1] == doctest::Approx(first).epsilon(1e-3));
        CHECK(found[4 * j + 3] - found[4 * j + 1] == doctest::Approx(apart).epsilon(1e-3));
    }
}

TEST_CASE("orders fill where a fill earns, and move the drift") {
    DriftProblem problem;
    problem.upwards = problem.downwards = {0.0, 0.0};
    problem.after_bid = {0.0, 0.0};
    problem.after_ask = {0.0, 1.0};
    problem.earned = std::vector<double>(4, 0.0);
    problem.bid_rate = 2.0;
    problem.edge = 1.0;
    problem.pace = 2.0;
    // Inventory 0 in drift 1: an order leads to drift 0, where a bid earned 1 or, with a fall of
    // two between the inventories there, nothing.
    const std::vector<double> times{0.0, 0.01};
    const auto earns = DriftMarch(problem).values({0.0, 0.0, 0.0, 0.0}, times);
    CHECK(earns[4 + 2] == doctest::Approx(0.02).epsilon(0.02).scale(0));
    CHECK(earns[4 + 3] == 0.0);
    const auto declines = DriftMarch(problem).values({0.0, -2.0, 0.0, 0.0}, times);
    CHECK(declines[4 + 2] == 0.0);
    CHECK(declines[4 + 3] == doctest::Approx(-0.04).epsilon(0.02).scale(0));  // drawn to drift 0
}

TEST_CASE("values that only grow alike are not marched, and too long a way ends early") {
    DriftProblem problem;
    problem.upwards = problem.downwards = {0.0, 0.0};
    problem.after_bid = problem.after_ask = {0.0, 1.0};
    problem.earned = std::vector<double>(4, 1.0);
    problem.pace = 1e9;
    CHECK(DriftMarch(problem).values(std::vector<double>(4, 1.0), {0.0, 1e9}).size() == 8);
    problem.earned[3] = 2.0;
    CHECK(DriftMarch(problem).values(std::vector<double>(4, 1.0), {0.0, 1e9}).size() == 4);
}
