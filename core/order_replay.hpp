// OrderReplay: the book of an order-by-order tape, every order in its queue, under the venue's ids.
//
//     OrderReplay replay;
//     replay.apply(event);                  // of orders, and level and clear; others pass by
//     replay.book();                        // an OrderBook
//     replay.count(TapeFault::off_price);   // what the tape and the book disagreed on
//
// A venue's tape is the truth: a row that the book did not expect is counted and then done as far
// as it can be. A modify of an unknown order adds it, since it says all of it; an add of a known
// one replaces it. A modify keeps the place in the queue if the price stays and the size does not
// grow. Id 0 is nobody's: lots of a snapshot that names no orders are added under it, and what is
// removed or executed of an unknown order at their price is taken off them, first come first.
// What the last row took off the queues is in gone(), with the stamp of the order that it was of: the
// number that stamp() gave when that order took its place.
// A level row is a told truth: its level holds that much. Lots too few are added under id 0; of
// lots too many those under id 0 go, then the newest order of just so many, then from the back.
//
// Cost    OrderBook's, and one look-up in an IdMap a row. A clear: O(orders cleared). A level, or a
//         remove or execute of an unknown order: O(orders of its level).
// Memory  OrderBook's, 16 bytes an order, and an IdMap.
// Errors  none: see TapeFault.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "event.hpp"
#include "id_map.hpp"
#include "order_book.hpp"

namespace halfspread {

// What a row says that the book did not expect. One row may have several.
enum class TapeFault : std::uint8_t {
    unknown_order,  // a modify, remove or execute of an order that is not there
    known_order,    // an add of an order that is
    bad_row,        // without side, price or size: passed over
    wrong_side,     // a modify that says another side: taken as a new order there
    off_price,      // an execute at another price than its order's
    too_much,       // an execute of more than was left
    out_of_turn,    // an execute of an order that was not the first of the best level
    full,           // no room for another order, or for so many lots: it is left out
};
inline constexpr std::size_t tape_faults = 8;

// Lots of one order that left its queue.
struct Gone {
    std::uint64_t stamp;  // of its order
    Lots lots;
    Ticks price;
    Side side;
};

class OrderReplay {
public:
    explicit OrderReplay(std::size_t most_orders = std::numeric_limits<std::uint32_t>::max())
        : book_(most_orders) {}

    void apply(const Event& event) {
        gone_.clear();
        switch (event.kind) {
            case Kind::add:
                if (const std::uint32_t slot = slots_.find(event.order_id); slot != 0) {
                    note(TapeFault::known_order);
                    if (is_whole(event)) erase(slot);
                }
                return add(event);
            case Kind::modify:
                return modify(event);
            case Kind::remove:
                if (const std::uint32_t slot = known(event); slot == 0) {
                    take_nameless(event);
                } else {
                    erase(slot);
                }
                return;
            case Kind::execute:
                return execute(event);
            case Kind::clear:
                return clear(event);
            case Kind::level:
                return settle(event);
            default:
                return;
        }
    }

    const OrderBook& book() const { return book_; }
    // What the last row took off the queues; of one that loses its place, all that it had.
    std::span<const Gone> gone() const { return gone_; }
    // Orders that take a place from now on bear this number.
    void stamp(std::uint64_t number) { stamp_ = number; }
    // The slot of a venue's order, 0 if it does not rest.
    std::uint32_t find(std::uint64_t id) const { return slots_.find(id); }
    // The venue's id of the order in a slot.
    std::uint64_t id_of(std::uint32_t slot) const { return ids_[slot]; }
    std::uint64_t count(TapeFault fault) const { return faults_[static_cast<std::size_t>(fault)]; }

    // Of the orders by priority: venue's id, price and size.
    std::uint64_t hash() const {
        std::uint64_t hash = 0;
        for (const Side side : {Side::bid, Side::ask}) {
            book_.for_each_order(side, [&](std::uint32_t slot, Ticks price) {
                hash = folded(hash, static_cast<std::uint32_t>(price.count));
                hash = folded(hash, ids_[slot]);
                hash = folded(hash, static_cast<std::uint64_t>(book_.order(slot).size.count));
            });
            hash = folded(hash, static_cast<std::uint64_t>(sign(side)));
        }
        return hash;
    }

private:
    void note(TapeFault fault) { ++faults_[static_cast<std::size_t>(fault)]; }

    static bool is_whole(const Event& event) {
        return (event.side == Side::bid || event.side == Side::ask) && event.size > Lots{} &&
               event.size <= largest_size && event.price != no_bid && event.price != no_ask;
    }
    bool has_room(const Event& event) const {
        return book_.size_at(event.side, event.price) <= most_lots - event.size;
    }
    std::uint32_t known(const Event& event) {
        const std::uint32_t slot = slots_.find(event.order_id);
        if (slot == 0) note(TapeFault::unknown_order);
        return slot;
    }

