// Asks for the tests of a venue, as a desk sends them.
#pragma once

#include <cstdint>

#include "event.hpp"
#include "order.hpp"
#include "tapes.hpp"

namespace halfspread {

inline constexpr std::size_t slots = 8;  // of a lane

inline Event ask_of(Kind kind, std::uint64_t id, std::int64_t now, Side side, std::int32_t price,
                    std::int64_t size, Lifetime lifetime = Lifetime::post_only) {
    Event ask = tapes::row(kind, now, side, price, size);
    ask.order_id = id;
    ask.lane = static_cast<std::uint32_t>((id & 0xffff'ffffU) / slots);
    ask.detail = kind == Kind::submit ? static_cast<std::uint32_t>(lifetime) : 0;
    return ask;
}

}  // namespace halfspread
