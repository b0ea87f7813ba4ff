// Exchange: a venue's matching engine: price-time priority, with owners, icebergs and self-trade
// prevention.
//
//     Exchange exchange(1'000'000);                            // at most so many orders rest
//     const std::uint64_t id = exchange.submit({.side = Side::bid, .price = Ticks{100},
//                                               .size = Lots{5}}, now, sink);
//     exchange.amend(id, owner, Ticks{100}, Lots{3}, SelfTrade::allow, now, sink);
//     exchange.cancel(id, owner, now, sink);
//
// What happens goes to sink(const Event&), which is inlined; what it ignores is never made:
//
//     accepted, rejected, filled, cancelled, expired, amended     to the owner, who is `lane`
//     add, modify, remove, execute                                the public's, order by order
//     trade, level                                                the public's, price by price
//
// An amend keeps its place in the queue if the price stays and the size does not grow; any other
// one goes behind, and trades where it crosses. An amend's size is what is to be left. A slice of
// an iceberg that is used up is followed by the next one, behind the level's other orders. The
// public sees slices: each is added anew, under the order's id.
//
// Cost    OrderBook's; an order that takes: O(orders and slices taken, and levels of its own owner
//         looked over). Fill or kill looks first: O(levels), O(orders) under self-trade prevention.
// Memory  OrderBook's, and 16 bytes an iceberg.
// Copy    a copy is whole: it goes on with the same ids and the same events.
// Errors  a bad ask is answered by `rejected`, with its Reason in `detail`; nothing is thrown.
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

class Exchange {
public:
    explicit Exchange(std::size_t most_orders) : book_(most_orders) {
        icebergs_.reserve(std::min(most_orders, OrderBook::most_at_once) + 1);
        icebergs_.emplace_back();
    }

    const OrderBook& book() const { return book_; }
    Lots leaves(std::uint32_t slot) const {
        return book_.order(slot).size + icebergs_[iceberg_of(slot)].hidden;
    }
    Lots hidden(std::uint32_t slot) const { return icebergs_[iceberg_of(slot)].hidden; }
    Lots resting(Side side) const { return resting_[index(side)]; }

    // A submit, cancel or amend. Returns the id of the order it is about; 0 if none was made.
    template <class Sink>
    std::uint64_t apply(const Event& ask, Lots display, Sink&& sink) {
        const std::uint32_t detail = ask.detail;
        const Nanos now = ask.exchange_time;
        if (!is_ask_detail(detail)) {
            reject(ask.order_id, ask.lane, Reason::bad_lifetime, now, sink);
        } else if (ask.kind == Kind::submit) {
            return submit({.side = ask.side,
                           .lifetime = lifetime_of(detail),
                           .self_trade = self_trade_of(detail),
                           .owner = ask.lane,
                           .price = ask.price,
                           .size = ask.size,
                           .display = display},
                          now, sink);
        } else if (ask.kind == Kind::cancel) {
            cancel(ask.order_id, ask.lane, now, sink);
        } else if (ask.kind == Kind::amend) {
            amend(ask.order_id, ask.lane, ask.price, ask.size, self_trade_of(detail), now, sink);
        } else {
            reject(ask.order_id, ask.lane, Reason::bad_kind, now, sink);
        }
        return ask.order_id;
    }

    // Returns the order's id, 0 if it was refused.
    template <class Sink>
    std::uint64_t submit(const NewOrder& asked, Nanos now, Sink&& sink) {
        if (const Reason why = refusal(asked); why != Reason::none) [[unlikely]] {
            reject(0, asked.owner, why, now, sink);
            return 0;
        }
        const std::uint32_t slot = book_.allocate();
        const std::uint64_t id = book_.id_of(slot);
        BookOrder& order = book_.order(slot);
        order.owner = asked.owner;
        order.mark = 0;
        enter(slot, asked, Kind::accepted, now, sink);
        return id;
    }

    template <class Sink>
    void cancel(std::uint64_t id, std::uint32_t owner, Nanos now, Sink&& sink) {
        const std::uint32_t slot = book_.find(id);
        if (slot == OrderBook::nobody || book_.order(slot).owner != owner) [[unlikely]]
            return reject(id, owner, Reason::unknown_order, now, sink);
        end_resting(slot, Reason::none, now, sink);
    }

