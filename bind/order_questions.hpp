// Orders: what Python asks of a book of orders, whichever class holds it.
#pragma once

#include <nanobind/nanobind.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "order_book.hpp"
#include "order_replay.hpp"

namespace halfspread::bind {

namespace nb = nanobind;

inline Side side_of(int value) {
    if (value != -1 && value != 1) {
        const std::string was = std::to_string(value);
        throw nb::value_error(("side must be -1 (ask) or 1 (bid), was " + was).c_str());
    }
    return static_cast<Side>(value);
}

// The price and the displayed size of the best level.
inline std::optional<std::pair<std::int32_t, std::int64_t>> best_of(const OrderBook& book,
                                                                    int value) {
    const Side side = side_of(value);
    if (!book.has(side)) return std::nullopt;
    return std::pair{book.best(side).count, book.level(book.best_level(side)).displayed.count};
}

inline nb::dict faults_of(const OrderReplay& replay) {
    constexpr const char* names[tape_faults] = {"unknown_order", "known_order", "bad_row",
                                                "wrong_side",    "off_price",   "too_much",
                                                "out_of_turn",   "full"};
    nb::dict counts;
    for (std::size_t fault = 0; fault < tape_faults; ++fault)
        counts[names[fault]] = replay.count(static_cast<TapeFault>(fault));
    return counts;
}

}  // namespace halfspread::bind
