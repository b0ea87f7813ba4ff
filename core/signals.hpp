// Signals: what must be remembered between events for a model to read it.
//
// Most is measured on a grid of `step` in local time, so that no event pays for an exponential.
// With half-lives h, d = 2^(-step / h), and of grid cell i: m_i the mid, c_i half the spread, v_i the
// signed volume, n_i the arrivals that reached the touch and x_i their summed ticks past it
// (reach.hpp), e_i the order flow at the touch (flow.hpp), in ticks, lots and seconds:
//
//     volatility            sqrt(E[(m_i - m_{i-1})^2] / step)      ticks per root second
//     trade_flow            E[v_i] / step                          lots per second, bought minus sold
//     fill_decay            k = ln(1 + S[n_i] / (S[x_i] + H))      per tick, H: reach.hpp
//     fill_intensity        E[n_i] / step / 2 / E[exp(-k c_i)]     per second and side
//     momentum              E_fast[m_i] - E_slow[m_i]              ticks
//     mean_reversion        E_slow[m_i] - the mid                  ticks
//     order_flow_imbalance  E[e_i] / step                          lots per second
//     toxicity              E[lots * mark-out] / E[lots]           ticks, of the prints marked in i
//
// where E is the exponentially weighted mean (1 - d) sum d^j x_{i-j} / (1 - d^count), free of
// start-up bias, and S the sum alone, sum d^j x_{i-j}. Prints of one instant and one aggressor are
// one arrival, at the farthest price. The intensity and decay of one side are those of the trades
// that fill it, without the / 2. Hawkes intensities and VPIN keep their own time (hawkes.hpp,
// flow.hpp). A value is NaN until `warm_up` cells are in, or if it was not asked for, or, of A and k,
// where S[n_i] < 0.4: not known is a state, never a silent zero.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "depth.hpp"
#include "flow.hpp"
#include "hawkes.hpp"
#include "reach.hpp"
#include "recent.hpp"
#include "top.hpp"
#include "units.hpp"

namespace halfspread {

// A half-life, a horizon, a bucket or a number of levels that is 0 is not measured.
struct SignalPolicy {
    Nanos step{100'000'000};
    double half_life_s = 60.0;
    std::int64_t warm_up = 10;          // cells
    double volatility_half_life_s = 0;  // 0: half_life_s
    double fast_half_life_s = 0, slow_half_life_s = 0;
    DepthPolicy depth{};
    double order_flow_half_life_s = 0;
    bool fills = true;        // intensity and decay of both sides; false where nothing reads them
    bool fill_sides = false;  // and of each side
    HawkesSide buys{}, sells{};
    Nanos mark_out_horizon{0};
    Lots vpin_bucket{0};
    int vpin_buckets = 50;
    std::size_t recent_trades = 0;  // kept to be read

    bool momentum() const { return fast_half_life_s > 0; }
    bool mean_reversion() const { return slow_half_life_s > 0; }
    bool order_flow() const { return order_flow_half_life_s > 0; }
    bool hawkes() const { return buys.decay > 0; }
    bool mark_out() const { return mark_out_horizon > Nanos{0}; }
    bool vpin() const { return vpin_bucket > Lots{0}; }
};

// decay^count a cell later, for 1 - decay^count: 0 once that is 1, and long before the processor would
// take its slow way with numbers next to 0.
inline double faded(double left, double decay) { return left > 1e-17 ? left * decay : 0.0; }

// An exponentially weighted sum over cells; `left` is decay^count.
struct CellSum {
    double decay = 1.0, sum = 0.0, left = 1.0;

    void close(double value) {
        sum = decay * sum + (1.0 - decay) * value;
        left = faded(left, decay);
    }
    // Many cells of one value.
    void close(double value, std::int64_t count) {
        const double kept = std::pow(decay, static_cast<double>(count));
        sum = kept * sum + (1.0 - kept) * value;
        left *= kept;
    }
    double mean() const { return sum / (1.0 - left); }
};

class Signals {
public:
    explicit Signals(const SignalPolicy& policy)
        : policy_(policy),
          step_s_(static_cast<double>(policy.step.count) * 1e-9),
          decay_(decay_of(policy.half_life_s)),
          move_decay_(decay_of(policy.volatility_half_life_s > 0 ? policy.volatility_half_life_s
                                                                 : policy.half_life_s)),
          all_weights_(1.0 / (1.0 - decay_)),
          spread_time_(decay_),
          fast_{decay_of(policy.fast_half_life_s)},
          slow_{decay_of(policy.slow_half_life_s)},
          order_flow_{decay_of(policy.order_flow_half_life_s)},
          hawkes_(policy.buys, policy.sells),
          mark_outs_(policy.mark_out_horizon),
          vpin_(policy.vpin_bucket, static_cast<std::size_t>(policy.vpin_buckets)),
          recent_(policy.recent_trades) {}

