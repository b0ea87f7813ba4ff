// LevelChanges: what a tape of levels tells, as changes of levels with their causes.
//
//     LevelChanges fold(Nanos{1'000'000'000});
//     fold.apply(event, sink);          // sink(LevelMove) for each change of the message that ends
//     fold.book();                      // the book after it
//
// Of what a level lost, market orders took what was printed at its price and is not yet accounted
// for; the rest was cancelled. What a level gained is a limit order. Where more was printed before
// the message than the level lost, it was filled up meanwhile: a limit order of as much. What a
// crossing level wins over was taken or cancelled likewise. Snapshots, clears and best prices are
// told: the book was wrong, nobody acted. Applied in order, the moves are the book.
//
// Cost    Book's, and O(prints not accounted for) a trade or a level that shrinks.
// Memory  a message's rows, and the prints that wait.
// Errors  none.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "book.hpp"
#include "event.hpp"
#include "units.hpp"

namespace halfspread {

enum class Cause : std::uint8_t { told, limit, market, cancel };

struct LevelMove {
    Lots before, after;
    Ticks price;
    Side side;
    Cause cause;
};

class LevelChanges {
public:
    // Prints wait so long for their levels; 0: as long as it is their instant.
    explicit LevelChanges(Nanos memory) : memory_(memory) {}

    const Book<Crossing::newer_wins>& book() const { return book_; }

    template <class Sink>
    void apply(const Event& event, Sink&& sink) {
        message_.push_back(event);
        if ((event.flags & flag::last) == 0) return;
        forget(event.exchange_time);
        for (const Event& row : message_) {
            if (row.kind == Kind::trade) print(row);
        }
        for (const Event& row : message_) change(row, sink);
        fill_up(event.exchange_time, sink);
        message_.clear();
    }

private:
    struct Print {
        Nanos time;
        Lots left;
        Ticks price;
        Side side;  // of the book
        bool told;  // its level, in the message that is looked at
    };

    void print(const Event& row) {
        Side side = opposite(row.side);
        if (row.side == Side::none) {
            if (book_.has(Side::ask) && row.price >= book_.best(Side::ask)) side = Side::ask;
            if (book_.has(Side::bid) && row.price <= book_.best(Side::bid)) side = Side::bid;
        }
        if (side != Side::none)
            prints_.push_back({row.exchange_time, row.size, row.price, side, false});
    }
    // Of the lots that a level lost, those that were printed and are not accounted for; they are now.
    Lots printed(Side side, Ticks price, Lots lost) {
        Lots found{};
        for (Print& print : prints_) {
            if (print.side != side || print.price != price) continue;
            print.told = true;
            const Lots part = std::min(print.left, lost - found);
            print.left -= part;
            found += part;
        }
        return found;
    }
    // Prints from before the message of levels that it told: filled up meanwhile.
    template <class Sink>
    void fill_up(Nanos now, Sink& sink) {
        for (Print& print : prints_) {
            if (!std::exchange(print.told, false) || print.time == now) continue;
            const Lots there = book_.size_at(print.side, print.price);
            const Lots most = there + std::exchange(print.left, Lots{});
            move(there, most, print.price, print.side, Cause::limit, sink);
            move(most, there, print.price, print.side, Cause::market, sink);
        }
    }
    void forget(Nanos now) {
        std::erase_if(prints_, [&](const Print& print) {
            return print.left == Lots{} || print.time + memory_ < now;
        });
    }

    template <class Sink>
    void change(const Event& row, Sink& sink) {
        if (row.kind == Kind::clear) {
            for (const Side side : {Side::bid, Side::ask}) {
                if (row.side != Side::none && row.side != side) continue;
                const bool whole = row.side == Side::none || row.price == everything;
                lose(row, side, whole ? no_key : key_of(side, row.price), sink);
            }
            book_.apply(row);
        } else if (row.side != Side::none && row.price != no_bid && row.price != no_ask) {
            if (row.kind == Kind::touch) lose(row, row.side, key_of(row.side, row.price) + 1, sink);
            if (row.kind == Kind::touch || row.kind == Kind::level) set(row, sink);
        }
    }
    template <class Sink>
    void set(const Event& row, Sink& sink) {
        const Side other = opposite(row.side);
        if (row.size > Lots{}) lose(row, other, key_of(other, row.price), sink);
        const Lots before = book_.size_at(row.side, row.price);
        book_.apply(row);
        tell(row, row.side, row.price, before, std::max(row.size, Lots{}), sink);
    }
    template <class Sink>
    void tell(const Event& row, Side side, Ticks price, Lots before, Lots after, Sink& sink) {
        if ((row.flags & flag::snapshot) != 0 || row.kind != Kind::level)
            return move(before, after, price, side, Cause::told, sink);
        const Lots left = before - printed(side, price, std::max(before - after, Lots{}));
        move(before, left, price, side, Cause::market, sink);
        move(left, after, price, side, after > left ? Cause::limit : Cause::cancel, sink);
    }
    template <class Sink>
    static void move(Lots before, Lots after, Ticks price, Side side, Cause cause, Sink& sink) {
        if (before != after) sink(LevelMove{before, after, price, side, cause});
    }
    // The levels from the best to `key` are about to go.
    template <class Sink>
    void lose(const Event& row, Side side, std::int32_t key, Sink& sink) {
        if (!book_.has(side) || key_of(side, book_.best(side)) < key) return;
        book_.for_each(side, [&](Ticks price, Lots lots) {
            if (key_of(side, price) < key) return false;
            tell(row, side, price, lots, Lots{}, sink);
            return true;
        });
    }

    Nanos memory_;
    Book<Crossing::newer_wins> book_;
    std::vector<Event> message_;
    std::vector<Print> prints_;
};

}  // namespace halfspread
