// Signals: what must be remembered between events for a model to read it.
//
// Everything is measured on a grid of `step` in local time, so that no event pays for an
// exponential. With half-lives h, d = 2^(-step / h), and m_i, v_i, n_i, s_i the mid, signed volume,
// arrivals and their summed distance from the mid of grid cell i, in ticks, lots and seconds:
//
//     volatility      sqrt(E[(m_i - m_{i-1})^2] / step)      ticks per root second
//     trade_flow      E[v_i] / step                          lots per second, bought minus sold
//     fill_intensity  E[n_i] / step / 2                      per second and side
//     fill_decay      E[n_i] / E[s_i]                        per tick: 1 / mean distance
//
// where E is the exponentially weighted mean (1 - d) sum d^j x_{i-j} / (1 - d^count), free of
// start-up bias. Prints of one instant and one aggressor are one arrival, at the farthest price. A
// value is NaN until `warm_up` cells are in: not known is a state, never a silent zero.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "units.hpp"

namespace halfspread {

struct SignalPolicy {
    Nanos step{100'000'000};
    double half_life_s = 60.0;
    std::int64_t warm_up = 10;  // cells
};

inline constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

class Signals {
public:
    explicit Signals(const SignalPolicy& policy)
        : policy_(policy),
          step_s_(static_cast<double>(policy.step.count) * 1e-9),
          decay_(std::exp2(-step_s_ / policy.half_life_s)) {}

    // Closes the cells that end at or before `now`. Call it before each event, with the mid (in
    // half ticks) as it stood until then; `has_mid` is false while a side is empty.
    void elapse(Nanos now, bool has_mid, std::int64_t mid_half_ticks) {
        if (cell_end_ == Nanos{0}) cell_end_ = now + policy_.step;
        if (!due(now)) return;
        close_cell(has_mid, mid_half_ticks);
        if (now - cell_end_ >= Nanos{1'000 * policy_.step.count}) skip_empty_cells(now);
        while (now >= cell_end_) close_cell(has_mid, mid_half_ticks);
    }
    // When the open cell ends.
    Nanos cell_end() const { return cell_end_; }
    // True if `elapse` would do something: the caller's cheap test.
    bool due(Nanos now) const { return now >= cell_end_; }

    // A public trade, at a distance from the mid (NaN if there is none).
    void trade(Nanos now, Side aggressor, double size, double distance) {
        volume_ += sign(aggressor) * size;
        if (std::isnan(distance)) return;
        distance = std::max(distance, 0.0);
        if (now == last_trade_ && aggressor == last_aggressor_) {
            distances_ += std::max(distance - last_distance_, 0.0);
            last_distance_ = std::max(distance, last_distance_);
            return;
        }
        arrivals_ += 1.0;
        distances_ += distance;
        last_trade_ = now;
        last_aggressor_ = aggressor;
        last_distance_ = distance;
    }

    double volatility() const {
        return ready(moves_) ? std::sqrt(variance_ / ((1.0 - moves_left_) * step_s_)) : unknown;
    }
    double trade_flow() const { return ready(cells_) ? flow_ / known_s() : unknown; }
    double fill_intensity() const { return ready(cells_) ? 0.5 * (rate_ / known_s()) : unknown; }
    double fill_decay() const {
        return ready(cells_) && distance_ > 0.0 ? rate_ / distance_ : unknown;
    }

private:
    bool ready(std::int64_t count) const { return count >= policy_.warm_up; }
    // What a mean divides by, times the step.
    double known_s() const { return (1.0 - cells_left_) * step_s_; }

    void close_cell(bool has_mid, std::int64_t mid) {
        cell_end_ += policy_.step;
        flow_ = decay_ * flow_ + (1.0 - decay_) * volume_;
        rate_ = decay_ * rate_ + (1.0 - decay_) * arrivals_;
        distance_ = decay_ * distance_ + (1.0 - decay_) * distances_;
        volume_ = arrivals_ = distances_ = 0.0;
        cells_left_ *= decay_;
        ++cells_;
        if (has_mid && had_mid_) {
            const double move = static_cast<double>(mid - mid_) / 2.0;
            variance_ = decay_ * variance_ + (1.0 - decay_) * move * move;
            moves_left_ *= decay_;
            ++moves_;
        }
        had_mid_ = has_mid;
        mid_ = mid;
    }

    // A long silence: many cells without an arrival or a move, in one stride.
    void skip_empty_cells(Nanos now) {
        const std::int64_t count = (now - cell_end_).count / policy_.step.count;
        const double left = std::pow(decay_, static_cast<double>(count));
        for (double* sum : {&flow_, &rate_, &distance_, &cells_left_}) *sum *= left;
        cells_ += count;
        if (had_mid_) {
            variance_ *= left;
            moves_left_ *= left;
            moves_ += count;
        }
        cell_end_ += Nanos{count * policy_.step.count};
    }

    SignalPolicy policy_;
    double step_s_, decay_;
    Nanos cell_end_{0};
    double volume_ = 0.0, arrivals_ = 0.0, distances_ = 0.0;  // of the open cell
    double flow_ = 0.0, rate_ = 0.0, distance_ = 0.0, variance_ = 0.0;
    double cells_left_ = 1.0, moves_left_ = 1.0;  // decay^count
    std::int64_t cells_ = 0, moves_ = 0;
    std::int64_t mid_ = 0;
    bool had_mid_ = false;
    Nanos last_trade_{std::numeric_limits<std::int64_t>::min()};
    Side last_aggressor_ = Side::none;
    double last_distance_ = 0.0;
};

}  // namespace halfspread
