// Obey: what a guarded lane does with its orders in each state of its guard.
//
//     quoting      what the model wants.
//     reducing     nothing that could take |inventory - target| further; the other side always, as
//                  the model wants it or else at the touch; taking no more than what is held less
//                  what is open there.
//     flattening   all other orders are pulled first. Then one order at a time, never more than is
//                  left to bring home: passive at our own touch; then, with pauses, immediate at
//                  the opposite touch; then at the market. With nothing left to do, as reducing.
//     halted       all orders are pulled, and nothing is sent.
//
// An order of ours counts until the venue says it is gone, so that those sent here can't together
// pass the goal. What the model's orders still fill on their way out is not in our hands.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "guard.hpp"
#include "orders.hpp"

namespace halfspread {

class Obedience {
public:
    std::int64_t takes() const { return takes_; }

    // What the guard does whatever the model wants, as soon as the guard has spoken.
    template <class Send>
    void act(const Guard& guard, const GuardPolicy& policy, Orders& orders, const Touch& touch,
             Lots inventory, Nanos now, Send&& send) {
        if (guard.state() == GuardState::quoting && own_ == 0) return;
        if (guard.state() == GuardState::halted) {
            pull(orders, Side::none, 0, now, send);
        } else if (guard.remaining() > Lots{0}) {
            pull(orders, Side::none, own_, now, send);
            flatten(guard, policy, orders, touch, inventory, now, send);
        } else {
            drop_own(orders, now, send);
            if (guard.state() == GuardState::quoting) return;
            for (const Side side : {Side::bid, Side::ask}) {
                if (sign(side) * guard.excess().count >= 0) pull(orders, side, 0, now, send);
            }
        }
    }

    // What may be quoted of what the model wants; false if the guard's own orders are all there is.
    static bool allow(const Guard& guard, const Orders& orders, const Touch& touch,
                      Wanted& wanted) {
        if (guard.state() == GuardState::quoting) return true;
        if (guard.state() == GuardState::halted || guard.remaining() > Lots{0}) return false;
        reduce(guard, orders, touch, wanted);
        return true;
    }

private:
    // Cancels each live order of a side (none: of both), but `kept`.
    template <class Send>
    static void pull(Orders& orders, Side side, std::uint64_t kept, Nanos now, Send&& send) {
        if (!orders.any_live()) return;
        for (std::size_t slot = 0; slot < orders.slots().size(); ++slot) {
            const Order& order = orders.slots()[slot];
            if (order.state != OrderState::live) continue;
            if (side != Side::none && order.side != side) continue;
            const std::uint64_t id = orders.id_of(order);
            if (id != kept) orders.cancel(id, now, send);
        }
    }

    template <class Send>
    void drop_own(Orders& orders, Nanos now, Send&& send) {
        if (own_ == 0) return;
        if (orders.find(own_) == nullptr) {
            own_ = 0;
        } else {
            orders.cancel(own_, now, send);
        }
    }

    // Whether the prices that are seen may be taken.
    static bool is_sound(const Guard& guard) {
        return !guard.is_active(Reason::stale_book) && !guard.is_active(Reason::crossed_book) &&
               !guard.is_active(Reason::clock_skew);
    }

    static Side reducing_side(Lots excess) { return excess > Lots{0} ? Side::ask : Side::bid; }

    // Our own best price on that side of the book; false if nobody quotes at all.
    static bool join(const Touch& touch, Side side, Ticks& price) {
        const bool bids = side == Side::bid;
        if (bids ? touch.has_bid : touch.has_ask) {
            price = bids ? touch.bid : touch.ask;
        } else if (bids ? touch.has_ask : touch.has_bid) {
            price = (bids ? touch.ask : touch.bid) - Ticks{sign(side)};
        } else {
            return false;
        }
        if (bids && touch.has_ask) price = std::min(price, touch.ask - Ticks{1});
        if (!bids && touch.has_bid) price = std::max(price, touch.bid + Ticks{1});
        return true;
    }

    // Takes away the side that increases; the other one is never left out. One that takes waits for
    // what rests on its side, and rests itself where the book is not sound.
    static void reduce(const Guard& guard, const Orders& orders, const Touch& touch,
                       Wanted& wanted) {
        const Lots held{std::llabs(guard.excess().count)};
        const Side side = reducing_side(guard.excess());
        const int i = index(side);
        if (wanted.size[i] <= Lots{0} && join(touch, side, wanted.price[i])) {
            wanted.size[i] = wanted.size[1 - i] > Lots{0} ? wanted.size[1 - i] : held;
        }
        wanted.size[i] = std::min(wanted.size[i], held);
        wanted.size[1 - i] = Lots{0};
        if (!wanted.takes[i]) return;
        if (is_sound(guard)) {
            wanted.size[i] = std::min(wanted.size[i], held - orders.open(side));
        } else {
            wanted.takes[i] = false;
            join(touch, side, wanted.price[i]);
        }
    }

    template <class Send>
    void flatten(const Guard& guard, const GuardPolicy& policy, Orders& orders, const Touch& touch,
                 Lots inventory, Nanos now, Send&& send) {
        const Side side = reducing_side(guard.excess());
        const Lots left = guard.remaining();
        const bool passive = guard.stage() == Stage::passive;
        Ticks price{};
        const bool priced = join(touch, side, price);
        if (const Order* order = orders.find(own_); order != nullptr) {
            const bool stays = passive && priced && order->side == side && order->price == price &&
                               order->leaves <= left;
            if (!stays) orders.cancel(own_, now, send);
            return;
        }
        own_ = 0;
        if (orders.open(side) > Lots{0}) return;
        if (passive) {
            if (priced) {
                own_ = orders.submit(side, price, left, Lifetime::post_only, inventory, now, send);
            }
            return;
        }
        if (now < next_take_) return;
        const bool bids = side == Side::bid;
        const bool market = guard.stage() == Stage::market;
        const bool has_other_side = bids ? touch.has_ask : touch.has_bid;
        if (!market && (!is_sound(guard) || !has_other_side)) return;
        price = bids ? touch.ask : touch.bid;
        own_ = orders.submit(side, price, left, market ? Lifetime::market : Lifetime::immediate,
                             inventory, now, send);
        if (own_ == 0) return;
        ++takes_;
        next_take_ = now + Nanos{static_cast<std::int64_t>(policy.take_every_s * 1e9)};
    }

    std::uint64_t own_ = 0;
    Nanos next_take_{};
    std::int64_t takes_ = 0;
};

// A lane's guard, and what carries it out.
struct Guarded {
    Guard guard;
    Obedience obedience;
};

}  // namespace halfspread
