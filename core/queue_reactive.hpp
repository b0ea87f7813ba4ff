// QueueReactive: the public's orders at rates that depend on the queues, in a true order book.
//
//     QueueReactive flow(laws, seed, lane, begin);
//     flow.open(sink);                              // queues of their invariant law
//     flow.advance(begin + Nanos{60'000'000'000}, sink);
//     flow.apply(ask, Lots{}, sink);                // ours, at flow.now(): it joins the queues
//
// Around a reference price r + 1/2 ticks lie K queues a side: bids at r + 1 - i, asks at r + i. The
// queue at depth i that holds n lots, anybody's, gets in a second
//
//     L[i](n) limit orders, C[i](n) cancellations of one of the public's orders, any as likely,
//     M[i](n) market orders, each of one lot; n beyond the tables as at their end
//
// A market order for a queue that is not its side's best takes one of its orders out. When the mid
// changes, whoever did it, and the queue at depth 1 on that side is empty, the reference price
// follows by a tick with the probability theta; then, with the probability theta_reinit, all queues
// are drawn anew from the invariant law of each depth alone, else only the one that comes into
// sight. The public's orders leave from the back and come at the back. Those out of sight are gone.
//
// Cost    O(K) an event, O(n) a cancellation, beside the exchange's.
// Copy    a copy is whole, and goes on as the original would.
// Errors  none: halfspread.flows looks at the laws.
// Source: W. Huang, C.-A. Lehalle, M. Rosenbaum, "Simulating and analyzing order book data: the
// queue-reactive model", Journal of the American Statistical Association 110(509), 2015, model I.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
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

// What a queue of a depth gets in a second, by the lots it holds.
struct QueueRates {
    std::vector<double> limit, cancel, market;  // of one length, >= 0; limit[0] > 0
};

struct QueueReactiveLaws {
    using Flow = class QueueReactive;

    std::vector<QueueRates> depths;  // 1 to most_depths
    double theta = 0.0, theta_reinit = 0.0;
    std::int32_t price = 0;  // the reference price, rounded down
};

class QueueReactive {
public:
    using Laws = QueueReactiveLaws;

    static constexpr std::size_t most_depths = 16;

    QueueReactive(QueueReactiveLaws laws, std::uint64_t seed, std::uint32_t lane, Nanos begin)
        : laws_(std::move(laws)),
          clock_(seed, lane, begin),
          move_draws_(seed, lane, FlowClock::purpose + 2),
          queue_draws_(seed, lane, FlowClock::purpose + 3),
          reference_(laws_.price),
          rates_(2 * laws_.depths.size()),
          up_to_(rates_.size() + 1) {
        for (const QueueRates& rates : laws_.depths) invariants_.emplace_back(invariant(rates));
        look();
    }

    // pi(n), proportional to the product of L(j - 1) / (C(j) + M(j)) over j = 1 ... n.
    static std::vector<double> invariant(const QueueRates& rates) {
        std::vector<double> law(rates.limit.size(), 0.0);
        double weight = 1.0;
        double sum = 0.0;
        for (std::size_t n = 0; n < law.size(); ++n) {
            if (n > 0) weight *= rates.limit[n - 1] / (rates.cancel[n] + rates.market[n]);
            law[n] = weight;
            sum += weight;
        }
        for (double& share : law) share /= sum;
        return law;
    }

    const Crowd& crowd() const { return crowd_; }
    const OrderBook& book() const { return crowd_.book(); }
    Nanos now() const { return clock_.now(); }
    Nanos next() const { return clock_.next(); }
    // The reference price is this and a half.
    Ticks reference() const { return Ticks{reference_}; }

