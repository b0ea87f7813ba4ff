// Order: one order of ours as the desk knows it, and the prices and sizes that a quote gives it.
//
// What an answer does to an order's state stands in one table. The one place that rounds a price is
// `round_quote`: bids down, asks up, and both kept passive unless a market lets quotes take.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "event.hpp"

namespace halfspread {

enum class Lifetime : std::uint8_t { post_only, good_till_cancel, immediate, fill_or_kill, market };

// What the desk believes of an order. `none` is a free slot.
enum class OrderState : std::uint8_t { none, sent, live, cancelling, amending };

// Row: state; column: answer (accepted, rejected, filled in part, cancelled, expired, amended).
// A fill of all that is left, whatever the state, frees the slot.
inline constexpr std::array<std::array<OrderState, 6>, 5> transitions = {{
    {OrderState::none, OrderState::none, OrderState::none, OrderState::none, OrderState::none,
     OrderState::none},
    {OrderState::live, OrderState::none, OrderState::sent, OrderState::none, OrderState::none,
     OrderState::sent},
    {OrderState::live, OrderState::live, OrderState::live, OrderState::none, OrderState::none,
     OrderState::live},
    {OrderState::cancelling, OrderState::live, OrderState::cancelling, OrderState::none,
     OrderState::none, OrderState::cancelling},
    {OrderState::amending, OrderState::live, OrderState::amending, OrderState::none,
     OrderState::none, OrderState::live},
}};

constexpr OrderState next_state(OrderState state, Kind answer) {
    constexpr auto column = [](Kind kind) -> std::size_t {
        switch (kind) {
            case Kind::accepted:
                return 0;
            case Kind::rejected:
                return 1;
            case Kind::filled:
                return 2;
            case Kind::cancelled:
                return 3;
            case Kind::expired:
                return 4;
            default:
                return 5;
        }
    };
    return transitions[static_cast<std::size_t>(state)][column(answer)];
}

struct Order {
    static constexpr std::int16_t by_hand = -1, leaving = -2;  // as a rung: it has none

    Ticks price{};
    Ticks asked_price{};  // of an amend under way
    Lots leaves{};
    Lots filled{};
    Lots asked_size{};  // what would be left to fill, by an amend under way
    Nanos since{};      // when it was sent, or last amended
    std::uint32_t generation = 0;
    std::int16_t rung = by_hand;  // or `leaving`, if it was a rung's
    Side side = Side::none;
    OrderState state = OrderState::none;

    // What it can still add to the inventory.
    Lots reserved() const {
        return state == OrderState::amending ? std::max(leaves, asked_size) : leaves;
    }
    // It left its rung, and its cancel was refused.
    bool is_stray() const { return rung == leaving && state == OrderState::live; }

    // An answer of the venue about it.
    void apply(const Event& answer) {
        const bool is_fill = answer.kind == Kind::filled;
        if (is_fill) {
            leaves -= answer.size;
            filled = capped_sum(filled, answer.size);
        }
        if (state == OrderState::amending) {
            if (is_fill) asked_size = std::max(asked_size - answer.size, Lots{0});
            if (answer.kind == Kind::amended) {
                price = answer.price;
                leaves = answer.size;
            }
        }
        state = next_state(state, answer.kind);
        if (is_fill && leaves <= Lots{0}) state = OrderState::none;
    }
};

// What the desk sees of the market when it decides.
struct Touch {
    Ticks bid, ask;
    bool has_bid, has_ask;
};

// A model's quote after rounding. A side with size 0 is not wanted.
struct Wanted {
    Ticks price[2]{};
    Lots size[2]{};
    bool takes[2]{};  // it reaches the other side's best price: to be taken, not to rest

    Lots resting(int side) const { return takes[side] ? Lots{0} : size[side]; }
};

inline constexpr std::int64_t farthest = 2'147'483'000;  // of our prices, in ticks, either way

enum class QuoteFault : std::uint8_t {
    none,
    not_finite,
    crossed,
    negative_size,
    less_than_one_lot,
    raised,  // an exception of the model
};

// Both sizes of a quote that a kernel could not work out since the model raised; and what its fault
// says was quoted.
inline constexpr double raised_size = -std::numeric_limits<double>::infinity();
inline constexpr double no_quote[4] = {unknown, unknown, 0.0, 0.0};

// Rounds a model's quote (bid, ask, bid size, ask size in float ticks and lots) and says what is
// wrong. `taking`: a side that reaches the other's best price takes; else it stays behind it.
inline QuoteFault round_quote(const double* quote, const Touch& touch, bool taking,
                              Wanted& wanted) {
    constexpr double far = static_cast<double>(farthest);
    wanted = Wanted{};
    if (quote[2] == raised_size && quote[3] == raised_size) return QuoteFault::raised;
    bool on[2];
    for (const int i : {0, 1}) {
        const double size = quote[2 + i];
        if (!std::isfinite(size)) return QuoteFault::not_finite;
        if (size < 0.0) return QuoteFault::negative_size;
        on[i] = size > 0.0;
        if (on[i] && !std::isfinite(quote[i])) return QuoteFault::not_finite;
        if (on[i] && size < 1.0) return QuoteFault::less_than_one_lot;
        wanted.size[i] = Lots{static_cast<std::int64_t>(std::min(size, 9e15))};
    }
    if (on[0] && on[1] && quote[0] >= quote[1]) return QuoteFault::crossed;
    if (on[0]) {
        double bid = std::floor(std::clamp(quote[0], -far, far));
        const auto best = static_cast<double>(touch.ask.count);
        wanted.takes[0] = taking && touch.has_ask && bid >= best;
        if (touch.has_ask && !wanted.takes[0]) bid = std::min(bid, best - 1.0);
        wanted.price[0] = Ticks{static_cast<std::int32_t>(bid)};
    }
    if (on[1]) {
        double ask = std::ceil(std::clamp(quote[1], -far, far));
        const auto best = static_cast<double>(touch.bid.count);
        wanted.takes[1] = taking && touch.has_bid && ask <= best;
        if (touch.has_bid && !wanted.takes[1]) ask = std::max(ask, best + 1.0);
        wanted.price[1] = Ticks{static_cast<std::int32_t>(ask)};
    }
    return QuoteFault::none;
}

}  // namespace halfspread
