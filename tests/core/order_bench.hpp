// A bench for Orders: one lane, what it sent, and answers made up for it.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "orders.hpp"

namespace halfspread {

inline Wanted wanted(std::int32_t bid, std::int64_t bid_size, std::int32_t ask,
                     std::int64_t ask_size) {
    Wanted wanted;
    wanted.price[0] = Ticks{bid};
    wanted.price[1] = Ticks{ask};
    wanted.size[0] = Lots{bid_size};
    wanted.size[1] = Lots{ask_size};
    return wanted;
}

// One lane's orders, what they sent, and answers made from that.
struct OrderBench {
    explicit OrderBench(const OrderPolicy& its_policy, std::uint32_t lane = 0)
        : policy(its_policy),
          slots(static_cast<std::size_t>(policy.slots())),
          rungs(static_cast<std::size_t>(2 * policy.levels)),
          orders(policy, lane, slots, rungs) {}
    OrderBench() : OrderBench(OrderPolicy{}) {}

    auto send() {
        return [this](const Event& event) { sent.push_back(event); };
    }
    void want(const Wanted& quote, std::int64_t now, std::int64_t inventory = 0) {
        orders.want(quote, Lots{inventory}, Nanos{now}, send());
    }
    std::uint64_t submit(Side side, std::int32_t price, std::int64_t size, std::int64_t now = 0) {
        return orders.submit(side, Ticks{price}, Lots{size}, Lifetime::post_only, Lots{0},
                             Nanos{now}, send());
    }
    bool cancel(std::uint64_t id) { return orders.cancel(id, Nanos{0}, send()); }
    bool amend(std::uint64_t id, std::int32_t price, std::int64_t size) {
        return orders.amend(id, Ticks{price}, Lots{size}, Lots{0}, Nanos{0}, send());
    }
    std::int64_t answer(Kind kind, std::uint64_t id, std::int64_t size = 0,
                        std::int32_t price = 0) {
        Event event{};
        event.kind = kind;
        event.order_id = id;
        event.size = Lots{size};
        event.price = Ticks{price};
        return orders.apply(event).count;
    }
    // The venue accepts all that was sent, cancels and amends at once, and nothing is under way.
    void settle() {
        const std::vector<Event> asks = std::move(sent);
        sent.clear();
        for (const Event& ask : asks) {
            if (ask.kind == Kind::submit) answer(Kind::accepted, ask.order_id, ask.size.count);
            if (ask.kind == Kind::cancel) answer(Kind::cancelled, ask.order_id, ask.size.count);
            if (ask.kind == Kind::amend) {
                const Order& order = slots[ask.order_id & 0xffff'ffffU];
                answer(Kind::amended, ask.order_id, (ask.size - order.filled).count,
                       ask.price.count);
            }
        }
    }
    void settle_on(const Wanted& quote, std::int64_t now) {
        want(quote, now);
        settle();
    }
    const Order& order(std::uint64_t id) const { return slots[id & 0xffff'ffffU]; }
    // Of bids and asks, what the slots hold open.
    std::int64_t open_in_slots(Side side) const {
        std::int64_t open = 0;
        for (const Order& order : slots) {
            if (order.state == OrderState::none || order.side != side) continue;
            open += order.reserved().count;
        }
        return open;
    }

    OrderPolicy policy;
    std::vector<Order> slots;
    std::vector<std::int16_t> rungs;
    std::vector<Event> sent;
    Orders orders;
};

// An order of 10 lots at 100 in a state.
inline std::uint64_t order_in(OrderBench& bench, OrderState state) {
    const std::uint64_t id = bench.submit(Side::bid, 100, 10);
    if (state != OrderState::sent) bench.answer(Kind::accepted, id, 10);
    if (state == OrderState::cancelling) bench.cancel(id);
    if (state == OrderState::amending) bench.amend(id, 101, 12);
    if (state == OrderState::none) bench.answer(Kind::expired, id, 10);
    return id;
}

}  // namespace halfspread
