// Units: strong integers for what must not be mixed: ticks, lots, nanoseconds, and the two sides.
//
//     Ticks price = Ticks{100} + Ticks{1};     // Ticks{1} + Lots{2} does not compile
//     Nanos later = now + Nanos{5'000'000};
//
// A unit adds to and compares with its own kind only; `count` is the bare integer, for the one
// place that needs it.
#pragma once

#include <compare>
#include <cstdint>
#include <limits>

namespace halfspread {

template <class Tag, class Integer>
struct Unit {
    using integer = Integer;
    Integer count{};

    constexpr Unit() = default;
    constexpr explicit Unit(Integer value) : count(value) {}

    constexpr auto operator<=>(const Unit&) const = default;
    constexpr Unit operator-() const { return Unit(static_cast<Integer>(-count)); }
    constexpr Unit& operator+=(Unit other) {
        count += other.count;
        return *this;
    }
    constexpr Unit& operator-=(Unit other) {
        count -= other.count;
        return *this;
    }
    friend constexpr Unit operator+(Unit a, Unit b) { return a += b; }
    friend constexpr Unit operator-(Unit a, Unit b) { return a -= b; }
    // a + b, or the end of the range that it would pass.
    friend constexpr Unit capped_sum(Unit a, Unit b) {
        Unit sum;
        if (!__builtin_add_overflow(a.count, b.count, &sum.count)) return sum;
        using Limits = std::numeric_limits<Integer>;
        return Unit(b.count > 0 ? Limits::max() : Limits::min());
    }
};

using Ticks = Unit<struct TicksTag, std::int32_t>;  // a price: multiples of the instrument's tick
using Lots = Unit<struct LotsTag, std::int64_t>;    // a size or an inventory: multiples of its lot
using Nanos = Unit<struct NanosTag, std::int64_t>;  // a time since 1970-01-01 UTC, or a duration

// What a tape may hold, so that no sum in the core leaves 64 bits: times from 1933 to 2116, and
// sizes up to the one from which doubles, in which queues and models count, miss lots.
inline constexpr Nanos earliest{-(std::int64_t{1} << 60)}, latest{std::int64_t{1} << 62};
inline constexpr Lots largest_size{std::int64_t{1} << 53};

// A number that is not known.
inline constexpr Nanos long_ago{std::numeric_limits<std::int64_t>::min()};  // before any time
inline constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

// The value is the sign of inventory that a fill on that side brings: a filled bid buys.
enum class Side : std::int8_t { ask = -1, none = 0, bid = 1 };

constexpr Side opposite(Side side) { return static_cast<Side>(-static_cast<int>(side)); }
constexpr int sign(Side side) { return static_cast<int>(side); }
// 0 for bid, 1 for ask: an index into pairs of arrays, so that no code branches on the side.
constexpr int index(Side side) { return static_cast<int>(side == Side::ask); }

}  // namespace halfspread
