// HJB: what an inventory is worth to a maker whose fills come at exponential rates.
//
//     d value_i / d(time left) = source_i + bid_gain_i exp(-bid_decay (value_i - value_{i+1}))
//                                         + ask_gain_i exp(-ask_decay (value_i - value_{i-1}))
//
// over inventories i = 0 .. n-1, from `terminal` at no time left. There is no bid at the last
// inventory and no ask at the first.
//
//     hjb_values(problem, times);  // at each time left: ascending, the first of them 0
//     hjb_limit(problem);          // far from the horizon: values about an inventory, their growth
//
// All of it works on logarithms or on differences of values, so the tails keep their digits: there
// are no eigenvectors, and no number that could overflow.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <utility>
#include <vector>

namespace halfspread {

struct HjbProblem {
    std::vector<double> source, bid_gain, ask_gain, terminal;  // one for each inventory
    double bid_decay = 1, ask_decay = 1;

    std::size_t size() const { return source.size(); }
};

// The value at time j and inventory i is levels[j] + values[j * n + i].
struct HjbValues {
    std::vector<double> values, levels;
};

struct HjbLimit {
    std::vector<double> values;  // 0 at the inventory whose source is largest
    double growth = 0;           // what every value grows by a second
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

// Unequal decays: linearly implicit Euler steps, extrapolated to a step of 0 (Deuflhard).
class Extrapolation {
public:
    explicit Extrapolation(const HjbProblem& p) : p_(p), step_(0) {}

    void advance(std::vector<double>& value, double time) {
        if (step_ == 0) step_ = time;
        while (time > 0) {
            const double step = std::min(time, step_);
            const double error = try_step(value, step);
            if (error > tolerance) {
                step_ = step / 2;
                continue;
            }
            for (std::size_t i = 0; i < value.size(); ++i) value[i] += table_.back()[i];
            time -= step;
            if (error < tolerance / 256) step_ = 2 * step;
        }
    }

private:
    static constexpr std::size_t orders = 7;
    static constexpr double most_tries = 5e3;  // some 0.5 s
    static constexpr double tolerance = 1e-10;

    // Leaves the change of the values in table_.back(). Returns its error times the decay.
    double try_step(const std::vector<double>& value, double step) {
        table_.assign(orders, {});
        std::vector<double> before;
        for (std::size_t j = 0; j < orders; ++j) {
            std::vector<double> now = value;
            for (std::size_t m = 0; m <= j; ++m) euler(now, step / static_cast<double>(j + 1));
            for (std::size_t i = 0; i < value.size(); ++i) now[i] -= value[i];
            for (std::size_t k = 0; k <= j; ++k) {  // Aitken and Neville, along a row
                std::swap(now, table_[k]);          // now: the row before's; table_[k]: this row's
                if (k == j) break;
                const double ratio = static_cast<double>(j + 1) / static_cast<double>(j - k) - 1;
                if (k + 1 == orders - 1) before = table_[k];
                std::vector<double> better(value.size());
                for (std::size_t i = 0; i < value.size(); ++i) {
                    better[i] = table_[k][i] + (table_[k][i] - now[i]) / ratio;
                }
                now = std::move(better);
            }
        }
        if (++tries_ > most_tries) throw std::domain_error("the horizon is too long to solve");
        double error = 0;
        for (std::size_t i = 0; i < value.size(); ++i) {
            error = std::max(error, std::abs(table_.back()[i] - before[i]));
        }
        return std::isfinite(error) ? error * std::max(p_.bid_decay, p_.ask_decay) : 1.0;
    }

    // (1 / step - J) change = rate. J's rows sum to 0, so every pivot is a sum of positive numbers.
    void euler(std::vector<double>& value, double step) {
        slopes(p_, value, now_);
        const std::size_t n = value.size();
        share_.resize(n);
        double below = 0;  // the change below is above_ * the change here + rest_ ...
        double rest = 0;
        for (std::size_t i = 0; i < n; ++i) {
            const double pivot = 1 / step + now_.up[i] + now_.down[i] * (1 - below);
            share_[i] = now_.up[i] / pivot;
            now_.rate[i] = (now_.rate[i] + now_.down[i] * rest) / pivot;
            below = share_[i];
            rest = now_.rate[i];
        }
        double above = 0;
        for (std::size_t i = n; i-- > 0;) {
            above = now_.rate[i] + share_[i] * above;
            value[i] += above;
        }
    }

