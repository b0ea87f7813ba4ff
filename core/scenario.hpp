// InScenario: a flow in a world with a time of day, shocks, and takers who know what it is worth.
//
//     InScenario<ZeroIntelligence> flow({laws, scenario}, seed, lane, begin);
//     flow.open(sink);                              // and so on, as the flow inside
//     flow.efficient_price(), flow.informed();      // what nobody else knows
//
// Season   all rates are multiplied by a curve through points of the day (UTC), linear in between,
//          as it stands at the beginning of each second.
// Shocks   from `at` on for `lasting` the rates of classes of orders are multiplied, on both sides
//          or on one; at `at` a market order may sweep a side through so many ticks. Shocks at the
//          same time multiply.
// Informed at the times of a Poisson process somebody looks who knows the efficient price, a
//          Brownian motion on a grid that begins at the first mid. Where it lies beyond the best
//          ask they buy, beyond the best bid they sell: one order, immediate, of at most `size`,
//          at no worse price. They and the sweeps are the public's: the flow sees their orders.
//
// Cost    nothing an event beside the flow's; two draws a grid step.
// Copy    a copy is whole, and goes on as the original would.
// Errors  none: halfspread.scenario looks at what it is given.
// Source: L. Glosten, P. Milgrom, "Bid, ask and transaction prices in a specialist market with
// heterogeneously informed traders", Journal of Financial Economics 14(1), 1985: who is informed
// trades where the price is wrong by more than half the spread.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "crowd.hpp"
#include "event.hpp"
#include "flow_clock.hpp"
#include "pace.hpp"
#include "random.hpp"
#include "units.hpp"

namespace halfspread {

struct SeasonPoint {
    Nanos time;    // of the day
    double times;  // by which all rates are multiplied, > 0
};

struct Shock {
    Nanos at, lasting;
    Pace pace;
    Side sweeper = Side::none;  // bid: buys all there is at the best `ticks` prices
    std::int32_t sweep_ticks = 0;
};

struct InformedLaws {
    double rate = 0.0;        // looks a second; 0: there are none
    double volatility = 0.0;  // ticks a square root of a second
    Nanos step{};             // of the grid, > 0
    Lots size{};
};

struct Scenario {
    std::vector<SeasonPoint> season;  // by time
    std::vector<Shock> shocks;        // by time
    InformedLaws informed;
};

template <class Inner>
class InScenario;

// A flow's laws, and the scenario that it is in.
template <class InnerLaws>
struct ScenarioLaws {
    using Flow = InScenario<typename InnerLaws::Flow>;

    InnerLaws laws;
    Scenario scenario;
};

template <class Inner>
class InScenario {
public:
    using Laws = ScenarioLaws<typename Inner::Laws>;

    static constexpr std::uint32_t purpose = FlowClock::purpose + 8;  // and the next two

    InScenario(Laws laws, std::uint64_t seed, std::uint32_t lane, Nanos begin)
        : scenario_(std::move(laws.scenario)),
          flow_(std::move(laws.laws), seed, lane, begin),
          looks_(seed, lane, begin, purpose),
          moves_(seed, lane, purpose + 2),
          now_(begin),
          worth_at_(begin) {
        if (knows()) looks_.set_rate(scenario_.informed.rate);
    }

    const Inner& flow() const { return flow_; }
    const Crowd& crowd() const { return flow_.crowd(); }
    const OrderBook& book() const { return flow_.book(); }
    Nanos now() const { return now_; }
    Nanos next() const {
        const Nanos next = std::min(flow_.next(), border_);
        return knows() ? std::min(next, looks_.next()) : next;
    }
    // In ticks, as of now(); unknown if nobody looks.
    double efficient_price() const { return knows() ? worth_ : unknown; }
    // Whether the last step, or the one that a sink hears of, is an order of somebody informed.
    bool informed() const { return informed_; }

    template <class Sink>
    void open(Sink&& sink) {
        flow_.open(sink);
        worth_ = 0.5 * (static_cast<double>(book().best(Side::bid).count) +
                        static_cast<double>(book().best(Side::ask).count));
        change(now_, sink);
    }
    // All that the public does up to and at `until`. Returns how many orders and cancellations.
    template <class Sink>
    std::uint64_t advance(Nanos until, Sink&& sink) {
        std::uint64_t events = 0;
        while (next() <= until) events += step(sink);
        return events;
    }
    // What may be the next event, at next(). Returns whether it was one.
    template <class Sink>
    bool step(Sink&& sink) {
        now_ = next();
        informed_ = false;
        walk();
        if (now_ == border_) return change(now_, sink);
        if (knows() && now_ == looks_.next()) return look(sink);
        return flow_.step(sink);
    }
    // Somebody's submit, cancel or amend at its exchange_time, from now() to next().
    template <class Sink>
    std::uint64_t apply(const Event& ask, Lots display, Sink&& sink) {
        now_ = ask.exchange_time;
        informed_ = false;
        walk();
        return flow_.apply(ask, display, sink);
    }

private:
    static constexpr double farthest = 1e9;  // ticks; no efficient price goes beyond
    static constexpr std::int64_t second = 1'000'000'000, day = 86'400 * second;

