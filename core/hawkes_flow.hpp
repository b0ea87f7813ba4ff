// HawkesFlow: the public's orders as events that bring on and hold back each other, in a true book.
//
//     HawkesFlow flow(laws, seed, lane, begin);
//     flow.open(sink);                              // a first book
//     flow.advance(begin + Nanos{60'000'000'000}, sink);
//     flow.apply(ask, Lots{}, sink);                // ours, at flow.now(): it joins the queues
//
// Each side has six kinds of events, whose intensities are those of Excitation:
//
//     limit_top       a limit order at the side's best price
//     limit_deep      one behind it, by a drawn number of ticks
//     limit_inside    one between the best prices, at any of them as likely
//     cancel_top      cancellations at the best price: of a share of the public's orders there
//     cancel_deep     of a share of those behind it
//     market          a market order; its side is the buyer's or the seller's own
//
// The intensities don't ask the book, so counts() are those of a Hawkes process, to the letter. What
// an event does depends on the book. Of n orders a cancellation takes n times the share, rounded at
// random, any as likely: long queues shrink and short ones grow. What the book has no room for (an
// order inside a spread of one tick, a market order for an empty side) leaves it as it is, and
// excites as any other. The best price of an empty side is where it last was, or just behind the
// other side's.
//
// Ours excite as the public's do, by what is seen of them: an order that takes is a market order,
// one that rests is a limit order, one that goes is a cancellation.
//
// Simulated by thinning, which is exact: a candidate comes at the rate of the bounds, and is an
// event with the chance intensities / bounds. `advance` in parts is `advance` in one.
//
// Cost    some candidates an event, each Excitation's; O(levels) a deep cancellation, O(n) any.
// Copy    a copy is whole, and goes on as the original would.
// Errors  none: halfspread.hawkes_flow looks at the laws.
// Source: Y. Ogata, "On Lewis' simulation method for point processes", IEEE Transactions on
// Information Theory 27(1), 1981; J. Large, "Measuring the resiliency of an electronic limit order
// book", Journal of Financial Markets 10(1), 2007: orders and cancellations as one Hawkes process.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "alias_table.hpp"
#include "crowd.hpp"
#include "event.hpp"
#include "excitation.hpp"
#include "flow_clock.hpp"
#include "pace.hpp"
#include "random.hpp"

namespace halfspread {

// What an order of a side does.
enum class Act : std::uint8_t {
    limit_top,
    limit_deep,
    limit_inside,
    cancel_top,
    cancel_deep,
    market,
};
inline constexpr std::size_t acts = 6;

// The bids' six come first.
constexpr std::size_t kind_of(Side side, Act act) {
    return static_cast<std::size_t>(index(side)) * acts + static_cast<std::size_t>(act);
}

struct HawkesLaws {
    using Flow = class HawkesFlow;

    ExcitationLaws excitation;
    std::vector<double> deep_weights;  // of 1, 2, ... ticks behind the best: >= 0, not all 0
    double top_cancelled = 0.1, deep_cancelled = 0.1;  // of the orders there, in (0, 1]
    std::vector<std::int64_t> sizes{1};
    std::vector<double> size_weights{1.0};
    std::int32_t opening_orders = 5;  // at each price of the first book
    std::int32_t price = 0;           // the first best bid
};

class HawkesFlow {
public:
    using Laws = HawkesLaws;
    using Counts = std::array<std::uint64_t, Excitation::kinds>;

    HawkesFlow(HawkesLaws laws, std::uint64_t seed, std::uint32_t lane, Nanos begin)
        : laws_(std::move(laws)),
          clock_(seed, lane, begin),
          details_(seed, lane, FlowClock::purpose + 2),
          picks_(seed, lane, FlowClock::purpose + 3),
          excitation_(laws_.excitation),
          depths_(laws_.deep_weights),
          sizes_(laws_.size_weights),
          last_best_{laws_.price, laws_.price + 1},
          passed_(begin) {
        look();
    }

    const Crowd& crowd() const { return crowd_; }
    const OrderBook& book() const { return crowd_.book(); }
    Nanos now() const { return clock_.now(); }
    // Of what may be an event.
    Nanos next() const { return clock_.next(); }
    // As of now().
    const Excitation& excitation() const { return excitation_; }
    // How many events of each kind there were, those that the book had no room for among them.
    const Counts& counts() const { return counts_; }

