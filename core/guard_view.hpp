// Guard view: what guards watch, and what all lanes see alike once a decision.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>

#include "units.hpp"

namespace halfspread {

// One for all lanes of a market. What is infinite is off. Money is the account's, times are seconds.
struct GuardPolicy {
    static constexpr double off = std::numeric_limits<double>::infinity();

    double inventory_limit = off;  // lots, of |inventory - target|
    std::int64_t inventory_target = 0;
    double reduce_at = 0.8, reduce_to = 0.6;     // of the limit
    double flatten_at = 0.95, flatten_to = 0.5;  // of the limit
    bool tighten = false;                  // limit * min(1, reference volatility / volatility)
    double reference_volatility = 0.0;     // ticks per root second; 0: its own slow mean
    double reference_half_life_s = 600.0;  // of the slow means of volatility and mid
    double over_at = 0.8;                  // a reason of another kind is over at that part
    double cool_down_s = 5.0;

    double value_at_risk = off;   // money
    double var_multiple = 1.645;  // of the standard deviation, for its confidence
    double var_horizon_s = 10.0;
    double holding_time_s = off;
    double drawdown = off;          // money
    double loss = off;              // money
    double volatility_spike = off;  // volatility over its reference
    double toxic_ticks = off;       // mean loss of our fills after toxic_horizon_s
    double toxic_horizon_s = 1.0;
    double toxic_half_life_s = 60.0;
    double toxic_lots = 1.0;  // a mean is taken over at least so many
    double stale_s = off;
    double skew_s = off;      // of the newest row, either way
    double order_rate = off;  // asks a second, over the last second or so
    double price_band = off;  // ticks
    double end_of_day_s = 0.0;

    double reduce_for_s = off;  // reducing for inventory or var, before it counts as stuck
    double patience_s = 10.0;   // of a stage of flattening
    double take_every_s = 1.0;  // between two orders that take

    bool watches_wealth() const { return drawdown != off || loss != off; }
    bool watches_means() const { return tighten || volatility_spike != off || price_band != off; }
};

// What all lanes see alike, once a decision. Prices in ticks; unknown is NaN.
struct GuardSeen {
    Nanos now{};
    double mid = unknown;         // the last one known
    double volatility = unknown;  // ticks per root second
    double slow_mid = unknown, slow_volatility = unknown;
    double book_age_s = 0.0;
    double feed_delay_s = unknown;  // local minus exchange time of the newest row
    double time_left_s = 0.0;
    double tick_value = 0.0;                   // money that one lot gains by one tick
    double kept_fills = 1.0, kept_asks = 1.0;  // weights that are left since the last decision
    bool crossed = false;
};

class GuardView {
public:
    GuardSeen seen;

    explicit GuardView(const GuardPolicy& policy) : policy_(policy) {}

    // `mid` is NaN while a side is empty; the rest as in GuardSeen.
    void look(Nanos now, double mid, bool crossed, double volatility, double book_age_s,
              double feed_delay_s, double time_left_s, double tick_value) {
        const double passed = looked_ ? static_cast<double>((now - seen.now).count) * 1e-9 : 0.0;
        looked_ = true;
        seen.now = now;
        seen.crossed = crossed;
        seen.volatility = volatility;
        seen.book_age_s = book_age_s;
        seen.feed_delay_s = feed_delay_s;
        seen.time_left_s = time_left_s;
        seen.tick_value = tick_value;
        if (!std::isnan(mid)) seen.mid = mid;
        if (policy_.toxic_ticks != GuardPolicy::off)
            seen.kept_fills = std::exp2(-passed / policy_.toxic_half_life_s);
        if (policy_.order_rate != GuardPolicy::off) seen.kept_asks = std::exp(-passed);
        if (policy_.watches_means()) follow(mid, volatility, passed);
    }

private:
    // A reference is not known before it is of a tenth of its half-life: 2^-0.1.
    static constexpr double warm = 0.9330329915368074;

    // The slow means.
    void follow(double mid, double volatility, double passed) {
        const double kept = std::exp2(-passed / policy_.reference_half_life_s);
        if (!std::isnan(mid)) {
            seen.slow_mid =
                std::isnan(seen.slow_mid) ? mid : kept * seen.slow_mid + (1.0 - kept) * mid;
        }
        if (policy_.reference_volatility > 0.0) {
            seen.slow_volatility = policy_.reference_volatility;
        } else if (!std::isnan(volatility)) {
            variance_ = kept * variance_ + (1.0 - kept) * volatility * volatility;
            left_ *= kept;
            if (left_ <= warm) seen.slow_volatility = std::sqrt(variance_ / (1.0 - left_));
        }
    }

    GuardPolicy policy_;
    double variance_ = 0.0, left_ = 1.0;  // left_: 2^-(time it is known of, in half-lives)
    bool looked_ = false;
};

}  // namespace halfspread