    const SignalPolicy& policy() const { return policy_; }
    // Whether it wants to be told of each change of the touch, and of each print.
    bool wants_touch() const { return policy_.order_flow() || policy_.mark_out(); }
    bool wants_prints() const {
        return policy_.hawkes() || policy_.mark_out() || policy_.vpin() ||
               policy_.recent_trades > 0;
    }

    // Whether it wants to be told how far past the touch a trade went.
    bool wants_reach() const { return policy_.fills || policy_.fill_sides; }

    // Closes the cells that end at or before `now`. Call it before each event, with the top as it
    // stood until then.
    void elapse(Nanos now, const Top& top) {
        if (cell_end_ == Nanos{0}) cell_end_ = now + policy_.step;
        while (due(now)) {
            close_cell(top);
            const bool silent = now - cell_end_ >= Nanos{1'000 * policy_.step.count};
            if (silent && mark_outs_.empty()) skip_empty_cells(now, top);
        }
    }
    // When the open cell ends.
    Nanos cell_end() const { return cell_end_; }
    // True if `elapse` would do something: the caller's cheap test.
    bool due(Nanos now) const { return now >= cell_end_; }

    // A public trade, so many ticks past the touch; below 0 inside the spread, NaN without a mid.
    void trade(Nanos now, Side aggressor, double size, double excess) {
        volume_ += sign(aggressor) * size;
        if (!wants_reach() || std::isnan(excess)) return;
        const bool again = now == last_trade_ && aggressor == last_aggressor_;
        const double before = again ? last_excess_ : -1.0;
        last_trade_ = now;
        last_aggressor_ = aggressor;
        last_excess_ = std::max(excess, before);
        if (excess < 0.0 || excess <= before) return;
        const auto reach = [&](Reach& side) {
            if (before < 0.0) {
                side.arrive(excess);
            } else {
                side.extend(excess - before);
            }
        };
        reach(reach_[both_sides]);
        if (policy_.fill_sides && aggressor != Side::none)
            reach(reach_[index(opposite(aggressor))]);
    }

    // The same trade, if `wants_prints`, with the top that we saw before it.
    void print(Nanos now, Side aggressor, Ticks price, Lots size, const Top& top) {
        if (policy_.recent_trades > 0)
            recent_.append({.time = now, .size = size, .price = price, .aggressor = aggressor});
        if (policy_.vpin()) vpin_.trade(price, size);
        if (policy_.hawkes()) hawkes_.arrival(now, aggressor);
        if (policy_.mark_out() && aggressor != Side::none && top.has_both())
            mark_outs_.trade(now, aggressor, size, top.mid_half_ticks());
    }

    // The top after a row of `now`, if `wants_touch`.
    void touch(Nanos now, const Top& top) {
        if (now != touched_) {
            settle();
            mark_outs_.resolve(now, top_);
            touched_ = now;
        }
        top_ = top;
    }

    double volatility() const {
        return ready(moves_) ? std::sqrt(variance_ / ((1.0 - moves_left_) * step_s_)) : unknown;
    }
    double trade_flow() const { return ready(cells_) ? flow_ / known_s() : unknown; }
    double fill_intensity() const { return 0.5 * law(both_sides).intensity; }
    double fill_decay() const { return law(both_sides).decay; }
    double fill_intensity(Side side) const { return law(index(side)).intensity; }
    double fill_decay(Side side) const { return law(index(side)).decay; }
    double momentum() const {
        return policy_.momentum() && ready(mids_) ? fast_.mean() - slow_.mean() : unknown;
    }
    double mean_reversion(std::int64_t mid_half_ticks) const {
        if (!policy_.mean_reversion() || !ready(mids_)) return unknown;
        return slow_.mean() - above_origin(mid_half_ticks);
    }
    double order_flow_imbalance() const {
        return policy_.order_flow() && ready(cells_) ? order_flow_.mean() / step_s_ : unknown;
    }
    HawkesIntensities intensities(Nanos now) const {
        return policy_.hawkes() && ready(cells_) ? hawkes_.intensities(now) : HawkesIntensities{};
    }
    double toxicity() const {
        return ready(cells_) && marked_volume_ > 0.0 ? marked_ / marked_volume_ : unknown;
    }
    double vpin() const { return vpin_.value(); }
    const RecentTrades& recent() const { return recent_; }

private:
    struct Law {
        std::int64_t cells = 0;
        double intensity = unknown, decay = unknown;
    };
    static constexpr int both_sides = 2;

    double decay_of(double half_life_s) const {
        return half_life_s > 0 ? std::exp2(-step_s_ / half_life_s) : 1.0;
    }
    bool ready(std::int64_t count) const { return count >= policy_.warm_up; }
    // What a mean divides by, times the step.
    double known_s() const { return (1.0 - cells_left_) * step_s_; }
    // In ticks above the first mid, so that means of it keep their digits.
    double above_origin(std::int64_t mid_half_ticks) const {
        return static_cast<double>(mid_half_ticks - origin_) / 2.0;
    }

    // Worked out when it is first read after a cell has closed.
    const Law& law(int side) const {
        Law& law = laws_[side];
        if (law.cells != cells_) {
            law = {.cells = cells_};
            const double k = reach_[side].decay();
            const double seconds = known_s() * all_weights_;
            if (ready(cells_)) law.decay = k;
            if (ready(tops_)) law.intensity = reach_[side].intensity(k, seconds, spread_time_);
        }
        return law;
    }

    void settle() {
        if (policy_.order_flow()) order_flow_cell_ += order_flow(settled_, top_);
        settled_ = top_;
    }

    void close_cell(const Top& top) {
        const bool has_mid = top.has_both();
        const std::int64_t mid = top.mid_half_ticks();
        flow_ = decay_ * flow_ + (1.0 - decay_) * volume_;
        volume_ = 0.0;
        if (wants_reach()) close_reach(top);
        cells_left_ = faded(cells_left_, decay_);
        ++cells_;
        if (has_mid && had_mid_) {
            const double move = static_cast<double>(mid - mid_) / 2.0;
            variance_ = move_decay_ * variance_ + (1.0 - move_decay_) * move * move;
            moves_left_ = faded(moves_left_, move_decay_);
            ++moves_;
        }
        had_mid_ = has_mid;
        mid_ = mid;
        if (policy_.mean_reversion() && has_mid) close_mid(mid);
        if (wants_touch()) close_touch();
        cell_end_ += policy_.step;
    }
    void close_reach(const Top& top) {
        for (Reach& side : reach_) side.close_cell(decay_);
        if (!top.has_both()) return;
        spread_time_.close_cell(top.spread());
        ++tops_;
    }
    void close_mid(std::int64_t mid) {
        if (mids_ == 0) origin_ = mid;
        const double above = above_origin(mid);
        fast_.close(above);
        slow_.close(above);
        ++mids_;
    }
    void close_touch() {
        settle();
        mark_outs_.resolve(cell_end_, top_);
        order_flow_.close(static_cast<double>(order_flow_cell_));
        order_flow_cell_ = 0;
        marked_ = decay_ * marked_ + (1.0 - decay_) * mark_outs_.take_moved();
        marked_volume_ = decay_ * marked_volume_ + (1.0 - decay_) * mark_outs_.take_volume();
    }

    // A long silence: many cells without an arrival or a move, in one stride.
    void skip_empty_cells(Nanos now, const Top& top) {
        const std::int64_t count = (now - cell_end_).count / policy_.step.count;
        const double left = std::pow(decay_, static_cast<double>(count));
        for (double* sum : {&flow_, &cells_left_, &marked_, &marked_volume_}) {
            *sum *= left;
        }
        for (Reach& side : reach_) side.fade(left);
        order_flow_.close(0.0, count);
        cells_ += count;
        if (had_mid_) {
            const double moves_left = std::pow(move_decay_, static_cast<double>(count));
            variance_ *= moves_left;
            moves_left_ *= moves_left;
            moves_ += count;
            spread_time_.close_cells(top.spread(), count);
            tops_ += count;
        }
        if (had_mid_ && policy_.mean_reversion()) {
            fast_.close(above_origin(mid_), count);
            slow_.close(above_origin(mid_), count);
            mids_ += count;
        }
        cell_end_ += Nanos{count * policy_.step.count};
    }

    SignalPolicy policy_;
    double step_s_, decay_, move_decay_;
    double all_weights_;  // the sum of decay_^i
    Nanos cell_end_{0};
    double volume_ = 0.0;  // of the open cell
    double flow_ = 0.0, variance_ = 0.0;
    double cells_left_ = 1.0, moves_left_ = 1.0;  // decay^count
    std::int64_t cells_ = 0, moves_ = 0, tops_ = 0;
    std::int64_t mid_ = 0;
    bool had_mid_ = false;
    Nanos last_trade_ = long_ago;
    Side last_aggressor_ = Side::none;
    double last_excess_ = 0.0;
    Reach reach_[3];  // of bids, of asks, of both_sides
    mutable Law laws_[3];
    SpreadTime spread_time_;

    CellSum fast_, slow_;  // of mids above the first
    std::int64_t origin_ = 0, mids_ = 0;

    Top top_, settled_;  // now, and when the order flow was last looked at
    Nanos touched_ = long_ago;
    std::int64_t order_flow_cell_ = 0;
    CellSum order_flow_;

    Hawkes hawkes_;
    MarkOuts mark_outs_;
    double marked_ = 0.0, marked_volume_ = 0.0;
    Vpin vpin_;
    RecentTrades recent_;
};

}  // namespace halfspread
