// Depth: what a book shows beyond its touch: the lots of its first levels, and what a size costs.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "book.hpp"
#include "units.hpp"

namespace halfspread {

// What is looked for; 0: not that.
struct DepthPolicy {
    int levels = 0;
    Lots round_trip{0};

    bool any() const { return levels > 0 || round_trip > Lots{0}; }
};

struct Depth {
    double bid = unknown, ask = unknown;  // lots of the first levels, 0 on an empty side
    double round_trip_cost = unknown;     // ticks, of buying a size and selling it again at once

    // In [-1, 1]; NaN on an empty book.
    double imbalance() const { return (bid - ask) / (bid + ask); }
};

// One side of a Depth, in one pass from the best level outwards.
struct SideDepth {
    Lots shown{0};        // of the first levels
    double behind = 0.0;  // how far behind the best price a lot of the round trip lies, on average

    template <class Book>
    SideDepth(const Book& book, Side side, const DepthPolicy& asked) {
        const std::int64_t best = book.best(side).count;
        std::int64_t left = asked.round_trip.count;
        int levels = asked.levels;
        book.for_each(side, [&](Ticks price, Lots size) {
            if (levels-- > 0) shown = capped_sum(shown, size);
            const std::int64_t lots = std::min(size.count, left);
            const auto away = static_cast<std::uint32_t>(std::abs(price.count - best));
            behind += static_cast<double>(lots) * static_cast<double>(away);
            left -= lots;
            return (std::int64_t{levels > 0} | left) != 0;  // one branch: two can't be guessed
        });
        behind = left > 0 ? unknown : behind / static_cast<double>(asked.round_trip.count);
    }
};

template <class Book>
Depth depth_of(const Book& book, const DepthPolicy& asked) {
    const SideDepth bid(book, Side::bid, asked);
    const SideDepth ask(book, Side::ask, asked);
    Depth found;
    if (asked.levels > 0) {
        found.bid = static_cast<double>(bid.shown.count);
        found.ask = static_cast<double>(ask.shown.count);
    }
    if (asked.round_trip > Lots{0}) {
        const std::int64_t spread =
            std::int64_t{book.best(Side::ask).count} - book.best(Side::bid).count;
        found.round_trip_cost = static_cast<double>(spread) + bid.behind + ask.behind;
    }
    return found;
}

}  // namespace halfspread
