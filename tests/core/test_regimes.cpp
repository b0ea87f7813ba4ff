// Regimes: values at the touch under an imbalance, where they are known by hand.
#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "regimes.hpp"

using namespace halfspread;

namespace {

RegimeProblem quiet(std::size_t regimes, std::size_t inventories) {
    RegimeProblem problem;
    problem.moves.assign(regimes * regimes, 0.0);
    problem.sell_rate.assign(regimes, 0.0);
    problem.buy_rate = problem.bid_edge = problem.ask_edge = problem.sell_rate;
    problem.earned.assign(regimes * inventories, 0.0);
    return problem;
}

}  // namespace

TEST_CASE("without orders the values are what the regimes earn") {
    RegimeProblem problem = quiet(2, 2);
    problem.moves = {7.0, 3.0, 1.0, 7.0};  // the diagonal is not read
    problem.earned = {0.0, 1.0, 0.0, 5.0};
    problem.pace = 3.0;
    const std::vector<double> times{0.0, 0.5, 2.0};
    const auto found = regime_values(problem, std::vector<double>(4, 0.0), times);
    REQUIRE(found.size() == 12);
    for (std::size_t j : {1U, 2U}) {
        // The two values differ by d' = 4 - 4 d, and the first gains 1 + 3 d.
        const double apart = 1.0 - std::exp(-4.0 * times[j]);
        const double first = times[j] + 3.0 * (times[j] - apart / 4.0);
        CHECK(found[4 * j] == 0.0);
        CHECK(found[4 * j + 1] == doctest::Approx(first).epsilon(1e-8));
        CHECK(found[4 * j + 3] - found[4 * j + 1] == doctest::Approx(apart).epsilon(1e-8));
    }
}

TEST_CASE("orders fill where a fill earns in their regime") {
    RegimeProblem problem = quiet(2, 3);
    problem.sell_rate = {2.0, 0.0};
    problem.buy_rate = {0.0, 3.0};
    problem.bid_edge = problem.ask_edge = {1.0, 1.0};
    problem.pace = 3.0;
    const std::vector<double> value{0.0, 0.0, -2.0, 0.0, 0.0, -2.0};
    const auto found = regime_values(problem, value, {0.0, 1e-6});
    const auto slope = [&](std::size_t i) { return (found[6 + i] - value[i]) * 1e6; };
    CHECK(slope(0) == doctest::Approx(2.0).epsilon(1e-5));  // a bid earns 1
    CHECK(slope(1) == 0.0);                                 // the next would lose 2 - 1
    CHECK(slope(2) == 0.0);                                 // no bid at the bound, no buyer
    CHECK(slope(3) == 0.0);                                 // no ask at the bound, no seller
    CHECK(slope(4) == doctest::Approx(3.0).epsilon(1e-5));  // an ask earns 1
    CHECK(slope(5) == doctest::Approx(9.0).epsilon(1e-5));  // and 2 more where it reduces
}

TEST_CASE("values that only grow alike are not marched, and too long a way ends early") {
    RegimeProblem problem = quiet(1, 2);
    problem.earned = {1.0, 1.0};
    problem.pace = 1e9;
    CHECK(regime_values(problem, {1.0, 1.0}, {0.0, 1e9}).size() == 4);
    problem.earned = {1.0, 2.0};
    CHECK(regime_values(problem, {1.0, 1.0}, {0.0, 1e9}).size() == 2);
}

TEST_CASE("in other units of time the same steps are taken") {
    RegimeProblem problem = quiet(2, 3);
    problem.moves = {0.0, 0.3, 0.1, 0.0};
    problem.sell_rate = {0.9, 0.3};
    problem.buy_rate = {0.2, 1.1};
    problem.bid_edge = {0.1, 0.4};
    problem.ask_edge = {0.4, -0.2};
    problem.earned = {-0.1, 0.0, -0.2, -0.1, 0.0, 0.3};
    problem.pace = 1.7;
    const std::vector<double> value{-0.5, 0.0, -0.5, -0.5, 0.0, -0.5};
    const auto seconds = regime_values(problem, value, {0.0, 1.0, 100.0, 1000.0});
    for (auto* rates : {&problem.moves, &problem.sell_rate, &problem.buy_rate, &problem.earned})
        for (double& rate : *rates) rate *= 0.001;
    problem.pace *= 0.001;
    const auto milliseconds = regime_values(problem, value, {0.0, 1e3, 1e5, 1e6});
    REQUIRE(milliseconds.size() == seconds.size());
    for (std::size_t i = 0; i < seconds.size(); ++i)
        CHECK(milliseconds[i] == doctest::Approx(seconds[i]).epsilon(1e-11));
}
