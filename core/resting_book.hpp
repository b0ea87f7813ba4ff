// RestingBook: an OrderBook with icebergs, and the public's rows of whatever changes in it.
//
//     RestingBook resting(1'000'000);              // at most so many orders
//     const std::uint32_t slot = resting.allocate(owner);
//     resting.rest(slot, asked, size, now, sink);  // sink gets an add and a level
//     resting.consume(slot, Lots{2}, now, sink);   // a match took two of its displayed lots
//
// What rests, shows and hides; who may trade with whom is the Exchange's. No row names an owner.
//
// Cost    OrderBook's.
// Memory  OrderBook's, and 16 bytes an iceberg.
// Copy    a copy is whole.
// Errors  none: a slot that is not live is not used.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "event.hpp"
#include "matching.hpp"
#include "order_book.hpp"

namespace halfspread {

// An iceberg below the water. Index 0 is nobody's.
struct Iceberg {
    Lots hidden;
    Lots display;  // while free: the next free one
};

class RestingBook {
public:
    explicit RestingBook(std::size_t most_orders) : book_(most_orders) {
        icebergs_.reserve(std::min(most_orders, OrderBook::most_at_once) + 1);
        icebergs_.emplace_back();
    }

    const OrderBook& orders() const { return book_; }
    const BookOrder& order(std::uint32_t slot) const { return book_.order(slot); }
    Lots hidden(std::uint32_t slot) const { return icebergs_[iceberg_of(slot)].hidden; }
    Lots leaves(std::uint32_t slot) const { return book_.order(slot).size + hidden(slot); }
    // What an iceberg shows at a time; 0 of another order.
    Lots display(std::uint32_t slot) const {
        const std::uint32_t iceberg = iceberg_of(slot);
        return iceberg != 0 ? icebergs_[iceberg].display : Lots{};
    }
    bool is_post_only(std::uint32_t slot) const {
        return (book_.order(slot).mark & post_only_mark) != 0;
    }
    // Lots of a side, hidden ones too.
    Lots lots(Side side) const { return lots_[index(side)]; }

    // A slot for an order that is to match, and rest or end.
    std::uint32_t allocate(std::uint32_t owner) {
        const std::uint32_t slot = book_.allocate();
        book_.order(slot).owner = owner;
        book_.order(slot).mark = 0;
        return slot;
    }
    void release(std::uint32_t slot) { book_.release(slot); }

    template <class Sink>
    void rest(std::uint32_t slot, const NewOrder& asked, Lots size, Nanos now, Sink& sink) {
        BookOrder& order = book_.order(slot);
        order.mark = asked.lifetime == Lifetime::post_only ? post_only_mark : 0;
        order.size = size;
        Lots hidden{};
        if (asked.display != Lots{}) [[unlikely]] {
            order.size = std::min(size, asked.display);
            hidden = size - order.size;
            order.mark |= open_iceberg({hidden, asked.display});
        }
        lots_[index(asked.side)] += size;
        book_.append(slot, asked.side, asked.price);
        BookLevel& level = book_.level(order.level);
        level.hidden += hidden;
        sink(published(Kind::add, slot, asked.side, asked.price, order.size, now));
        show_level(asked.side, asked.price, level.displayed, now, sink);
    }

    // Out of the book, still a live order.
    template <class Sink>
    void take_out(std::uint32_t slot, Nanos now, Sink& sink) {
        BookOrder& order = book_.order(slot);
        const Side side = book_.side_of(slot);
        const Ticks price = book_.price_at(slot);
        BookLevel& level = book_.level(order.level);
        lots_[index(side)] -= leaves(slot);
        if (const std::uint32_t iceberg = iceberg_of(slot); iceberg != 0) [[unlikely]] {
            level.hidden -= icebergs_[iceberg].hidden;
            close_iceberg(iceberg);
            order.mark &= ~iceberg_mask;
        }
        sink(published(Kind::remove, slot, side, price, order.size, now));
        book_.remove(slot);
        show_level(side, price, level.displayed, now, sink);
    }
    // Fewer lots in the same place; those below the water go first.
    template <class Sink>
    void reduce(std::uint32_t slot, Lots cut, Nanos now, Sink& sink) {
        BookOrder& order = book_.order(slot);
        BookLevel& level = book_.level(order.level);
        const Side side = book_.side_of(slot);
        Iceberg& iceberg = icebergs_[iceberg_of(slot)];
        const Lots below = std::min(iceberg.hidden, cut);
        lots_[index(side)] -= cut;
        iceberg.hidden -= below;
        level.hidden -= below;
        if (cut == below) return;
        book_.resize(slot, order.size - (cut - below));
        const Ticks price = price_of(side, level.key);
        sink(published(Kind::modify, slot, side, price, order.size, now));
        show_level(side, price, level.displayed, now, sink);
    }

