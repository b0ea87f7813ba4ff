// Reach: A and k of the orders that reach a side of the book, by how far past the touch they went.
//
// The law is that orders reach d ticks from the mid at the rate A exp(-k d). None is seen nearer
// than the touch, c = spread / 2 from the mid, and beyond it prices lie a tick apart: what is seen of
// an order is a whole number e >= 0 of ticks past the touch. Given that it came to the touch,
// P(e >= j) = exp(-k j) for every c: geometric. Of N orders
//
//     ln L(k) = N ln(1 - exp(-k)) - k E,  E = sum e,      is greatest at      k = ln(1 + N / E).
//
// While none went past the touch, E = 0, that is infinite; and on average it is too high, by
// sinh(k) / N to the first order. So E is corrected for continuity, by half a tick of the last order:
//
//     k = ln(1 + N / (E + H)),     H = 1/2.
//
// The half tick lowers it by (1 - exp(-k))^2 / (2 N exp(-k)): what is left is (1 - exp(-k)) / N
// (of orders of equal weight). k is known from the first order on, ln(1 + 2 N) while all stopped at
// the touch.
//
// Orders come to the touch at the rate A exp(-k c), so N is Poisson of the mean A T <exp(-k c)>,
// < > the mean over time, and
//
//     A = n / <exp(-k c)>,     n = N / T:     n exp(k c) where the spread is always the same.
//
// It is no mean of c that counts: n exp(k <c>) would let a moment of an empty book multiply A. Where
// k c is small, ticks and spread finer than the reach of orders, k is N / E, one over the mean
// distance, and A is n. N, E and T are exponentially weighted sums: the likelihood's terms, by their
// age, and H has the age of the last order. So a silence leaves k as it is, while A fades with N;
// where less than `fewest` of an order is left, both are unknown: of a market without trades nothing
// is known, and a model that leans by the root of 1 / A must not be told that it is nearly 0.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "units.hpp"

namespace halfspread {

// How long the spread was how wide: a count of cells, exponentially weighted, for each spread below
// 16 ticks, and from there on four to each doubling, all beyond 4096 as one.
class SpreadTime {
public:
    struct Mean {
        double sum, weight;
    };

    explicit SpreadTime(double decay) : decay_(decay), growth_(1.0 / decay) {}

    void close_cell(std::int64_t spread) {
        if (next_ > 1e30) scale(1.0 / next_);
        add(spread, next_);
        next_ *= growth_;
    }
    // Many cells of one spread.
    void close_cells(std::int64_t spread, std::int64_t count) {
        const double left = std::pow(decay_, static_cast<double>(count));
        scale(left / next_);
        next_ = 1.0;
        add(spread, (1.0 - left) / (growth_ - 1.0));
    }

    // <exp(-k c)>, c half the spread, as a sum and what it is divided by; `onward` is exp(-k). Of
    // spreads in one bin their mean counts. Terms of wide spreads that together are less than a
    // double's last digit of the sum are left out.
    Mean mean_exp(double k, double onward) const {
        const double root = std::sqrt(onward);
        double sum = 0.0;
        double power = 1.0;
        for (std::size_t i = 0; i < std::min(exact, used_); i += 2) {
            sum += power * (weights_[i] + root * weights_[i + 1]);
            power *= onward;
            if (power * total_ <= 1e-17 * sum) return {.sum = sum, .weight = total_};
        }
        for (std::size_t i = exact; i < used_; ++i) {
            if (weights_[i] * power <= 1e-17 * sum) continue;
            sum += weights_[i] * std::exp(-k * half_spreads_[i] / weights_[i]);
        }
        return {.sum = sum, .weight = total_};
    }

private:
    static constexpr std::int64_t widest = 4096;
    static constexpr std::size_t exact = 16;  // bins of one spread each
    static constexpr std::size_t to_a_doubling = 4;
    static constexpr std::size_t bins = exact + to_a_doubling * 8 + 1;

    static std::size_t bin(std::int64_t spread) {
        const auto ticks = static_cast<std::uint64_t>(std::clamp<std::int64_t>(spread, 0, widest));
        if (ticks < exact) return ticks;
        const auto doublings = static_cast<std::size_t>(std::bit_width(ticks)) - 5;
        return exact + to_a_doubling * doublings + ((ticks >> (doublings + 2)) & 3U);
    }
    void add(std::int64_t spread, double weight) {
        const std::size_t i = bin(spread);
        weights_[i] += weight;
        total_ += weight;
        half_spreads_[i] += weight * 0.5 * static_cast<double>(spread);
        used_ = std::max(used_, i + 1);
    }
    void scale(double by) {
        for (double& weight : weights_) weight *= by;
        for (double& sum : half_spreads_) sum *= by;
        next_ *= by;
        total_ *= by;
    }

    double decay_, growth_;
    double next_ = 1.0;   // the weight of the next cell, which grows, so that no other need decay
    double total_ = 0.0;  // of the weights
    std::array<double, bins> weights_{}, half_spreads_{};
    std::size_t used_ = 0;
};

class Reach {
public:
    // An order, `excess` ticks past the touch.
    void arrive(double excess) {
        open_.orders += 1.0;
        open_.excess += excess;
    }
    // The last order went so much farther.
    void extend(double excess) { open_.excess += excess; }

    void close_cell(double decay) {
        closed_.orders = decay * closed_.orders + open_.orders;
        closed_.excess = decay * closed_.excess + open_.excess;
        half_tick_ = open_.orders > 0.0 ? 0.5 : decay * half_tick_;
        open_ = {};
    }
    // Empty cells in one stride; `left` is their decay.
    void fade(double left) {
        closed_.orders *= left;
        closed_.excess *= left;
        half_tick_ *= left;
    }

    // k, per tick, with its half tick.
    double decay() const {
        if (closed_.orders < fewest) return unknown;
        const double ratio = closed_.orders / (closed_.excess + half_tick_);
        return ratio > 0.1 ? std::log(1.0 + ratio) : std::log1p(ratio);  // the first is the faster
    }
    // A, per second, by that k, with T, the seconds that the sums are of, weighted like them.
    double intensity(double k, double seconds, const SpreadTime& time) const {
        if (closed_.orders < fewest) return unknown;
        const double excess = closed_.excess + half_tick_;
        const auto mean = time.mean_exp(k, excess / (excess + closed_.orders));
        const double value = closed_.orders * mean.weight / (seconds * mean.sum);
        return std::isfinite(value) ? value : unknown;
    }

private:
    struct Sums {
        double orders = 0.0, excess = 0.0;
    };
    static constexpr double fewest = 0.4;  // a single order is forgotten after 1.3 half-lives

    Sums open_, closed_;
    double half_tick_ = 0.5;
};

}  // namespace halfspread
