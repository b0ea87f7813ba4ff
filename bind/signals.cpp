// Signals: what is to be measured, and a track of forecasts, for market.py.
#include "signals.hpp"

#include <nanobind/nanobind.h>

#include <algorithm>
#include <cstdint>

#include "arrays.hpp"
#include "market.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace halfspread::bind {
namespace {

void make_policy(SignalPolicy* policy, std::int64_t step_ns, double half_life_s,
                 std::int64_t warm_up, double volatility_half_life_s, double fast_half_life_s,
                 double slow_half_life_s, int depth_levels, double order_flow_half_life_s,
                 bool fill_sides, const Column<double>& hawkes, std::int64_t mark_out_horizon_ns,
                 std::int64_t vpin_bucket_lots, int vpin_buckets, std::int64_t round_trip_lots,
                 std::size_t recent_trades) {
    if (hawkes.shape(0) != 8) throw nb::value_error("hawkes must have 8 numbers");
    const double* of = hawkes.data();
    new (policy)
        SignalPolicy{.step = Nanos{step_ns},
                     .half_life_s = half_life_s,
                     .warm_up = warm_up,
                     .volatility_half_life_s = volatility_half_life_s,
                     .fast_half_life_s = fast_half_life_s,
                     .slow_half_life_s = slow_half_life_s,
                     .depth = {.levels = depth_levels, .round_trip = Lots{round_trip_lots}},
                     .order_flow_half_life_s = order_flow_half_life_s,
                     .fill_sides = fill_sides,
                     .buys = {of[0], of[1], of[2], of[3]},
                     .sells = {of[4], of[5], of[6], of[7]},
                     .mark_out_horizon = Nanos{mark_out_horizon_ns},
                     .vpin_bucket = Lots{vpin_bucket_lots},
                     .vpin_buckets = vpin_buckets,
                     .recent_trades = recent_trades};
}

// The columns of a Track, and the Python objects that keep them alive.
struct HeldTrack {
    Track track;
    Column<std::int64_t> time;
    Column<double> forecast, forecast_std;
};

void make_track(HeldTrack* held, const Column<std::int64_t>& time, const Column<double>& forecast,
                const Column<double>& forecast_std) {
    const std::size_t rows = time.shape(0);
    if (forecast.shape(0) != rows || forecast_std.shape(0) != rows)
        throw nb::value_error("a track's columns must have one length");
    if (!std::is_sorted(time.data(), time.data() + rows))
        throw nb::value_error("a track's times must ascend");
    new (held) HeldTrack{.track = {.time = {time.data(), rows},
                                   .forecast = {forecast.data(), rows},
                                   .forecast_std = {forecast_std.data(), rows}},
                         .time = time,
                         .forecast = forecast,
                         .forecast_std = forecast_std};
}

}  // namespace
}  // namespace halfspread::bind

void bind_signals(nb::module_& m) {
    using namespace halfspread::bind;
    nb::class_<halfspread::SignalPolicy>(m, "SignalPolicy", "What is measured; policy.py fills it.")
        .def("__init__", &make_policy, "step_ns"_a, "half_life_s"_a, "warm_up"_a,
             "volatility_half_life_s"_a, "fast_half_life_s"_a, "slow_half_life_s"_a,
             "depth_levels"_a, "order_flow_half_life_s"_a, "fill_sides"_a, "hawkes"_a,
             "mark_out_horizon_ns"_a, "vpin_bucket_lots"_a, "vpin_buckets"_a, "round_trip_lots"_a,
             "recent_trades"_a);
    nb::class_<HeldTrack>(m, "Track", "Forecasts on our clock, read in place.")
        .def("__init__", &make_track, "time"_a.noconvert(), "forecast"_a.noconvert(),
             "forecast_std"_a.noconvert())
        .def(
            "join",
            [](const HeldTrack& held, halfspread::MarketConfig& config) {
                config.track = held.track;
            },
            nb::keep_alive<2, 1>(), "config"_a, "Gives a market its forecasts.");
}