    bool knows() const { return scenario_.informed.rate > 0.0; }

    // ------------------------------------------------------------------------- season and shocks

    // What has passed of a day or a second.
    static constexpr std::int64_t part_of(Nanos time, std::int64_t whole) {
        return ((time.count % whole) + whole) % whole;
    }
    // The multiplier of all rates at a time of the day.
    double season(Nanos time) const {
        const std::vector<SeasonPoint>& points = scenario_.season;
        if (points.empty()) return 1.0;
        const std::int64_t of_day = part_of(time, day);
        const auto after = std::ranges::upper_bound(points, Nanos{of_day}, {}, &SeasonPoint::time);
        if (after == points.begin()) return points.front().times;
        const SeasonPoint& from = *(after - 1);
        if (after == points.end()) return from.times;
        const double share = static_cast<double>(of_day - from.time.count) /
                             static_cast<double>((after->time - from.time).count);
        return from.times + share * (after->times - from.times);
    }
    Pace pace_at(Nanos time) const {
        const double times = season(time);
        Pace pace{.limit = {times, times}, .cancel = {times, times}, .market = {times, times}};
        for (const Shock& shock : scenario_.shocks)
            if (shock.at <= time && time < shock.at + shock.lasting) pace *= shock.pace;
        return pace;
    }
    // When the pace changes next, or a side is swept.
    Nanos border_after(Nanos time) const {
        Nanos next = latest;
        if (!scenario_.season.empty()) next = Nanos{time.count - part_of(time, second) + second};
        for (const Shock& shock : scenario_.shocks)
            for (const Nanos border : {shock.at, shock.at + shock.lasting})
                if (border > time) next = std::min(next, border);
        return next;
    }
    // What changes at `time`. Returns whether anybody was swept.
    template <class Sink>
    bool change(Nanos time, Sink& sink) {
        if (!scenario_.season.empty() || !scenario_.shocks.empty())
            flow_.set_pace(pace_at(time), time);
        bool is_one = false;
        for (const Shock& shock : scenario_.shocks) {
            const Side from = opposite(shock.sweeper);
            if (shock.at != time || shock.sweep_ticks == 0 || !book().has(from)) continue;
            const std::int64_t reach = sign(shock.sweeper) * (std::int64_t{shock.sweep_ticks} - 1);
            const std::int64_t worst = std::clamp<std::int64_t>(book().best(from).count + reach,
                                                                no_bid.count + 1, no_ask.count - 1);
            take(shock.sweeper, Ticks{static_cast<std::int32_t>(worst)}, largest_size, sink);
            is_one = true;
        }
        border_ = border_after(time);
        return is_one;
    }

    // ---------------------------------------------------------------------------------- informed

    // The efficient price as of now().
    void walk() {
        const InformedLaws& informed = scenario_.informed;
        if (!knows()) return;
        while (worth_at_ + informed.step <= now_) {
            const double seconds = static_cast<double>(informed.step.count) * 1e-9;
            const double moved =
                informed.volatility * std::sqrt(seconds) * normal(moves_.uniforms(move_++).first);
            worth_ = std::clamp(worth_ + moved, -farthest, farthest);
            worth_at_ += informed.step;
        }
    }
    // Somebody informed looks. Returns whether they trade.
    template <class Sink>
    bool look(Sink& sink) {
        looks_.turn();
        looks_.set_rate(scenario_.informed.rate);
        return trade(Side::bid, sink) || trade(Side::ask, sink);
    }
    // The informed trade on that side if what it is worth is beyond the other side's best.
    template <class Sink>
    bool trade(Side side, Sink& sink) {
        const Side from = opposite(side);
        if (!book().has(from)) return false;
        const double price = book().best(from).count;
        if (sign(side) * (worth_ - price) <= 0.0) return false;
        const double limit = side == Side::bid ? std::floor(worth_) : std::ceil(worth_);
        informed_ = true;
        take(side, Ticks{static_cast<std::int32_t>(limit)}, scenario_.informed.size, sink);
        return true;
    }
    // An immediate order of the public's at now().
    template <class Sink>
    void take(Side side, Ticks price, Lots size, Sink& sink) {
        Event ask{};
        ask.exchange_time = ask.local_time = now_;
        ask.kind = Kind::submit;
        ask.side = side;
        ask.price = price;
        ask.size = size;
        ask.detail = ask_detail(Lifetime::immediate, SelfTrade::allow);
        flow_.apply(ask, Lots{}, sink);
    }

    Scenario scenario_;
    Inner flow_;
    FlowClock looks_;  // when somebody informed looks
    Draws moves_;
    Nanos now_, border_ = latest;
    Nanos worth_at_;      // the grid's point that the efficient price is of
    double worth_ = 0.0;  // ticks
    std::uint64_t move_ = 0;
    bool informed_ = false;
};

}  // namespace halfspread