    template <class Sink>
    void amend(std::uint64_t id, std::uint32_t owner, Ticks price, Lots size, SelfTrade self_trade,
               Nanos now, Sink&& sink) {
        const std::uint32_t slot = book_.find(id);
        if (slot == OrderBook::nobody || book_.order(slot).owner != owner) [[unlikely]]
            return reject(id, owner, Reason::unknown_order, now, sink);
        const bool is_post_only = (book_.order(slot).mark & post_only_mark) != 0;
        const Lots before = leaves(slot);
        const NewOrder asked{
            .side = book_.side_of(slot),
            .lifetime = is_post_only ? Lifetime::post_only : Lifetime::good_till_cancel,
            .self_trade = self_trade,
            .owner = owner,
            .price = price,
            .size = size,
            .display = iceberg_of(slot) != 0 ? icebergs_[iceberg_of(slot)].display : Lots{}};
        if (const Reason why = fault(asked, before); why != Reason::none) [[unlikely]]
            return reject(id, owner, why, now, sink);
        if (price == book_.price_at(slot) && size <= before) {
            reduce(slot, before - size, now, sink);
            sink(event(Kind::amended, slot, asked.side, price, size, now));
            return;
        }
        take_out(slot, now, sink);
        enter(slot, asked, Kind::amended, now, sink);
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
        Lots resting[2];
        std::uint64_t free_iceberg;
    };
    State state() const {
        return {.most_orders = book_.most_orders(),
                .orders = book_.orders(),
                .levels = book_.levels(),
                .icebergs = icebergs_,
                .links = book_.links(),
                .resting = {resting_[0], resting_[1]},
                .free_iceberg = free_iceberg_};
    }
    void restore(const State& state) {
        book_.restore(state.most_orders, state.orders, state.levels, state.links);
        icebergs_.assign(state.icebergs.begin(), state.icebergs.end());
        resting_[0] = state.resting[0];
        resting_[1] = state.resting[1];
        free_iceberg_ = static_cast<std::uint32_t>(state.free_iceberg);
    }

private:
    static constexpr std::uint32_t post_only_mark = 1U << 30;
    static constexpr std::uint32_t iceberg_mask = post_only_mark - 1;

    // An order that meets the other side.
    struct Taker {
        std::uint32_t slot;
        std::uint32_t owner;
        std::int32_t reach;  // the worst key of the other side that it takes
        SelfTrade self_trade;
        Side side;
        Lots left;
        bool stopped = false;  // by an order of its own owner
    };

    std::uint32_t iceberg_of(std::uint32_t slot) const {
        return book_.order(slot).mark & iceberg_mask;
    }

    // ------------------------------------------------------------------------------------ answers

    Event event(Kind kind, std::uint32_t slot, Side side, Ticks price, Lots size, Nanos now,
                Reason why = Reason::none) const {
        return {.exchange_time = now,
                .local_time = now,
                .size = size,
                .order_id = book_.id_of(slot),
                .price = price,
                .lane = book_.order(slot).owner,
                .detail = static_cast<std::uint32_t>(why),
                .flags = flag::both,
                .kind = kind,
                .side = side};
    }
    // The public doesn't know owners.
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
    template <class Sink>
    static void reject(std::uint64_t id, std::uint32_t owner, Reason why, Nanos now, Sink& sink) {
        sink(Event{.exchange_time = now,
                   .local_time = now,
                   .size = Lots{},
                   .order_id = id,
                   .price = Ticks{},
                   .lane = owner,
                   .detail = static_cast<std::uint32_t>(why),
                   .flags = flag::both,
                   .kind = Kind::rejected,
                   .side = Side::none});
    }

    // ------------------------------------------------------------------------------------ entering

    Reason refusal(const NewOrder& asked) const {
        if (asked.side != Side::bid && asked.side != Side::ask) return Reason::bad_side;
        const Reason why = fault(asked, Lots{});
        return why == Reason::none && book_.full() ? Reason::full : why;
    }
    // What is wrong with an order of which `before` lots rest already.
    Reason fault(const NewOrder& asked, Lots before) const {
        const bool has_price = asked.price != no_bid && asked.price != no_ask;
        if (!has_price && asked.lifetime != Lifetime::market) return Reason::bad_price;
        if (asked.size < Lots{1} || asked.size > largest_size) return Reason::bad_size;
        if (asked.display != Lots{}) [[unlikely]] {
            if (asked.display < Lots{}) return Reason::bad_display;
            const std::int64_t slices = (asked.size.count - 1) / asked.display.count + 1;
            if (slices > most_slices) return Reason::bad_display;
        }
        const bool has_room = resting(asked.side) - before <= most_lots - asked.size;
        return has_room ? Reason::none : Reason::full;
    }

