// Brownian: the models' own world as a venue: one lane's orders in one lane's World.
//
// There is no queue: an order of the public fills our quotes between the mid and where it reaches,
// the best first, up to its size. The touch, where the world has one, stands at mid -+ spread / 2,
// rounded outwards: what takes finds any size there, and what is post-only does not cross it. Where
// it has none, a quote may stand anywhere, and what takes expires.
//
// At one instant: orders of the public come before moves of the mid, both before our asks, and our
// view before answers to us. We see the mid and the public's orders at once.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "desk.hpp"
#include "match.hpp"
#include "order.hpp"
#include "post.hpp"
#include "signals.hpp"
#include "state.hpp"
#include "top.hpp"
#include "view.hpp"
#include "world.hpp"

namespace halfspread {

class Brownian {
public:
    static constexpr bool goes_on_after_end = false;
    static constexpr bool opens_at_once = true;

    Brownian(const WorldPolicy& policy, std::uint32_t lane, const Latency& latency,
             const SignalPolicy& signals, std::size_t slots)
        : spread_(policy.spread),
          begin_(policy.begin),
          world_(policy, lane),
          signals_(signals),
          post_(latency, 1),
          orders_(slots) {
        for (auto& side : best_first_) side.reserve(slots);
        see_mid();
        signals_.elapse(begin_, around_mid());
    }

    Nanos first_time() const { return begin_; }
    Nanos last_time(Nanos) const { return world_.end(); }
    bool exhausted(Nanos now) const { return now >= world_.end(); }
    static std::size_t rows() { return 0; }  // how many fills to expect is not known
    std::size_t rows_seen() const { return world_.steps(); }
    std::uint32_t in_flight(std::uint32_t lane) const { return post_.in_flight(lane); }

    const Signals& signals() const { return signals_; }
    // Of the market's touch, the sizes without a meaning; empty where there is none.
    Top top() const { return std::isnan(spread_) ? Top{} : touch_; }
    std::int64_t mid_half_ticks() const { return mid_half_ticks_; }
    static Nanos book_time(Nanos now) { return now; }
    static double feed_delay_s(Nanos) { return 0.0; }
    std::size_t resting(std::uint32_t) const {
        return best_first_[0].size() + best_first_[1].size();
    }
    static void watch(Nanos, Nanos) {}

    void see(SharedState& shared, Nanos now) const {
        shared.see(top());
        shared.see(signals_, around_mid(), now);
        shared.mid = shared.micro_price = world_.mid();
        shared.bid_size = shared.ask_size = shared.imbalance = unknown;
    }

    void exchange_until(Nanos until) {
        for (Nanos next = world_.next(); next <= until && next != never; next = world_.next()) {
            while (post_.next_request() < next) serve(post_.take_request());
            happen();
        }
        while (post_.request_due(until)) serve(post_.take_request());
    }
    void local_until(Nanos now) {
        const Nanos shown = std::min(now, world_.end());
        if (signals_.due(shown)) signals_.elapse(shown, around_mid());
    }

    template <class Apply>
    void deliver(Nanos until, Apply&& apply) {
        post_.deliver(until, apply);
    }
    void send(const Event& ask) { post_.send(ask); }

    // No book and no tape: there are no messages to decide on.
    static Nanos next_message(Kind, Nanos) { return never; }

private:
    // The mid as two prices, which both are it where it is whole.
    Top around_mid() const {
        const auto low = static_cast<std::int32_t>(mid_half_ticks_ >> 1);
        const auto high = static_cast<std::int32_t>(mid_half_ticks_ - low);
        return {.price = {Ticks{low}, Ticks{high}}, .size = {Lots{1}, Lots{1}}};
    }

    void see_mid() {
        const double mid = world_.mid();
        mid_half_ticks_ = static_cast<std::int64_t>(std::floor(2.0 * mid + 0.5));
        if (std::isnan(spread_)) return;
        const auto bid = static_cast<std::int32_t>(std::floor(mid - spread_ / 2.0));
        const auto ask = static_cast<std::int32_t>(std::ceil(mid + spread_ / 2.0));
        touch_ = {.price = {Ticks{bid}, Ticks{ask}}, .size = {Lots{1}, Lots{1}}};
    }

    void happen() {
        const Happening what = world_.happen();
        if (signals_.due(what.time)) signals_.elapse(what.time, around_mid());
        if (what.aggressor != Side::none) {
            fill(what);
            if (what.reach >= 0.0) print(what);
        }
        see_mid();
        if (signals_.wants_touch()) signals_.touch(what.time, around_mid());
    }

    void print(const Happening& order) {
        // The last price within its reach.
        const double farthest_price = order.mid + sign(order.aggressor) * order.reach;
        const double price =
            order.aggressor == Side::bid ? std::floor(farthest_price) : std::ceil(farthest_price);
        const double bounded = std::clamp(price, -World::widest, World::widest);
        see_trade(signals_, around_mid(), order.time, order.aggressor,
                  Ticks{static_cast<std::int32_t>(bounded)}, order.size);
    }

