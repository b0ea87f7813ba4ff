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
// Memory  RestingBook's.
// Copy    a copy is whole: it goes on with the same ids and the same events.
// Errors  a bad ask is answered by `rejected`, with its AskReason in `detail`; nothing is thrown.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "event.hpp"
#include "matching.hpp"
#include "order_book.hpp"
#include "resting_book.hpp"

namespace halfspread {

class Exchange {
public:
    explicit Exchange(std::size_t most_orders) : resting_(most_orders) {}

    const OrderBook& book() const { return resting_.orders(); }
    const RestingBook& resting() const { return resting_; }
    std::uint64_t hash() const { return resting_.hash(); }
    RestingBook::State state() const { return resting_.state(); }
    void restore(const RestingBook::State& state) { resting_.restore(state); }

    // A submit, cancel or amend. Returns the id of the order it is about; 0 if none was made.
    template <class Sink>
    std::uint64_t apply(const Event& ask, Lots display, Sink&& sink) {
        const std::uint32_t detail = ask.detail;
        const Nanos now = ask.exchange_time;
        if (!is_ask_detail(detail)) {
            reject(ask.order_id, ask.lane, AskReason::bad_lifetime, now, sink);
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
            reject(ask.order_id, ask.lane, AskReason::bad_kind, now, sink);
        }
        return ask.order_id;
    }

    // Returns the order's id, 0 if it was refused.
    template <class Sink>
    std::uint64_t submit(const NewOrder& asked, Nanos now, Sink&& sink) {
        if (const AskReason why = refusal(asked); why != AskReason::none) [[unlikely]] {
            reject(0, asked.owner, why, now, sink);
            return 0;
        }
        const std::uint32_t slot = resting_.allocate(asked.owner);
        const std::uint64_t id = book().id_of(slot);
        enter(slot, asked, Kind::accepted, now, sink);
        return id;
    }

    template <class Sink>
    void cancel(std::uint64_t id, std::uint32_t owner, Nanos now, Sink&& sink) {
        const std::uint32_t slot = book().find(id);
        if (slot == OrderBook::nobody || book().order(slot).owner != owner) [[unlikely]]
            return reject(id, owner, AskReason::unknown_order, now, sink);
        end_resting(slot, AskReason::none, now, sink);
    }

    // An order that rests, by its slot.
    template <class Sink>
    void cancel_slot(std::uint32_t slot, Nanos now, Sink&& sink) {
        end_resting(slot, AskReason::none, now, sink);
    }

    template <class Sink>
    void amend(std::uint64_t id, std::uint32_t owner, Ticks price, Lots size, SelfTrade self_trade,
               Nanos now, Sink&& sink) {
        const std::uint32_t slot = book().find(id);
        if (slot == OrderBook::nobody || book().order(slot).owner != owner) [[unlikely]]
            return reject(id, owner, AskReason::unknown_order, now, sink);
        const Lots before = resting_.leaves(slot);
        const NewOrder asked{.side = book().side_of(slot),
                             .lifetime = resting_.is_post_only(slot) ? Lifetime::post_only
                                                                     : Lifetime::good_till_cancel,
                             .self_trade = self_trade,
                             .owner = owner,
                             .price = price,
                             .size = size,
                             .display = resting_.display(slot)};
        if (const AskReason why = fault(asked, before); why != AskReason::none) [[unlikely]]
            return reject(id, owner, why, now, sink);
        if (price == book().price_at(slot) && size <= before) {
            resting_.reduce(slot, before - size, now, sink);
            sink(event(Kind::amended, slot, asked.side, price, size, now));
            return;
        }
        resting_.take_out(slot, now, sink);
        enter(slot, asked, Kind::amended, now, sink);
    }

private:
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

    // ------------------------------------------------------------------------------------ answers

