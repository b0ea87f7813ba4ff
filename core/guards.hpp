// Guards: those of a block's lanes, fed with what the block sees. Without a policy there are none.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "columns.hpp"
#include "desk.hpp"
#include "obey.hpp"

namespace halfspread {

class Guards {
public:
    std::vector<GuardChange> changes;  // in order of time

    Guards(const std::optional<GuardPolicy>& policy, const Contract& contract, std::size_t lanes,
           Nanos start)
        : policy_(policy.value_or(GuardPolicy{})), view_(policy_), contract_(contract) {
        if (!policy) return;
        lanes_.assign(lanes, Guarded{Guard(start), {}});
        changes.reserve(std::size_t{16} * lanes);
    }

    bool on() const { return !lanes_.empty(); }
    // Whether it must be told when the last row of the book reached us.
    bool watches_book() const { return policy_.stale_s != GuardPolicy::off; }
    // Whether it must be told of the delay of the newest row.
    bool watches_clocks() const { return policy_.skew_s != GuardPolicy::off; }
    const Guarded* of(std::uint32_t lane) const { return on() ? &lanes_[lane] : nullptr; }
    // Whether an order by hand is let through.
    bool lets(std::uint32_t lane, Side side) const {
        return !on() || lanes_[lane].guard.lets(side);
    }

    // Once a decision, before `step`. `book_time`: when the last row of the book reached us;
    // `feed_delay_s`: how long the newest row took to us, NaN without one.
    void look(const Touch& touch, Nanos now, Nanos book_time, double feed_delay_s,
              double volatility, double time_left_s) {
        const bool both = touch.has_bid && touch.has_ask;
        if (both) mid_ = std::int64_t{touch.bid.count} + touch.ask.count;
        const Money& money = contract_.money;
        const bool needs_value = policy_.value_at_risk != GuardPolicy::off && mid_ != no_mid;
        const double tick_value =
            !needs_value ? unknown
                         : money.coins(Atoms{money.value(mid_ + 1)} - money.value(mid_ - 1));
        const double mid = both ? 0.5 * static_cast<double>(mid_) : unknown;
        const double age_s = static_cast<double>((now - book_time).count) * 1e-9;
        view_.look(now, mid, both && touch.bid >= touch.ask, volatility, age_s, feed_delay_s,
                   time_left_s, tick_value);
    }

    // Brings a lane's guard to the time of `look`, and does what it says at once.
    template <class Send>
    void step(std::uint32_t lane, Desk& desk, const Touch& touch, Send&& send) {
        Guarded& guarded = lanes_[lane];
        const OrderCounts& counts = desk.orders.counts();
        const Account& account = desk.account;
        const GuardLane own{.inventory = account.inventory,
                            .wealth = policy_.watches_wealth() ? wealth(account) : unknown,
                            .asks = counts.submits + counts.cancels + counts.amends};
        if (guarded.guard.step(policy_, view_.seen, own)) note(lane, guarded.guard);
        obey(lane, desk, touch, view_.seen.now, send);
    }
    // What is left of a quote; false if nothing may be quoted.
    bool allow(std::uint32_t lane, const Orders& orders, const Touch& touch, Wanted& wanted) const {
        return Obedience::allow(lanes_[lane].guard, orders, touch, wanted);
    }
    void fill(const Fill& fill) {
        lanes_[fill.lane].guard.fill(policy_, fill.side, fill.price, fill.size, fill.local_time);
    }
    bool resume(std::uint32_t lane, const Desk& desk) {
        if (!on() || !lanes_[lane].guard.resume(wealth(desk.account))) return false;
        note(lane, lanes_[lane].guard);
        return true;
    }
    // By hand: all orders are pulled at once. False if it was halted.
    template <class Send>
    bool halt(std::uint32_t lane, Desk& desk, const Touch& touch, Nanos now, Send&& send) {
        if (!on() || !lanes_[lane].guard.halt()) return false;
        note(lane, lanes_[lane].guard);
        obey(lane, desk, touch, now, send);
        return true;
    }
    void finish(Nanos now) {
        for (Guarded& guarded : lanes_) guarded.guard.elapse(now);
    }

private:
    template <class Send>
    void obey(std::uint32_t lane, Desk& desk, const Touch& touch, Nanos now, Send&& send) {
        Guarded& guarded = lanes_[lane];
        guarded.obedience.act(guarded.guard, policy_, desk.orders, touch, desk.account.inventory,
                              now, send);
        if (guarded.guard.pull(desk.orders.any_live())) note(lane, guarded.guard);
    }
    void note(std::uint32_t lane, const Guard& guard) {
        changes.push_back(guard.last());
        changes.back().lane = lane;
    }
    double wealth(const Account& account) const {
        const Money& money = contract_.money;
        if (mid_ != no_mid) return money.coins(account.wealth(money, mid_)) - account.fees;
        return account.inventory == Lots{0} ? money.coins(account.cash) - account.fees : unknown;
    }
    GuardPolicy policy_;
    GuardView view_;
    std::vector<Guarded> lanes_;
    Contract contract_;
    std::int64_t mid_ = no_mid;  // half ticks, the last one seen
};

}  // namespace halfspread
