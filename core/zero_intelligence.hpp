// ZeroIntelligence: the public's orders as independent Poisson processes, in a true order book.
//
//     ZeroIntelligence flow(laws, seed, lane, begin);
//     flow.open(sink);                              // a first book
//     flow.advance(begin + Nanos{60'000'000'000}, sink);
//     flow.apply(ask, Lots{}, sink);                // ours, at flow.now(): it joins the queues
//
// Counted in ticks from the opposite best price, i = 1, 2, ...; rates a second:
//
//     limit orders    L(i) a side, for i up to the table's end
//     market orders   M a side
//     cancellations   C(i) for each of the public's orders; C's last entry holds for all beyond
//
// all of the drawn sizes, cancellations of whole orders. The best of an empty side is where it last
// was. Our orders move the best prices and are traded with; nobody cancels them but we.
//
// The simulation is exact: one exponential draw for the time and one uniform for what happens.
// Limit orders by an AliasTable; cancellations by picking one of the public's orders at the rate
// max C, which then stays with the probability 1 - C(i) / max C. `advance` in parts is `advance` in one.
//
// Cost    O(1) an event, beside the exchange's.
// Copy    a copy is whole, and goes on as the original would.
// Errors  none: laws() in bind/flows.cpp looks at what it is given.
// Source: R. Cont, S. Stoikov, R. Talreja, "A stochastic model for order book dynamics", Operations
// Research 58(3), 2010.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

#include "alias_table.hpp"
#include "crowd.hpp"
#include "event.hpp"
#include "flow_clock.hpp"
#include "pace.hpp"
#include "random.hpp"
#include "wide.hpp"

namespace halfspread {

struct ZeroIntelligenceLaws {
    using Flow = class ZeroIntelligence;

    std::vector<double> limit_rates;   // by distance, from 1: >= 0, not all 0
    double market_rate = 0.0;          // >= 0
    std::vector<double> cancel_rates;  // by distance, from 1: > 0
    std::vector<std::int64_t> sizes{1};
    std::vector<double> size_weights{1.0};
    std::int32_t price = 0;  // the first best bid
};

class ZeroIntelligence {
public:
    using Laws = ZeroIntelligenceLaws;

    ZeroIntelligence(ZeroIntelligenceLaws laws, std::uint64_t seed, std::uint32_t lane, Nanos begin)
        : laws_(std::move(laws)),
          clock_(seed, lane, begin),
          size_draws_(seed, lane, FlowClock::purpose + 2),
          places_(both_sides(laws_.limit_rates.size())),
          distances_(both_sides(laws_.limit_rates, Pace{})),
          sizes_(laws_.size_weights),
          last_best_{laws_.price, laws_.price + 1} {
        add_up();
    }

    const Crowd& crowd() const { return crowd_; }
    const OrderBook& book() const { return crowd_.book(); }
    Nanos now() const { return clock_.now(); }
    // Of what may be an event: a cancellation that is none counts as one.
    Nanos next() const { return clock_.next(); }

    // Each level as many orders as there are on average where the best prices stand still.
    template <class Sink>
    void open(Sink&& sink) {
        for (std::size_t i = 0; i < laws_.limit_rates.size(); ++i) {
            const double mean =
                laws_.limit_rates[i] / cancel_rate(static_cast<std::int64_t>(i) + 1);
            const auto orders = std::max<std::int64_t>(std::llround(mean), i == 0);
            for (std::int64_t k = 0; k < orders; ++k) {
                for (const Side side : {Side::bid, Side::ask}) {
                    const std::int32_t best = last_best_[index(side)];
                    const auto away = static_cast<std::int32_t>(i);
                    crowd_.submit({.side = side,
                                   .price = Ticks{best - sign(side) * away},
                                   .size = Lots{laws_.sizes.front()}},
                                  now(), sink);
                }
            }
        }
        clock_.set_rate(rate());
    }

    // All that the public does up to and at `until`. Returns how many orders and cancellations.
    template <class Sink>
    std::uint64_t advance(Nanos until, Sink&& sink) {
        std::uint64_t events = 0;
        while (clock_.next() <= until) events += step(sink);
        return events;
    }
    // What may be the next event, at next(). Returns whether it was one.
    template <class Sink>
    bool step(Sink&& sink) {
        clock_.turn();
        remember_best();
        const bool is_one = act(clock_.choice() * clock_.rate(), sink);
        clock_.set_rate(rate());
        return is_one;
    }
    // Somebody's submit, cancel or amend at its exchange_time, from now() to next().
    template <class Sink>
    std::uint64_t apply(const Event& ask, Lots display, Sink&& sink) {
        remember_best();
        clock_.pass_to(ask.exchange_time);
        const std::uint64_t id = crowd_.apply(ask, display, sink);
        clock_.set_rate(rate());
        return id;
    }
    // At these paces from `time` on, from now() to next().
    void set_pace(const Pace& pace, Nanos time) {
        clock_.pass_to(time);
        const bool is_lopsided = pace.limit[0] != pace.limit[1];
        if (is_lopsided || pace_.limit[0] != pace_.limit[1])
            distances_ = AliasTable(both_sides(laws_.limit_rates, pace));
        pace_ = pace;
        add_up();
    }

private:
    // Of a limit order: `offset` is from the opposite best.
    struct Place {
        Side side;
        std::int32_t offset;
    };

