// Matching: the words of the exchange: what an order may ask for, and why it was refused or ended.
#pragma once

#include <cstdint>

#include "event.hpp"
#include "order.hpp"

namespace halfspread {

// When an order meets one of its own owner's. Owner 0 is the public: many, who may trade with each
// other.
enum class SelfTrade : std::uint8_t { allow, cancel_resting, cancel_taking, cancel_both };

// In `detail` of an answer that refuses or ends an order. `none`: its owner asked for it.
enum class AskReason : std::uint8_t {
    none,
    bad_kind,       // no submit, cancel or amend
    bad_side,       // neither bid nor ask
    bad_lifetime,   // no Lifetime or no SelfTrade
    bad_price,      // no_bid or no_ask: marks, no prices
    bad_size,       // not from 1 to largest_size
    bad_display,    // negative, or an iceberg of more than `most_slices`
    unknown_order,  // no order of that id rests, or it is another owner's
    full,           // the book has no room for another order, or for so many lots
    would_cross,    // a post-only order that would have taken
    unfilled,       // nobody was there for (the rest of) an order that doesn't wait
    not_whole,      // a fill-or-kill that could only have been filled in part
    self_trade,     // it met an order of its own owner
};

inline constexpr std::int64_t most_slices = 1000;  // of an iceberg

// What a new order asks for.
struct NewOrder {
    Side side = Side::none;
    Lifetime lifetime = Lifetime::good_till_cancel;
    SelfTrade self_trade = SelfTrade::allow;
    std::uint32_t owner = 0;
    Ticks price{};  // of a market order: no matter
    Lots size{};
    Lots display{};  // an iceberg shows so much at a time; 0: all
};

// Lifetime and SelfTrade in one `detail` of an ask.
constexpr std::uint32_t ask_detail(Lifetime lifetime, SelfTrade self_trade) {
    return static_cast<std::uint32_t>(lifetime) | static_cast<std::uint32_t>(self_trade) << 8U;
}
constexpr bool is_ask_detail(std::uint32_t detail) {
    return (detail & 0xffU) <= static_cast<std::uint32_t>(Lifetime::market) &&
           detail >> 8U <= static_cast<std::uint32_t>(SelfTrade::cancel_both);
}
constexpr Lifetime lifetime_of(std::uint32_t detail) { return static_cast<Lifetime>(detail); }
constexpr SelfTrade self_trade_of(std::uint32_t detail) {
    return static_cast<SelfTrade>(detail >> 8U);
}

}  // namespace halfspread
