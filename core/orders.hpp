// Orders: one lane's orders as the desk knows them, and how a quote becomes asks.
//
// An order lives in a slot; its id is generation << 32 | slot, so that a late answer about an order
// that is gone finds nobody. What an answer does to an order's state stands in one table. The one
// place that rounds a price is `round_quote`: bids down, asks up, and both kept passive.
//
// A *rung* is a side and a level (0 is the quote itself, level i stands i * spacing behind it). At
// each decision, bid rungs first and the best first, a rung
//   - whose order waits for an answer is left alone;
//   - whose order is where it is wanted (within the tolerance, not larger than wanted, not too old)
//     keeps it, and with it its place in the queue;
//   - else cancels it, or amends it if the policy says so;
//   - and, when it holds no order, submits one, cut to the room that is left.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

#include "event.hpp"
#include "limits.hpp"

namespace halfspread {

enum class Lifetime : std::uint8_t { post_only, good_till_cancel, immediate, fill_or_kill, market };

// What the desk believes of an order. `none` is a free slot.
enum class OrderState : std::uint8_t { none, sent, live, cancelling, amending };

struct Order {
    static constexpr std::int16_t by_hand = -1, leaving = -2;  // as a rung: it has none

    Ticks price{};
    Ticks asked_price{};  // of an amend under way
    Lots leaves{};
    Lots filled{};
    Lots asked_size{};  // what would be left to fill, by an amend under way
    Nanos since{};      // when it was sent, or last amended
    std::uint32_t generation = 0;
    std::int16_t rung = by_hand;  // or `leaving`, if it was a rung's
    Side side = Side::none;
    OrderState state = OrderState::none;
};

// Row: state; column: answer (accepted, rejected, filled in part, cancelled, expired, amended).
// A fill of all that is left, whatever the state, frees the slot.
inline constexpr std::array<std::array<OrderState, 6>, 5> transitions = {{
    {OrderState::none, OrderState::none, OrderState::none, OrderState::none, OrderState::none,
     OrderState::none},
    {OrderState::live, OrderState::none, OrderState::sent, OrderState::none, OrderState::none,
     OrderState::sent},
    {OrderState::live, OrderState::live, OrderState::live, OrderState::none, OrderState::none,
     OrderState::live},
    {OrderState::cancelling, OrderState::live, OrderState::cancelling, OrderState::none,
     OrderState::none, OrderState::cancelling},
    {OrderState::amending, OrderState::live, OrderState::amending, OrderState::none,
     OrderState::none, OrderState::live},
}};

constexpr OrderState next_state(OrderState state, Kind answer) {
    constexpr auto column = [](Kind kind) -> std::size_t {
        switch (kind) {
            case Kind::accepted:
                return 0;
            case Kind::rejected:
                return 1;
            case Kind::filled:
                return 2;
            case Kind::cancelled:
                return 3;
            case Kind::expired:
                return 4;
            default:
                return 5;
        }
    };
    return transitions[static_cast<std::size_t>(state)][column(answer)];
}

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
    int slots() const { return std::max(8, 8 * levels); }
};

// What the desk sees of the market when it decides.
struct Touch {
    Ticks bid, ask;
    bool has_bid, has_ask;
};

// A model's quote after rounding. A side with size 0 is not wanted.
struct Wanted {
    Ticks price[2]{};
    Lots size[2]{};
};

inline constexpr std::int64_t farthest = 2'147'483'000;  // of our prices, in ticks, either way

enum class QuoteFault : std::uint8_t { none, not_finite, crossed, negative_size };

// Rounds a model's quote (bid, ask, bid size, ask size in float ticks and lots) and says what is
// wrong.
inline QuoteFault round_quote(const double* quote, const Touch& touch, Wanted& wanted) {
    constexpr double far = static_cast<double>(farthest);
    wanted = Wanted{};
    bool on[2];
    for (const int i : {0, 1}) {
        const double size = quote[2 + i];
        if (!std::isfinite(size)) return QuoteFault::not_finite;
        if (size < 0.0) return QuoteFault::negative_size;
        on[i] = size >= 1.0;
        if (size > 0.0 && !std::isfinite(quote[i])) return QuoteFault::not_finite;
        wanted.size[i] = Lots{static_cast<std::int64_t>(std::min(size, 9e15))};
    }
    if (on[0] && on[1] && quote[0] >= quote[1]) return QuoteFault::crossed;
    if (on[0]) {
        double bid = std::floor(std::clamp(quote[0], -far, far));
        if (touch.has_ask) bid = std::min(bid, static_cast<double>(touch.ask.count) - 1.0);
        wanted.price[0] = Ticks{static_cast<std::int32_t>(bid)};
    }
    if (on[1]) {
        double ask = std::ceil(std::clamp(quote[1], -far, far));
        if (touch.has_bid) ask = std::max(ask, static_cast<double>(touch.bid.count) + 1.0);
        wanted.price[1] = Ticks{static_cast<std::int32_t>(ask)};
    }
    return QuoteFault::none;
}

struct OrderCounts {
    std::int64_t submits = 0, cancels = 0, amends = 0;
    std::int64_t accepted = 0, rejected = 0, expired = 0;
    std::int64_t throttled = 0, room_cut = 0;
};

