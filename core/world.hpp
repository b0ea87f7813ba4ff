// World: one lane's market made up as it goes: a mid and the public's orders, as papers assume them.
//
// The mid is a real number of ticks. On a grid of `step` of length h it moves by
//
//     level' + (mid - level') e^(-K h) - mid + s sqrt(w) sqrt((1 - e^(-2 K h)) / (2 K)) Z
//                                       (drift h + s sqrt(w) sqrt(h) Z where K is 0)
//     w      + V (1 - w) h + E sqrt(w h) Z'           the variance's multiple, w >= 0 where it is used
//
// with K the reversion, level' = level + drift / K, s the volatility, V and E the variance's
// reversion and noise, and corr(Z, Z') given. Between two points of the grid it stands still, but
// for jumps, normal, at exact times of a Poisson process.
//
// The public's orders of each side come by a Poisson process and reach so far from the mid that a
// quote at distance d meets them at the rate A e^(-k d):
//
//     exact      each at its own time, at the rate A; its reach is exponential, of mean 1 / k.
//     discrete   at most one a side and step, at the step's end: reach >= d has the probability
//                1 - exp(-A e^(-k d) h), also for d < 0.
//     linear     the same with min(1, A e^(-k d) h), as the papers' tables have it.
//
// An order moves the mid its way by `impact` with some probability; in the two modes of steps
// together with the step's own move. What happens does not depend on us: every number is a function
// of (seed, lane, purpose, index); in the modes of steps those of a step are of one scrambling, as
// learning_world.hpp has them for many lanes at once.
// Source: M. Avellaneda and S. Stoikov (2008); S. Heston (1993), by full truncation (R. Lord et al.,
// 2010).
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "mail.hpp"
#include "random.hpp"
#include "units.hpp"

namespace halfspread {

enum class Arrivals : std::uint8_t { exact, discrete, linear };

// Ticks, lots and seconds; pairs are of those that fill bids, then of those that fill asks.
struct WorldPolicy {
    std::uint64_t seed = 0;
    std::uint32_t first_lane = 0;
    Nanos begin{}, horizon{}, step{1};  // the horizon is a whole number of steps
    double mid = 0.0, volatility = 0.0, drift = 0.0;
    double reversion = 0.0, level = 0.0;
    double variance_reversion = 0.0, variance_noise = 0.0, variance_correlation = 0.0;
    double jump_rate = 0.0, jump_size = 0.0;
    double intensity[2]{}, decay[2]{1.0, 1.0};
    double mean_lots = 1.0;
    double impact = 0.0, impact_probability = 0.0;
    Arrivals arrivals = Arrivals::exact;
    double spread = unknown;  // of a touch at which any size can be taken; unknown: there is none
};

// What a step of the grid does to a mid, and how far an order of it reaches.
struct StepLaw {
    explicit StepLaw(const WorldPolicy& policy)
        : seconds(static_cast<double>(policy.step.count) * 1e-9),
          is_linear(policy.arrivals == Arrivals::linear) {
        if (policy.reversion > 0.0) {
            keeps = exponential_of(-std::min(policy.reversion * seconds, 700.0));
            moves_by = (policy.level + policy.drift / policy.reversion) * (1.0 - keeps);
            spreads_by = std::sqrt((1.0 - keeps * keeps) / (2.0 * policy.reversion));
        } else {
            moves_by = policy.drift * seconds;
            spreads_by = std::sqrt(seconds);
        }
        spreads_by *= policy.volatility;
        for (const int side : {0, 1}) {
            const double rate = policy.intensity[side] * seconds;
            comes[side] = rate > 0.0;
            if (comes[side]) log_rate[side] = logarithm(rate);
            scale[side] = 1.0 / policy.decay[side];
        }
    }

    static double bounded(double mid) {
        const double above = mid < -widest ? -widest : mid;
        return above > widest ? widest : above;
    }
    double moved(double mid, double noise) const {
        return keeps * mid + moves_by + spreads_by * noise;
    }
    // From the mid; `least` is a uniform where the law is linear, else exponential.
    double reach(int side, double least) const {
        return (log_rate[side] - scaled_logarithm(least, 0.0)) * scale[side];
    }

    static constexpr double widest = 1e9;  // ticks; no mid goes beyond

    double seconds;
    bool is_linear;
    bool comes[2]{};
    double keeps = 1.0, moves_by = 0.0, spreads_by = 0.0;
    double log_rate[2]{}, scale[2]{};
};

// The mid moved, or an order came.
struct Happening {
    Nanos time;
    double mid;      // as it stood until then
    double reach;    // of an order, from that mid; negative: only quotes beyond it meet it
    Lots size;       //
    Side aggressor;  // none: the mid moved
};

class World {
public:
    static constexpr double widest = StepLaw::widest;
    static constexpr std::uint32_t step_purpose =
        2;  // of the draws of a step, where there are some

    World(const WorldPolicy& policy, std::uint32_t lane)
        : policy_(policy),
          law_(policy),
          moves_(draws(policy, lane, 0)),
          jumps_(draws(policy, lane, 1)),
          orders_{draws(policy, lane, 2), draws(policy, lane, 3)},
          details_{draws(policy, lane, 4), draws(policy, lane, 5)},
          end_(policy.begin + policy.horizon),
          cell_end_(policy.begin + policy.step),
          mid_(policy.mid) {
        along_ = std::sqrt(1.0 - policy.variance_correlation * policy.variance_correlation);
        next_jump_ = after(policy.begin, policy.jump_rate, jumps_.uniforms(0).first);
        if (policy.arrivals != Arrivals::exact) {
            draw_step();
            return;
        }
        for (const int side : {0, 1}) draw_order(side, policy.begin);
    }

