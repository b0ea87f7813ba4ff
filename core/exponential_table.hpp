// ExponentialTable: exponential numbers of mean 1 without a logarithm, 99 times in 100.
//
//     exponential_table.draw(uniform, retry)   // retry() -> Uniforms, called once in 45
//
// The density is covered by 256 layers of equal area. The uniform chooses a layer by its first
// eight bits and a place in it by the others; what lies under the density for certain is taken at
// once. Else a second draw says whether it does and, if not, gives the number by its logarithm: a
// rejected draw may be followed by any exact one.
//
// Source: G. Marsaglia, W. W. Tsang, "The ziggurat method for generating random variables", Journal
// of Statistical Software 5(8), 2000.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "random.hpp"

namespace halfspread {

class ExponentialTable {
public:
    ExponentialTable() noexcept {
        widths_[0] = area / exponential_of(-tail);
        widths_[1] = tail;
        for (std::size_t i = 2; i < layers; ++i)
            widths_[i] = -logarithm(area / widths_[i - 1] + exponential_of(-widths_[i - 1]));
        widths_[layers] = 0.0;
        for (std::size_t i = 0; i <= layers; ++i) heights_[i] = exponential_of(-widths_[i]);
    }

    // From a uniform in (0, 1) on the grid of random.hpp.
    template <class Retry>
    double draw(double uniform, Retry&& retry) const {
        const double scaled = uniform * layers;
        const auto layer = static_cast<std::uint32_t>(scaled);
        const double x = (scaled - layer) * widths_[layer];
        if (x < widths_[layer + 1]) [[likely]]
            return x;
        const Uniforms drawn = retry();
        if (layer == 0) return tail + exponential(drawn.first);
        const double height =
            heights_[layer] + drawn.second * (heights_[layer + 1] - heights_[layer]);
        return height < exponential_of(-x) ? x : exponential(drawn.first);
    }

private:
    static constexpr std::size_t layers = 256;
    static constexpr double tail = 7.69711747013104972, area = 0.0039496598225815571993;

    std::array<double, layers + 1> widths_, heights_;  // from the widest layer, with the tail
};

inline const ExponentialTable exponential_table;

}  // namespace halfspread
