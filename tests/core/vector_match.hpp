// The obvious twin of Match: a vector of orders in order of arrival, each with its own queue.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "book.hpp"
#include "event.hpp"
#include "queue.hpp"

namespace halfspread::twin {

struct Standing {
    std::size_t slot = 0;
    std::uint32_t lane = 0;
    Side side = Side::none;
    Ticks price{};
    Lots leaves{};
    QueuePosition queue;
};

struct Filled {
    std::size_t slot;
    std::int64_t lots;

    bool operator==(const Filled&) const = default;
};

template <Rules rules>
class VectorMatch {
public:
    VectorMatch(const QueueRule& rule, const CoinScale& scale) : rule_(rule), scale_(scale) {}

    void rest(Standing order, Lots level_size) {
        order.queue = QueuePosition(scale_.coins(level_size));
        orders_.push_back(order);
    }
    void remove(std::size_t slot) {
        std::erase_if(orders_, [slot](const Standing& order) { return order.slot == slot; });
    }
    void resize(std::size_t slot, Lots leaves) {
        for (Standing& order : orders_) {
            if (order.slot == slot) order.leaves = leaves;
        }
    }
    const std::vector<Standing>& orders() const { return orders_; }

    std::vector<Filled> level(Side side, Ticks price, const LevelChange& change, Nanos time) {
        for (Standing& order : orders_) {
            if (order.side != side || order.price != price) continue;
            order.queue.level<rules>(rule_, scale_.coins(change.before), scale_.coins(change.after),
                                     time);
        }
        const std::int64_t rise = ticks_better(side, change.best_after, change.best_before);
        if (rise <= 0) return {};
        return meet([&](Standing& order) {
            const bool reached = order.side == opposite(side) &&
                                 ticks_better(side, order.price, change.best_after) <= 0;
            if (!reached || !is_looked_at(order, side, change.best_before, rise)) return Lots{0};
            return change.after;
        });
    }

    std::vector<Filled> trade(Side aggressor, Ticks price, Lots size, Ticks best, Nanos time) {
        const std::int64_t reach = ticks_better(aggressor, price, best);
        return meet([&](Standing& order) {
            if (order.side != opposite(aggressor)) return Lots{0};
            const std::int64_t through = ticks_better(aggressor, price, order.price);
            if (through < 0 || !is_looked_at(order, aggressor, best, reach)) return Lots{0};
            if (through > 0) return size;
            order.queue.trade<rules>(scale_.coins(size), time);
            return order.queue.take_executable<rules>(scale_);
        });
    }

private:
    // By how many ticks a is better than b for `side`; none at all is the worst price.
    static std::int64_t ticks_better(Side side, Ticks a, Ticks b) {
        return sign(side) * (std::int64_t{a.count} - b.count);
    }

    // The peer passes over orders that the best of `side` has passed, unless the lane has few.
    bool is_looked_at(const Standing& order, Side side, Ticks best, std::int64_t reach) const {
        if (rules == Rules::ours) return true;
        const bool none = best == no_bid || best == no_ask;
        return none || counts_.at(order.lane) < reach || ticks_better(side, order.price, best) > 0;
    }

    // Orders meet a volume, best price first and first come first; volume(order) is how much of it
    // reaches an order before others of its lane have had theirs.
    template <class Volume>
    std::vector<Filled> meet(Volume&& volume) {
        counts_.clear();
        for (const Standing& order : orders_) ++counts_[order.lane];
        std::vector<Standing*> in_turn;
        in_turn.reserve(orders_.size());
        for (Standing& order : orders_) in_turn.push_back(&order);
        std::stable_sort(in_turn.begin(), in_turn.end(), [](const auto* a, const auto* b) {
            if (a->side != b->side) return a->side < b->side;
            return ticks_better(a->side, a->price, b->price) > 0;
        });
        std::map<std::uint32_t, Lots> used;
        std::vector<Filled> filled;
        for (Standing* order : in_turn) {
            const Lots reached = volume(*order);
            if (reached <= Lots{0}) continue;
            Lots lots = order->leaves;
            if (rules == Rules::ours) lots = std::min(lots, reached - used[order->lane]);
            if (lots <= Lots{0}) continue;
            if (rules == Rules::ours) used[order->lane] += lots;
            order->leaves -= lots;
            filled.push_back({order->slot, lots.count});
        }
        std::erase_if(orders_, [](const Standing& order) { return order.leaves == Lots{0}; });
        return filled;
    }

    QueueRule rule_;
    CoinScale scale_;
    std::vector<Standing> orders_;
    std::map<std::uint32_t, std::int64_t> counts_;  // of a lane's orders
};

}  // namespace halfspread::twin