    // As many orders at each price that limit orders come to.
    template <class Sink>
    void open(Sink&& sink) {
        for (std::size_t depth = 0; depth <= laws_.deep_weights.size(); ++depth) {
            if (depth > 0 && laws_.deep_weights[depth - 1] == 0.0) continue;
            for (const Side side : {Side::bid, Side::ask}) {
                const auto away = static_cast<std::int32_t>(depth);
                const Ticks price{last_best_[index(side)] - sign(side) * away};
                for (std::int32_t k = 0; k < laws_.opening_orders; ++k)
                    add(side, price, Lots{laws_.sizes.front()}, sink);
            }
        }
    }

    // All that the public does up to and at `until`. Returns how many orders and cancellations.
    template <class Sink>
    std::uint64_t advance(Nanos until, Sink&& sink) {
        std::uint64_t events = 0;
        while (clock_.next() <= until) events += step(sink);
        return events;
    }
    // What may be the next event, at next(). Returns whether it was one that the book had room for.
    template <class Sink>
    bool step(Sink&& sink) {
        clock_.turn();
        pass();
        double place = clock_.choice() * rate_;
        std::size_t kind = 0;
        for (; kind < Excitation::kinds; ++kind) {
            const double rate = excitation_.intensities()[kind];
            if (place < rate) break;
            place -= rate;
        }
        bool is_one = false;
        if (kind < Excitation::kinds) {
            ++counts_[kind];
            excitation_.happened(kind);
            remember_best();
            is_one = act(kind < acts ? Side::bid : Side::ask, static_cast<Act>(kind % acts), sink);
        }
        look();
        return is_one;
    }
    // Somebody's submit, cancel or amend at its exchange_time, from now() to next().
    template <class Sink>
    std::uint64_t apply(const Event& ask, Lots display, Sink&& sink) {
        remember_best();
        clock_.pass_to(ask.exchange_time);
        pass();
        Seen seen{*this, {book().best(Side::bid), book().best(Side::ask)}};
        const auto watch = [&](const Event& event) {
            seen(event);
            sink(event);
        };
        const std::uint64_t id = crowd_.apply(ask, display, watch);
        look();
        return id;
    }
    // At these paces from `time` on, from now() to next(): the baselines, and what they bring on.
    void set_pace(const Pace& pace, Nanos time) {
        clock_.pass_to(time);
        pass();
        Excitation::Rates paces;
        for (const Side side : {Side::bid, Side::ask}) {
            const int i = index(side);
            for (const Act limit : {Act::limit_top, Act::limit_deep, Act::limit_inside})
                paces[kind_of(side, limit)] = pace.limit[i];
            for (const Act cancel : {Act::cancel_top, Act::cancel_deep})
                paces[kind_of(side, cancel)] = pace.cancel[i];
            paces[kind_of(side, Act::market)] = pace.market[i];
        }
        excitation_.set_paces(paces);
        look();
    }

private:
    // What others do, as the public sees it.
    struct Seen {
        HawkesFlow& flow;
        Ticks best[2];  // before it
        bool took = false;

        void operator()(const Event& event) {
            const Ticks touch = best[index(event.side)];
            if (event.kind == Kind::execute && !took) {
                took = true;
                flow.excitation_.happened(kind_of(opposite(event.side), Act::market));
            } else if (event.kind == Kind::add && !took) {
                const bool is_inside = key_of(event.side, event.price) > key_of(event.side, touch);
                const Act resting = event.price == touch ? Act::limit_top : Act::limit_deep;
                flow.excitation_.happened(
                    kind_of(event.side, is_inside ? Act::limit_inside : resting));
            } else if (event.kind == Kind::remove) {
                flow.excitation_.happened(
                    kind_of(event.side, event.price == touch ? Act::cancel_top : Act::cancel_deep));
            }
        }
    };

