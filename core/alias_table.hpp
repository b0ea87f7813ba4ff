// AliasTable: a random choice among weighted cases in constant time (Walker, Vose).
//
//     AliasTable table(weights);
//     table.choose(uniform)          // i with the probability weights[i] / sum, uniform in (0, 1)
//
// Each cell of equal width is shared by at most two cases, its own and another one.
// Cost    one multiplication, one comparison; the construction O(weights).
// Errors  none: the weights are finite, >= 0, at least one > 0, fewer than 2^31.
// Source: M. D. Vose, "A linear algorithm for generating random numbers with a given distribution",
// IEEE Transactions on Software Engineering 17(9), 1991.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

namespace halfspread {

class AliasTable {
public:
    explicit AliasTable(std::span<const double> weights) : cells_(weights.size()) {
        const double total = std::accumulate(weights.begin(), weights.end(), 0.0);
        const auto count = static_cast<double>(weights.size());
        std::vector<double> share(weights.size());
        std::vector<std::uint32_t> poor;
        std::vector<std::uint32_t> rich;
        for (std::uint32_t i = 0; i < weights.size(); ++i) {
            share[i] = weights[i] * count / total;
            cells_[i] = {1.0, {i, i}};
            (share[i] < 1.0 ? poor : rich).push_back(i);
        }
        while (!poor.empty() && !rich.empty()) {
            const std::uint32_t small = poor.back();
            const std::uint32_t large = rich.back();
            poor.pop_back();
            cells_[small] = {share[small], {large, small}};
            share[large] -= 1.0 - share[small];
            if (share[large] < 1.0) {
                rich.pop_back();
                poor.push_back(large);
            }
        }
    }

    std::size_t size() const { return cells_.size(); }
    std::uint32_t choose(double uniform) const {
        const double place = uniform * static_cast<double>(cells_.size());
        const auto cell = static_cast<std::uint32_t>(place);
        return cells_[cell].cases[static_cast<std::size_t>(place - cell < cells_[cell].own)];
    }

private:
    struct Cell {
        double own;                          // the share of the cell's own case
        std::array<std::uint32_t, 2> cases;  // the other one, its own: no branch between them
    };
    std::vector<Cell> cells_;
};

}  // namespace halfspread