// One lane's orders. The slots and rungs are memory of the market's; this is a view with a verb.
class Orders {
public:
    Orders(const OrderPolicy& policy, std::uint32_t lane, std::span<Order> slots,
           std::span<std::int16_t> rungs)
        : policy_(&policy), slots_(slots), rungs_(rungs), lane_(lane) {
        std::fill(rungs_.begin(), rungs_.end(), std::int16_t{-1});
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
    bool any_live() const { return open_[0].count + open_[1].count > 0; }

    // An answer of the venue. Returns the lots that it filled.
    Lots apply(const Event& answer) {
        Order* order = find(answer.order_id);
        if (order == nullptr) return Lots{0};
        switch (answer.kind) {
            case Kind::accepted:
                ++counts_.accepted;
                break;
            case Kind::rejected:
                ++counts_.rejected;
                break;
            case Kind::expired:
                ++counts_.expired;
                break;
            default:
                break;
        }
        const OrderState before = order->state;
        const bool is_fill = answer.kind == Kind::filled;
        Lots& open = open_[index(order->side)];
        open -= reserved(*order);
        if (is_fill) {
            order->leaves -= answer.size;
            order->filled += answer.size;
            if (before == OrderState::amending) {
                order->asked_size = std::max(order->asked_size - answer.size, Lots{0});
            }
        }
        if (answer.kind == Kind::amended && before == OrderState::amending) {
            order->price = answer.price;
            order->leaves = answer.size;
        }
        order->state = next_state(before, answer.kind);
        if (is_fill && order->leaves <= Lots{0}) order->state = OrderState::none;
        if (order->state == OrderState::none) {
            release(*order);
        } else {
            open += reserved(*order);
            if (is_stray(*order)) any_stray_ = true;
        }
        return is_fill ? answer.size : Lots{0};
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
        Order* order = find(id);
        if (order == nullptr || order->state != OrderState::live || !affordable(now)) return false;
        leave(*order);
        order->state = OrderState::cancelling;
        ++counts_.cancels;
        send(ask(Kind::cancel, *order, now));
        return true;
    }

    template <class Send>
    bool amend(std::uint64_t id, Ticks price, Lots size, Lots inventory, Nanos now, Send&& send) {
        Order* order = find(id);
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
    std::uint64_t id_of(const Order& order) const {
        const std::uint64_t place = lane_ * slots_.size() + slot_of(order);
        return static_cast<std::uint64_t>(order.generation) << 32U | place;
    }
    Order* find(std::uint64_t id) {
        const std::uint64_t first = lane_ * slots_.size();
        const std::uint64_t place = id & 0xffff'ffffU;
        if (place < first || place - first >= slots_.size()) return nullptr;
        Order& order = slots_[place - first];
        const bool same = order.generation == id >> 32U && order.state != OrderState::none;
        return same ? &order : nullptr;
    }
    Ticks behind(Side side, Ticks price, int level) const {
        const std::int64_t away = std::int64_t{level} * policy_->spacing.count;
        return Ticks{static_cast<std::int32_t>(
            std::clamp<std::int64_t>(price.count - sign(side) * away, -farthest, farthest))};
    }
    // What an order can still add to the inventory.
    static Lots reserved(const Order& order) {
        return order.state == OrderState::amending ? std::max(order.leaves, order.asked_size)
                                                   : order.leaves;
    }
    void release(Order& order) {
        leave(order);
        order.state = OrderState::none;
    }
    void leave(Order& order) {
        if (order.rung < 0) return;
        rungs_[static_cast<std::size_t>(order.rung)] = -1;
        order.rung = Order::leaving;
    }
    // An order that left its rung and whose cancel was refused.
    static bool is_stray(const Order& order) {
        return order.rung == Order::leaving && order.state == OrderState::live;
    }

    // A budget of messages: each takes `message_cost`, and at most `burst` can be saved up.
    bool affordable(Nanos now) {
        if (policy_->message_cost == Nanos{0}) return true;
        const Nanos start = std::max(budget_spent_, now - policy_->burst);
        if (start > now) {
            ++counts_.throttled;
            return false;
        }
        budget_spent_ = start + policy_->message_cost;
        return true;
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
        open -= reserved(order);
        order.asked_price = price;
        order.asked_size = size;
        order.since = now;
        order.state = OrderState::amending;
        open += reserved(order);
        ++counts_.amends;
        Event event = ask(Kind::amend, order, now);
        event.price = price;
        event.size = order.filled + size;  // the whole order's size, as venues want it
        send(event);
    }

    template <class Send>
    void cancel_strays(Nanos now, Send&& send) {
        any_stray_ = false;
        for (Order& order : slots_) {
            if (!is_stray(order)) continue;
            any_stray_ = !affordable(now);
            if (any_stray_) return;
            order.state = OrderState::cancelling;
            ++counts_.cancels;
            send(ask(Kind::cancel, order, now));
        }
    }

    template <class Send>
    void keep_rung(int side, int level, const Wanted& wanted, Lots inventory, Nanos now,
                   Send&& send) {
        const Side which = side == 0 ? Side::bid : Side::ask;
        const std::size_t rung = rung_of(side, level);
        const Ticks price = behind(which, wanted.price[side], level);
        const Lots size = wanted.size[side];

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
            leave(order);
            order.state = OrderState::cancelling;
            ++counts_.cancels;
            send(ask(Kind::cancel, order, now));
        }
        if (size <= Lots{0}) return;
        const Lots fits = std::min(size, room(policy_->limit, inventory, which, open(which)));
        if (fits < size) ++counts_.room_cut;
        if (fits <= Lots{0}) return;
        place(which, price, fits, Lifetime::post_only, static_cast<int>(rung), now, send);
    }

    const OrderPolicy* policy_;
    std::span<Order> slots_;
    std::span<std::int16_t> rungs_;
    Lots open_[2]{};
    Nanos budget_spent_{std::numeric_limits<std::int64_t>::min() / 2};
    OrderCounts counts_;
    std::uint32_t lane_;
    bool any_stray_ = false;
};

}  // namespace halfspread
