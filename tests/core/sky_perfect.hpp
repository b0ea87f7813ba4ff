// Sky Perfect Communications: the zero-intelligence laws of Cont, Stoikov and Talreja's paper.
#pragma once

#include <cmath>

#include "zero_intelligence.hpp"

namespace halfspread {

// Table 1 of the paper; its rates are a minute's, so that here a second stands for a minute.
inline ZeroIntelligenceLaws sky_perfect(int levels = 30) {
    ZeroIntelligenceLaws laws{.limit_rates = {1.85, 1.51, 1.09, 0.88, 0.77},
                              .market_rate = 0.94,
                              .cancel_rates = {0.71, 0.81, 0.68, 0.56, 0.47},
                              .price = 100'000};
    for (int i = 6; i <= levels; ++i) laws.limit_rates.push_back(1.92 / std::pow(i, 0.52));
    return laws;
}

inline constexpr auto quiet = [](const Event&) {};

}  // namespace halfspread
