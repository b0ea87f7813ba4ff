// Top: the best level of each side of a book.
#pragma once

#include <cstdint>

#include "book.hpp"
#include "units.hpp"

namespace halfspread {

// Bid, then ask; a price is no_bid or no_ask, and its size 0, where the side is empty.
struct Top {
    Ticks price[2] = {no_bid, no_ask};
    Lots size[2]{};

    bool has_bid() const { return price[0] != no_bid; }
    bool has_ask() const { return price[1] != no_ask; }
    bool has_both() const { return has_bid() && has_ask(); }
    std::int64_t mid_half_ticks() const { return std::int64_t{price[0].count} + price[1].count; }
    // In ticks; of two sides only.
    std::int64_t spread() const { return std::int64_t{price[1].count} - price[0].count; }
    // (bid - ask) / (bid + ask) of the sizes; of two sides only.
    double imbalance() const {
        const auto bid = static_cast<double>(size[0].count);
        const auto ask = static_cast<double>(size[1].count);
        return (bid - ask) / (bid + ask);
    }

    template <Crossing crossing>
    void read(const Book<crossing>& book, Side side) {
        const int i = index(side);
        price[i] = book.best(side);
        size[i] = book.has(side) ? book.best_size(side) : Lots{0};
    }
    template <Crossing crossing>
    static Top of(const Book<crossing>& book) {
        Top top;
        top.read(book, Side::bid);
        top.read(book, Side::ask);
        return top;
    }
};

}  // namespace halfspread
