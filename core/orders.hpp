// Orders: one lane's orders as the desk knows it keeps them, and how a wanted quote becomes asks.
//
// An order lives in a slot; its id is generation << 32 | slot, so that a late answer about an order
// that is gone finds nobody.
//
// A *rung* is a side and a level (0 is the quote itself, level i stands i * spacing behind it). At
// each decision, bid rungs first and the best first, a rung
//   - whose order waits for an answer is left alone;
//   - whose order is where it is wanted (within the tolerance, not larger than wanted, not too old)
//     keeps it, and with it its place in the queue;
//   - else cancels it, or amends it if the policy says so;
//   - and, when it holds no order, submits one, cut to the room that is left.
// A side that is wanted to take has no rungs wanted. Behind all of them, so that a cancel of ours is
// ahead of it, it sends one immediate order, cut to its room, unless one is under way.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

#include "event.hpp"
#include "limits.hpp"
#include "order.hpp"

namespace halfspread {

// How quotes are kept up; one for all lanes of a market.
struct OrderPolicy {
    int levels = 1;
    Ticks spacing{1};
    Ticks tolerance{0};     // an order this close to where it is wanted stays
    Nanos maximum_age{0};   // an older order is replaced; 0: never
    bool amend = false;     // move orders by amend, not by cancel and submit
    Nanos message_cost{0};  // nanoseconds of budget that one message takes; 0: no budget
    Nanos burst{0};         // budget that can be saved up
    Lots limit{std::numeric_limits<std::int64_t>::max() / 4};  // of |inventory|
    double inventory_play = 0.0;  // lots that inventory may move before the steady one follows
    bool taking = false;          // a quote that reaches the other side takes there
    int slots() const { return std::max(8, 8 * levels); }
};

struct OrderCounts {
    std::int64_t submits = 0, cancels = 0, amends = 0;
    std::int64_t accepted = 0, rejected = 0, expired = 0;
    std::int64_t throttled = 0, room_cut = 0;
    std::int64_t takes = 0;  // submits of quotes that took

    void apply(Kind answer) {
        accepted += static_cast<int>(answer == Kind::accepted);
        rejected += static_cast<int>(answer == Kind::rejected);
        expired += static_cast<int>(answer == Kind::expired);
    }
};

// One lane's orders. The slots and rungs are memory of the market's; this is a view with a verb.
class Orders {
public:
    Orders(const OrderPolicy& policy, std::uint32_t lane, std::span<Order> slots,
           std::span<std::int16_t> rungs)
        : policy_(&policy), slots_(slots), rungs_(rungs), lane_(lane) {
        std::fill(rungs_.begin(), rungs_.end(), std::int16_t{-1});
    }

    // Makes a copy one's own: the same orders, in memory that holds the same.
    void live_in(const OrderPolicy& policy, std::span<Order> slots, std::span<std::int16_t> rungs) {
        policy_ = &policy;
        slots_ = slots;
        rungs_ = rungs;
    }

    const OrderCounts& counts() const { return counts_; }
    std::span<const Order> slots() const { return slots_; }
    // Lots that may still be filled on a side, whatever is under way.
    Lots open(Side side) const { return open_[index(side)]; }
    // The order on a rung (0-based levels, bids then asks), or null.
    const Order* on_rung(Side side, int level) const {
        const std::int16_t slot = rungs_[rung_of(index(side), level)];
        return slot < 0 ? nullptr : &slots_[static_cast<std::size_t>(slot)];
    }
    std::uint64_t id_of(const Order& order) const {
        const std::uint64_t place = lane_ * slots_.size() + slot_of(order);
        return static_cast<std::uint64_t>(order.generation) << 32U | place;
    }
    // The order of that id, or null when it is gone.
    const Order* find(std::uint64_t id) const {
        const std::uint64_t first = lane_ * slots_.size();
        const std::uint64_t place = id & 0xffff'ffffU;
        if (place < first || place - first >= slots_.size()) return nullptr;
        const Order& order = slots_[place - first];
        const bool same = order.generation == id >> 32U && order.state != OrderState::none;
        return same ? &order : nullptr;
    }
    bool any_live() const { return open_[0].count + open_[1].count > 0; }