    void fill(const Happening& public_order) {
        const Side side = opposite(public_order.aggressor);
        std::vector<std::uint16_t>& best_first = best_first_[index(side)];
        Lots left = public_order.size;
        std::size_t gone = 0;
        for (const std::uint16_t slot : best_first) {
            Resting& order = orders_[slot];
            const double distance =
                sign(side) * (public_order.mid - static_cast<double>(order.price.count));
            if (left <= Lots{0} || !(distance <= public_order.reach)) break;
            const Lots lots = std::min(left, order.leaves);
            left -= lots;
            order.leaves -= lots;
            order.filled = capped_sum(order.filled, lots);
            report_fill(order, slot, lots, order.price, public_order.time, true);
            if (order.leaves > Lots{0}) break;
            order.live = false;
            ++gone;
        }
        best_first.erase(best_first.begin(),
                         best_first.begin() + static_cast<std::ptrdiff_t>(gone));
    }

    void report_fill(const Resting& order, std::size_t slot, Lots lots, Ticks price, Nanos time,
                     bool maker) {
        Event about{};
        about.exchange_time = time;
        about.order_id = static_cast<std::uint64_t>(order.generation) << 32U | slot;
        about.price = price;
        about.detail = mid_offset(mid_half_ticks_, price);
        about.flags = maker ? flag::both : static_cast<std::uint16_t>(flag::both | flag::taker);
        about.side = order.side;
        post_.answer(Kind::filled, about, lots);
    }

    void serve(const Event& request) {
        const std::size_t slot = request.order_id & 0xffff'ffffU;
        const auto generation = static_cast<std::uint32_t>(request.order_id >> 32U);
        Resting& order = orders_[slot];
        if (request.kind == Kind::submit) {
            order = Resting{};
            order.price = request.price;
            order.leaves = request.size;
            order.generation = generation;
            order.side = request.side;
            order.lifetime = static_cast<Lifetime>(request.detail);
            enter(order, slot, request, Kind::accepted);
        } else if (!order.live || order.generation != generation) {
            post_.answer(Kind::rejected, request, Lots{0});
        } else if (request.kind == Kind::cancel) {
            leave(order, slot);
            post_.answer(Kind::cancelled, request, order.leaves);
        } else {
            amend(order, slot, request);
        }
    }

    // A new order, or one whose amend made it new, meets the touch.
    void enter(Resting& order, std::size_t slot, const Event& request, Kind acknowledgement) {
        const bool has_touch = !std::isnan(spread_);
        const Ticks other = touch_.price[1 - index(order.side)];
        const bool reaches =
            order.lifetime == Lifetime::market ||
            sign(order.side) * (order.price.count - std::int64_t{other.count}) >= 0;
        const bool takes = has_touch && reaches;
        const bool rests =
            order.lifetime == Lifetime::post_only || order.lifetime == Lifetime::good_till_cancel;
        if ((takes && order.lifetime == Lifetime::post_only) || (!takes && !rests)) {
            post_.answer(Kind::expired, request, order.leaves);
            return;
        }
        post_.answer(acknowledgement, request, order.leaves);
        if (!takes) {
            rest(order, slot);
            return;
        }
        const Lots lots = order.leaves;
        order.leaves = Lots{0};
        report_fill(order, slot, lots, other, request.exchange_time, false);
    }

    // Less at the same price keeps its place; anything else loses it.
    void amend(Resting& order, std::size_t slot, const Event& request) {
        const Lots left = request.size - order.filled;
        if (left <= Lots{0}) {
            leave(order, slot);
            post_.answer(Kind::cancelled, request, order.leaves);
        } else if (request.price == order.price && left <= order.leaves) {
            order.leaves = left;
            post_.answer(Kind::amended, request, left);
        } else {
            leave(order, slot);
            order.leaves = left;
            order.price = request.price;
            enter(order, slot, request, Kind::amended);
        }
    }

    void rest(Resting& order, std::size_t slot) {
        order.live = true;
        std::vector<std::uint16_t>& best_first = best_first_[index(order.side)];
        const auto place = std::find_if(best_first.begin(), best_first.end(), [&](auto other) {
            return sign(order.side) * (std::int64_t{order.price.count} -
                                       std::int64_t{orders_[other].price.count}) >
                   0;
        });
        best_first.insert(place, static_cast<std::uint16_t>(slot));
    }
    void leave(Resting& order, std::size_t slot) {
        order.live = false;
        std::vector<std::uint16_t>& best_first = best_first_[index(order.side)];
        best_first.erase(std::find(best_first.begin(), best_first.end(), slot));
    }

    double spread_;
    Nanos begin_;
    World world_;
    Signals signals_;
    Post post_;
    std::vector<Resting> orders_;
    std::vector<std::uint16_t> best_first_[2];
    Top touch_;
    std::int64_t mid_half_ticks_ = 0;
};

}  // namespace halfspread
