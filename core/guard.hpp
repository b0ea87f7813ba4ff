// Guard: one lane's state of alarm, and why. Numbers in, a state out; it sends nothing itself.
//
//     view.look(...);                       // once a decision: what all lanes share
//     if (guard.step(view.seen, lane)) ...  // guard.last() is the transition
//     if (guard.pull(any_open)) ...         // and once it is halted and nothing of ours rests
//
// A reason begins at its threshold and is over at a lower one; while a number is not known, what
// was active stays so and nothing begins. A state is left downwards when no reason has asked for it
// for the time of the cool-down, one state at a time. No clock: time is what it is told.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "guard_table.hpp"
#include "guard_view.hpp"
#include "units.hpp"

namespace halfspread {

// What a lane has of its own.
struct GuardLane {
    Lots inventory{};
    double wealth = unknown;  // money, cash and inventory at the mid, after fees
    std::int64_t asks = 0;    // sent since the start
};

// A change of state, or, with `from` and `to` alike, of the stage.
struct GuardChange {
    Nanos time{};
    std::uint32_t lane = 0;
    GuardState from{}, to{};
    Stage stage{};
    Reason reason{};
};

class Guard {
public:
    explicit Guard(Nanos start)
        : now_(start), opened_(start), since_(start), asked_for_(start), stage_since_(start) {}

    GuardState state() const { return state_; }
    Stage stage() const { return stage_; }
    Reason reason() const { return last_.reason; }
    const GuardChange& last() const { return last_; }
    bool is_active(Reason reason) const { return (active_ >> bit(reason) & 1U) != 0; }
    // Seconds in a state, up to the last step.
    double seconds_in(GuardState state) const {
        return static_cast<double>(time_in_[static_cast<std::size_t>(state)].count) * 1e-9;
    }

    // How far the inventory stands from its target, and how many lots flattening has still to bring
    // home.
    Lots excess() const { return excess_; }
    Lots remaining() const {
        return Lots{wanted_ ? std::max(std::llabs(excess_.count) - goal_, 0LL) : 0LL};
    }
    // Whether an order of ours on that side is let through.
    bool lets(Side side) const {
        if (state_ == GuardState::quoting) return true;
        return state_ == GuardState::reducing && sign(side) * excess_.count < 0;
    }

    // One of our fills, to be marked out later.
    void fill(const GuardPolicy& policy, Side side, Ticks price, Lots size, Nanos now) {
        if (policy.toxic_ticks == GuardPolicy::off) return;
        if (tail_ - head_ == most) mark();
        const auto delay = static_cast<std::int64_t>(policy.toxic_horizon_s * 1e9);
        marks_[tail_++ % most] = {
            .due = now + Nanos{delay}, .lots = sign(side) * size.count, .price = price.count};
    }

    // Brings the guard to `seen.now`. True if its state or stage changed.
    bool step(const GuardPolicy& policy, const GuardSeen& seen, const GuardLane& lane) {
        elapse(seen.now);
        excess_ = lane.inventory - Lots{policy.inventory_target};
        measure(policy, seen, lane);
        if (active_ == 0 && state_ == GuardState::quoting) return false;
        return state_ != GuardState::halted && decide(policy);
    }

    // Counts the time until `now`.
    void elapse(Nanos now) {
        time_in_[static_cast<std::size_t>(state_)] += now - now_;
        now_ = now;
    }

    // By hand: halted to quoting, with losses counted from here. False if it was not halted.
    bool resume(double wealth) {
        const GuardState next = follows(state_, false, Reason::resume);
        if (next == state_) return false;
        active_ = 0;
        unwinding_ = false;
        if (!std::isnan(wealth)) start_wealth_ = peak_ = wealth;
        enter(next, Reason::resume);
        return true;
    }

    // By hand, the kill switch: halted, whatever the state. False if it was.
    bool halt() {
        const GuardState next = follows(state_, at_goal(), Reason::halt);
        if (next == state_) return false;
        wanted_ = false;
        enter(next, Reason::halt);
        return true;
    }

    // Told whether any order of ours may still fill. True, once, when it is halted and none may.
    bool pull(bool any_open) {
        if (any_open || is_pulled_ || state_ != GuardState::halted) return false;
        is_pulled_ = true;
        note(follows(state_, false, Reason::pulled), Reason::pulled);
        return true;
    }

private:
    struct Mark {
        Nanos due{};
        std::int64_t lots = 0;  // signed
        std::int32_t price = 0;
    };
    static constexpr std::size_t most = 64;  // fills that wait for their mark