    // A new order, or one that an amend made new: it takes what it may, and rests or ends.
    template <class Sink>
    void enter(std::uint32_t slot, const NewOrder& asked, Kind acknowledgement, Nanos now,
               Sink& sink) {
        const Side other = opposite(asked.side);
        const Lifetime lifetime = asked.lifetime;
        const bool rests =
            lifetime == Lifetime::post_only || lifetime == Lifetime::good_till_cancel;
        const std::int32_t reach =
            lifetime == Lifetime::market ? no_key : key_of(other, asked.price);
        const bool takes = book_.has(other) && book_.best_key(other) >= reach;
        const auto end = [&](Kind kind, Lots left, Reason why) {
            sink(event(kind, slot, asked.side, asked.price, left, now, why));
            book_.release(slot);
        };
        if (takes && lifetime == Lifetime::post_only)
            return end(Kind::expired, asked.size, Reason::would_cross);
        if (!takes && !rests) return end(Kind::expired, asked.size, Reason::unfilled);
        Taker taker{slot, asked.owner, reach, asked.self_trade, asked.side, asked.size};
        if (lifetime == Lifetime::fill_or_kill && !is_whole(taker))
            return end(Kind::expired, asked.size, Reason::not_whole);
        sink(event(acknowledgement, slot, asked.side, asked.price, asked.size, now));
        if (takes) {
            take(taker, now, sink);
            if (taker.left == Lots{}) return book_.release(slot);
            if (taker.stopped) return end(Kind::cancelled, taker.left, Reason::self_trade);
            if (!rests) return end(Kind::expired, taker.left, Reason::unfilled);
        }
        rest(slot, asked, taker.left, now, sink);
    }

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
        resting_[index(asked.side)] += size;
        book_.append(slot, asked.side, asked.price);
        BookLevel& level = book_.level(order.level);
        level.hidden += hidden;
        sink(published(Kind::add, slot, asked.side, asked.price, order.size, now));
        show_level(asked.side, asked.price, level.displayed, now, sink);
    }

    // ------------------------------------------------------------------------------------- leaving

    // Out of the book, still a live order.
    template <class Sink>
    void take_out(std::uint32_t slot, Nanos now, Sink& sink) {
        BookOrder& order = book_.order(slot);
        const Side side = book_.side_of(slot);
        const Ticks price = book_.price_at(slot);
        BookLevel& level = book_.level(order.level);
        resting_[index(side)] -= leaves(slot);
        if (const std::uint32_t iceberg = iceberg_of(slot); iceberg != 0) [[unlikely]] {
            level.hidden -= icebergs_[iceberg].hidden;
            close_iceberg(iceberg);
            order.mark &= ~iceberg_mask;
        }
        sink(published(Kind::remove, slot, side, price, order.size, now));
        book_.remove(slot);
        show_level(side, price, level.displayed, now, sink);
    }
    template <class Sink>
    void end_resting(std::uint32_t slot, Reason why, Nanos now, Sink& sink) {
        const Event answer = event(Kind::cancelled, slot, book_.side_of(slot), book_.price_at(slot),
                                   leaves(slot), now, why);
        take_out(slot, now, sink);
        sink(answer);
        book_.release(slot);
    }
    // Fewer lots in the same place; those below the water go first.
    template <class Sink>
    void reduce(std::uint32_t slot, Lots cut, Nanos now, Sink& sink) {
        BookOrder& order = book_.order(slot);
        BookLevel& level = book_.level(order.level);
        const Side side = book_.side_of(slot);
        Iceberg& iceberg = icebergs_[iceberg_of(slot)];
        const Lots below = std::min(iceberg.hidden, cut);
        resting_[index(side)] -= cut;
        iceberg.hidden -= below;
        level.hidden -= below;
        if (cut == below) return;
        book_.resize(slot, order.size - (cut - below));
        const Ticks price = price_of(side, level.key);
        sink(published(Kind::modify, slot, side, price, order.size, now));
        show_level(side, price, level.displayed, now, sink);
    }

    // -------------------------------------------------------------------------------------- taking

    // Whether all of it would be filled now.
    bool is_whole(const Taker& taker) const {
        const bool may_meet = taker.owner != 0 && taker.self_trade != SelfTrade::allow;
        Lots needed = taker.left;
        book_.for_each_level(opposite(taker.side), [&](const BookLevel& level) {
            if (level.key < taker.reach) return false;
            Lots there = level.displayed + level.hidden;
            const bool goes_on = !may_meet || others_at(level, taker, there);
            needed -= std::min(there, needed);
            return goes_on && needed > Lots{};
        });
        return needed == Lots{};
    }
    // Lowers `there` to what it can take of a level; returns whether it may go on to the next.
    bool others_at(const BookLevel& level, const Taker& taker, Lots& there) const {
        Lots displayed{};
        for (std::uint32_t at = level.head; at != OrderBook::nobody; at = book_.order(at).next) {
            if (book_.order(at).owner != taker.owner) {
                displayed += book_.order(at).size;
            } else if (taker.self_trade == SelfTrade::cancel_resting) {
                there -= leaves(at);
            } else {
                there = displayed;
                return false;
            }
        }
        return true;
    }

    template <class Sink>
    void take(Taker& taker, Nanos now, Sink& sink) {
        const Side other = opposite(taker.side);
        while (taker.left > Lots{} && !taker.stopped) {
            const std::uint32_t at = book_.best_level(other);
            if (at == 0 || book_.level(at).key < taker.reach) return;
            take_level(taker, at, price_of(other, book_.level(at).key), now, sink);
        }
    }
    // Takes of one level until nothing is left of either, or an order of its own stops it.
    template <class Sink>
    void take_level(Taker& taker, std::uint32_t at, Ticks price, Nanos now, Sink& sink) {
        const Side other = opposite(taker.side);
        const Lots before = taker.left;
        BookLevel& level = book_.level(at);
        bool is_gone = false;
        while (taker.left > Lots{} && !is_gone) {
            const std::uint32_t maker = level.head;
            if (book_.order(maker).owner == taker.owner && taker.owner != 0 &&
                taker.self_trade != SelfTrade::allow) [[unlikely]] {
                is_gone = level.orders == 1 && taker.self_trade != SelfTrade::cancel_taking;
                if (taker.self_trade != SelfTrade::cancel_taking)
                    end_resting(maker, Reason::self_trade, now, sink);
                taker.stopped = taker.self_trade != SelfTrade::cancel_resting;
                if (taker.stopped) break;
            } else {
                is_gone = fill(taker, maker, price, now, sink);
            }
        }
        if (taker.left == before) return;
        sink(
            published(Kind::trade, OrderBook::nobody, taker.side, price, before - taker.left, now));
        show_level(other, price, is_gone ? Lots{} : level.displayed, now, sink);
    }
    // One match. Returns whether the maker's level went.
    template <class Sink>
    bool fill(Taker& taker, std::uint32_t maker, Ticks price, Nanos now, Sink& sink) {
        const Side other = opposite(taker.side);
        BookOrder& order = book_.order(maker);
        const Lots lots = std::min(order.size, taker.left);
        taker.left -= lots;
        resting_[index(other)] -= lots;
        sink(published(Kind::execute, maker, other, price, lots, now));
        sink(event(Kind::filled, maker, other, price, lots, now));
        Event taken = event(Kind::filled, taker.slot, taker.side, price, lots, now);
        taken.flags |= flag::taker;
        sink(taken);
        if (lots < order.size) {
            book_.resize(maker, order.size - lots);
            return false;
        }
        const std::uint32_t iceberg = iceberg_of(maker);
        if (iceberg != 0 && icebergs_[iceberg].hidden > Lots{}) [[unlikely]] {
            next_slice(maker, icebergs_[iceberg], now, sink);
            return false;
        }
        if (iceberg != 0) [[unlikely]]
            close_iceberg(iceberg);
        const bool is_gone = book_.remove(maker);
        book_.release(maker);
        return is_gone;
    }

    // ------------------------------------------------------------------------------------ icebergs

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
    Lots resting_[2]{};  // lots of each side, hidden ones too
};

}  // namespace halfspread