    Event event(Kind kind, std::uint32_t slot, Side side, Ticks price, Lots size, Nanos now,
                AskReason why = AskReason::none) const {
        return {.exchange_time = now,
                .local_time = now,
                .size = size,
                .order_id = book().id_of(slot),
                .price = price,
                .lane = book().order(slot).owner,
                .detail = static_cast<std::uint32_t>(why),
                .flags = flag::both,
                .kind = kind,
                .side = side};
    }
    template <class Sink>
    static void reject(std::uint64_t id, std::uint32_t owner, AskReason why, Nanos now,
                       Sink& sink) {
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

    AskReason refusal(const NewOrder& asked) const {
        if (asked.side != Side::bid && asked.side != Side::ask) return AskReason::bad_side;
        const AskReason why = fault(asked, Lots{});
        return why == AskReason::none && book().full() ? AskReason::full : why;
    }
    // What is wrong with an order of which `before` lots rest already.
    AskReason fault(const NewOrder& asked, Lots before) const {
        const bool has_price = asked.price != no_bid && asked.price != no_ask;
        if (!has_price && asked.lifetime != Lifetime::market) return AskReason::bad_price;
        if (asked.size < Lots{1} || asked.size > largest_size) return AskReason::bad_size;
        if (asked.display != Lots{}) [[unlikely]] {
            if (asked.display < Lots{}) return AskReason::bad_display;
            const std::int64_t slices = (asked.size.count - 1) / asked.display.count + 1;
            if (slices > most_slices) return AskReason::bad_display;
        }
        const bool has_room = resting_.lots(asked.side) - before <= most_lots - asked.size;
        return has_room ? AskReason::none : AskReason::full;
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
        const bool takes = book().has(other) && book().best_key(other) >= reach;
        const auto end = [&](Kind kind, Lots left, AskReason why) {
            sink(event(kind, slot, asked.side, asked.price, left, now, why));
            resting_.release(slot);
        };
        if (takes && lifetime == Lifetime::post_only)
            return end(Kind::expired, asked.size, AskReason::would_cross);
        if (!takes && !rests) return end(Kind::expired, asked.size, AskReason::unfilled);
        Taker taker{slot, asked.owner, reach, asked.self_trade, asked.side, asked.size};
        if (lifetime == Lifetime::fill_or_kill && !is_whole(taker))
            return end(Kind::expired, asked.size, AskReason::not_whole);
        sink(event(acknowledgement, slot, asked.side, asked.price, asked.size, now));
        if (takes) {
            take(taker, now, sink);
            if (taker.left == Lots{}) return resting_.release(slot);
            if (taker.stopped) return end(Kind::cancelled, taker.left, AskReason::self_trade);
            if (!rests) return end(Kind::expired, taker.left, AskReason::unfilled);
        }
        resting_.rest(slot, asked, taker.left, now, sink);
    }

    // ------------------------------------------------------------------------------------- leaving

    template <class Sink>
    void end_resting(std::uint32_t slot, AskReason why, Nanos now, Sink& sink) {
        const Event answer = event(Kind::cancelled, slot, book().side_of(slot),
                                   book().price_at(slot), resting_.leaves(slot), now, why);
        resting_.take_out(slot, now, sink);
        sink(answer);
        resting_.release(slot);
    }

    // -------------------------------------------------------------------------------------- taking

    // Whether all of it would be filled now.
    bool is_whole(const Taker& taker) const {
        const bool may_meet = taker.owner != 0 && taker.self_trade != SelfTrade::allow;
        Lots needed = taker.left;
        book().for_each_level(opposite(taker.side), [&](const BookLevel& level) {
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
        for (std::uint32_t at = level.head; at != OrderBook::nobody; at = book().order(at).next) {
            if (book().order(at).owner != taker.owner) {
                displayed += book().order(at).size;
            } else if (taker.self_trade == SelfTrade::cancel_resting) {
                there -= resting_.leaves(at);
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
            const std::uint32_t at = book().best_level(other);
            if (at == 0 || book().level(at).key < taker.reach) return;
            take_level(taker, at, price_of(other, book().level(at).key), now, sink);
        }
    }
    // Takes of one level until nothing is left of either, or an order of its own stops it.
    template <class Sink>
    void take_level(Taker& taker, std::uint32_t at, Ticks price, Nanos now, Sink& sink) {
        const Side other = opposite(taker.side);
        const Lots before = taker.left;
        const BookLevel& level = book().level(at);
        bool is_gone = false;
        while (taker.left > Lots{} && !is_gone) {
            const std::uint32_t maker = level.head;
            if (book().order(maker).owner == taker.owner && taker.owner != 0 &&
                taker.self_trade != SelfTrade::allow) [[unlikely]] {
                is_gone = level.orders == 1 && taker.self_trade != SelfTrade::cancel_taking;
                if (taker.self_trade != SelfTrade::cancel_taking)
                    end_resting(maker, AskReason::self_trade, now, sink);
                taker.stopped = taker.self_trade != SelfTrade::cancel_resting;
                if (taker.stopped) break;
            } else {
                is_gone = fill(taker, maker, price, now, sink);
            }
        }
        if (taker.left == before) return;
        sink(resting_.published(Kind::trade, OrderBook::nobody, taker.side, price,
                                before - taker.left, now));
        resting_.show_level(other, price, level.displayed, now, sink);
    }
    // One match. Returns whether the maker's level went.
    template <class Sink>
    bool fill(Taker& taker, std::uint32_t maker, Ticks price, Nanos now, Sink& sink) {
        const Side other = opposite(taker.side);
        const Lots lots = std::min(book().order(maker).size, taker.left);
        taker.left -= lots;
        sink(resting_.published(Kind::execute, maker, other, price, lots, now));
        sink(event(Kind::filled, maker, other, price, lots, now));
        Event taken = event(Kind::filled, taker.slot, taker.side, price, lots, now);
        taken.flags |= flag::taker;
        sink(taken);
        return resting_.consume(maker, lots, now, sink);
    }

    RestingBook resting_;
};

}  // namespace halfspread
