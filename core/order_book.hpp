// OrderBook: every order of a book in its queue, by price and time of arrival; no rule but that.
//
//     OrderBook book(1'000'000);                   // at most so many orders
//     const std::uint32_t slot = book.allocate();
//     book.order(slot).size = Lots{5};
//     book.append(slot, Side::bid, Ticks{100});    // behind all that rest there
//     book.find(book.id_of(slot));                 // slot; 0 once it is released
//
// An order's id is its generation << 32 | its slot, so that no map leads from one to the other, and
// an id is never issued twice (a slot's generations come round after 2^32 orders). Orders of a
// level are a doubly linked list; a level hangs in a Ladder, which knows the best one.
//
// Cost    append, remove, find: O(1) within the Ladder's ring, O(log levels) far from the touch.
// Memory  32 bytes an order, 32 a level and two Ladders. Pools grow to the most that ever rested,
//         and never shrink; within `most_at_once` orders nothing is allocated.
// Copy    a copy is whole, and goes on as the original would.
// Errors  none: allocate() is not called on a full book, nor a slot used that is not live.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "book.hpp"
#include "event.hpp"
#include "ladder.hpp"

namespace halfspread {

// Of a side or of a level at most, so that no sum leaves 64 bits.
inline constexpr Lots most_lots{std::int64_t{1} << 62};

// An order in its queue. Slot 0 is nobody.
struct BookOrder {
    Lots size;                 // displayed
    std::uint32_t previous;    // in the queue; 0: none
    std::uint32_t next;        // in the queue; while free, the next free slot
    std::uint32_t generation;  // of the slot: how many orders had it before
    std::uint32_t owner;
    std::uint32_t level;  // 0: not in the book
    std::uint32_t mark;   // bit 31: an ask; the others are the engine's
};
static_assert(sizeof(BookOrder) == 32);

struct BookLevel {
    Lots displayed;
    Lots hidden;  // what its icebergs hold back; the engine's to keep
    std::uint32_t head;
    std::uint32_t tail;
    std::int32_t key;      // as key_of
    std::uint32_t orders;  // 0: a free level, whose next is `head`
};
static_assert(sizeof(BookLevel) == 32);

// Mixes a number into a hash.
constexpr std::uint64_t folded(std::uint64_t hash, std::uint64_t number) {
    hash = (hash ^ number) * 0x9e37'79b9'7f4a'7c15U;
    return hash ^ hash >> 29U;
}

class OrderBook {
public:
    static constexpr std::uint32_t nobody = 0;
    static constexpr std::uint32_t ask_mark = 1U << 31;
    static constexpr std::size_t most_at_once = 1U << 10;

    explicit OrderBook(std::size_t most_orders)
        : most_(std::min(most_orders, std::size_t{std::numeric_limits<std::uint32_t>::max()} - 1)) {
        orders_.reserve(std::min(most_, most_at_once) + 1);
        levels_.reserve(std::min(most_, most_at_once) + 1);
        orders_.emplace_back();
        levels_.emplace_back();
    }
    OrderBook(const OrderBook& other) : most_(other.most_) { *this = other; }
    OrderBook& operator=(const OrderBook& other) {
        if (this == &other) return *this;
        restore(other.most_, other.orders_, other.levels_, other.links());
        return *this;
    }

    // ------------------------------------------------------------------------------------- slots

    bool full() const { return free_order_ == nobody && orders_.size() > most_; }
    // A slot that is nobody's, with a fresh id. What it holds is the caller's to set.
    std::uint32_t allocate() {
        ++live_;
        if (free_order_ == nobody) [[unlikely]]
            return grow();
        const std::uint32_t slot = free_order_;
        free_order_ = orders_[slot].next;
        return slot;
    }
    // Ends an order that is in no queue.
    void release(std::uint32_t slot) {
        --live_;
        BookOrder& order = orders_[slot];
        ++order.generation;
        order.level = 0;
        order.next = free_order_;
        free_order_ = slot;
    }
    std::uint64_t id_of(std::uint32_t slot) const {
        return std::uint64_t{orders_[slot].generation} << 32U | slot;
    }
    // The slot of an order that rests, or nobody.
    std::uint32_t find(std::uint64_t id) const {
        const std::uint64_t slot = id & 0xffff'ffffU;
        if (slot >= orders_.size()) return nobody;
        const BookOrder& order = orders_[slot];
        const bool is_it = order.generation == id >> 32U && order.level != 0;
        return is_it ? static_cast<std::uint32_t>(slot) : nobody;
    }
    std::uint64_t next_id() const {
        return free_order_ != nobody ? id_of(free_order_) : std::uint64_t{orders_.size()};
    }
    BookOrder& order(std::uint32_t slot) { return orders_[slot]; }
    const BookOrder& order(std::uint32_t slot) const { return orders_[slot]; }
    std::size_t live() const { return live_; }
    // Slots that were ever used, and the one that is nobody's.
    std::size_t slots() const { return orders_.size(); }

