// Guard table: the states of alarm, the reasons, and the one table of where a reason leads.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace halfspread {

// Each is more alarmed than the one before.
enum class GuardState : std::uint8_t { quoting, reducing, flattening, halted };

// How a position is flattened: each when the one before did not work.
enum class Stage : std::uint8_t { passive, aggressive, market };

// Saved runs hold their numbers: a new one comes last.
enum class Reason : std::uint8_t {
    calm,              // nothing has asked for the state for the time of the cool-down
    inventory,         // |inventory - target| reached reduce_at of its limit
    emergency,         // and flatten_at of it
    var,               // value at risk over the liquidation horizon
    holding_time,      // since the position was opened or changed its sign
    drawdown,          // of wealth, from its peak
    loss,              // of wealth, since the start or the last resume
    volatility_spike,  // volatility over its reference
    toxic_fills,       // our fills' mark-outs, volume-weighted
    stale_book,        // time since the last message of the book
    crossed_book,      // the best bid is not below the best ask
    order_rate,        // our asks a second
    price_band,        // distance of the mid from its slow mean
    end_of_day,        // time left
    stuck,             // a state or its last stage has not worked in its time
    resume,            // by hand
    clock_skew,        // of the newest row, between the exchange's clock and ours
    halt,              // by hand: the kill switch
    pulled,            // halted, and the venue has said of each order that it is gone
};

inline constexpr std::size_t guard_states = 4, guard_reasons = 19;
inline constexpr std::array<const char*, guard_states> state_words = {"quoting", "reducing",
                                                                      "flattening", "halted"};
inline constexpr std::array<const char*, 3> stage_words = {"passive", "aggressive", "market"};
inline constexpr std::array<const char*, guard_reasons> reason_words = {
    "calm",       "inventory",        "emergency",   "var",        "holding_time", "drawdown",
    "loss",       "volatility_spike", "toxic_fills", "stale_book", "crossed_book", "order_rate",
    "price_band", "end_of_day",       "stuck",       "resume",     "clock_skew",   "halt",
    "pulled"};

// A row is a state; flattening has two: with something left to sell, and with nothing left.
inline constexpr std::size_t guard_rows = 5, flat_row = 3;
inline constexpr std::array<const char*, guard_rows> row_words = {
    "quoting", "reducing", "flattening", "flattening, at its goal", "halted"};

constexpr std::size_t row_of(GuardState state, bool at_goal) {
    if (state == GuardState::halted) return guard_rows - 1;
    if (state == GuardState::flattening && at_goal) return flat_row;
    return static_cast<std::size_t>(state);
}

namespace detail {
inline constexpr GuardState Q = GuardState::quoting, R = GuardState::reducing;
inline constexpr GuardState F = GuardState::flattening, H = GuardState::halted;
}  // namespace detail

// [reason][row] -> the state that follows.
inline constexpr std::array<std::array<GuardState, guard_rows>, guard_reasons> guard_table = [] {
    using namespace detail;
    return std::array<std::array<GuardState, guard_rows>, guard_reasons>{{
        // quoting, reducing, flattening, at its goal, halted
        {Q, Q, R, R, H},  // calm
        {R, R, F, F, H},  // inventory
        {F, F, F, F, H},  // emergency
        {R, R, F, F, H},  // var
        {F, F, F, F, H},  // holding_time
        {F, F, F, F, H},  // drawdown
        {F, F, F, H, H},  // loss
        {F, F, F, F, H},  // volatility_spike
        {R, R, F, F, H},  // toxic_fills
        {R, R, F, F, H},  // stale_book
        {R, R, F, F, H},  // crossed_book
        {R, R, F, F, H},  // order_rate
        {R, R, F, F, H},  // price_band
        {F, F, F, F, H},  // end_of_day
        {Q, F, H, F, H},  // stuck
        {Q, R, F, F, Q},  // resume
        {R, R, F, F, H},  // clock_skew
        {H, H, H, H, H},  // halt
        {Q, R, F, F, H},  // pulled
    }};
}();

constexpr GuardState follows(GuardState state, bool at_goal, Reason reason) {
    return guard_table[static_cast<std::size_t>(reason)][row_of(state, at_goal)];
}
// The state that a reason asks for, as long as it holds.
constexpr GuardState demanded_by(Reason reason) {
    return follows(GuardState::quoting, false, reason);
}

// Nothing but a hand leads out of halted, and no alarm makes it less.
consteval bool is_sound() {
    for (std::size_t reason = 0; reason < guard_reasons; ++reason) {
        const auto why = static_cast<Reason>(reason);
        for (std::size_t row = 0; row < guard_rows; ++row) {
            const std::size_t now = row < flat_row ? row : row - 1;
            const auto next = static_cast<std::size_t>(guard_table[reason][row]);
            if (why == Reason::calm) {
                if (next > now) return false;
            } else if (why != Reason::resume && next < now) {
                return false;
            }
            const bool leaves_halted = row == guard_rows - 1 && next != row - 1;
            if (leaves_halted != (why == Reason::resume && row == guard_rows - 1)) return false;
        }
    }
    return true;
}
static_assert(is_sound());

}  // namespace halfspread
