// OrderLevels: rows about orders in, rows about levels out: the book of levels of an order book.
//
//     OrderLevels fold;
//     fold.apply(event, [&](const Event& row) { rows.push_back(row); });
//
// Where a row about an order changes what a level holds, a level row says what it holds now; clear,
// trade and all other rows pass as they are. No row that comes out is flagged `last`: a message may
// go on after it, and whoever calls knows.
//
// A venue's order book may stay crossed for some rows, until the aggressor's trades come in. A Book
// of levels cannot: the newer level removes those that it crosses. Once the order book is uncrossed
// again, the levels that such a Book lost and that still rest are told again, so that both agree.
//
// Cost    OrderReplay's and O(1) a row; after a crossing, O(levels crossed).
// Errors  none: what rows and book disagree on is counted, see OrderReplay.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>

#include "event.hpp"
#include "order_replay.hpp"

namespace halfspread {

class OrderLevels {
public:
    template <class Sink>
    void apply(const Event& event, Sink&& sink) {
        switch (event.kind) {
            case Kind::level:
            case Kind::add:
            case Kind::modify:
            case Kind::remove:
            case Kind::execute:
                change(event, sink);
                break;
            case Kind::clear:
                replay_.apply(event);
                pass(event, sink);
                break;
            default:
                replay_.apply(event);
                return pass(event, sink);
        }
        if (lost_any_ && !replay_.book().crossed()) [[unlikely]]
            tell_lost(event, sink);
    }

    const OrderReplay& replay() const { return replay_; }
    OrderReplay& replay() { return replay_; }

private:
    // A level that a row may change, and what it held before.
    struct Place {
        Side side;
        Ticks price;
        Lots size;

        bool is_real() const { return side == Side::bid || side == Side::ask; }
    };
    static constexpr std::int32_t nothing_lost = std::numeric_limits<std::int32_t>::max();

    Place place(Side side, Ticks price) const {
        const bool is_real = (side == Side::bid || side == Side::ask) && price != no_bid &&
                             price != no_ask && price != everything;
        if (!is_real) return {Side::none, Ticks{}, Lots{}};
        return {side, price, replay_.book().size_at(side, price)};
    }

    template <class Sink>
    static void pass(Event event, Sink& sink) {
        event.flags &= static_cast<std::uint16_t>(~flag::last);
        sink(event);
    }

    template <class Sink>
    void change(const Event& event, Sink& sink) {
        Place from{Side::none, Ticks{}, Lots{}};
        const std::uint32_t slot = event.order_id != 0 ? replay_.find(event.order_id) : 0;
        if (slot != 0) from = place(replay_.book().side_of(slot), replay_.book().price_at(slot));
        const Place to = place(event.side, event.price);
        replay_.apply(event);
        const bool moves = from.is_real() && (from.side != to.side || from.price != to.price);
        if (moves) tell_change(event, from, sink);
        if (to.is_real()) tell_change(event, to, sink);
    }

    template <class Sink>
    void tell_change(const Event& event, const Place& before, Sink& sink) {
        const OrderBook& book = replay_.book();
        const Lots size = book.size_at(before.side, before.price);
        if (size == before.size) return;
        tell(event, before.side, before.price, size, sink);
        const Side other = before.side == Side::bid ? Side::ask : Side::bid;
        const std::int32_t key = key_of(other, before.price);
        if (size > Lots{} && book.has(other) && book.best_key(other) >= key) [[unlikely]] {
            std::int32_t& lost = lost_[static_cast<std::size_t>(index(other))];
            lost = std::min(lost, key);
            lost_any_ = true;
        }
    }

    template <class Sink>
    static void tell(const Event& event, Side side, Ticks price, Lots size, Sink& sink) {
        Event row = event;
        row.kind = Kind::level;
        row.order_id = 0;
        row.side = side;
        row.price = price;
        row.size = size;
        pass(row, sink);
    }

    template <class Sink>
    [[gnu::noinline]] void tell_lost(const Event& event, Sink& sink) {
        for (const Side side : {Side::bid, Side::ask}) {
            std::int32_t& lost = lost_[static_cast<std::size_t>(index(side))];
            replay_.book().for_each_level(side, [&](const BookLevel& level) {
                if (level.key < lost) return false;
                tell(event, side, price_of(side, level.key), level.displayed, sink);
                return true;
            });
            lost = nothing_lost;
        }
        lost_any_ = false;
    }

    OrderReplay replay_;
    // By side, the worst key of the levels that a Book has removed since the book was last uncrossed.
    std::array<std::int32_t, 2> lost_{nothing_lost, nothing_lost};
    bool lost_any_ = false;
};

}  // namespace halfspread
