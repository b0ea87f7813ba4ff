// Columns: a tape's columns as plain spans, read in place; row i is one Event.
//
// Two columns come in two widths, as small as the tape's range allows. The width is the same for a
// whole tape, so the test for it is a branch that never misses.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include "event.hpp"

namespace halfspread {

// Stands for a mid that nobody knows.
inline constexpr std::int64_t no_mid = std::numeric_limits<std::int64_t>::min();

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

    Nanos exchange_at(std::size_t i) const { return Nanos{exchange_time[i]}; }
    Nanos local_at(std::size_t i) const {
        return Nanos{exchange_time[i] + (delay32 != nullptr ? delay32[i] : delay64[i])};
    }
    Lots size_at(std::size_t i) const { return Lots{size32 != nullptr ? size32[i] : size64[i]}; }

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
