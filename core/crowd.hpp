// Crowd: an exchange and the list of the public's orders in it, from which a flow picks at random.
//
//     Crowd crowd;
//     crowd.submit({.side = Side::bid, .price = Ticks{100}, .size = Lots{1}}, now, sink);
//     crowd.count();                 // of orders of owner 0 that rest
//     crowd.slot(i);                 // one of them, i < count()
//
// Orders of other owners (ours) rest in the same queues, and are no part of the list. All that
// changes the exchange goes through here, whoever asks.
//
// Cost    the exchange's, and O(1).
// Memory  the exchange's, and 8 bytes an order.
// Copy    a copy is whole, and goes on as the original would.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "event.hpp"
#include "exchange.hpp"
#include "matching.hpp"
#include "order_book.hpp"

namespace halfspread {

class Crowd {
public:
    static constexpr std::size_t most_orders = std::size_t{1}
                                               << 31;  // no bound: memory comes first

    Crowd() : exchange_(most_orders) {}

    const Exchange& exchange() const { return exchange_; }
    const OrderBook& book() const { return exchange_.book(); }
    std::size_t count() const { return slots_.size(); }
    std::uint32_t slot(std::size_t i) const { return slots_[i]; }

    template <class Sink>
    std::uint64_t submit(const NewOrder& asked, Nanos now, Sink& sink) {
        return exchange_.submit(asked, now, Watch<Sink>{*this, sink});
    }
    template <class Sink>
    void cancel(std::uint64_t id, std::uint32_t owner, Nanos now, Sink& sink) {
        exchange_.cancel(id, owner, now, Watch<Sink>{*this, sink});
    }
    template <class Sink>
    void cancel_slot(std::uint32_t slot, Nanos now, Sink& sink) {
        exchange_.cancel_slot(slot, now, Watch<Sink>{*this, sink});
    }
    // How many of the public's orders rest at a level: O(1), or O(orders) if others' rest too.
    std::uint32_t count_at(const BookLevel& level) const {
        if (book().live() == count()) return level.orders;
        std::uint32_t orders = 0;
        for (std::uint32_t slot = level.head; slot != 0; slot = book().order(slot).next)
            if (book().order(slot).owner == 0) ++orders;
        return orders;
    }
    // Of these the one with so many before it in the queue: O(orders before it).
    template <class Sink>
    void cancel_at(const BookLevel& level, std::uint32_t before, Nanos now, Sink& sink) {
        std::uint32_t slot = level.head;
        while (book().order(slot).owner != 0 || before-- > 0) slot = book().order(slot).next;
        cancel_slot(slot, now, sink);
    }
    // A submit, cancel or amend of anybody.
    template <class Sink>
    std::uint64_t apply(const Event& ask, Lots display, Sink& sink) {
        return exchange_.apply(ask, display, Watch<Sink>{*this, sink});
    }
    // The book as it stands, as a tape's snapshot: a clear, then the levels, bids first, best first.
    template <class Sink>
    void show(Nanos now, Sink&& sink) const {
        Event row = exchange_.resting().published(Kind::clear, OrderBook::nobody, Side::none,
                                                  everything, Lots{}, now);
        row.flags |= flag::snapshot;
        sink(std::as_const(row));
        row.kind = Kind::level;
        for (const Side side : {Side::bid, Side::ask}) {
            book().for_each_level(side, [&](const BookLevel& level) {
                row.side = side;
                row.price = price_of(side, level.key);
                row.size = level.displayed;
                sink(std::as_const(row));
                return true;
            });
        }
    }

private:
    // Keeps the list by what the public is told, and passes all on.
    template <class Sink>
    struct Watch {
        Crowd& crowd;
        Sink& sink;
        [[gnu::always_inline]] void operator()(const Event& event) const {
            if (event.kind == Kind::add || event.kind == Kind::remove ||
                event.kind == Kind::execute)
                crowd.follow(event);
            sink(event);
        }
    };

    void follow(const Event& event) {
        const auto slot = static_cast<std::uint32_t>(event.order_id);
        if (book().order(slot).owner != 0) return;
        if (event.kind == Kind::add) {
            list(slot);
        } else if (event.kind == Kind::remove ||
                   event.size == exchange_.resting().leaves(slot)) {  // all of it is executed
            strike(slot);
        }
    }
    void list(std::uint32_t slot) {
        if (slot >= places_.size()) [[unlikely]]
            places_.resize(slot + slot / 2 + 64, 0);
        if (places_[slot] != 0) return;  // an iceberg's next slice
        slots_.push_back(slot);
        places_[slot] = static_cast<std::uint32_t>(slots_.size());
    }
    void strike(std::uint32_t slot) {
        const std::uint32_t last = slots_.back();
        slots_[places_[slot] - 1] = last;
        places_[last] = places_[slot];
        places_[slot] = 0;
        slots_.pop_back();
    }

    Exchange exchange_;
    std::vector<std::uint32_t> slots_;
    std::vector<std::uint32_t> places_;  // by slot: 1 + its place in slots_; 0: not listed
};

}  // namespace halfspread