    const HjbProblem& p_;
    double step_;
    double tries_ = 0;
    Slopes now_;
    std::vector<double> share_;
    std::vector<std::vector<double>> table_;
};

// Whether in the time that is left no difference of values would change so that one could tell.
// Sets `now`.
inline bool settles(const HjbProblem& p, const std::vector<double>& value, double time,
                    Slopes& now) {
    slopes(p, value, now);
    const auto [least, most] = std::minmax_element(now.rate.begin(), now.rate.end());
    double scale = 0;
    for (std::size_t i = 0; i < p.size(); ++i) scale = std::max(scale, now.up[i] + now.down[i]);
    const double change = (*most - *least) * p.bid_decay;
    return change * time < 1e-13 || change < 1e-13 * scale;
}

}  // namespace hjb

// The values at each of `times` left, of which the first is 0.
inline HjbValues hjb_values(const HjbProblem& p, const std::vector<double>& times) {
    const std::size_t n = p.size();
    const std::size_t middle = n / 2;
    HjbValues out;
    out.values.reserve(times.size() * n);
    std::vector<double> value(p.terminal);
    double level = 0;
    const auto keep = [&] {
        const double more = value[middle];
        for (double& v : value) v -= more;
        level += more;
        out.levels.push_back(level);
        out.values.insert(out.values.end(), value.begin(), value.end());
    };
    keep();
    hjb::Slopes now;
    hjb::Series series(p);
    hjb::Extrapolation extrapolation(p);
    bool settled = false;
    for (std::size_t j = 1; j < times.size(); ++j) {
        const double step = times[j] - times[j - 1];
        if (settled) {
            for (double& v : value) v += now.rate[middle] * step;
        } else if (p.bid_decay == p.ask_decay) {
            series.advance(value, step);
        } else {
            extrapolation.advance(value, step);
        }
        if (!settled) settled = hjb::settles(p, value, times.back() - times[j], now);
        keep();
    }
    return out;
}

// Newton's steps (which improve the quotes as Howard's policies do), each solved by a recursion on
// the differences of neighbours, from both ends to the middle: sums of positive numbers again.
inline HjbLimit hjb_limit(const HjbProblem& p) {
    const std::size_t n = p.size();
    const auto middle = static_cast<std::size_t>(
        std::max_element(p.source.begin(), p.source.end()) - p.source.begin());
    std::vector<double> value(n, 0.0);
    const double decay = (p.bid_decay + p.ask_decay) / 2;
    const auto fall = [&](std::size_t i) {  // from i to i + 1: about right far from the middle
        const double gain = std::sqrt(p.bid_gain[i] * p.ask_gain[i + 1]);
        const double loss = p.source[middle] - (p.source[i] + p.source[i + 1]) / 2;
        return std::acosh(1 + std::max(loss, 0.0) / (2 * gain)) / decay;
    };
    for (std::size_t i = middle; i + 1 < n; ++i) value[i + 1] = value[i] - fall(i);
    for (std::size_t i = middle; i-- > 0;) value[i] = value[i + 1] - fall(i);
    hjb::Slopes now;
    std::vector<double> fixed(n, 0.0);  // the step between neighbours is fixed - slope * growth
    std::vector<double> slope(n, 0.0);
    HjbLimit limit;
    for (int round = 0; round < 500; ++round) {
        hjb::slopes(p, value, now);
        double rest = now.rate[middle];
        double weight = 1;
        for (std::size_t i = 0; i < middle; ++i) {  // change_i - change_{i+1}
            const double f = i > 0 ? fixed[i - 1] : 0;
            const double s = i > 0 ? slope[i - 1] : 0;
            fixed[i] = (now.rate[i] + now.down[i] * f) / now.up[i];
            slope[i] = (1 + now.down[i] * s) / now.up[i];
        }
        for (std::size_t i = n - 1; i > middle; --i) {  // change_i - change_{i-1}
            const double f = i + 1 < n ? fixed[i + 1] : 0;
            const double s = i + 1 < n ? slope[i + 1] : 0;
            fixed[i] = (now.rate[i] + now.up[i] * f) / now.down[i];
            slope[i] = (1 + now.up[i] * s) / now.down[i];
        }
        if (middle > 0) {
            rest += now.down[middle] * fixed[middle - 1];
            weight += now.down[middle] * slope[middle - 1];
        }
        if (middle + 1 < n) {
            rest += now.up[middle] * fixed[middle + 1];
            weight += now.up[middle] * slope[middle + 1];
        }
        limit.growth = rest / weight;
        double most = 0;
        const auto change = [&](std::size_t i) {  // no more than a factor of e^3 in a fill rate
            const double step = fixed[i] - slope[i] * limit.growth;
            most = std::max(most, std::abs(step) * decay);
            return std::clamp(step, -3 / decay, 3 / decay);
        };
        double sum = 0;
        for (std::size_t i = middle; i-- > 0;) value[i] += sum += change(i);
        sum = 0;
        for (std::size_t i = middle + 1; i < n; ++i) value[i] += sum += change(i);
        if (most < 1e-13) break;
        if (!std::isfinite(most)) throw std::domain_error("the values do not settle");
    }
    limit.values = std::move(value);
    return limit;
}

}  // namespace halfspread
