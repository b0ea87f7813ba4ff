// HJB: both ways to solve it agree with small plain steps, with each other, and with the limit.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <stdexcept>
#include <vector>

#include "hjb.hpp"

using namespace halfspread;

namespace {

HjbProblem maker(std::size_t most, double penalty, double bid_decay, double ask_decay) {
    HjbProblem p;
    const std::size_t n = 2 * most + 1;
    for (std::size_t i = 0; i < n; ++i) {
        const double q = static_cast<double>(i) - static_cast<double>(most);
        p.source.push_back(0.01 * q - penalty * q * q);
        p.bid_gain.push_back(i + 1 < n ? 1.1 : 0.0);
        p.ask_gain.push_back(i > 0 ? 0.9 : 0.0);
        p.terminal.push_back(-0.05 * q * q);
    }
    p.bid_decay = bid_decay;
    p.ask_decay = ask_decay;
    return p;
}

// Runge and Kutta's steps, many of them.
std::vector<double> small_steps(const HjbProblem& p, double time) {
    const int steps = 20'000;
    const double h = time / steps;
    const auto rate = [&](const std::vector<double>& v) {
        hjb::Slopes now;
        hjb::slopes(p, v, now);
        return now.rate;
    };
    const auto moved = [](const std::vector<double>& v, double by, const std::vector<double>& way) {
        std::vector<double> out(v);
        for (std::size_t i = 0; i < v.size(); ++i) out[i] += by * way[i];
        return out;
    };
    std::vector<double> v(p.terminal);
    for (int step = 0; step < steps; ++step) {
        const auto a = rate(v);
        const auto b = rate(moved(v, h / 2, a));
        const auto c = rate(moved(v, h / 2, b));
        const auto d = rate(moved(v, h, c));
        for (std::size_t i = 0; i < v.size(); ++i)
            v[i] += h / 6 * (a[i] + 2 * (b[i] + c[i]) + d[i]);
    }
    return v;
}

double farthest(const std::vector<double>& a, const std::vector<double>& b) {
    double most = 0;
    for (std::size_t i = 0; i < a.size(); ++i) most = std::max(most, std::abs(a[i] - b[i]));
    return most;
}

std::vector<double> last_of(const HjbValues& found, std::size_t n) {
    std::vector<double> out(found.values.end() - static_cast<std::ptrdiff_t>(n),
                            found.values.end());
    for (double& v : out) v += found.levels.back();
    return out;
}

}  // namespace

TEST_CASE("equal decays: the series is what small steps give") {
    const HjbProblem p = maker(8, 0.02, 0.7, 0.7);
    CHECK(farthest(last_of(hjb_values(p, {0, 0.5, 20}), p.size()), small_steps(p, 20)) < 1e-9);
}

TEST_CASE_TEMPLATE("unequal decays: either way is what small steps give", Way, hjb::Taylor,
                   hjb::Extrapolation) {
    for (const std::size_t most : {1, 2, 7, 8}) {
        const HjbProblem p = maker(most, 0.02, 0.7, 1.3);
        Way way(p);
        std::vector<double> value = p.terminal;
        way.advance(value, 0.5);
        way.advance(value, 19.5);
        CHECK(farthest(value, small_steps(p, 20)) < 1e-9);
    }
}

TEST_CASE("unequal decays: short, long and very long times are what many steps give") {
    const HjbProblem p = maker(12, 0.003, 0.7, 1.3);
    hjb::Taylor taylor(p);
    std::vector<double> value = p.terminal;
    hjb::General general(p);
    hjb::Slopes now;
    std::vector<double> other = value;
    for (const double time : {0.1, 1.0, 10.0, 50.0, 300.0, 15.0}) {
        taylor.advance(value, time);
        hjb::slopes(p, other, now);
        general.advance(other, now, time);
        CHECK(farthest(value, other) < 1e-8);
    }
}

TEST_CASE("a leap over too much time changes nothing") {
    const HjbProblem p = maker(8, 0.02, 0.7, 1.3);
    std::vector<double> value = p.terminal;
    CHECK_FALSE(hjb::Extrapolation(p).leap(value, 20));
    CHECK(value == p.terminal);
    CHECK(hjb::Extrapolation(p).leap(value, 0.01));
    CHECK(farthest(value, small_steps(p, 0.01)) < 1e-10);
}

TEST_CASE("both ways agree where the decays are all but equal") {
    const HjbProblem p = maker(20, 0.02, 0.7, 0.7);
    HjbProblem other = p;
    other.ask_decay = std::nextafter(0.7, 1.0);
    const std::vector<double> times{0, 1, 10, 100};
    CHECK(farthest(hjb_values(p, times).values, hjb_values(other, times).values) < 1e-8);
}

TEST_CASE("the values settle to the limit and then grow as it says") {
    for (const double ask_decay : {0.7, 1.3}) {
        const HjbProblem p = maker(10, 0.05, 0.7, ask_decay);
        const HjbLimit limit = hjb_limit(p);
        const HjbValues far = hjb_values(p, {0, 500, 1000});
        const std::size_t n = p.size();
        for (std::size_t i = 0; i < n; ++i) {
            const double value = limit.values[i] - limit.values[n / 2];
            CHECK(far.values[2 * n + i] == doctest::Approx(value).epsilon(1e-9));
        }
        CHECK((far.levels[2] - far.levels[1]) / 500 == doctest::Approx(limit.growth));
    }
}

TEST_CASE("no number overflows in tails of a thousand inventories") {
    const HjbProblem p = maker(500, 0.3, 1.5, 1.5);
    const HjbLimit limit = hjb_limit(p);
    const HjbValues near = hjb_values(p, {0, 0.01, 0.05});
    for (std::size_t i = 0; i < p.size(); ++i) {
        REQUIRE(std::isfinite(limit.values[i]));
        REQUIRE(std::isfinite(near.values[2 * p.size() + i]));
    }
}

TEST_CASE("a horizon that is too long to solve is refused") {
    HjbProblem p = maker(500, 0.0, 0.7, 0.7);
    for (double& gain : p.bid_gain) gain *= 1e6;
    for (double& gain : p.ask_gain) gain *= 1e6;
    CHECK_THROWS_AS(hjb_values(p, {0, 1e3}), std::domain_error);
}

TEST_CASE("fill rates that no number holds are refused") {
    HjbProblem p = maker(2, 0.02, 0.7, 1.3);
    p.terminal = {0, 2000, 0, 2000, 0};
    CHECK_THROWS_AS(hjb_values(p, {0, 1}), std::domain_error);
    hjb::Taylor taylor(p);
    CHECK_THROWS_AS(taylor.advance(p.terminal, 1), std::domain_error);
}
