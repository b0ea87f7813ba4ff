// Columns: a tape's columns as plain spans, read in place; row i is one Event.
//
// Two columns come in two widths, as small as the tape's range allows. The width is the same for a
// whole tape, so the test for it is a branch that never misses.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include "departure.hpp"
#include "event.hpp"

namespace halfspread {

// Stands for a mid that nobody knows.
inline constexpr std::int64_t no_mid = std::numeric_limits<std::int64_t>::min();

// A row that the core can't take, for what stands in a column.
struct BadRow {
    std::size_t row;
    const char* column;
    std::int64_t value;
};

// Whether a time, and then time + delay, is one that the core takes: a sum that leaves 64 bits wraps
// to one that isn't.
constexpr bool is_time(std::int64_t time, std::int64_t delay) {
    const auto sum = static_cast<std::uint64_t>(time) + static_cast<std::uint64_t>(delay);
    return sum - static_cast<std::uint64_t>(earliest.count) <=
           static_cast<std::uint64_t>((latest - earliest).count);
}
constexpr bool is_size(Lots size) { return size >= Lots{0} && size <= largest_size; }
constexpr bool is_side(std::int8_t side) { return side >= -1 && side <= 1; }

struct Columns {
    std::size_t rows = 0;
    const std::int64_t* exchange_time = nullptr;
    const std::int32_t* delay32 = nullptr;  // local minus exchange time, or
    const std::int64_t* delay64 = nullptr;
    const std::int32_t* price = nullptr;
    const std::int32_t* size32 = nullptr;  // in lots, or
    const std::int64_t* size64 = nullptr;
    const std::uint8_t* kind = nullptr;
    const std::int8_t* side = nullptr;
    const std::uint8_t* flags = nullptr;
    // Every row is on both clocks, none reaches us before it happens, and none overtakes another.
    bool in_order = false;
    // Where the tape was made of orders: who left the queues, by row. Else none.
    const Departure* departures = nullptr;
    std::size_t departure_count = 0;

    Nanos exchange_at(std::size_t i) const { return Nanos{exchange_time[i]}; }
    std::int64_t delay_at(std::size_t i) const {
        return delay32 != nullptr ? delay32[i] : delay64[i];
    }
    Nanos local_at(std::size_t i) const { return Nanos{exchange_time[i] + delay_at(i)}; }
    Lots size_at(std::size_t i) const { return Lots{size32 != nullptr ? size32[i] : size64[i]}; }

    // The first row that the core can't take; its number is `rows` if there is none.
    BadRow bad_row() const {
        unsigned bad = 0;  // no branch a row: nearly every tape is all good
        for (std::size_t i = 0; i < rows; ++i) {
            const bool in_time = is_time(exchange_time[i], 0);
            bad |= static_cast<unsigned>(!in_time);
            bad |= static_cast<unsigned>(!is_time(exchange_time[i], delay_at(i)));
        }
        for (std::size_t i = 0; i < rows; ++i) {
            bad |= static_cast<unsigned>(!is_size(size_at(i)));
            bad |= static_cast<unsigned>(!is_side(side[i]));
        }
        for (std::size_t i = 0; bad != 0 && i < rows; ++i) {
            if (!is_time(exchange_time[i], 0)) return {i, "exchange_time", exchange_time[i]};
            if (!is_time(exchange_time[i], delay_at(i))) return {i, "delay_ns", delay_at(i)};
            if (!is_size(size_at(i))) return {i, "size_lots", size_at(i).count};
            if (!is_side(side[i])) return {i, "side", side[i]};
        }
        return {rows, nullptr, 0};
    }

    // Local time of the first row on that clock; `otherwise` if there is none.
    Nanos first_local(Nanos otherwise) const {
        for (std::size_t i = 0; i < rows; ++i) {
            if ((flags[i] & flag::at_local) != 0) return local_at(i);
        }
        return otherwise;
    }

    // What `in_order` says, found out by a pass over the rows.
    bool is_in_order() const {
        std::uint8_t everywhere = flag::both;
        bool early = false;
        bool late = false;
        for (std::size_t i = 0; i < rows; ++i) {
            everywhere &= flags[i];
            early |= local_at(i) < exchange_at(i);
        }
        for (std::size_t i = 1; i < rows; ++i) late |= local_at(i) < local_at(i - 1);
        return everywhere == flag::both && !early && !late;
    }

    Event event(std::size_t i) const {
        return {.exchange_time = exchange_at(i),
                .local_time = local_at(i),
                .size = size_at(i),
                .order_id = 0,
                .price = Ticks{price[i]},
                .lane = 0,
                .detail = 0,
                .flags = flags[i],
                .kind = static_cast<Kind>(kind[i]),
                .side = static_cast<Side>(side[i])};
    }
};

}  // namespace halfspread
