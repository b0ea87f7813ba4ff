// Desk: ours. One lane's orders and account; answers in, asks out. No clock, no socket, no chance.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

#include "account.hpp"
#include "event.hpp"
#include "orders.hpp"
#include "queue.hpp"

namespace halfspread {

// What the desk needs to know of the contract.
struct Contract {
    Money money;
    Fees fees;
    CoinScale scale;
    double tick = 1.0;
};

// One of our fills, as it is written down.
struct Fill {
    Nanos exchange_time, local_time;
    std::uint64_t order_id;
    Lots size;
    std::int64_t mid_half_ticks;  // the market's mid at the venue just before
    double fee;
    Ticks price;
    std::uint32_t lane;
    Side side;
    bool maker;
};

// Event::detail of a fill: how far the mid stood above the price, in half ticks, signed.
inline std::uint32_t mid_offset(std::int64_t mid_half_ticks, Ticks price) {
    constexpr std::int64_t low = std::numeric_limits<std::int32_t>::min();
    constexpr std::int64_t high = std::numeric_limits<std::int32_t>::max();
    const std::int64_t offset = mid_half_ticks - 2 * std::int64_t{price.count};
    return static_cast<std::uint32_t>(static_cast<std::int32_t>(std::clamp(offset, low, high)));
}

struct Desk {
    Orders orders;
    Account account;

    // An answer of the venue. If it is a fill, the account books it and `fill` says so.
    bool apply(const Event& answer, const Contract& contract, Fill& fill) {
        const Lots lots = orders.apply(answer);
        if (lots <= Lots{0}) return false;
        const bool maker = (answer.flags & flag::taker) == 0;
        const std::int64_t mid =
            2 * std::int64_t{answer.price.count} + static_cast<std::int32_t>(answer.detail);
        const double price = static_cast<double>(answer.price.count) * contract.tick;
        const double fee =
            contract.money.fee(contract.fees, maker, price, contract.scale.coins(lots));
        account.fill(contract.money, answer.side, answer.price, lots, mid, fee, maker,
                     answer.local_time);
        fill = {.exchange_time = answer.exchange_time,
                .local_time = answer.local_time,
                .order_id = answer.order_id,
                .size = lots,
                .mid_half_ticks = mid,
                .fee = fee,
                .price = answer.price,
                .lane = answer.lane,
                .side = answer.side,
                .maker = maker};
        return true;
    }
};

}  // namespace halfspread
