// The obvious twins of Book: std::map, one for each rule about crossed books, nothing shared.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <string>

#include "book.hpp"

namespace halfspread::twin {

inline constexpr std::int64_t lowest = std::numeric_limits<std::int64_t>::min();
inline constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();

using Sizes = std::map<std::int64_t, std::int64_t>;  // by price

inline std::int64_t value_or_zero(const Sizes& sizes, std::int64_t price) {
    const auto found = sizes.find(price);
    return found == sizes.end() ? 0 : found->second;
}
inline bool is_price(Ticks price) { return price != no_bid && price != no_ask; }

// A level that crosses erases the other side's levels up to its price.
class NewerWins {
public:
    void set(Side side, Ticks ticks, Lots lots) {
        if (!is_price(ticks)) return;
        const std::int64_t price = ticks.count;
        Sizes& sizes = side == Side::bid ? bids : asks;
        if (lots.count <= 0) {
            sizes.erase(price);
            return;
        }
        sizes[price] = lots.count;
        if (side == Side::bid) asks.erase(asks.begin(), asks.upper_bound(price));
        if (side == Side::ask) bids.erase(bids.lower_bound(price), bids.end());
    }
    void clear(Side side, Ticks price) {
        const bool all = side == Side::none || price == everything;
        if (side != Side::ask)
            bids.erase(all ? bids.begin() : bids.lower_bound(price.count), bids.end());
        if (side != Side::bid)
            asks.erase(asks.begin(), all ? asks.end() : asks.upper_bound(price.count));
    }
    void touch(Side side, Ticks ticks, Lots lots) {
        if (!is_price(ticks)) return;
        if (side == Side::bid) bids.erase(bids.upper_bound(ticks.count), bids.end());
        if (side == Side::ask) asks.erase(asks.begin(), asks.lower_bound(ticks.count));
        set(side, ticks, lots);
    }
    std::int64_t best_bid() const { return bids.empty() ? lowest : bids.rbegin()->first; }
    std::int64_t best_ask() const { return asks.empty() ? largest : asks.begin()->first; }

    Sizes bids, asks;
};

// hftbacktest's rule, in its own variables: the best prices are remembered, the maps keep
// everything.
class Skip {
public:
    void set(Side side, Ticks ticks, Lots lots) {
        if (!is_price(ticks)) return;
        if (side == Side::bid) set_bid(ticks.count, lots.count);
        if (side == Side::ask) set_ask(ticks.count, lots.count);
    }
    void clear(Side side, Ticks ticks) {
        const std::int64_t price = ticks.count;
        if (side != Side::ask) {
            if (side == Side::none || ticks == everything) {
                bids.clear();
                bid = lowest;
            } else {
                erase(bids, price, bid);
                bid = highest_bid(low_bid, price - 1);
            }
            if (bid == lowest) low_bid = largest;
        }
        if (side != Side::bid) {
            if (side == Side::none || ticks == everything) {
                asks.clear();
                ask = largest;
            } else {
                erase(asks, ask, price);
                ask = lowest_ask(price + 1, high_ask);
            }
            if (ask == largest) high_ask = lowest;
        }
    }
    void touch(Side side, Ticks ticks, Lots lots) {
        if (!is_price(ticks)) return;
        const std::int64_t price = ticks.count;
        if (side == Side::bid && bid > price) {
            erase(bids, price + 1, bid);
            bid = highest_bid(low_bid, price + 1);
            if (bid == lowest) low_bid = largest;
        }
        if (side == Side::ask && ask < price) {
            erase(asks, ask, price - 1);
            ask = lowest_ask(price - 1, high_ask);
            if (ask == largest) high_ask = lowest;
        }
        set(side, ticks, lots);
    }
    std::int64_t best_bid() const { return bid; }
    std::int64_t best_ask() const { return ask; }

    Sizes bids, asks;

private:
    void set_bid(std::int64_t price, std::int64_t size) {
        if (size > 0) bids[price] = size;
        else bids.erase(price);
        if (size <= 0) {
            if (price != bid) return;
            bid = highest_bid(low_bid, bid);
            if (bid == lowest) low_bid = largest;
            return;
        }
        if (price > bid) {
            bid = price;
            if (bid >= ask) ask = lowest_ask(bid, high_ask);
        }
        low_bid = std::min(low_bid, price);
    }
    void set_ask(std::int64_t price, std::int64_t size) {
        if (size > 0) asks[price] = size;
        else asks.erase(price);
        if (size <= 0) {
            if (price != ask) return;
            ask = lowest_ask(ask, high_ask);
            if (ask == largest) high_ask = lowest;
            return;
        }
        if (price < ask) {
            ask = price;
            if (bid >= ask) bid = highest_bid(low_bid, ask);
        }
        high_ask = std::max(high_ask, price);
    }