    template <class Sink>
    void open(Sink&& sink) {
        draw_queues(sink);
        look();
    }
    // All that the public does up to and at `until`. Returns how many orders and cancellations.
    template <class Sink>
    std::uint64_t advance(Nanos until, Sink&& sink) {
        std::uint64_t events = 0;
        while (clock_.next() <= until) events += step(sink);
        return events;
    }
    // What may be the next event, at next(). Returns whether it was one: there may be nothing to
    // take or cancel.
    template <class Sink>
    bool step(Sink&& sink) {
        clock_.turn();
        double place = clock_.choice() * up_to_.back();
        const std::size_t queue = queue_of(place);
        const bool is_one = act(queue, place, sink);
        if (follow_mid(sink)) {
            look();
        } else {
            look_at(queue);
            add_up();
        }
        return is_one;
    }
    // Somebody's submit, cancel or amend at its exchange_time, from now() to next().
    template <class Sink>
    std::uint64_t apply(const Event& ask, Lots display, Sink&& sink) {
        clock_.pass_to(ask.exchange_time);
        const std::uint64_t id = crowd_.apply(ask, display, sink);
        follow_mid(sink);
        look();
        return id;
    }
    // At these paces from `time` on, from now() to next().
    void set_pace(const Pace& pace, Nanos time) {
        clock_.pass_to(time);
        pace_ = pace;
        look();
    }

private:
    // Queues are numbered by depth, the bid's before the ask's.
    static Side side_of(std::size_t queue) {
        return static_cast<Side>(1 - 2 * static_cast<int>(queue % 2));
    }
    static std::int32_t depth_of(std::size_t queue) {
        return static_cast<std::int32_t>(queue / 2) + 1;
    }
    std::int32_t depths() const { return static_cast<std::int32_t>(laws_.depths.size()); }
    Ticks price_at(Side side, std::int32_t depth) const {
        return Ticks{reference_ + index(side) - sign(side) * (depth - 1)};
    }
    std::size_t held(std::size_t queue) const {
        const Side side = side_of(queue);
        const Lots lots = book().size_at(side, price_at(side, depth_of(queue)));
        const auto most = laws_.depths[queue / 2].limit.size() - 1;
        return std::min(static_cast<std::size_t>(lots.count), most);
    }
    // The best price of a side; where nothing is in sight, the one just out of it.
    std::int64_t best(Side side) const {
        const std::int64_t edge = price_at(side, depths() + 1).count;
        if (!book().has(side)) return edge;
        const std::int64_t there = book().best(side).count;
        return side == Side::bid ? std::max(there, edge) : std::min(there, edge);
    }
    std::int64_t twice_mid() const { return best(Side::bid) + best(Side::ask); }

    // The mid and the rates as the queues are now.
    void look() {
        twice_mid_ = twice_mid();
        for (std::size_t queue = 0; queue < rates_.size(); ++queue) look_at(queue);
        add_up();
    }
    void look_at(std::size_t queue) {
        const QueueRates& table = laws_.depths[queue / 2];
        const std::size_t n = held(queue);
        const int side = queue % 2 == 0 ? 0 : 1;
        const double limit = table.limit[n] * pace_.limit[side];
        const double cancel = table.cancel[n] * pace_.cancel[side];
        const double market = table.market[n] * pace_.market[1 - side];
        rates_[queue] = {limit, cancel, market, limit + cancel + market};
    }
    void add_up() {
        double rate = 0.0;
        for (std::size_t queue = 0; queue < rates_.size(); ++queue) {
            rate += rates_[queue].all;
            up_to_[queue + 1] = rate;
        }
        clock_.set_rate(rate);
    }

