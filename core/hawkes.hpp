// Hawkes: intensities of buyer- and seller-initiated trades that excite themselves and each other.
//
//     lambda_i(t) = baseline_i + sum over arrivals of i at s <= t of jump_i exp(-decay_i (t - s))
//                              + sum over those of the other side of cross_jump_i exp(...)
//
// in arrivals per second. The sums are carried from arrival to arrival by one exponential a side,
// which is exact. Prints of one instant and one aggressor are one arrival.
#pragma once

#include <cmath>

#include "units.hpp"

namespace halfspread {

// Of the trades by one side's aggressors; decay 0: not measured.
struct HawkesSide {
    double baseline = 0.0;                // per second
    double jump = 0.0, cross_jump = 0.0;  // per second, by an arrival of this side, of the other
    double decay = 0.0;                   // per second
};

struct HawkesIntensities {
    double buys = unknown, sells = unknown;
};

class Hawkes {
public:
    Hawkes(const HawkesSide& buys, const HawkesSide& sells)
        : sides_{buys, sells}, are_alike_(buys.decay == sells.decay) {}

    void arrival(Nanos now, Side aggressor) {
        if (aggressor == Side::none) return;
        const int i = index(aggressor);
        if (now == last_[i]) return;
        last_[i] = now;
        if (now != since_) {
            const double left_of_buys = left(0, now);
            excitation_[0] *= left_of_buys;
            excitation_[1] *= are_alike_ ? left_of_buys : left(1, now);
            since_ = now;
        }
        excitation_[i] += sides_[i].jump;
        excitation_[1 - i] += sides_[1 - i].cross_jump;
    }

    // At `now`, what arrived until then included.
    HawkesIntensities intensities(Nanos now) const {
        const double left_of_buys = left(0, now);
        const double left_of_sells = are_alike_ ? left_of_buys : left(1, now);
        return {.buys = sides_[0].baseline + excitation_[0] * left_of_buys,
                .sells = sides_[1].baseline + excitation_[1] * left_of_sells};
    }

private:
    double left(int side, Nanos now) const {
        return std::exp(-sides_[side].decay * static_cast<double>((now - since_).count) * 1e-9);
    }

    HawkesSide sides_[2];
    bool are_alike_;          // in their decays
    double excitation_[2]{};  // at since_
    Nanos since_ = earliest;
    Nanos last_[2] = {long_ago, long_ago};
};

}  // namespace halfspread