    // A match took `lots` of what it displays: it shows less, or the next slice, or ends. Returns
    // whether its level went with it.
    template <class Sink>
    bool consume(std::uint32_t slot, Lots lots, Nanos now, Sink& sink) {
        const BookOrder& order = book_.order(slot);
        lots_[index(book_.side_of(slot))] -= lots;
        if (lots < order.size) {
            book_.resize(slot, order.size - lots);
            return false;
        }
        if (const std::uint32_t iceberg = iceberg_of(slot); iceberg != 0) [[unlikely]] {
            if (icebergs_[iceberg].hidden > Lots{}) {
                next_slice(slot, icebergs_[iceberg], now, sink);
                return false;
            }
            close_iceberg(iceberg);
        }
        const bool is_gone = book_.remove(slot);
        book_.release(slot);
        return is_gone;
    }

    // A row for the public; `slot` nobody: of no order.
    Event published(Kind kind, std::uint32_t slot, Side side, Ticks price, Lots size,
                    Nanos now) const {
        return {.exchange_time = now,
                .local_time = now,
                .size = size,
                .order_id = slot != OrderBook::nobody ? book_.id_of(slot) : 0,
                .price = price,
                .lane = 0,
                .detail = 0,
                .flags = flag::both,
                .kind = kind,
                .side = side};
    }
    template <class Sink>
    void show_level(Side side, Ticks price, Lots size, Nanos now, Sink& sink) const {
        sink(published(Kind::level, OrderBook::nobody, side, price, size, now));
    }
    // Of all that decides what comes next: the orders by priority, and the next id.
    std::uint64_t hash() const {
        std::uint64_t hash = 0;
        for (const Side side : {Side::bid, Side::ask}) {
            book_.for_each_order(side, [&](std::uint32_t slot, Ticks price) {
                const BookOrder& order = book_.order(slot);
                const Iceberg& iceberg = icebergs_[iceberg_of(slot)];
                hash = folded(hash, static_cast<std::uint32_t>(price.count));
                hash = folded(hash, book_.id_of(slot));
                hash = folded(hash, order.owner * 2ULL + ((order.mark & post_only_mark) != 0));
                hash = folded(hash, static_cast<std::uint64_t>(order.size.count));
                hash = folded(hash, static_cast<std::uint64_t>(iceberg.hidden.count));
                hash = folded(hash, static_cast<std::uint64_t>(iceberg.display.count));
            });
            hash = folded(hash, static_cast<std::uint64_t>(sign(side)));
        }
        return folded(hash, book_.next_id());
    }

    // ------------------------------------------------------------------------------ the whole state

    struct State {
        std::size_t most_orders;
        std::span<const BookOrder> orders;
        std::span<const BookLevel> levels;
        std::span<const Iceberg> icebergs;
        OrderBook::Links links;
        Lots lots[2];
        std::uint64_t free_iceberg;
    };
    State state() const {
        return {.most_orders = book_.most_orders(),
                .orders = book_.orders(),
                .levels = book_.levels(),
                .icebergs = icebergs_,
                .links = book_.links(),
                .lots = {lots_[0], lots_[1]},
                .free_iceberg = free_iceberg_};
    }
    void restore(const State& state) {
        book_.restore(state.most_orders, state.orders, state.levels, state.links);
        icebergs_.assign(state.icebergs.begin(), state.icebergs.end());
        lots_[0] = state.lots[0];
        lots_[1] = state.lots[1];
        free_iceberg_ = static_cast<std::uint32_t>(state.free_iceberg);
    }

private:
    static constexpr std::uint32_t post_only_mark = 1U << 30;
    static constexpr std::uint32_t iceberg_mask = post_only_mark - 1;

    std::uint32_t iceberg_of(std::uint32_t slot) const {
        return book_.order(slot).mark & iceberg_mask;
    }

    template <class Sink>
    [[gnu::noinline]] void next_slice(std::uint32_t slot, Iceberg& iceberg, Nanos now, Sink& sink) {
        const Lots slice = std::min(iceberg.display, iceberg.hidden);
        iceberg.hidden -= slice;
        BookLevel& level = book_.level(book_.order(slot).level);
        level.hidden -= slice;
        book_.requeue(slot, slice);
        const Side side = book_.side_of(slot);
        sink(published(Kind::add, slot, side, price_of(side, level.key), slice, now));
    }
    [[gnu::noinline]] std::uint32_t open_iceberg(const Iceberg& iceberg) {
        std::uint32_t at = free_iceberg_;
        if (at != 0) {
            free_iceberg_ = static_cast<std::uint32_t>(icebergs_[at].display.count);
        } else {
            at = static_cast<std::uint32_t>(icebergs_.size());
            icebergs_.emplace_back();
        }
        icebergs_[at] = iceberg;
        return at;
    }
    [[gnu::noinline]] void close_iceberg(std::uint32_t at) {
        icebergs_[at] = {Lots{}, Lots{free_iceberg_}};
        free_iceberg_ = at;
    }

    OrderBook book_;
    std::vector<Iceberg> icebergs_;
    std::uint32_t free_iceberg_ = 0;
    Lots lots_[2]{};
};

}  // namespace halfspread
