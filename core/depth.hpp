// Depth: what a book shows beyond its touch: the lots of its first levels, and what a size costs.
#pragma once

#include <algorithm>
#include <cmath>

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

// The lots of the first `levels` levels of a side.
template <class Book>
Lots shown_lots(const Book& book, Side side, int levels) {
    Lots shown{0};
    book.for_each(side, [&](Ticks, Lots size) {
        shown = capped_sum(shown, size);
        return --levels > 0;
    });
    return shown;
}

// How far behind the best price the mean price of `size` lots lies, in ticks; NaN where the side
// shows fewer.
template <class Book>
double slippage(const Book& book, Side side, Lots size) {
    const double best = book.best(side).count;
    Lots left = size;
    double behind = 0.0;
    book.for_each(side, [&](Ticks price, Lots shown) {
        const Lots lots = std::min(shown, left);
        behind += static_cast<double>(lots.count) * std::abs(price.count - best);
        left -= lots;
        return left > Lots{0};
    });
    return left > Lots{0} ? unknown : behind / static_cast<double>(size.count);
}

template <class Book>
Depth depth_of(const Book& book, const DepthPolicy& asked) {
    Depth found;
    if (asked.levels > 0) {
        found.bid = static_cast<double>(shown_lots(book, Side::bid, asked.levels).count);
        found.ask = static_cast<double>(shown_lots(book, Side::ask, asked.levels).count);
    }
    if (asked.round_trip > Lots{0} && book.has(Side::bid) && book.has(Side::ask)) {
        const double spread =
            static_cast<double>(book.best(Side::ask).count) - book.best(Side::bid).count;
        found.round_trip_cost = spread + slippage(book, Side::bid, asked.round_trip) +
                                slippage(book, Side::ask, asked.round_trip);
    }
    return found;
}

}  // namespace halfspread