    // An answer of the venue. Returns the lots that it filled.
    Lots apply(const Event& answer) {
        Order* order = kept(answer.order_id);
        if (order == nullptr) return Lots{0};
        counts_.apply(answer.kind);
        Lots& open = open_[index(order->side)];
        open -= order->reserved();
        order->apply(answer);
        if (order->state == OrderState::none) {
            leave(*order);
        } else {
            open += order->reserved();
            if (order->is_stray()) any_stray_ = true;
        }
        return answer.kind == Kind::filled ? answer.size : Lots{0};
    }

    // Brings the rungs to `wanted`, handing each ask to `send(Event&)`.
    template <class Send>
    void want(const Wanted& wanted, Lots inventory, Nanos now, Send&& send) {
        if (any_stray_) [[unlikely]]
            cancel_strays(now, send);
        for (const int side : {0, 1}) {
            for (int level = 0; level < policy_->levels; ++level) {
                keep_rung(side, level, wanted, inventory, now, send);
            }
        }
        for (const int side : {0, 1}) {
            if (wanted.takes[side]) [[unlikely]]
                take(side, wanted, inventory, now, send);
        }
    }

    // By hand. Returns the order's id, or 0 if the limit, the budget or the slots refuse.
    template <class Send>
    std::uint64_t submit(Side side, Ticks price, Lots size, Lifetime lifetime, Lots inventory,
                         Nanos now, Send&& send) {
        if (room(policy_->limit, inventory, side, open(side)) < size) {
            ++counts_.room_cut;
            return 0;
        }
        return place(side, price, size, lifetime, Order::by_hand, now, send);
    }

    template <class Send>
    bool cancel(std::uint64_t id, Nanos now, Send&& send) {
        Order* order = kept(id);
        if (order == nullptr || order->state != OrderState::live || !affordable(now)) return false;
        withdraw(*order, now, send);
        return true;
    }

    template <class Send>
    bool amend(std::uint64_t id, Ticks price, Lots size, Lots inventory, Nanos now, Send&& send) {
        Order* order = kept(id);
        if (order == nullptr || order->state != OrderState::live || size <= Lots{0}) return false;
        const Lots others = open(order->side) - order->leaves;
        if (room(policy_->limit, inventory, order->side, others) < std::max(size, order->leaves)) {
            ++counts_.room_cut;
            return false;
        }
        if (!affordable(now)) return false;
        move(*order, price, size, now, send);
        return true;
    }

private:
    std::size_t rung_of(int side, int level) const {
        return static_cast<std::size_t>(std::int64_t{side} * policy_->levels + level);
    }
    std::uint32_t slot_of(const Order& order) const {
        return static_cast<std::uint32_t>(&order - slots_.data());
    }
    Order* kept(std::uint64_t id) { return const_cast<Order*>(find(id)); }
    Ticks behind(Side side, Ticks price, int level) const {
        const std::int64_t away = std::int64_t{level} * policy_->spacing.count;
        return Ticks{static_cast<std::int32_t>(
            std::clamp<std::int64_t>(price.count - sign(side) * away, -farthest, farthest))};
    }
    void leave(Order& order) {
        if (order.rung < 0) return;
        rungs_[static_cast<std::size_t>(order.rung)] = -1;
        order.rung = Order::leaving;
    }
    bool affordable(Nanos now) {
        if (budget_.take(now, policy_->message_cost, policy_->burst)) return true;
        ++counts_.throttled;
        return false;
    }

    Event ask(Kind kind, const Order& order, Nanos now) const {
        Event event{};
        event.local_time = now;
        event.size = order.leaves;
        event.order_id = id_of(order);
        event.price = order.price;
        event.lane = lane_;
        event.flags = flag::both;
        event.kind = kind;
        event.side = order.side;
        return event;
    }

