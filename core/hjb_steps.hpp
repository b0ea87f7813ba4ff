// HJB steps: how the values of inventories are advanced in the time left; hjb.hpp has the equation.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <utility>
#include <vector>

#include "wide.hpp"

namespace halfspread {

struct HjbProblem {
    std::vector<double> source, bid_gain, ask_gain, terminal;  // one for each inventory
    double bid_decay = 1, ask_decay = 1;

    std::size_t size() const { return source.size(); }
};

namespace hjb {

inline constexpr double most_work = 2e8;  // numbers added up for one solution: some 0.2 s

// The three rates of d value_i: what it is, and how it falls as i rises above either neighbour.
struct Slopes {
    std::vector<double> rate, up, down;
};

inline void slopes(const HjbProblem& p, const std::vector<double>& value, Slopes& out) {
    const std::size_t n = p.size();
    out.rate.resize(n);
    out.up.resize(n);
    out.down.resize(n);
    for (std::size_t i = 0; i < n; ++i) {
        const double bid =
            i + 1 < n ? p.bid_gain[i] * std::exp(-p.bid_decay * (value[i] - value[i + 1])) : 0.0;
        const double ask =
            i > 0 ? p.ask_gain[i] * std::exp(-p.ask_decay * (value[i] - value[i - 1])) : 0.0;
        out.rate[i] = p.source[i] + bid + ask;
        out.up[i] = p.bid_decay * bid;
        out.down[i] = p.ask_decay * ask;
    }
}

// Equal decays: exp(decay * value) solves a linear equation w' = M w. It is advanced by the series
// of exp(M t) with the diagonal shifted until no entry is negative (uniformisation), in units of
// the last w, so that every sum is one of positive numbers and none leaves the range of a double.
class Series {
public:
    explicit Series(const HjbProblem& p)
        : p_(p),
          up_(p.size()),
          stay_(p.size()),
          down_(p.size()),
          term_(p.size() + 2),
          next_(p.size() + 2),
          sum_(p.size()) {}

    void advance(std::vector<double>& value, double time) {
        while (time > 0) {
            const double rate = scale_to(value);
            const double step = std::min(time, longest / rate);
            add_up(step, rate);
            const double shift = lowest_ * step;
            for (std::size_t i = 0; i < value.size(); ++i) {
                value[i] += std::log(sum_[i]) / p_.bid_decay + shift;
            }
            time -= step;
        }
    }

private:
    static constexpr double longest = 300;  // exp of it is far from overflow
    static constexpr double enough = 1e-17;

    // Sets M in units of exp(decay * value). Returns the largest sum of a row.
    double scale_to(const std::vector<double>& value) {
        const std::size_t n = value.size();
        const double decay = p_.bid_decay;
        lowest_ = *std::min_element(p_.source.begin(), p_.source.end());
        double most = 1e-300;
        for (std::size_t i = 0; i < n; ++i) {
            stay_[i] = decay * (p_.source[i] - lowest_);
            up_[i] = i + 1 < n
                         ? decay * p_.bid_gain[i] * std::exp(decay * (value[i + 1] - value[i]))
                         : 0.0;
            down_[i] =
                i > 0 ? decay * p_.ask_gain[i] * std::exp(decay * (value[i - 1] - value[i])) : 0.0;
            most = std::max(most, stay_[i] + up_[i] + down_[i]);
        }
        return most;
    }

    void add_up(double time, double rate) {
        const std::size_t n = p_.size();
        std::fill(term_.begin(), term_.end(), 0.0);
        std::fill(term_.begin() + 1, term_.end() - 1, 1.0);
        std::fill(sum_.begin(), sum_.end(), 1.0);
        bool more = true;
        for (std::int64_t k = 1; more || static_cast<double>(k) < time * rate; ++k) {
            work_ += static_cast<double>(n);
            if (work_ > most_work) throw std::domain_error("the horizon is too long to solve");
            const double share = time / static_cast<double>(k);
            bool counts = false;
            for (std::size_t i = 0; i < n; ++i) {
                const double t =
                    share * (stay_[i] * term_[i + 1] + up_[i] * term_[i + 2] + down_[i] * term_[i]);
                next_[i + 1] = t;
                sum_[i] += t;
                counts |= t > enough * sum_[i];
            }
            std::swap(term_, next_);
            more = counts;
        }
    }

    const HjbProblem& p_;
    std::vector<double> up_, stay_, down_, term_, next_, sum_;  // term and next with a 0 each end
    double lowest_ = 0;
    double work_ = 0;
};

// Four numbers that go side by side, in whatever registers the machine has.
using Four [[gnu::vector_size(32)]] = double;

// Unequal decays and much time: linearly implicit Euler steps, extrapolated to a step of 0
// (Deuflhard). A step is taken in 1, 2, .. 7 parts; 7 alone, 1 and 6, 2 and 5, 3 and 4 are four
// runs of seven parts, which go side by side.
class Extrapolation {
public:
    explicit Extrapolation(const HjbProblem& p)
        : p_(p), bid_(p.size()), ask_(p.size()), runs_(p.size()), sum_(p.size()) {}

    // One step over all of the time. Returns false, with nothing done, if it would not be exact.
    bool leap(std::vector<double>& value, double time) {
        if (try_step(value, time) > tolerance) return false;
        add(value);
        return true;
    }

