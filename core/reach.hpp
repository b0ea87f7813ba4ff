// Reach: A and k of the orders that reach a side of the book, by how far past the touch they went.
//
// The law is that orders reach d ticks from the mid at the rate A exp(-k d). None is seen nearer
// than the touch, c = spread / 2 from the mid, and beyond it prices lie a tick apart: what is seen of
// an order is a whole number e >= 0 of ticks past the touch. Given that it came to the touch,
// P(e >= j) = exp(-k j) for every c: geometric. Of N orders
//
//     ln L(k) = N ln(1 - exp(-k)) - k sum e      is greatest at      k = ln(1 + N / sum e).
//
// They come to the touch at the rate n = A <exp(-k c)>, < > the mean over time. The derivative of
// -ln <exp(-u c)> is the mean of c by the weights exp(-u c): over time at u = 0; over orders at u = k,
// as they come at just these rates. The trapezoidal rule between the two gives
//
//     A = n exp(k (c_time + c_orders) / 2)
//
// which is exact for one spread and wrong by the factor exp(-k^3 m / 12) for several, m a third
// central moment of c; each end alone is a bound, n exp(k c_orders) <= A <= n exp(k c_time). Where k
// and k c are small, ticks finer than the reach of orders, k is N / sum e, one over the mean.
//
// N, sum e and sum c are exponentially weighted, which weights the likelihood's terms by their age.
#pragma once

#include <cmath>

#include "units.hpp"

namespace halfspread {

class Reach {
public:
    // An order, `excess` ticks past the touch, that is `touch` from the mid.
    void arrive(double excess, double touch) {
        open_.orders += 1.0;
        open_.excess += excess;
        open_.touch += touch;
    }
    // The last order went so much farther.
    void extend(double excess) { open_.excess += excess; }

    void close_cell(double decay) {
        mean_.orders = decay * mean_.orders + (1.0 - decay) * open_.orders;
        mean_.excess = decay * mean_.excess + (1.0 - decay) * open_.excess;
        mean_.touch = decay * mean_.touch + (1.0 - decay) * open_.touch;
        open_ = {};
    }
    // Empty cells in one stride; `left` is their decay.
    void fade(double left) {
        mean_.orders *= left;
        mean_.excess *= left;
        mean_.touch *= left;
    }

    // k, per tick. Unknown while no order went past the touch: they tell no end of how steep it is.
    double decay() const {
        return mean_.excess > 0.0 ? known(std::log1p(mean_.orders / mean_.excess)) : unknown;
    }
    // A, per second, with the seconds that the sums are of, and c_time, ticks.
    double intensity(double seconds, double touch) const {
        const double between = 0.5 * (touch + mean_.touch / mean_.orders);
        return known(mean_.orders / seconds * std::exp(decay() * between));
    }

private:
    struct Sums {
        double orders = 0.0, excess = 0.0, touch = 0.0;
    };
    static double known(double value) { return std::isfinite(value) ? value : unknown; }

    Sums open_, mean_;
};

}  // namespace halfspread
