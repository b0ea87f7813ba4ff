// Drift: what inventories are worth to a maker at the touch while the mid drifts for a while.
//
//     dh/dt = earned + h's mean change by the drift's own motion and by market orders
//                    + bid_rate max(0, edge + h(a-, q + 1) - h(a-, q))
//                    + ask_rate max(0, edge + h(a+, q - 1) - h(a+, q))
//
// over drifts a and inventories q; a- and a+ are the drift after an order that fills a bid, an ask.
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "march.hpp"

namespace halfspread {

struct DriftProblem {
    std::vector<double> upwards, downwards;    // per drift: rates to its neighbours, 0 off the end
    std::vector<double> after_bid, after_ask;  // per drift: where an order leads, in nodes
    std::vector<double> earned;                // [drift][inventory], per second
    double bid_rate = 0, ask_rate = 0, edge = 0;  // of the orders; what a fill earns
    double pace = 1;                              // of all that can happen, per second

    std::size_t drifts() const { return upwards.size(); }
    std::size_t inventories() const { return earned.size() / drifts(); }
};

class DriftMarch {
public:
    explicit DriftMarch(const DriftProblem& problem)
        : p_(problem), below_(p_.inventories()), above_(p_.inventories()) {}

    // The values at each of `times`, ascending from that of `value`, one behind the other; at fewer
    // of them where the next would be too long a way.
    std::vector<double> values(std::vector<double> value, const std::vector<double>& times) {
        const auto rate = [this](const auto& now, auto& slope) { this->rate(now, slope); };
        return March({p_.pace, 0.5, 20'000}, rate).values(std::move(value), times);
    }

private:
    // The values at a place between two drifts.
    void read(const std::vector<double>& value, double place, std::vector<double>& row) const {
        const std::size_t n = row.size();
        const std::size_t low = std::min(static_cast<std::size_t>(place), p_.drifts() - 2);
        const double share = place - static_cast<double>(low);
        const double* first = value.data() + low * n;
        for (std::size_t q = 0; q < n; ++q)
            row[q] = (1.0 - share) * first[q] + share * first[n + q];
    }

    // The change a second.
    void rate(const std::vector<double>& value, std::vector<double>& slope) {
        const std::size_t n = p_.inventories();
        const std::size_t last = p_.drifts() - 1;
        for (std::size_t i = 0; i <= last; ++i) {
            read(value, p_.after_bid[i], below_);
            read(value, p_.after_ask[i], above_);
            const double* own = value.data() + i * n;
            const double* higher = value.data() + std::min(i + 1, last) * n;
            const double* lower = value.data() + (i > 0 ? i - 1 : 0) * n;
            const double* earned = p_.earned.data() + i * n;
            double* out = slope.data() + i * n;
            const double up = p_.upwards[i];
            const double down = p_.downwards[i];
            for (std::size_t q = 0; q < n; ++q) {
                out[q] = earned[q] + up * (higher[q] - own[q]) + down * (lower[q] - own[q]) +
                         p_.bid_rate * (below_[q] - own[q]) + p_.ask_rate * (above_[q] - own[q]);
            }
            for (std::size_t q = 0; q + 1 < n; ++q) {
                out[q] += p_.bid_rate * std::max(0.0, p_.edge + below_[q + 1] - below_[q]);
                out[q + 1] += p_.ask_rate * std::max(0.0, p_.edge + above_[q] - above_[q + 1]);
            }
        }
    }

    const DriftProblem& p_;
    std::vector<double> below_, above_;
};

}  // namespace halfspread