    // ------------------------------------------------------------------------------------ queues

    // Puts an order behind all that rest at `price`, which is not no_bid or no_ask.
    void append(std::uint32_t slot, Side side, Ticks price) {
        const std::int32_t key = key_of(side, price);
        Ladder<std::uint32_t>& ladder = ladders_[static_cast<std::size_t>(index(side))];
        std::uint32_t at = ladder.at(key);
        if (at == 0) {
            at = open_level(key);
            ladder.set(key, at);
        }
        BookOrder& order = orders_[slot];
        order.level = at;
        order.mark = (order.mark & ~ask_mark) | (side == Side::ask ? ask_mark : 0);
        join(slot, at);
    }
    // Takes an order out of its queue; returns whether its level went with it.
    bool remove(std::uint32_t slot) {
        BookOrder& order = orders_[slot];
        BookLevel& level = levels_[order.level];
        leave(order, level);
        const bool is_gone = level.orders == 0;
        if (is_gone) close_level(order);
        order.level = 0;
        return is_gone;
    }
    // Its displayed size becomes `size`, in the same place.
    void resize(std::uint32_t slot, Lots size) {
        BookOrder& order = orders_[slot];
        levels_[order.level].displayed += size - order.size;
        order.size = size;
    }
    // Its displayed size becomes `size`, behind all others of its level.
    void requeue(std::uint32_t slot, Lots size) {
        BookOrder& order = orders_[slot];
        leave(order, levels_[order.level]);
        order.size = size;
        join(slot, order.level);
    }

    // --------------------------------------------------------------------------------- questions

    Side side_of(std::uint32_t slot) const {
        return (orders_[slot].mark & ask_mark) != 0 ? Side::ask : Side::bid;
    }
    Ticks price_at(std::uint32_t slot) const {
        return price_of(side_of(slot), levels_[orders_[slot].level].key);
    }
    std::int32_t best_key(Side side) const { return ladder(side).highest(); }
    Ticks best(Side side) const { return price_of(side, best_key(side)); }
    bool has(Side side) const { return best_key(side) != no_key; }
    bool crossed() const { return has(Side::bid) && best(Side::bid) >= best(Side::ask); }
    std::size_t level_count(Side side) const { return ladder(side).count(); }

    // The best level's index, or 0.
    std::uint32_t best_level(Side side) const {
        const Ladder<std::uint32_t>& levels = ladder(side);
        return levels.highest() == no_key ? 0 : levels.at(levels.highest());
    }
    std::uint32_t level_at(Side side, Ticks price) const {
        return ladder(side).at(key_of(side, price));
    }
    BookLevel& level(std::uint32_t at) { return levels_[at]; }
    const BookLevel& level(std::uint32_t at) const { return levels_[at]; }
    Lots size_at(Side side, Ticks price) const {
        const std::uint32_t at = level_at(side, price);
        return at == 0 ? Lots{} : levels_[at].displayed;
    }
    // The displayed lots that stand before an order in its queue: O(orders ahead).
    Lots ahead_of(std::uint32_t slot) const {
        Lots ahead{};
        for (std::uint32_t at = orders_[slot].previous; at != nobody; at = orders_[at].previous)
            ahead += orders_[at].size;
        return ahead;
    }