    static constexpr unsigned bit(Reason reason) { return static_cast<unsigned>(reason); }
    void set(Reason reason, bool on) {
        const std::uint32_t mask = 1U << bit(reason);
        active_ = on ? active_ | mask : active_ & ~mask;
    }
    // From `begins` on, until at most `ends`.
    void watch(Reason reason, double value, double begins, double ends) {
        set(reason, value >= begins || (is_active(reason) && !(value <= ends)));
    }
    static double seconds(Nanos time) { return static_cast<double>(time.count) * 1e-9; }

    void measure(const GuardPolicy& policy, const GuardSeen& seen, const GuardLane& lane) {
        const double held = std::abs(static_cast<double>(excess_.count));
        double calm = 1.0;  // volatility's reference over volatility, at most 1
        if (policy.tighten && seen.volatility > 0.0 && seen.slow_volatility > 0.0) {
            calm = std::min(1.0, seen.slow_volatility / seen.volatility);
        }
        limit_ = policy.inventory_limit * calm;
        if (policy.inventory_limit != GuardPolicy::off) {
            watch(Reason::inventory, held, policy.reduce_at * limit_, policy.reduce_to * limit_);
            watch(Reason::emergency, held, policy.flatten_at * limit_, policy.flatten_to * limit_);
        }
        const double over = policy.over_at;
        if (policy.value_at_risk != GuardPolicy::off) {
            const double var = policy.var_multiple * held * seen.tick_value * seen.volatility *
                               std::sqrt(policy.var_horizon_s);
            watch(Reason::var, var, policy.value_at_risk, over * policy.value_at_risk);
        }
        const int way = static_cast<int>(excess_.count > 0) - static_cast<int>(excess_.count < 0);
        if (way != way_ || way == 0) opened_ = now_;
        way_ = way;
        set(Reason::holding_time, way != 0 && seconds(now_ - opened_) >= policy.holding_time_s);
        if (policy.watches_wealth()) measure_wealth(policy, lane.wealth);
        if (seen.slow_volatility > 0.0) {
            const double spike = policy.volatility_spike * seen.slow_volatility;
            watch(Reason::volatility_spike, seen.volatility, spike, over * spike);
        }
        if (policy.toxic_ticks != GuardPolicy::off) {
            measure_fills(seen);
            const double cost = -marked_ / std::max(weight_, policy.toxic_lots);
            watch(Reason::toxic_fills, cost, policy.toxic_ticks, over * policy.toxic_ticks);
        }
        set(Reason::stale_book, seen.book_age_s >= policy.stale_s);
        set(Reason::crossed_book, seen.crossed);
        if (policy.skew_s != GuardPolicy::off) {
            const double skew = std::abs(seen.feed_delay_s);
            watch(Reason::clock_skew, skew, policy.skew_s, over * policy.skew_s);
        }
        if (policy.order_rate != GuardPolicy::off) {
            rate_ = rate_ * seen.kept_asks + static_cast<double>(lane.asks - asks_);
            asks_ = lane.asks;
            watch(Reason::order_rate, rate_, policy.order_rate, over * policy.order_rate);
        }
        if (policy.price_band != GuardPolicy::off) {
            const double away = std::abs(seen.mid - seen.slow_mid);
            watch(Reason::price_band, away, policy.price_band, over * policy.price_band);
        }
        set(Reason::end_of_day,
            policy.end_of_day_s > 0.0 && seen.time_left_s <= policy.end_of_day_s);
    }

    void measure_wealth(const GuardPolicy& policy, double wealth) {
        if (std::isnan(wealth)) return;
        peak_ = std::max(peak_, wealth);
        if (is_active(Reason::drawdown) && excess_ == Lots{0}) {
            set(Reason::drawdown, false);
            peak_ = wealth;
        } else if (peak_ - wealth >= policy.drawdown) {
            set(Reason::drawdown, true);
        }
        if (start_wealth_ - wealth >= policy.loss) set(Reason::loss, true);
    }

    // The oldest fill that waits, at the mid of the last step.
    void mark() {
        const Mark& old = marks_[head_++ % most];
        if (std::isnan(mid_)) return;
        const auto lots = static_cast<double>(old.lots);
        marked_ += lots * (mid_ - static_cast<double>(old.price));
        weight_ += std::abs(lots);
    }
    void measure_fills(const GuardSeen& seen) {
        marked_ *= seen.kept_fills;
        weight_ *= seen.kept_fills;
        mid_ = seen.mid;
        while (head_ != tail_ && marks_[head_ % most].due <= now_) mark();
    }

