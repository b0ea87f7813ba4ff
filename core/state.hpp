// State: the numbers that a model reads, as Python's QuoteState has them, in ticks, lots and seconds.
#pragma once

#include <cmath>

#include "depth.hpp"
#include "signals.hpp"
#include "top.hpp"
#include "units.hpp"

namespace halfspread {

// The doubles of Python's QuoteState between its first and its last, which differ by lane.
// NaN where something is not known or was not asked for.
struct SharedState {
    double mid, bid, ask, bid_size, ask_size, micro_price, imbalance;
    double volatility, trade_flow;
    double fill_intensity = unknown, fill_decay = unknown;
    double time, time_left;
    double momentum = unknown, mean_reversion = unknown;
    double depth_imbalance = unknown, order_flow_imbalance = unknown;
    double buy_intensity = unknown, sell_intensity = unknown;
    double toxicity = unknown, vpin = unknown;
    double bid_fill_intensity = unknown, bid_fill_decay = unknown;
    double ask_fill_intensity = unknown, ask_fill_decay = unknown;
    double forecast = unknown, forecast_std = unknown;
    double bid_depth = unknown, ask_depth = unknown, round_trip_cost = unknown;

    void see(const Top& top) {
        const bool both = top.has_both();
        const auto best_bid = static_cast<double>(top.price[0].count);
        const auto best_ask = static_cast<double>(top.price[1].count);
        const double middle = (best_bid + best_ask) / 2.0;
        const double pressure = top.imbalance();
        bid = top.has_bid() ? best_bid : unknown;
        ask = top.has_ask() ? best_ask : unknown;
        bid_size = static_cast<double>(top.size[0].count);
        ask_size = static_cast<double>(top.size[1].count);
        mid = both ? middle : unknown;
        imbalance = both ? pressure : unknown;
        micro_price = both ? middle + pressure * (best_ask - best_bid) / 2.0 : unknown;
    }

    void see(const Signals& signals, const Top& top, Nanos now) {
        const SignalPolicy& asked = signals.policy();
        volatility = signals.volatility();
        trade_flow = signals.trade_flow();
        if (asked.fills) {
            fill_intensity = signals.fill_intensity();
            fill_decay = signals.fill_decay();
        }
        if (asked.mean_reversion()) {
            momentum = signals.momentum();
            mean_reversion =
                top.has_both() ? signals.mean_reversion(top.mid_half_ticks()) : unknown;
        }
        if (asked.order_flow()) order_flow_imbalance = signals.order_flow_imbalance();
        if (asked.hawkes()) {
            const HawkesIntensities intensities = signals.intensities(now);
            buy_intensity = intensities.buys;
            sell_intensity = intensities.sells;
        }
        if (asked.mark_out()) toxicity = signals.toxicity();
        if (asked.vpin()) vpin = signals.vpin();
        if (asked.fill_sides) {
            bid_fill_intensity = signals.fill_intensity(Side::bid);
            bid_fill_decay = signals.fill_decay(Side::bid);
            ask_fill_intensity = signals.fill_intensity(Side::ask);
            ask_fill_decay = signals.fill_decay(Side::ask);
        }
    }

    void see(const Depth& depth, bool both_sides) {
        depth_imbalance = both_sides ? depth.imbalance() : unknown;
        bid_depth = depth.bid;
        ask_depth = depth.ask;
        round_trip_cost = depth.round_trip_cost;
    }

    // Whether a number that was asked for is not known: what excuses a quote that is NaN.
    bool lacks(const SignalPolicy& asked, bool has_forecasts) const {
        const auto missing = [](bool is_asked, auto... values) {
            return is_asked && (std::isnan(values) || ...);
        };
        return missing(true, mid, volatility) || missing(asked.fills, fill_decay, fill_intensity) ||
               missing(asked.momentum(), momentum) ||
               missing(asked.mean_reversion(), mean_reversion) ||
               missing(asked.depth.levels > 0, depth_imbalance) ||
               missing(asked.depth.round_trip > Lots{0}, round_trip_cost) ||
               missing(asked.order_flow(), order_flow_imbalance) ||
               missing(asked.hawkes(), buy_intensity, sell_intensity) ||
               missing(asked.mark_out(), toxicity) || missing(asked.vpin(), vpin) ||
               missing(asked.fill_sides, bid_fill_decay, ask_fill_decay, bid_fill_intensity,
                       ask_fill_intensity) ||
               missing(has_forecasts, forecast, forecast_std);
    }
};
static_assert(sizeof(SharedState) == 30 * sizeof(double));

// The first and the last double of QuoteState.
struct LaneState {
    double inventory = 0.0, steady_inventory = 0.0;
};
static_assert(sizeof(LaneState) == 2 * sizeof(double));

}  // namespace halfspread
