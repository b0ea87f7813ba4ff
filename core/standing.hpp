// Standing: what rests at a venue, levels and orders, and the rows that build it from any book.
//
//     Standing standing;
//     standing.apply(event);                    // the kinds of a book; the others pass by
//     std::vector<Event> rows = standing.snapshot();
//
// Levels follow Book under Crossing::newer_wins. Orders are kept beside them: a modify that moves
// one or adds size sends it to the back of its queue, an execute takes from it, a clear removes
// both. For a tape that is cut, not for the loop of a replay: orders take memory as they come.
//
// Cost    a level as Book's; an order O(1); a clear O(orders); snapshot O(levels + orders log
//         orders).
// Errors  none: a row whose side is none of the three passes by.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

#include "book.hpp"
#include "event.hpp"
#include "units.hpp"

namespace halfspread {

class Standing {
public:
    void apply(const Event& event) {
        if (!is_of_book(event.kind) || event.side < Side::ask || event.side > Side::bid) return;
        any_ = true;
        book_.apply(event);
        if (event.kind == Kind::clear) clear(event.side, event.price);
        if (event.kind >= Kind::add && event.kind <= Kind::execute) change(event);
    }

    // A clear of both sides; bids, then asks, each from the best away; orders by priority. All are
    // flagged snapshot, the final one also last. No rows where no row of a book was applied.
    std::vector<Event> snapshot() const {
        if (!any_) return {};
        std::vector<Event> rows{row(Kind::clear, Side::none, everything, Lots{})};
        for (const Side side : {Side::bid, Side::ask}) {
            book_.for_each(side, [&](Ticks price, Lots size) {
                rows.push_back(row(Kind::level, side, price, size));
                return true;
            });
        }
        std::vector<std::pair<std::uint64_t, Resting>> orders(orders_.begin(), orders_.end());
        std::sort(orders.begin(), orders.end(),
                  [](const auto& a, const auto& b) { return a.second.place < b.second.place; });
        for (const auto& [id, order] : orders) {
            rows.push_back(row(Kind::add, order.side, order.price, order.size));
            rows.back().order_id = id;
        }
        rows.back().flags |= flag::last;
        return rows;
    }

private:
    struct Resting {
        std::uint64_t place;  // the smaller, the earlier in its queue
        Side side;
        Ticks price;
        Lots size;
    };

    static bool is_of_book(Kind kind) {
        return kind == Kind::level || kind == Kind::clear || kind == Kind::touch ||
               (kind >= Kind::add && kind <= Kind::execute);
    }

    static Event row(Kind kind, Side side, Ticks price, Lots size) {
        return {.exchange_time = {},
                .local_time = {},
                .size = size,
                .order_id = 0,
                .price = price,
                .lane = 0,
                .detail = 0,
                .flags = flag::snapshot,
                .kind = kind,
                .side = side};
    }

    void clear(Side side, Ticks bound) {
        std::erase_if(orders_, [&](const auto& entry) {
            const Resting& order = entry.second;
            if (side == Side::none) return true;
            if (order.side != side) return false;
            return bound == everything || key_of(side, order.price) >= key_of(side, bound);
        });
    }

    void change(const Event& event) {
        const auto found = orders_.find(event.order_id);
        const bool known = found != orders_.end();
        if (event.kind == Kind::execute) {
            if (!known) return;
            found->second.size -= event.size;
            if (found->second.size <= Lots{}) orders_.erase(found);
            return;
        }
        if (event.kind == Kind::remove || event.size <= Lots{}) {
            if (known) orders_.erase(found);
            return;
        }
        const bool stays = known && event.kind == Kind::modify &&
                           found->second.price == event.price && found->second.size >= event.size;
        const std::uint64_t place = stays ? found->second.place : next_place_++;
        orders_[event.order_id] = {place, event.side, event.price, event.size};
    }

    Book<Crossing::newer_wins> book_;
    std::unordered_map<std::uint64_t, Resting> orders_;
    std::uint64_t next_place_ = 0;
    bool any_ = false;  // a row of a book was applied
};

}  // namespace halfspread
