// Makers for the tests of a market: a compiled model, its parameters, and a market to run it on.
#pragma once

#include <cstdint>
#include <memory>
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

inline MarketConfig config_of(Rules rules, std::size_t lanes = 1, std::int64_t every = 20 * ms) {
    MarketConfig config;
    config.rules = rules;
    config.queue = {QueueModel::power3, 2.0};
    config.latency = Latency(Nanos{3 * ms}, Nanos{4 * ms});
    config.contract.money = Money(0.1, 1.0, 1.0, false);
    config.contract.fees = {FeeKind::value, -0.0001, 0.0004};
    config.contract.tick = 0.1;
    config.every = Nanos{every};
    config.signals = {Nanos{20 * ms}, 2.0, 5};
    config.policy.limit = Lots{40};
    config.lanes = lanes;
    return config;
}

// Lanes run to the end, with `decide(lanes)` at each decision,
template <class Decide>
std::unique_ptr<Lanes> run_deciding(const Columns& columns, const MarketConfig& config,
                                    Decide&& decide) {
    auto lanes = make_lanes(columns, config);
    while (lanes->advance()) decide(*lanes);
    return lanes;
}
// with the maker on its parameters,
inline std::unique_ptr<Lanes> run(const Columns& columns, const MarketConfig& config,
                                  const std::vector<double>& params) {
    return run_deciding(columns, config, [&](Lanes& lanes) { lanes.decide(maker, params.data()); });
}
// or with the same quotes each time.
inline std::unique_ptr<Lanes> run_quoting(const Columns& columns, const MarketConfig& config,
                                          const std::vector<double>& quotes) {
    return run_deciding(columns, config, [&](Lanes& lanes) { lanes.decide(quotes.data()); });
}

inline const tapes::Rows& market_rows() {
    static const tapes::Rows rows = tapes::random_market(12, 8'000, {.sideless = 50});
    return rows;
}

}  // namespace halfspread
