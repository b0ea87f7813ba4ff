// Newest rows: of a tape's rows, the last ones that have reached us. Times ascend from call to call.
//
// Cost    book_time: a pass over the rows in all. feed_delay_s: O(log of the rows under way) a call
//         on a tape in order, else at most a pass over the rows in all.
#pragma once

#include <algorithm>
#include <cstddef>

#include "columns.hpp"
#include "event.hpp"
#include "units.hpp"

namespace halfspread {

class NewestRows {
public:
    // `start`: what `book_time` is before the first row.
    NewestRows(const Columns& columns, Nanos start) : columns_(columns), book_time_(start) {}

    // When the last row of the book up to `now` reached us.
    Nanos book_time(Nanos now) {
        for (; book_row_ < columns_.rows; ++book_row_) {
            if ((columns_.flags[book_row_] & flag::at_local) == 0) continue;
            const Nanos time = columns_.local_at(book_row_);
            if (time > now) break;
            if (static_cast<Kind>(columns_.kind[book_row_]) != Kind::trade) book_time_ = time;
        }
        return book_time_;
    }

    // Local minus exchange time of the newest row up to `now`, of any kind; NaN before the first.
    // `end`: no row from there on has reached us; of a tape that is not in order, all before have.
    double feed_delay_s(Nanos now, std::size_t end) {
        for (std::size_t row = columns_.in_order ? reached(now, end) : end; row > newest_; --row) {
            if ((columns_.flags[row - 1] & flag::at_local) == 0) continue;
            newest_ = row;
            break;
        }
        return newest_ == 0 ? unknown : static_cast<double>(columns_.delay_at(newest_ - 1)) * 1e-9;
    }

private:
    // How many of the first `end` rows, in order, have reached us.
    std::size_t reached(Nanos now, std::size_t end) const {
        std::size_t last = end;  // rows from there on are under way
        std::size_t step = 1;
        while (step <= last && columns_.local_at(last - step) > now) {
            last -= step;
            step *= 2;
        }
        std::size_t first = last - std::min(step, last);  // rows before it are not
        while (first < last) {
            const std::size_t middle = first + (last - first) / 2;
            columns_.local_at(middle) > now ? last = middle : first = middle + 1;
        }
        return last;
    }

    Columns columns_;
    Nanos book_time_;
    std::size_t book_row_ = 0;
    std::size_t newest_ = 0;  // one past the newest row
};

}  // namespace halfspread