    static std::vector<Place> both_sides(std::size_t levels) {
        std::vector<Place> both;
        for (const Side side : {Side::bid, Side::ask})
            for (std::size_t i = 1; i <= levels; ++i)
                both.push_back({side, -sign(side) * static_cast<std::int32_t>(i)});
        return both;
    }
    static std::vector<double> both_sides(const std::vector<double>& rates, const Pace& pace) {
        std::vector<double> both;
        for (const double times : pace.limit)
            for (const double rate : rates) both.push_back(rate * times);
        return both;
    }

    static constexpr double below_one = 1.0 - 0x1p-53;

    // The rates as the pace has them.
    void add_up() {
        const std::vector<double>& limits = laws_.limit_rates;
        const std::vector<double>& cancels = laws_.cancel_rates;
        limits_ =
            (pace_.limit[0] + pace_.limit[1]) * std::accumulate(limits.begin(), limits.end(), 0.0);
        buys_ = pace_.market[0] * laws_.market_rate;
        markets_ = buys_ + pace_.market[1] * laws_.market_rate;
        most_cancels_ = std::max(pace_.cancel[0], pace_.cancel[1]) *
                        *std::max_element(cancels.begin(), cancels.end());
        per_limit_ = 1.0 / limits_;
        per_cancel_ = 1.0 / most_cancels_;
        clock_.set_rate(rate());
    }
    double rate() const {
        return limits_ + markets_ + most_cancels_ * static_cast<double>(crowd_.count());
    }
    double cancel_rate(std::int64_t distance) const {
        const auto last = static_cast<std::int64_t>(laws_.cancel_rates.size()) - 1;
        return laws_.cancel_rates[static_cast<std::size_t>(
            std::clamp<std::int64_t>(distance - 1, 0, last))];
    }
    void remember_best() {
        for (const Side side : {Side::bid, Side::ask})
            if (book().has(side)) last_best_[index(side)] = book().best(side).count;
    }
    Lots size() const {
        if (laws_.sizes.size() == 1) return Lots{laws_.sizes.front()};
        return Lots{laws_.sizes[sizes_.choose(size_draws_.uniforms(clock_.turns()).first)]};
    }

    // What stands at `place` in [0, rate()).
    template <class Sink>
    bool act(double place, Sink& sink) {
        if (place < limits_) {
            limit(distances_.choose(std::min(place * per_limit_, below_one)), sink);
            return true;
        }
        place -= limits_;
        if (place < markets_) {
            crowd_.submit({.side = place < buys_ ? Side::bid : Side::ask,
                           .lifetime = Lifetime::market,
                           .size = size()},
                          now(), sink);
            return true;
        }
        return cancel((place - markets_) * per_cancel_, sink);
    }
    template <class Sink>
    HALFSPREAD_WHOLE void limit(std::uint32_t which, Sink& sink) {
        const Place& place = places_[which];
        const Ticks price =
            capped_sum(Ticks{last_best_[index(opposite(place.side))]}, Ticks{place.offset});
        crowd_.submit({.side = place.side, .price = price, .size = size()}, now(), sink);
    }
    template <class Sink>
    HALFSPREAD_WHOLE bool cancel(double place, Sink& sink) {
        const std::size_t which = std::min(static_cast<std::size_t>(place), crowd_.count() - 1);
        const std::uint32_t slot = crowd_.slot(which);
        const Side side = book().side_of(slot);
        const std::int64_t distance =
            sign(side) * (std::int64_t{last_best_[index(opposite(side))]} -
                          std::int64_t{book().price_at(slot).count});
        const double kept = (place - static_cast<double>(which)) * most_cancels_;
        if (kept >= cancel_rate(distance) * pace_.cancel[index(side)]) return false;
        crowd_.cancel_slot(slot, now(), sink);
        return true;
    }

    ZeroIntelligenceLaws laws_;
    FlowClock clock_;
    Draws size_draws_;
    Crowd crowd_;
    std::vector<Place> places_;  // of limit orders: the bids' by distance, then the asks'
    AliasTable distances_;       // to choose among them
    AliasTable sizes_;
    Pace pace_;
    double limits_ = 0.0, buys_ = 0.0, markets_ = 0.0;  // the rates of orders
    double most_cancels_ = 0.0;                         // at which one order is looked at
    double per_limit_ = 0.0, per_cancel_ = 0.0;         // inverses: divisions would be waited for
    std::int32_t last_best_[2];
};

}  // namespace halfspread