    // Calls fn(const BookLevel&) on the levels from the best outwards until it returns false.
    template <class Fn>
    void for_each_level(Side side, Fn&& fn) const {
        ladder(side).for_each_down([&](std::int32_t, std::uint32_t at) { return fn(levels_[at]); });
    }
    // Calls fn(slot, price) on all orders of a side in the order in which they would trade.
    template <class Fn>
    void for_each_order(Side side, Fn&& fn) const {
        for_each_level(side, [&](const BookLevel& level) {
            for (std::uint32_t slot = level.head; slot != nobody; slot = orders_[slot].next)
                fn(slot, price_of(side, level.key));
            return true;
        });
    }

    // ------------------------------------------------------------------------------ the whole state

    // What the pools don't hold.
    struct Links {
        std::uint32_t free_order, free_level;
        std::uint64_t live;
    };
    Links links() const { return {free_order_, free_level_, live_}; }
    std::span<const BookOrder> orders() const { return orders_; }
    std::span<const BookLevel> levels() const { return levels_; }
    std::size_t most_orders() const { return most_; }

    // Becomes the book of which these are the pools.
    void restore(std::size_t most_orders, std::span<const BookOrder> orders,
                 std::span<const BookLevel> levels, const Links& links) {
        most_ = most_orders;
        const std::size_t room = std::min(most_, most_at_once) + 1;
        orders_.reserve(std::max(room, orders.size()));
        levels_.reserve(std::max(room, levels.size()));
        orders_.assign(orders.begin(), orders.end());
        levels_.assign(levels.begin(), levels.end());
        free_order_ = links.free_order;
        free_level_ = links.free_level;
        live_ = links.live;
        for (Ladder<std::uint32_t>& ladder : ladders_) ladder.clear();
        for (std::uint32_t at = 1; at < levels_.size(); ++at) {
            const BookLevel& level = levels_[at];
            if (level.orders == 0) continue;
            ladders_[static_cast<std::size_t>(index(side_of(level.head)))].set(level.key, at);
        }
    }

private:
    const Ladder<std::uint32_t>& ladder(Side side) const {
        return ladders_[static_cast<std::size_t>(index(side))];
    }

    [[gnu::noinline]] std::uint32_t grow() {
        orders_.emplace_back();
        return static_cast<std::uint32_t>(orders_.size() - 1);
    }
    [[gnu::noinline]] std::uint32_t open_level(std::int32_t key) {
        std::uint32_t at = free_level_;
        if (at != 0) {
            free_level_ = levels_[at].head;
        } else {
            at = static_cast<std::uint32_t>(levels_.size());
            levels_.emplace_back();
        }
        levels_[at] = BookLevel{};
        levels_[at].key = key;
        return at;
    }
    [[gnu::noinline]] void close_level(const BookOrder& last) {
        BookLevel& level = levels_[last.level];
        ladders_[static_cast<std::size_t>((last.mark & ask_mark) != 0)].set(level.key, 0);
        level.head = free_level_;
        free_level_ = last.level;
    }

    // The first of two where it is true, without a branch: a processor can't guess these.
    static std::uint32_t either(bool is_one, std::uint32_t one, std::uint32_t other) {
        const std::uint32_t mask = -static_cast<std::uint32_t>(is_one);
        return other ^ ((one ^ other) & mask);
    }
    void join(std::uint32_t slot, std::uint32_t at) {
        BookOrder& order = orders_[slot];
        BookLevel& level = levels_[at];
        order.previous = level.tail;
        order.next = nobody;
        orders_[level.tail].next = slot;  // nobody's, where it is the first: nobody reads that
        level.head = either(level.tail != nobody, level.head, slot);
        level.tail = slot;
        level.displayed += order.size;
        ++level.orders;
    }
    void leave(const BookOrder& order, BookLevel& level) {
        const std::uint32_t previous = order.previous;
        const std::uint32_t next = order.next;
        orders_[previous].next = next;  // nobody's too, which nobody reads: no branch to guess
        orders_[next].previous = previous;
        level.head = either(previous != nobody, level.head, next);
        level.tail = either(next != nobody, level.tail, previous);
        level.displayed -= order.size;
        --level.orders;
    }

    std::size_t most_;
    std::vector<BookOrder> orders_;
    std::vector<BookLevel> levels_;
    std::uint32_t free_order_ = nobody, free_level_ = 0;
    std::uint64_t live_ = 0;
    std::array<Ladder<std::uint32_t>, 2> ladders_{};
};

}  // namespace halfspread
