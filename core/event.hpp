// Event: the one record. What the market did, what we asked, what the venue answered; 48 bytes.
//
// A tape is events in order; a codec makes them from a venue's messages; the desk sends them as
// asks and gets them back as answers. Times are nanoseconds since 1970 UTC on two clocks: the
// exchange's and ours.
//
//     kind      price, size                                         side
//     level     the level now holds `size` (0: gone)                the side: bid or ask
//     trade     `size` printed at `price`                           the aggressor's; none: unknown
//     clear     levels from the best to `price` are gone;           the side; none: both
//               price `everything`: the whole side
//     touch     the best price of the side is `price`, `size`       the side of the book
//     add       a new order of `order_id` rests                     its side
//     modify    `order_id` now has `price` and `size`               its side
//     remove    `order_id` left the book                            its side
//     execute   `size` of `order_id` was executed at `price`        its side
//     submit, cancel, amend   our asks                              our side
//     accepted, rejected, filled, cancelled, expired, amended       the venue's answers to us
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "units.hpp"

namespace halfspread {

enum class Kind : std::uint8_t {
    none = 0,
    level = 1,
    trade = 2,
    clear = 3,
    touch = 4,
    add = 8,
    modify = 9,
    remove = 10,
    execute = 11,
    submit = 16,
    cancel = 17,
    amend = 18,
    accepted = 32,
    rejected = 33,
    filled = 34,
    cancelled = 35,
    expired = 36,
    amended = 37,
};

// Bits of Event::flags. A row that lacks `at_exchange` (or `at_local`) does not exist on that
// clock: a message that reached us out of order is split in two rows, one a clock.
namespace flag {
inline constexpr std::uint16_t at_exchange = 1U << 0;
inline constexpr std::uint16_t at_local = 1U << 1;
inline constexpr std::uint16_t last = 1U << 2;      // ends a message: the book is whole after it
inline constexpr std::uint16_t snapshot = 1U << 3;  // part of a snapshot, not of a change
inline constexpr std::uint16_t taker = 1U << 4;     // a fill that took liquidity
inline constexpr std::uint16_t both = at_exchange | at_local;
}  // namespace flag

// As the price of a `clear`: no bound, the whole side goes.
inline constexpr Ticks everything{std::numeric_limits<std::int32_t>::min()};

struct Event {
    Nanos exchange_time;     // when it happened at the venue
    Nanos local_time;        // when it reached us, or left us
    Lots size;               //
    std::uint64_t order_id;  // of an order-level event, an ask or an answer; else 0
    Ticks price;             //
    std::uint32_t lane;      // whose ask or answer; 0 for the market's own
    std::uint32_t detail;    // submit: its Lifetime; filled: `mid_offset`; matching.hpp has more
    std::uint16_t flags;     // bits of `flag`
    Kind kind;               //
    Side side;               //
};

static_assert(sizeof(Event) == 48 && std::is_trivially_copyable_v<Event>);
static_assert(offsetof(Event, local_time) == 8 && offsetof(Event, size) == 16);
static_assert(offsetof(Event, order_id) == 24 && offsetof(Event, price) == 32);
static_assert(offsetof(Event, lane) == 36 && offsetof(Event, detail) == 40);
static_assert(offsetof(Event, flags) == 44 && offsetof(Event, kind) == 46 &&
              offsetof(Event, side) == 47);

}  // namespace halfspread
