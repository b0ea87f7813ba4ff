// Regimes: what inventories are worth to a maker at the touch while the book's imbalance changes.
//
//     dv/dt = earned + v's mean change by the regime's own motion
//                    + sell_rate max(0, bid_edge + v(q + 1) - v(q))
//                    + buy_rate max(0, ask_edge + v(q - 1) - v(q))
//
// over regimes z and inventories q; rates and edges are those of the regime.
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "march.hpp"

namespace halfspread {

struct RegimeProblem {
    std::vector<double> moves;                // [from][to], per second; the diagonal is not read
    std::vector<double> sell_rate, buy_rate;  // per regime, of the orders that fill bids and asks
    std::vector<double> bid_edge, ask_edge;   // per regime: what a fill earns
    std::vector<double> earned;               // [regime][inventory], per second
    double pace = 1;                          // of all that can happen, per second

    std::size_t regimes() const { return sell_rate.size(); }
    std::size_t inventories() const { return earned.size() / regimes(); }
};

// The values at each of `times`, ascending from that of `value`, one behind the other; at fewer of
// them where the next would be too long a way. Where a fill begins or ceases to earn the slope has a
// kink, which short steps alone meet: an error of a few millionths of what a fill earns.
inline std::vector<double> regime_values(const RegimeProblem& problem, std::vector<double> value,
                                         const std::vector<double>& times) {
    const std::size_t regimes = problem.regimes();
    const std::size_t n = problem.inventories();
    const auto rate = [&](const std::vector<double>& now, std::vector<double>& slope) {
        for (std::size_t z = 0; z < regimes; ++z) {
            const double* own = now.data() + z * n;
            double* out = slope.data() + z * n;
            std::copy_n(problem.earned.data() + z * n, n, out);
            for (std::size_t to = 0; to < regimes; ++to) {
                const double move = problem.moves[z * regimes + to];
                if (to == z || move == 0.0) continue;
                const double* other = now.data() + to * n;
                for (std::size_t q = 0; q < n; ++q) out[q] += move * (other[q] - own[q]);
            }
            for (std::size_t q = 0; q + 1 < n; ++q) {
                const double step = own[q + 1] - own[q];
                out[q] += problem.sell_rate[z] * std::max(0.0, problem.bid_edge[z] + step);
                out[q + 1] += problem.buy_rate[z] * std::max(0.0, problem.ask_edge[z] - step);
            }
        }
    };
    return March({problem.pace, 0.01, 1'000'000}, rate).values(std::move(value), times);
}

}  // namespace halfspread
