// OrderFeed: what a codec of orders must remember: the book of its rows so far.
//
//     OrderFeed feed;
//     feed.apply(row);                         // a row as its message has it, made whole
//     feed.settle(row, told, whole, sink);     // the level rows that a told book calls for
//
// Some venues tell by how much an order shrank, not what is left of it: `reduce` makes of that a
// modify, a remove where nothing is left, or, of an order unknown, a remove of so many lots. Where a
// venue tells its book beside the orders, level rows come out for those levels only in which the
// book of the orders differs, and are applied to it.
//
// Cost    OrderReplay's; settle: O(levels told, and levels of the book above the worst of them).
// Errors  none.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "event.hpp"
#include "order_replay.hpp"

namespace halfspread {

struct ToldLevel {
    Ticks price;
    Lots size;
};

class OrderFeed {
public:
    void apply(const Event& event) { replay_.apply(event); }

    // Applies a modify whose size is by how much the order shrinks; returns what to say instead.
    Event reduce(Event event) {
        event.kind = Kind::remove;
        if (const std::uint32_t slot = replay_.find(event.order_id); slot != 0) {
            const Lots size = replay_.book().order(slot).size;
            if (size > event.size) {
                event.kind = Kind::modify;
                event.side = replay_.book().side_of(slot);
                event.price = replay_.book().price_at(slot);
                event.size = size - event.size;
            }
        }
        replay_.apply(event);
        return event;
    }

    // The told levels of the event's side, best first, `whole` if it has no other: calls sink(row)
    // on those in which the book differs, and sets them right.
    template <class Sink>
    void settle(Event event, std::span<const ToldLevel> told, bool whole, Sink&& sink) {
        const Side side = event.side;
        event.kind = Kind::level;
        event.order_id = 0;
        wrong_.clear();
        if (told.empty() && !whole) return;
        const std::int32_t worst = whole ? no_key : key_of(side, told.back().price);
        std::size_t next = 0;
        replay_.book().for_each_level(side, [&](const BookLevel& level) {
            if (level.key < worst) return false;
            for (; next < told.size() && key_of(side, told[next].price) > level.key; ++next)
                wrong_.push_back(told[next]);
            if (next == told.size() || key_of(side, told[next].price) < level.key) {
                wrong_.push_back({price_of(side, level.key), Lots{}});
            } else if (told[next].size != level.displayed) {
                wrong_.push_back(told[next++]);
            } else {
                ++next;
            }
            return true;
        });
        wrong_.insert(wrong_.end(), told.begin() + static_cast<std::ptrdiff_t>(next), told.end());
        for (const ToldLevel& level : wrong_) {
            event.price = level.price;
            event.size = level.size;
            replay_.apply(event);
            sink(event);
        }
    }

private:
    OrderReplay replay_;
    std::vector<ToldLevel> wrong_;
};

}  // namespace halfspread
