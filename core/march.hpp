// March: values of inventories by steps of Runge and Kutta, until they only grow alike.
//
// A step is as long as the problem's pace says, so the same problem in other units of time, price
// and size takes the same steps, to the rounding of its numbers.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace halfspread {

struct MarchSteps {
    double pace;         // of all that can happen, per second
    double pace_a_step;  // how much of it in a step
    double most;         // steps, on the whole way
};

template <class Rate>
class March {
public:
    // `rate(value, slope)` writes the change a second of all values.
    March(MarchSteps steps, Rate rate) : steps_(steps), rate_(rate) {}

    // The values at each of `times`, ascending from that of `value`, one behind the other; at fewer
    // of them where the next would be too long a way.
    std::vector<double> values(std::vector<double> value, const std::vector<double>& times) {
        slope_.resize(value.size());
        std::vector<double> found = value;
        double done = 0;
        for (std::size_t i = 1; i < times.size(); ++i) {
            const double gap = times[i] - times[i - 1];
            if (!only_grows(value)) {
                const double steps = gap * steps_.pace / steps_.pace_a_step;
                const double count = std::max(1.0, std::ceil(steps * (1 - rounding)));
                done += count;
                if (done > steps_.most) return found;
                const auto whole = static_cast<std::size_t>(count);
                for (std::size_t k = 0; k < whole; ++k) step(value, gap / count);
            }
            found.insert(found.end(), value.begin(), value.end());
        }
        return found;
    }

private:
    static constexpr double rounding = 1e-12;

    bool only_grows(const std::vector<double>& value) {
        rate_(value, slope_);
        const auto [low, high] = std::minmax_element(slope_.begin(), slope_.end());
        return *high - *low <= rounding * std::max(std::abs(*low), std::abs(*high));
    }

    void step(std::vector<double>& value, double time) {
        sum_.assign(value.size(), 0.0);
        probe_ = value;
        constexpr double weights[] = {1.0, 2.0, 2.0, 1.0};
        constexpr double reaches[] = {0.5, 0.5, 1.0, 0.0};
        for (const int stage : {0, 1, 2, 3}) {
            rate_(probe_, slope_);
            for (std::size_t i = 0; i < value.size(); ++i) {
                sum_[i] += weights[stage] * slope_[i];
                probe_[i] = value[i] + reaches[stage] * time * slope_[i];
            }
        }
        for (std::size_t i = 0; i < value.size(); ++i) value[i] += time / 6.0 * sum_[i];
    }

    MarchSteps steps_;
    Rate rate_;
    std::vector<double> slope_, sum_, probe_;
};

}  // namespace halfspread