    // The queue that `place` in [0, the rate of all) falls to; `place` becomes the one in its rate.
    std::size_t queue_of(double& place) const {
        std::size_t queue = 0;
        for (std::size_t i = 1; i < rates_.size(); ++i)
            queue += static_cast<std::size_t>(place >= up_to_[i]);
        place -= up_to_[queue];
        return queue;
    }
    // What stands at `place` in a queue's rate.
    template <class Sink>
    HALFSPREAD_WHOLE bool act(std::size_t queue, double place, Sink& sink) {
        const Rates& rates = rates_[queue];
        const Side side = side_of(queue);
        const Ticks price = price_at(side, depth_of(queue));
        if (place < rates.limit) {
            add(side, price, sink);
            return true;
        }
        place -= rates.limit;
        if (place >= rates.cancel && book().best(side) == price) {
            crowd_.submit({.side = opposite(side), .lifetime = Lifetime::market, .size = Lots{1}},
                          now(), sink);
            return true;
        }
        const double share =
            place < rates.cancel ? place / rates.cancel : (place - rates.cancel) / rates.market;
        return cancel(side, price, share, sink);
    }
    template <class Sink>
    void add(Side side, Ticks price, Sink& sink) {
        crowd_.submit({.side = side, .price = price, .size = Lots{1}}, now(), sink);
    }
    // One of the public's orders at a price; `share` in [0, 1) says which.
    template <class Sink>
    bool cancel(Side side, Ticks price, double share, Sink& sink) {
        const std::uint32_t at = book().level_at(side, price);
        if (at == 0) return false;
        const std::uint32_t orders = crowd_.count_at(book().level(at));
        if (orders == 0) return false;
        const auto before = std::min(static_cast<std::uint32_t>(share * orders), orders - 1);
        crowd_.cancel_at(book().level(at), before, now(), sink);
        return true;
    }

    // ---------------------------------------------------------------------------- reference price

    // Returns whether the reference price moved.
    template <class Sink>
    bool follow_mid(Sink& sink) {
        const std::int64_t before = twice_mid_;
        const std::int64_t after = twice_mid_ = twice_mid();
        if (after == before) return false;
        const std::int32_t way = after > before ? 1 : -1;
        const Side gone = way > 0 ? Side::ask : Side::bid;
        if (book().size_at(gone, price_at(gone, 1)) != Lots{}) return false;
        ++changes_;
        const Uniforms drawn = move_draws_.uniforms(changes_);
        if (drawn.first >= laws_.theta) return false;
        reference_ += way;
        const Side behind = opposite(gone);
        set_queue(behind, price_at(behind, depths() + 1), 0, sink);
        if (drawn.second < laws_.theta_reinit) {
            draw_queues(sink);
        } else {
            draw_queue(rates_.size() - (gone == Side::bid ? 2 : 1), sink);
        }
        return true;
    }
    template <class Sink>
    void draw_queues(Sink& sink) {
        for (std::size_t queue = 0; queue < rates_.size(); ++queue) draw_queue(queue, sink);
    }
    template <class Sink>
    void draw_queue(std::size_t queue, Sink& sink) {
        const double uniform = queue_draws_.uniforms(changes_ * 2 * most_depths + queue).first;
        const Side side = side_of(queue);
        set_queue(side, price_at(side, depth_of(queue)), invariants_[queue / 2].choose(uniform),
                  sink);
    }
    // The public's orders come or leave at the back until the queue holds so many lots.
    template <class Sink>
    void set_queue(Side side, Ticks price, std::int64_t lots, Sink& sink) {
        const std::uint32_t at = book().level_at(side, price);
        std::int64_t excess = (at == 0 ? 0 : book().level(at).displayed.count) - lots;
        for (; excess < 0; ++excess) add(side, price, sink);
        std::uint32_t slot = at == 0 ? 0 : book().level(at).tail;
        while (excess > 0 && slot != 0) {
            const std::uint32_t previous = book().order(slot).previous;
            if (book().order(slot).owner == 0) {
                excess -= book().order(slot).size.count;
                crowd_.cancel_slot(slot, now(), sink);
            }
            slot = previous;
        }
    }

    struct Rates {
        double limit, cancel, market, all;
    };

    QueueReactiveLaws laws_;
    FlowClock clock_;
    Draws move_draws_, queue_draws_;
    Crowd crowd_;
    std::vector<AliasTable> invariants_;  // by depth
    Pace pace_;
    std::int32_t reference_;
    std::uint64_t changes_ = 0;  // of the mid
    std::int64_t twice_mid_ = 0;
    std::vector<Rates> rates_;   // by queue
    std::vector<double> up_to_;  // the sums of the rates before each queue's, and of all
};

}  // namespace halfspread
