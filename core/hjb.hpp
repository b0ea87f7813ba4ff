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
#include <stdexcept>
#include <utility>
#include <vector>

#include "hjb_steps.hpp"
#include "hjb_taylor.hpp"

namespace halfspread {

// The value at time j and inventory i is levels[j] + values[j * n + i].
struct HjbValues {
    std::vector<double> values, levels;
};

struct HjbLimit {
    std::vector<double> values;  // 0 at the inventory whose source is largest
    double growth = 0;           // what every value grows by a second
};

namespace hjb {

// Unequal decays. Taylor's steps are cheap and short, an implicit one costs about three of them.
class General {
public:
    explicit General(const HjbProblem& p) : p_(p), taylor_(p), extrapolation_(p) {}

    // `now`: the slopes of `value`.
    void advance(std::vector<double>& value, const Slopes& now, double time) {
        double fastest = 0;
        for (std::size_t i = 0; i < p_.size(); ++i)
            fastest = std::max(fastest, now.up[i] + now.down[i]);
        const double paces = 2 * fastest * time;
        if (paces > few && extrapolation_.leap(value, time)) return taylor_.restart();
        if (paces > many) {
            taylor_.restart();
            return extrapolation_.advance(value, time);
        }
        taylor_.advance(value, time);
    }

private:
    static constexpr double few = 30;
    static constexpr double many = 400;

    const HjbProblem& p_;
    Taylor taylor_;
    Extrapolation extrapolation_;
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
    bool settled = hjb::settles(p, value, times.back(), now);
    hjb::Series series(p);
    hjb::General general(p);
    for (std::size_t j = 1; j < times.size(); ++j) {
        const double step = times[j] - times[j - 1];
        if (settled) {
            for (double& v : value) v += now.rate[middle] * step;
        } else if (p.bid_decay == p.ask_decay) {
            series.advance(value, step);
        } else {
            general.advance(value, now, step);
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
