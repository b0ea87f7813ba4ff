// Makers for the tests of a market: a compiled model, its parameters, and a market to run it on.
#pragma once

#include <cstdint>
#include <vector>

#include "market.hpp"
#include "tapes.hpp"

namespace halfspread {

inline constexpr std::int64_t ms = 1'000'000;
inline constexpr Rules both_rules[] = {Rules::ours, Rules::peer};

// Quotes half a spread round the mid, leaning against the inventory; params are [half, size, lean].
inline void maker(const double* shared, const double* lanes, const double* params, double* quotes,
                  std::int64_t n) {
    for (std::int64_t i = 0; i < n; ++i) {
        const double* lane = params + 3 * i;
        const double centre = shared[0] - lane[2] * lanes[2 * i];
        double* quote = quotes + 4 * i;
        quote[0] = centre - lane[0];
        quote[1] = centre + lane[0];
        quote[2] = quote[3] = lane[1];
    }
}
inline constexpr std::size_t width = 3;

inline std::vector<double> params_of(std::size_t lanes) {
    std::vector<double> params;
    for (std::size_t lane = 0; lane < lanes; ++lane) {
        const auto i = static_cast<double>(lane);
        params.insert(params.end(), {0.6 + 0.25 * i, 3.0 + 2.0 * i, 0.02 * i});
    }
    return params;
}

inline MarketConfig config_of(Rules rules, std::size_t lanes = 1) {
    MarketConfig config;
    config.rules = rules;
    config.queue = {QueueModel::power3, 2.0};
    config.latency = Latency(Nanos{3 * ms}, Nanos{4 * ms});
    config.contract.money = Money(0.1, 1.0, 1.0, false);
    config.contract.fees = {FeeKind::value, -0.0001, 0.0004};
    config.contract.tick = 0.1;
    config.every = Nanos{20 * ms};
    config.signals = {Nanos{20 * ms}, 2.0, 5};
    config.policy.limit = Lots{40};
    config.lanes = lanes;
    return config;
}

inline const tapes::Rows& market_rows() {
    static const tapes::Rows rows = tapes::random_market(12, 8'000, {.sideless = 50});
    return rows;
}

}  // namespace halfspread
