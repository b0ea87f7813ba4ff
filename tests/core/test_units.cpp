// Units: a unit mixes with its own kind only, and costs what its integer costs.
#include <doctest/doctest.h>

#include <type_traits>
#include <utility>

#include "units.hpp"

using namespace halfspread;

namespace {

template <class Left, class Right>
concept Adds = requires(Left left, Right right) { left + right; };
template <class Left, class Right>
concept Compares = requires(Left left, Right right) { left < right; };

static_assert(Adds<Ticks, Ticks> && Adds<Lots, Lots> && Adds<Nanos, Nanos>);
static_assert(!Adds<Ticks, Lots> && !Adds<Lots, Nanos> && !Adds<Ticks, int> && !Adds<int, Lots>);
static_assert(Compares<Ticks, Ticks> && !Compares<Ticks, Lots> && !Compares<Lots, long>);
static_assert(!std::is_convertible_v<int, Ticks> && !std::is_convertible_v<Ticks, int>);
static_assert(sizeof(Ticks) == 4 && sizeof(Lots) == 8 && sizeof(Nanos) == 8);
static_assert(std::is_trivially_copyable_v<Ticks>);

}  // namespace

TEST_CASE("units add, subtract, negate and compare as their integers do") {
    CHECK(Ticks{100} + Ticks{1} == Ticks{101});
    CHECK(Lots{3} - Lots{5} == Lots{-2});
    CHECK(-Nanos{7} == Nanos{-7});
    CHECK(Ticks{-1} < Ticks{1});
    CHECK(Lots{} == Lots{0});
    Ticks price{10};
    price += Ticks{5};
    price -= Ticks{1};
    CHECK(price.count == 14);
}

TEST_CASE("a side is a sign, an index, and has an opposite") {
    CHECK(sign(Side::bid) == 1);
    CHECK(sign(Side::ask) == -1);
    CHECK(sign(Side::none) == 0);
    CHECK(index(Side::bid) == 0);
    CHECK(index(Side::ask) == 1);
    CHECK(opposite(Side::bid) == Side::ask);
    CHECK(opposite(Side::ask) == Side::bid);
    CHECK(opposite(Side::none) == Side::none);
}