    double mid() const { return mid_; }
    double variance() const { return std::max(variance_, 0.0); }
    Nanos end() const { return end_; }
    std::uint64_t steps() const { return cell_; }
    // When something happens next; `never` after the end.
    Nanos next() const {
        const Nanos time = std::min({cell_end_, next_jump_, next_order_[0], next_order_[1]});
        return time > end_ ? never : time;
    }

    // Goes on to `next()`. At one time orders come before moves.
    Happening happen() {
        const int side = next_order_[0] <= next_order_[1] ? 0 : 1;
        if (next_order_[side] <= std::min(cell_end_, next_jump_)) return order(side);
        Happening moved{.time = {}, .mid = mid_, .reach = 0.0, .size = {}, .aggressor = Side::none};
        if (next_jump_ < cell_end_) {
            moved.time = next_jump_;
            jump();
        } else {
            moved.time = cell_end_;
            move();
        }
        return moved;
    }

private:
    static Draws draws(const WorldPolicy& policy, std::uint32_t lane, std::uint32_t purpose) {
        return {policy.seed, policy.first_lane + lane, purpose};
    }

    // Of the first event after `time` at a rate, from a uniform.
    static Nanos after(Nanos time, double rate, double uniform) {
        if (rate <= 0.0) return never;
        const double gap = exponential(uniform) / rate * 1e9;
        if (gap > 4e18) return never;
        return time + std::max(Nanos{static_cast<std::int64_t>(gap)}, Nanos{1});
    }

    void put(double mid) { mid_ = StepLaw::bounded(mid); }

    void move() {
        const bool in_steps = policy_.arrivals != Arrivals::exact;
        double noise = normal(in_steps ? drawn_ : moves_.uniforms(cell_).first);
        if (policy_.variance_noise > 0.0) {
            const double w = variance();
            const double other = normal(moves_.uniforms(cell_).second);
            noise = std::sqrt(w) * (policy_.variance_correlation * other + along_ * noise);
            variance_ += policy_.variance_reversion * (1.0 - w) * law_.seconds +
                         policy_.variance_noise * std::sqrt(w * law_.seconds) * other;
        }
        put(law_.moved(mid_, noise) + pushed_);
        pushed_ = 0.0;
        ++cell_;
        cell_end_ += policy_.step;
        if (in_steps) draw_step();
    }

    void jump() {
        put(mid_ + policy_.jump_size * normal(jumps_.uniforms(jump_).second));
        ++jump_;
        next_jump_ = after(next_jump_, policy_.jump_rate, jumps_.uniforms(jump_).first);
    }

    // The next order of a side, after `time`.
    void draw_order(int side, Nanos time) {
        const Uniforms drawn = orders_[side].uniforms(order_[side]);
        next_order_[side] = after(time, policy_.intensity[side], drawn.first);
        reach_[side] = exponential(drawn.second) / policy_.decay[side];
    }

    // The orders and the move of the step that begins.
    void draw_step() {
        const Thirds drawn = orders_[0].thirds(cell_);
        drawn_ = drawn.first;
        for (const int side : {0, 1}) {
            next_order_[side] = law_.comes[side] ? cell_end_ : never;
            const double uniform = side == 0 ? drawn.second : drawn.third;
            reach_[side] = law_.reach(side, law_.is_linear ? uniform : exponential(uniform));
        }
    }

    Happening order(int side) {
        const Side aggressor = side == 0 ? Side::ask : Side::bid;
        Happening came{.time = next_order_[side],
                       .mid = mid_,
                       .reach = reach_[side],
                       .size = Lots{1},
                       .aggressor = aggressor};
        if (policy_.mean_lots > 1.0 || policy_.impact_probability > 0.0) {
            const Uniforms drawn = details_[side].uniforms(order_[side]);
            if (policy_.mean_lots > 1.0) came.size = size_of(drawn.first);
            if (came.reach >= 0.0 && drawn.second < policy_.impact_probability) push(aggressor);
        }
        ++order_[side];
        if (policy_.arrivals == Arrivals::exact) {
            draw_order(side, came.time);
        } else {
            next_order_[side] = never;
        }
        return came;
    }

    // Geometric on 1, 2 ...
    Lots size_of(double uniform) const {
        const double more = logarithm(uniform) / logarithm(1.0 - 1.0 / policy_.mean_lots);
        return Lots{1 + static_cast<std::int64_t>(std::min(more, 1e15))};
    }

    void push(Side aggressor) {
        const double by = sign(aggressor) * policy_.impact;
        if (policy_.arrivals == Arrivals::exact) {
            put(mid_ + by);
        } else {
            pushed_ += by;
        }
    }

    WorldPolicy policy_;
    StepLaw law_;
    Draws moves_, jumps_, orders_[2], details_[2];
    double along_ = 1.0;
    double drawn_ = 0.0;  // what the step's move is made of
    Nanos end_, cell_end_, next_jump_{}, next_order_[2]{};
    double mid_, variance_ = 1.0, pushed_ = 0.0, reach_[2]{};
    std::uint64_t cell_ = 0, jump_ = 0, order_[2]{};
};

}  // namespace halfspread
