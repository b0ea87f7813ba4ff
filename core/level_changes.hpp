// LevelChanges: what a tape of levels tells, as changes of levels with their causes.
//
//     LevelChanges fold(Nanos{1'000'000'000});
//     fold.apply(event, sink);          // sink(LevelMove) for each change of the message that ends
//     fold.book();                      // the book after it
//
// A level that holds more got a limit order. One that holds less lost to a market order what was
// printed at its price and not yet accounted for, and the rest to a cancellation; prints count for
// so long as they were told, and within a message whatever stands first. Snapshots, clears, what a
// crossing level wins over and what a best price erases are told: the book was wrong, nobody acted.
// Applied in order, the moves are the book.
//
// Cost    Book's, and O(prints not accounted for) a trade or a level that shrinks.
// Memory  a message's rows, and the prints that wait.
// Errors  none.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
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
    // Prints wait so long for their levels; 0: until their message ends.
    explicit LevelChanges(Nanos memory) : memory_(memory) {}

    const Book<Crossing::newer_wins>& book() const { return book_; }

    template <class Sink>
    void apply(const Event& event, Sink&& sink) {
        message_.push_back(event);
        if ((event.flags & flag::last) == 0) return;
        for (const Event& row : message_) {
            if (row.kind == Kind::trade) print(row);
        }
        for (const Event& row : message_) change(row, sink);
        message_.clear();
        forget(event.exchange_time);
    }

private:
    struct Print {
        Nanos time;
        Lots left;
        Ticks price;
        Side side;  // of the book
    };

    void print(const Event& row) {
        Side side = opposite(row.side);
        if (row.side == Side::none) {
            if (book_.has(Side::ask) && row.price >= book_.best(Side::ask)) side = Side::ask;
            if (book_.has(Side::bid) && row.price <= book_.best(Side::bid)) side = Side::bid;
        }
        if (side != Side::none) prints_.push_back({row.exchange_time, row.size, row.price, side});
    }
    // Of `most` lots gone from a level, those that were printed there.
    Lots printed(Side side, Ticks price, Lots most) {
        Lots found{};
        for (Print& print : prints_) {
            if (print.side != side || print.price != price) continue;
            const Lots part = std::min(print.left, most - found);
            print.left -= part;
            found += part;
        }
        return found;
    }
    void forget(Nanos now) {
        std::erase_if(prints_, [&](const Print& print) {
            return memory_ == Nanos{} || print.left == Lots{} || print.time + memory_ < now;
        });
    }

    template <class Sink>
    void change(const Event& row, Sink& sink) {
        if (row.kind == Kind::clear) {
            for (const Side side : {Side::bid, Side::ask}) {
                if (row.side != Side::none && row.side != side) continue;
                const bool whole = row.side == Side::none || row.price == everything;
                lose(side, whole ? no_key : key_of(side, row.price), sink);
            }
            book_.apply(row);
        } else if (row.side != Side::none && row.price != no_bid && row.price != no_ask) {
            if (row.kind == Kind::touch) lose(row.side, key_of(row.side, row.price) + 1, sink);
            if (row.kind == Kind::touch || row.kind == Kind::level) set(row, sink);
        }
    }
    template <class Sink>
    void set(const Event& row, Sink& sink) {
        const Side other = opposite(row.side);
        if (row.size > Lots{}) lose(other, key_of(other, row.price), sink);
        const Lots before = book_.size_at(row.side, row.price);
        book_.apply(row);
        const Lots after = std::max(row.size, Lots{});
        const auto move = [&](Lots from, Lots to, Cause cause) {
            if (from != to) sink(LevelMove{from, to, row.price, row.side, cause});
        };
        if ((row.flags & flag::snapshot) != 0 || row.kind == Kind::touch)
            return move(before, after, Cause::told);
        if (after >= before) return move(before, after, Cause::limit);
        const Lots left = before - printed(row.side, row.price, before - after);
        move(before, left, Cause::market);
        move(left, after, Cause::cancel);
    }
    // The levels from the best to `key` are about to go.
    template <class Sink>
    void lose(Side side, std::int32_t key, Sink& sink) const {
        if (!book_.has(side) || key_of(side, book_.best(side)) < key) return;
        book_.for_each(side, [&](Ticks price, Lots lots) {
            if (key_of(side, price) < key) return false;
            sink(LevelMove{lots, Lots{}, price, side, Cause::told});
            return true;
        });
    }

    Nanos memory_;
    Book<Crossing::newer_wins> book_;
    std::vector<Event> message_;
    std::vector<Print> prints_;
};

}  // namespace halfspread
