// Random: Philox's published vectors, and our own functions against the library's.
#include "random.hpp"

#include <doctest/doctest.h>

#include <cmath>

namespace {

using namespace halfspread;

TEST_CASE("philox gives the vectors that its authors published") {
    constexpr auto all = 0xffffffffU;
    CHECK(philox({0, 0, 0, 0}, {0, 0}) == Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
    CHECK(philox({all, all, all, all}, {all, all}) ==
          Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
    CHECK(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
          Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("a draw is a function of its seed, lane, purpose and index, of each of them") {
    const double drawn = Draws(1, 2, 3).uniforms(4).first;
    CHECK(drawn == Draws(1, 2, 3).uniforms(4).first);
    CHECK(drawn != Draws(1, 2, 3).uniforms(4).second);
    CHECK(drawn != Draws(2, 2, 3).uniforms(4).first);
    CHECK(drawn != Draws(std::uint64_t{1} << 32U | 1U, 2, 3).uniforms(4).first);
    CHECK(drawn != Draws(1, 3, 3).uniforms(4).first);
    CHECK(drawn != Draws(1, 2, 4).uniforms(4).first);
    CHECK(drawn != Draws(1, 2, 3).uniforms(5).first);
    CHECK(drawn != Draws(1, 2, 3).uniforms(std::uint64_t{1} << 32U | 4U).first);
}

TEST_CASE("logarithm and exponential function are the library's to a few parts in 1e16") {
    const Draws draws(5, 0, 0);
    double worst_log = 0.0, worst_exp = 0.0;
    for (std::uint64_t i = 0; i < 100'000; ++i) {
        const auto [u, v] = draws.uniforms(i);
        const double x = 1'400.0 * (v - 0.5);
        const double exact = std::log(u);
        worst_log = std::max(worst_log, std::abs(logarithm(u) - exact) / std::abs(exact));
        worst_exp = std::max(worst_exp, std::abs(exponential_of(x) / std::exp(x) - 1.0));
    }
    CHECK(worst_log < 1e-15);
    CHECK(worst_exp < 1e-15);
    CHECK(logarithm(1.0) == 0.0);
    for (const double x : {5e-324, 2.2e-308, 0.7071, 0.99999999, 1e308})
        CHECK(logarithm(x) == doctest::Approx(std::log(x)).epsilon(1e-14).scale(0));
}

TEST_CASE("the quantile of the normal inverts its distribution, far into its tails") {
    for (const double p : {1e-15, 1e-9, 0.01, 0.0749, 0.0751, 0.3, 0.5, 0.8, 0.93, 1.0 - 1e-9}) {
        const double back = 0.5 * std::erfc(-normal(p) / std::sqrt(2.0));
        CHECK(back == doctest::Approx(p).epsilon(1e-13).scale(0));
    }
    CHECK(normal(0.975) == doctest::Approx(1.959963984540054).epsilon(1e-14));
}

TEST_CASE("moments of the draws are those of their laws") {
    const Draws draws(11, 1, 2);
    constexpr int count = 200'000;
    double sum = 0.0, squares = 0.0, fourths = 0.0, gaps = 0.0, both = 0.0;
    for (std::uint64_t i = 0; i < count; ++i) {
        const auto [u, v] = draws.uniforms(i);
        const double z = normal(u);
        sum += z;
        squares += z * z;
        fourths += z * z * z * z;
        gaps += exponential(v);
        both += z * normal(v);
    }
    const double se = 1.0 / std::sqrt(count);
    CHECK(std::abs(sum / count) < 4 * se);
    CHECK(std::abs(squares / count - 1.0) < 4 * std::sqrt(2.0) * se);
    CHECK(std::abs(fourths / count - 3.0) < 4 * std::sqrt(96.0) * se);
    CHECK(std::abs(gaps / count - 1.0) < 4 * se);
    CHECK(std::abs(both / count) < 4 * se);
}

}  // namespace
