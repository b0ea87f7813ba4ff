// Departure: lots of one recorded order that left its queue, as an order-by-order tape tells it.
//
// A tape of levels says what a level holds, not who left it. Departures stand beside such a tape,
// in its order, for a replay that keeps the exact place of our orders (core/queue.hpp).
//
// `joined` is in the counts of rows and departures together: an order of ours that arrived when r
// rows and d departures had been is behind the order that left if joined < r + d.
#pragma once

#include <cstdint>
#include <type_traits>

#include "units.hpp"

namespace halfspread {

struct Departure {
    Nanos time;            // the venue's
    std::uint64_t row;     // the tape's rows before it
    std::uint64_t joined;  // rows and departures when its order took its place
    Lots lots;
    Ticks price;
    Side side;
    bool was_executed;  // and not cancelled, reduced or moved
    std::uint16_t zero = 0;
};
static_assert(sizeof(Departure) == 40 && std::is_trivially_copyable_v<Departure>);

}  // namespace halfspread
