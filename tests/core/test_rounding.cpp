// Rounding: how a model's float quote becomes prices in ticks, and what is wrong with some.
#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <limits>

#include "order.hpp"

using namespace halfspread;

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

QuoteFault fault(std::array<double, 4> quote, const Touch& touch = {}, bool taking = false) {
    Wanted ignored;
    return round_quote(quote.data(), touch, taking, ignored);
}
Wanted rounded(std::array<double, 4> quote, const Touch& touch = {}, bool taking = false) {
    Wanted found;
    CHECK(round_quote(quote.data(), touch, taking, found) == QuoteFault::none);
    return found;
}

}  // namespace

TEST_CASE("a bid is rounded down and an ask up") {
    const Wanted found = rounded({100.7, 103.2, 1.0, 2.9});
    CHECK(found.price[0] == Ticks{100});
    CHECK(found.price[1] == Ticks{104});
    CHECK(found.size[0] == Lots{1});
    CHECK(found.size[1] == Lots{2});
    CHECK(rounded({-100.2, -99.8, 1.0, 1.0}).price[0] == Ticks{-101});
    CHECK(rounded({-100.2, -99.8, 1.0, 1.0}).price[1] == Ticks{-99});
    CHECK(rounded({100.0, 101.0, 1.0, 1.0}).price[0] == Ticks{100});
    CHECK(rounded({100.0, 101.0, 1.0, 1.0}).price[1] == Ticks{101});
}

TEST_CASE("a quote is kept passive, against the sides that are there") {
    const Touch both{Ticks{100}, Ticks{103}, true, true};
    CHECK(rounded({110.0, 120.0, 1.0, 1.0}, both).price[0] == Ticks{102});
    CHECK(rounded({90.0, 95.0, 1.0, 1.0}, both).price[1] == Ticks{101});
    CHECK(rounded({102.9, 103.0, 1.0, 1.0}, both).price[0] == Ticks{102});
    CHECK(rounded({103.0, 104.0, 1.0, 1.0}, both).price[0] == Ticks{102});
    const Touch none{Ticks{100}, Ticks{103}, false, false};
    CHECK(rounded({110.0, 120.0, 1.0, 1.0}, none).price[0] == Ticks{110});
    CHECK(rounded({90.0, 95.0, 1.0, 1.0}, none).price[1] == Ticks{95});
}

TEST_CASE("where quotes may take, a side takes from the other side's best price on") {
    const Touch both{Ticks{100}, Ticks{103}, true, true};
    const auto bid = [&](double price) { return rounded({price, 0.0, 1.0, 0.0}, both, true); };
    const auto ask = [&](double price) { return rounded({0.0, price, 0.0, 1.0}, both, true); };
    CHECK(bid(103.0).takes[0]);
    CHECK(bid(103.0).price[0] == Ticks{103});
    CHECK(bid(105.9).price[0] == Ticks{105});
    CHECK(bid(105.9).resting(0) == Lots{0});
    CHECK_FALSE(bid(102.9).takes[0]);
    CHECK(bid(102.9).price[0] == Ticks{102});
    CHECK(bid(102.9).resting(0) == Lots{1});
    CHECK(ask(100.0).takes[1]);
    CHECK(ask(97.1).price[1] == Ticks{98});
    CHECK_FALSE(ask(100.1).takes[1]);
    CHECK(ask(100.1).price[1] == Ticks{101});
    CHECK_FALSE(rounded({103.0, 104.0, 1.0, 1.0}, both, false).takes[0]);
    CHECK_FALSE(rounded({103.0, 104.0, 0.0, 1.0}, both, true).takes[0]);  // a side not wanted
    CHECK_FALSE(rounded({103.0, 104.0, 1.0, 1.0}, {Ticks{100}, Ticks{103}, true, false}, true)
                    .takes[0]);  // nothing to take
    CHECK(fault({104.0, 104.0, 1.0, 1.0}, both, true) == QuoteFault::crossed);
}

TEST_CASE("the farthest prices") {
    const Wanted found = rounded({-1e300, 1e300, 1.0, 1.0});
    CHECK(found.price[0] == Ticks{static_cast<std::int32_t>(-farthest)});
    CHECK(found.price[1] == Ticks{static_cast<std::int32_t>(farthest)});
}

TEST_CASE("what is wrong with a quote is said") {
    CHECK(fault({100.0, 101.0, 1.0, 1.0}) == QuoteFault::none);
    CHECK(fault({not_a_number, 101.0, 1.0, 1.0}) == QuoteFault::not_finite);
    CHECK(fault({100.0, infinity, 1.0, 1.0}) == QuoteFault::not_finite);
    CHECK(fault({100.0, 101.0, not_a_number, 1.0}) == QuoteFault::not_finite);
    CHECK(fault({100.0, 101.0, 1.0, infinity}) == QuoteFault::not_finite);
    CHECK(fault({100.0, 101.0, -0.1, 1.0}) == QuoteFault::negative_size);
    CHECK(fault({100.0, 100.0, 1.0, 1.0}) == QuoteFault::crossed);
    CHECK(fault({101.0, 100.0, 1.0, 1.0}) == QuoteFault::crossed);
    CHECK(fault({102.0, 101.0, 0.9, 1.0}) == QuoteFault::less_than_one_lot);
    CHECK(fault({100.0, 101.0, 1.0, 1e-9}) == QuoteFault::less_than_one_lot);
    CHECK(fault({not_a_number, 101.0, 0.9, 1.0}) == QuoteFault::not_finite);
}

TEST_CASE("a side of size 0 is not wanted, whatever its price") {
    const Wanted found = rounded({not_a_number, 101.0, 0.0, 1.0});
    CHECK(found.size[0] == Lots{0});
    CHECK(found.size[1] == Lots{1});
    CHECK(rounded({102.0, 101.0, 0.0, 1.0}).size[1] == Lots{1});
    CHECK(rounded({100.0, 101.0, 1e300, 1.0}).size[0].count == 9'000'000'000'000'000);
}
