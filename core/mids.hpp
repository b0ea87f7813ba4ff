// Mids: the venue's mid over time: where it changed, and at chosen times by one walk over a tape.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "book.hpp"
#include "columns.hpp"
#include "top.hpp"

namespace halfspread {

// The mid is this from `time` on.
struct MidChange {
    Nanos time;
    std::int64_t mid_half_ticks;
};

// The venue's mid in half ticks just after each of the ascending `times`; `no_mid` while a side is
// empty.
inline std::vector<std::int64_t> mids_at(const Columns& columns, const std::int64_t* times,
                                         std::size_t count) {
    Book<Crossing::newer_wins> book;
    std::vector<std::int64_t> mids(count);
    std::size_t row = 0;
    for (std::size_t i = 0; i < count; ++i) {
        for (; row < columns.rows; ++row) {
            if ((columns.flags[row] & flag::at_exchange) == 0) continue;
            if (columns.exchange_time[row] > times[i]) break;
            book.apply(columns.event(row));
        }
        const Top top = Top::of(book);
        mids[i] = top.has_both() ? top.mid_half_ticks() : no_mid;
    }
    return mids;
}

}  // namespace halfspread