    void advance(std::vector<double>& value, double time) {
        if (step_ == 0) step_ = time;
        while (time > 0) {
            const double parts = std::ceil(time / step_);
            const double step = time / parts;
            const double error = try_step(value, step);
            const double better =
                step * std::clamp(0.8 * std::pow(tolerance / error, 1.0 / orders), 0.2, 4.0);
            if (error > tolerance) {
                step_ = better;
                continue;
            }
            add(value);
            time = parts > 1 ? time - step : 0.0;
            step_ = parts > 1 ? better : std::max(step_, better);
        }
    }

private:
    static constexpr int orders = 7;
    static constexpr double most_tries = 5e3;  // some 0.5 s
    static constexpr double tolerance = 1e-10;
    static constexpr double most_change = 0.5;  // of the logarithm of a fill rate, in a step

    struct Sums {
        Four best, error;
    };
    // Aligned for the widest registers that a function may be compiled for, as `pace` must be.
    struct alignas(sizeof(Four)) Runs {
        Four up, rest;  // the step here is up * the step above + rest
        Four change;    // since the step began
    };

    // Taylor's series, exact to the last digits for |x| <= most_change.
    static void exponential(const Four& x, Four& y) {
        y = x * (1.0 / 479001600) + 1.0 / 39916800;
        y = y * x + 1.0 / 3628800;
        y = y * x + 1.0 / 362880;
        y = y * x + 1.0 / 40320;
        y = y * x + 1.0 / 5040;
        y = y * x + 1.0 / 720;
        y = y * x + 1.0 / 120;
        y = y * x + 1.0 / 24;
        y = y * x + 1.0 / 6;
        y = y * x + 0.5;
        y = y * x + 1.0;
        y = y * x + 1.0;
    }

    static double total(const Four& x) { return (x[0] + x[1]) + (x[2] + x[3]); }

    // What the run of `parts` counts for in the polynomial through those of `first` to 7 parts, at
    // a part of no length.
    static constexpr double weight(int parts, int first) {
        double product = parts < first ? 0.0 : 1.0;
        for (int other = first; other <= orders; ++other) {
            if (other != parts) product *= static_cast<double>(parts) / (parts - other);
        }
        return product;
    }

    void add(std::vector<double>& value) const {
        for (std::size_t i = 0; i < value.size(); ++i) value[i] += total(sum_[i].best);
    }

    // Leaves the change of the values in sum_. Returns its error times the decay.
    double try_step(const std::vector<double>& value, double step) {
        if (++tries_ > most_tries) throw std::domain_error("the horizon is too long to solve");
        const std::size_t n = value.size();
        for (std::size_t i = 0; i + 1 < n; ++i) {
            const double gap = value[i + 1] - value[i];
            bid_[i] = p_.bid_gain[i] * std::exp(p_.bid_decay * gap);
            ask_[i + 1] = p_.ask_gain[i + 1] * std::exp(-p_.ask_decay * gap);
        }
        std::fill(runs_.begin(), runs_.end(), Runs{});
        std::fill(sum_.begin(), sum_.end(), Sums{});
        alignas(Runs) Four pace = Four{7, 1, 2, 3} / step;
        for (int round = 1; round <= orders; ++round) {
            euler(pace);
            if (round <= 3) {
                add_run(round, round);
                pace[round] = (orders - round) / step;
                for (Runs& runs : runs_) runs.change[round] = 0.0;
            }
        }
        for (int lane = 0; lane <= 3; ++lane) add_run(lane, orders - lane);
        double error = 0;
        double wider = 0;
        for (std::size_t i = 0; i < n; ++i) {
            const double off = std::abs(total(sum_[i].error));
            if (!std::isfinite(off)) return 1.0;
            error = std::max(error, off);
            if (i > 0)
                wider = std::max(wider, std::abs(runs_[i].change[0] - runs_[i - 1].change[0]));
        }
        const double decay = std::max(p_.bid_decay, p_.ask_decay);
        return wider * decay < most_change ? error * decay : 1.0;
    }

    void add_run(int lane, int parts) {
        const double best = weight(parts, 1);
        const double error = best - weight(parts, 2);
        for (std::size_t i = 0; i < sum_.size(); ++i) {
            sum_[i].best[lane] += best * runs_[i].change[lane];
            sum_[i].error[lane] += error * runs_[i].change[lane];
        }
    }

    // (pace - J) step = rate, pace one over the time. J's rows sum to 0, so every pivot is a sum of
    // positive numbers.
    HALFSPREAD_WIDE void euler(const Four& pace) {
        const std::size_t n = p_.size();
        Four ask{};   // what the ask here earns a second
        Four stay{};  // the step below is (1 - stay) * the step here + rest
        Four rest{};
        for (std::size_t i = 0; i < n; ++i) {
            Four bid{};
            Four next_ask{};
            if (i + 1 < n) {
                const Four wider = runs_[i + 1].change - runs_[i].change;
                exponential(p_.bid_decay * wider, bid);
                bid *= bid_[i];
                exponential(-p_.ask_decay * wider, next_ask);
                next_ask *= ask_[i + 1];
            }
            const Four up = p_.bid_decay * bid;
            const Four down = p_.ask_decay * ask;
            stay = pace + down * stay;
            const Four scale = 1.0 / (stay + up);
            stay = stay * scale;
            rest = (p_.source[i] + bid + ask + down * rest) * scale;
            runs_[i].up = up * scale;
            runs_[i].rest = rest;
            ask = next_ask;
        }
        Four above{};
        for (std::size_t i = n; i-- > 0;) {
            above = runs_[i].rest + runs_[i].up * above;
            runs_[i].change += above;
        }
    }

    const HjbProblem& p_;
    double step_ = 0;
    double tries_ = 0;
    std::vector<double> bid_, ask_;  // what they earn a second as the step begins
    std::vector<Runs> runs_;
    std::vector<Sums> sum_;
};

}  // namespace hjb
}  // namespace halfspread