    bool decide(const GuardPolicy& policy) {
        set_goal(policy);
        GuardState next = state_;
        Reason why = Reason::calm;
        const auto consider = [&](Reason reason) {
            const GuardState to = follows(state_, at_goal(), reason);
            if (to <= next) return;
            next = to;
            why = reason;
        };
        for (unsigned reason = 1; active_ >> reason != 0; ++reason) {
            if ((active_ >> reason & 1U) != 0) consider(static_cast<Reason>(reason));
        }
        const bool new_stage = push(policy);
        if (is_stuck_) consider(Reason::stuck);
        is_stuck_ = false;
        if (next != state_) {
            unwinding_ = why == Reason::stuck;
            enter(next, why);
            set_goal(policy);
            return true;
        }
        if (new_stage) {
            note(state_, Reason::stuck);
            return true;
        }
        if (state_ == GuardState::quoting) return false;
        if (demand() >= state_) {
            asked_for_ = now_;
            return false;
        }
        if (seconds(now_ - asked_for_) < policy.cool_down_s) return false;
        unwinding_ = false;
        enter(follows(state_, at_goal(), Reason::calm), Reason::calm);
        return true;
    }

    bool at_goal() const { return std::llabs(excess_.count) <= goal_; }

    // The strongest state that an active reason asks for.
    GuardState demand() const {
        GuardState most_alarmed = GuardState::quoting;
        for (unsigned reason = 1; active_ >> reason != 0; ++reason) {
            if ((active_ >> reason & 1U) == 0) continue;
            most_alarmed = std::max(most_alarmed, demanded_by(static_cast<Reason>(reason)));
        }
        if (unwinding_ && (is_active(Reason::inventory) || is_active(Reason::var)))
            return GuardState::flattening;
        return most_alarmed;
    }

    // How many lots flattening leaves: none, but for reasons of inventory alone.
    void set_goal(const GuardPolicy& policy) {
        wanted_ = state_ == GuardState::flattening && demand() == GuardState::flattening;
        goal_ = 0;
        if (!wanted_) return;
        std::uint32_t others = active_ & ~(1U << bit(Reason::emergency));
        for (unsigned reason = 1; others >> reason != 0; ++reason) {
            const bool asks = demanded_by(static_cast<Reason>(reason)) == GuardState::flattening;
            if ((others >> reason & 1U) != 0 && asks) return;
        }
        if (unwinding_ && is_active(Reason::var)) return;
        const double part = is_active(Reason::emergency) ? policy.flatten_to : policy.reduce_to;
        goal_ = static_cast<long long>(std::min(part * limit_, 9e15));
    }

    // The stages of flattening, and the patience with reducing. True if a new stage began.
    bool push(const GuardPolicy& policy) {
        if (state_ == GuardState::reducing) {
            const bool asked = is_active(Reason::inventory) || is_active(Reason::var);
            is_stuck_ = asked && seconds(now_ - since_) >= policy.reduce_for_s;
            return false;
        }
        if (state_ != GuardState::flattening) return false;
        const Lots left = remaining();
        if (left == Lots{0}) {
            stage_ = Stage::passive;
            stage_since_ = now_;
            least_left_ = left;
            return false;
        }
        const bool moved = left < least_left_ && stage_ != Stage::passive;
        if (moved || least_left_ == Lots{0}) stage_since_ = now_;
        least_left_ = least_left_ == Lots{0} ? left : std::min(left, least_left_);
        if (seconds(now_ - stage_since_) < policy.patience_s) return false;
        if (stage_ == Stage::market) {
            is_stuck_ = true;
            return false;
        }
        stage_ = static_cast<Stage>(static_cast<int>(stage_) + 1);
        stage_since_ = now_;
        return true;
    }

    void enter(GuardState next, Reason why) {
        note(next, why);
        state_ = next;
        since_ = asked_for_ = stage_since_ = now_;
        stage_ = last_.stage = Stage::passive;
        least_left_ = Lots{0};
        is_pulled_ = false;
    }
    void note(GuardState next, Reason why) {
        last_ = {
            .time = now_, .lane = 0, .from = state_, .to = next, .stage = stage_, .reason = why};
    }

    GuardState state_ = GuardState::quoting;
    Stage stage_ = Stage::passive;
    bool wanted_ = false, unwinding_ = false, is_stuck_ = false, is_pulled_ = false;
    int way_ = 0;  // the sign of the excess
    std::uint32_t active_ = 0;
    GuardChange last_;
    Nanos now_, opened_, since_, asked_for_, stage_since_;
    Nanos time_in_[guard_states]{};
    Lots excess_{}, least_left_{};
    long long goal_ = 0;
    double limit_ = GuardPolicy::off;
    double start_wealth_ = 0.0, peak_ = 0.0;
    double marked_ = 0.0, weight_ = 0.0, rate_ = 0.0, mid_ = unknown;
    std::int64_t asks_ = 0;
    std::size_t head_ = 0, tail_ = 0;
    std::array<Mark, most> marks_{};
};

}  // namespace halfspread