    // The highest bid in [low, below), the lowest ask in (above, high]; no level: the mark.
    std::int64_t highest_bid(std::int64_t low, std::int64_t below) const {
        const auto next = bids.lower_bound(below);
        if (next == bids.begin()) return lowest;
        const std::int64_t price = std::prev(next)->first;
        return price >= low ? price : lowest;
    }
    std::int64_t lowest_ask(std::int64_t above, std::int64_t high) const {
        const auto next = asks.upper_bound(above);
        return next == asks.end() || next->first > high ? largest : next->first;
    }
    static void erase(Sizes& sizes, std::int64_t from, std::int64_t to) {
        if (from <= to) sizes.erase(sizes.lower_bound(from), sizes.upper_bound(to));
    }

    std::int64_t bid = lowest, ask = largest;
    std::int64_t low_bid = largest, high_ask = lowest;
};

template <Crossing rule>
using Twin = std::conditional_t<rule == Crossing::skip, Skip, NewerWins>;

// What differs between a book and its twin at a glance, or an empty text.
template <Crossing rule>
std::string difference(const Book<rule>& book, const Twin<rule>& twin) {
    const std::int64_t bid = twin.best_bid();
    const std::int64_t ask = twin.best_ask();
    if (book.best(Side::bid).count != (bid == lowest ? no_bid.count : bid)) return "best bid";
    if (book.best(Side::ask).count != (ask == largest ? no_ask.count : ask)) return "best ask";
    if (book.has(Side::bid) != (bid != lowest)) return "has bid";
    if (book.has(Side::ask) != (ask != largest)) return "has ask";
    if (book.crossed() != (bid != lowest && ask != largest && bid >= ask)) return "crossed";
    if (book.best_size(Side::bid).count != value_or_zero(twin.bids, bid)) return "best bid size";
    if (book.best_size(Side::ask).count != value_or_zero(twin.asks, ask)) return "best ask size";
    return "";
}

// The same for every level, by for_each from the best outwards and by the number of levels.
template <Crossing rule>
std::string difference_in_depth(const Book<rule>& book, const Twin<rule>& twin) {
    if (book.levels(Side::bid) != twin.bids.size()) return "number of bids";
    if (book.levels(Side::ask) != twin.asks.size()) return "number of asks";
    auto bid = std::make_reverse_iterator(
        twin.best_bid() == lowest ? twin.bids.begin() : twin.bids.upper_bound(twin.best_bid()));
    auto ask = twin.asks.lower_bound(twin.best_ask());
    std::string found;
    book.for_each(Side::bid, [&](Ticks price, Lots size) {
        if (bid == twin.bids.rend() || price.count != bid->first || size.count != bid->second)
            found = "a bid";
        const bool more = found.empty() && ++bid != twin.bids.rend();
        if (more != (book.next(Side::bid, price) != no_bid)) found = "next bid";
        return found.empty();
    });
    book.for_each(Side::ask, [&](Ticks price, Lots size) {
        if (ask == twin.asks.end() || price.count != ask->first || size.count != ask->second)
            found = "an ask";
        const bool more = found.empty() && ++ask != twin.asks.end();
        if (more != (book.next(Side::ask, price) != no_ask)) found = "next ask";
        return found.empty();
    });
    if (found.empty() && (bid != twin.bids.rend() || ask != twin.asks.end()))
        return "levels missed";
    return found;
}

// What a `set` reports, against the twin before and after it.
template <Crossing rule>
std::string checked_set(Book<rule>& book, Twin<rule>& twin, Side side, Ticks price, Lots size) {
    const Ticks best_before = book.best(side);
    const std::int64_t before =
        is_price(price) ? value_or_zero(side == Side::bid ? twin.bids : twin.asks, price.count) : 0;
    const LevelChange change = book.set(side, price, size);
    twin.set(side, price, size);
    if (change.best_before != best_before) return "best_before";
    if (change.best_after != book.best(side)) return "best_after";
    if (change.before.count != before) return "before";
    if (change.after.count != (is_price(price) && size.count > 0 ? size.count : 0)) return "after";
    if (book.size_at(side, price) != change.after) return "size_at";
    return difference(book, twin);
}

}  // namespace halfspread::twin
