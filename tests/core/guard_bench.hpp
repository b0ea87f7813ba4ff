// Guard bench: a guard stepped once a second in a calm market, and policies for tests.
#pragma once

#include <cstdint>
#include <limits>

#include "guard.hpp"

namespace halfspread {

inline constexpr std::int64_t second = 1'000'000'000;
inline constexpr double unknown_number = std::numeric_limits<double>::quiet_NaN();

// A guard stepped once a second with an inventory; the market is calm.
struct Bench {
    GuardPolicy policy;
    GuardView view{policy};
    Guard guard{Nanos{0}};
    std::int64_t now = 0;
    double wealth = 0.0, volatility = 1.0, mid = 100.0, age = 0.0, delay = 0.0, left = 1e6;
    bool crossed = false;

    explicit Bench(const GuardPolicy& given) : policy(given) {}
    GuardState step(std::int64_t inventory, std::int64_t asks = 0) {
        now += second;
        view.look(Nanos{now}, mid, crossed, volatility, age, delay, left, 1.0);
        guard.step(policy, view.seen,
                   {.inventory = Lots{inventory}, .wealth = wealth, .asks = asks});
        return guard.state();
    }
    GuardState steps(int count, std::int64_t inventory) {
        for (int i = 0; i < count; ++i) step(inventory);
        return guard.state();
    }
};

inline GuardPolicy limit_of(double lots) {
    GuardPolicy policy;
    policy.inventory_limit = lots;
    policy.cool_down_s = 3.0;
    policy.patience_s = 4.0;
    return policy;
}

}  // namespace halfspread