    // Time has gone by, to now().
    void pass() {
        excitation_.pass(static_cast<double>((now() - passed_).count) * 1e-9);
        passed_ = now();
    }
    // The rate of candidates, as it is now.
    void look() {
        rate_ = 0.0;
        for (const double bound : excitation_.bounds()) rate_ += bound;
        clock_.set_rate(rate_);
    }
    void remember_best() {
        for (const Side side : {Side::bid, Side::ask})
            if (book().has(side)) last_best_[index(side)] = book().best(side).count;
    }
    // Where a limit order joins the best, or is the first.
    std::int32_t top(Side side) const {
        const std::int32_t last = last_best_[index(side)];
        const std::int32_t other = last_best_[index(opposite(side))] - sign(side);
        return side == Side::bid ? std::min(last, other) : std::max(last, other);
    }

    template <class Sink>
    bool act(Side side, Act what, Sink& sink) {
        const Uniforms drawn = details_.uniforms(clock_.turns());
        switch (what) {
            case Act::limit_top:
                return add(side, Ticks{top(side)}, size(drawn.second), sink);
            case Act::limit_deep: {
                const auto away = static_cast<std::int32_t>(depths_.choose(drawn.first)) + 1;
                const Ticks price = capped_sum(Ticks{top(side)}, Ticks{-sign(side) * away});
                return add(side, price, size(drawn.second), sink);
            }
            case Act::limit_inside: {
                if (!book().has(Side::bid) || !book().has(Side::ask)) return false;
                const std::int64_t room = std::int64_t{last_best_[1]} - last_best_[0] - 1;
                if (room <= 0) return false;
                const double place = drawn.first * static_cast<double>(room);
                const auto away = std::min(static_cast<std::int64_t>(place), room - 1);
                const std::int64_t price = last_best_[index(side)] + sign(side) * (away + 1);
                return add(side, Ticks{static_cast<std::int32_t>(price)}, size(drawn.second), sink);
            }
            case Act::cancel_top:
            case Act::cancel_deep:
                return cancel(side, what, drawn.first, sink);
            case Act::market:
                break;
        }
        if (!book().has(opposite(side))) return false;
        crowd_.submit({.side = side, .lifetime = Lifetime::market, .size = size(drawn.second)},
                      now(), sink);
        return true;
    }
    Lots size(double uniform) const { return Lots{laws_.sizes[sizes_.choose(uniform)]}; }
    template <class Sink>
    bool add(Side side, Ticks price, Lots size, Sink& sink) {
        crowd_.submit({.side = side, .price = price, .size = size}, now(), sink);
        return true;
    }
    // Calls fn(level) on the levels that such a cancellation is about, until it returns false.
    template <class Fn>
    void for_each_level(Side side, Act what, Fn&& fn) const {
        const std::int32_t best_key = book().best_key(side);
        book().for_each_level(side, [&](const BookLevel& level) {
            const bool is_top = level.key == best_key;
            if (is_top != (what == Act::cancel_top)) return is_top;
            return fn(level);
        });
    }
    template <class Sink>
    bool cancel(Side side, Act what, double uniform, Sink& sink) {
        std::uint32_t orders = 0;
        for_each_level(side, what, [&](const BookLevel& level) {
            orders += crowd_.count_at(level);
            return true;
        });
        const double share = what == Act::cancel_top ? laws_.top_cancelled : laws_.deep_cancelled;
        const auto number = std::min(static_cast<std::uint32_t>(share * orders + uniform), orders);
        for (std::uint32_t i = 0; i < number; ++i) cancel_one(side, what, orders - i, sink);
        return number > 0;
    }
    // One of so many orders.
    template <class Sink>
    void cancel_one(Side side, Act what, std::uint32_t orders, Sink& sink) {
        const double uniform = picks_.uniforms(picked_++).first;
        auto place = std::min(static_cast<std::uint32_t>(uniform * orders), orders - 1);
        const BookLevel* chosen = nullptr;
        for_each_level(side, what, [&](const BookLevel& level) {
            const std::uint32_t here = crowd_.count_at(level);
            if (place < here) {
                chosen = &level;
                return false;
            }
            place -= here;
            return true;
        });
        crowd_.cancel_at(*chosen, place, now(), sink);
    }

    HawkesLaws laws_;
    FlowClock clock_;
    Draws details_, picks_;
    Excitation excitation_;
    Crowd crowd_;
    AliasTable depths_, sizes_;
    double rate_ = 0.0;
    std::int32_t last_best_[2];
    Nanos passed_;  // the excitation is as of then
    Counts counts_{};
    std::uint64_t picked_ = 0;  // orders to cancel
};

}  // namespace halfspread