    template <class Send>
    std::uint64_t place(Side side, Ticks price, Lots size, Lifetime lifetime, int rung, Nanos now,
                        Send&& send) {
        const auto free = std::find_if(slots_.begin(), slots_.end(), [](const Order& order) {
            return order.state == OrderState::none;
        });
        if (free == slots_.end()) {
            ++counts_.throttled;
            return 0;
        }
        if (!affordable(now)) return 0;
        Order& order = *free;
        const std::uint32_t generation = order.generation + 1;
        order = Order{};
        order.price = price;
        order.leaves = size;
        order.since = now;
        order.generation = generation;
        order.rung = static_cast<std::int16_t>(rung);
        order.side = side;
        order.state = OrderState::sent;
        if (rung >= 0) {
            rungs_[static_cast<std::size_t>(rung)] = static_cast<std::int16_t>(slot_of(order));
        }
        open_[index(side)] += size;
        ++counts_.submits;
        Event event = ask(Kind::submit, order, now);
        event.detail = static_cast<std::uint32_t>(lifetime);
        send(event);
        return event.order_id;
    }

    template <class Send>
    void move(Order& order, Ticks price, Lots size, Nanos now, Send&& send) {
        Lots& open = open_[index(order.side)];
        open -= order.reserved();
        order.asked_price = price;
        order.asked_size = size;
        order.since = now;
        order.state = OrderState::amending;
        open += order.reserved();
        ++counts_.amends;
        Event event = ask(Kind::amend, order, now);
        event.price = price;
        event.size = capped_sum(order.filled, size);  // the whole order's, as venues want it
        send(event);
    }

    template <class Send>
    void withdraw(Order& order, Nanos now, Send&& send) {
        leave(order);
        order.state = OrderState::cancelling;
        ++counts_.cancels;
        send(ask(Kind::cancel, order, now));
    }

    template <class Send>
    void cancel_strays(Nanos now, Send&& send) {
        any_stray_ = false;
        for (Order& order : slots_) {
            if (!order.is_stray()) continue;
            any_stray_ = !affordable(now);
            if (any_stray_) return;
            withdraw(order, now, send);
        }
    }

    template <class Send>
    void keep_rung(int side, int level, const Wanted& wanted, Lots inventory, Nanos now,
                   Send&& send) {
        const Side which = side == 0 ? Side::bid : Side::ask;
        const std::size_t rung = rung_of(side, level);
        const Ticks price = behind(which, wanted.price[side], level);
        const Lots size = wanted.resting(side);

        if (const std::int16_t slot = rungs_[rung]; slot >= 0) {
            Order& order = slots_[static_cast<std::size_t>(slot)];
            if (order.state != OrderState::live) return;
            const std::int64_t off = std::abs(std::int64_t{order.price.count} - price.count);
            const bool old =
                policy_->maximum_age > Nanos{0} && now - order.since >= policy_->maximum_age;
            if (size > Lots{0} && off <= policy_->tolerance.count && order.leaves <= size && !old) {
                return;
            }
            if (!affordable(now)) return;
            if (policy_->amend && size > Lots{0}) {
                const Lots others = open(which) - order.leaves;
                const Lots fits = room(policy_->limit, inventory, which, others);
                move(order, price, std::min(size, std::max(fits, order.leaves)), now, send);
                return;
            }
            withdraw(order, now, send);
        }
        const Lots fits = cut_to_room(which, size, inventory);
        if (fits <= Lots{0}) return;
        place(which, price, fits, Lifetime::post_only, static_cast<int>(rung), now, send);
    }

    template <class Send>
    void take(int side, const Wanted& wanted, Lots inventory, Nanos now, Send&& send) {
        if (find(taking_[side]) != nullptr) return;
        const Side which = side == 0 ? Side::bid : Side::ask;
        const Lots fits = cut_to_room(which, wanted.size[side], inventory);
        if (fits <= Lots{0}) return;
        taking_[side] =
            place(which, wanted.price[side], fits, Lifetime::immediate, Order::by_hand, now, send);
        if (taking_[side] != 0) ++counts_.takes;
    }

    // As much of a new order as its side has room for.
    Lots cut_to_room(Side side, Lots size, Lots inventory) {
        if (size <= Lots{0}) return Lots{0};
        const Lots fits = std::min(size, room(policy_->limit, inventory, side, open(side)));
        if (fits < size) ++counts_.room_cut;
        return fits;
    }

    const OrderPolicy* policy_;
    std::span<Order> slots_;
    std::span<std::int16_t> rungs_;
    Lots open_[2]{};
    std::uint64_t taking_[2]{};  // the last order that took, by its id
    MessageBudget budget_;
    OrderCounts counts_;
    std::uint32_t lane_;
    bool any_stray_ = false;
};

}  // namespace halfspread