    void add(const Event& event) {
        if (!is_whole(event)) return note(TapeFault::bad_row);
        if (book_.full() || !has_room(event)) return note(TapeFault::full);
        const std::uint32_t slot = book_.allocate();
        if (slot >= ids_.size()) {
            ids_.resize(slot + 1);
            stamps_.resize(slot + 1);
        }
        ids_[slot] = event.order_id;
        stamps_[slot] = stamp_;
        if (event.order_id != nameless) slots_.insert(event.order_id, slot);
        BookOrder& order = book_.order(slot);
        order.size = event.size;
        order.owner = 0;
        order.mark = 0;
        book_.append(slot, event.side, event.price);
    }
    void note_gone(std::uint32_t slot, Lots lots) {
        gone_.push_back({stamps_[slot], lots, book_.price_at(slot), book_.side_of(slot)});
    }
    // An order keeps its place with fewer lots.
    void reduce(std::uint32_t slot, Lots size) {
        if (size < book_.order(slot).size) note_gone(slot, book_.order(slot).size - size);
        book_.resize(slot, size);
    }
    void erase(std::uint32_t slot) {
        note_gone(slot, book_.order(slot).size);
        if (ids_[slot] != nameless) slots_.erase(ids_[slot]);
        book_.remove(slot);
        book_.release(slot);
    }

    void modify(const Event& event) {
        if (!is_whole(event)) return note(TapeFault::bad_row);
        const std::uint32_t slot = known(event);
        if (slot == 0) return add(event);
        if (event.side != book_.side_of(slot)) {
            note(TapeFault::wrong_side);
            erase(slot);
            return add(event);
        }
        if (event.price == book_.price_at(slot) && event.size <= book_.order(slot).size)
            return reduce(slot, event.size);
        if (!has_room(event)) {
            note(TapeFault::full);
            return erase(slot);
        }
        note_gone(slot, book_.order(slot).size);
        book_.remove(slot);
        stamps_[slot] = stamp_;
        book_.order(slot).size = event.size;
        book_.append(slot, event.side, event.price);
    }

    void execute(const Event& event) {
        if (event.size <= Lots{}) return note(TapeFault::bad_row);
        const std::uint32_t slot = known(event);
        if (slot == 0) {
            take_nameless(event);
            return;
        }
        const BookOrder& order = book_.order(slot);
        if (event.price != book_.price_at(slot)) note(TapeFault::off_price);
        if (order.previous != OrderBook::nobody ||
            order.level != book_.best_level(book_.side_of(slot)))
            note(TapeFault::out_of_turn);
        if (event.size > order.size) note(TapeFault::too_much);
        if (event.size >= order.size) return erase(slot);
        reduce(slot, order.size - event.size);
    }

    // Lots of an unknown order leave: they are among those that a snapshot did not name. Returns
    // how many were not.
    Lots take_nameless(const Event& event) {
        Lots left = event.size;
        if (event.side != Side::bid && event.side != Side::ask) return left;
        std::uint32_t slot = 0;
        if (const std::uint32_t at = book_.level_at(event.side, event.price); at != 0)
            slot = book_.level(at).head;
        while (slot != 0 && left > Lots{}) {
            const BookOrder& order = book_.order(slot);
            const std::uint32_t next = order.next;
            if (ids_[slot] == nameless && order.size > left) {
                reduce(slot, order.size - left);
                return Lots{};
            }
            if (ids_[slot] == nameless) {
                left -= order.size;
                erase(slot);
            }
            slot = next;
        }
        return left;
    }

    // The event's level holds its size from now on.
    void settle(const Event& event) {
        if ((event.side != Side::bid && event.side != Side::ask) || event.size < Lots{} ||
            event.price == no_bid || event.price == no_ask)
            return note(TapeFault::bad_row);
        Event difference = event;
        difference.order_id = nameless;
        const Lots there = book_.size_at(event.side, event.price);
        difference.size = event.size - there;
        if (difference.size > Lots{}) return add(difference);
        difference.size = there - event.size;
        const Lots left = take_nameless(difference);
        if (left > Lots{}) drop(book_.level_at(event.side, event.price), left);
    }

    // So many lots of a level that holds no nameless ones go.
    void drop(std::uint32_t level, Lots left) {
        std::uint32_t slot = book_.level(level).tail;
        for (std::uint32_t at = slot; at != 0; at = book_.order(at).previous)
            if (book_.order(at).size == left) return erase(at);
        while (left > Lots{}) {
            const BookOrder& order = book_.order(slot);
            const std::uint32_t before = order.previous;
            if (order.size > left) return reduce(slot, order.size - left);
            left -= order.size;
            erase(slot);
            slot = before;
        }
    }

    // From the best to the event's price; `everything`: the whole side; side none: both.
    void clear(const Event& event) {
        for (const Side side : {Side::bid, Side::ask}) {
            if (event.side != Side::none && event.side != side) continue;
            const bool whole = event.side == Side::none || event.price == everything;
            const std::int32_t bound = whole ? no_key : key_of(side, event.price);
            while (book_.has(side) && book_.best_key(side) >= bound)
                erase(book_.level(book_.best_level(side)).head);
        }
    }

    static constexpr std::uint64_t nameless = 0;

    OrderBook book_;
    std::vector<std::uint64_t> ids_;     // by slot
    std::vector<std::uint64_t> stamps_;  // by slot
    std::vector<Gone> gone_;
    std::uint64_t stamp_ = 0;
    IdMap slots_;
    std::array<std::uint64_t, tape_faults> faults_{};
};

}  // namespace halfspread
