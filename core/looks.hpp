// Looks: the imbalance of several levels at times known beforehand, taken while the book passes by.
//
// Where the rows reach us in the order in which they happened, our book at a time T is the venue's
// just before the first row that we see after T. So that no second book is kept, the venue's is
// looked at then, for the times first, first + every, first + 2 every ...
#pragma once

#include "log.hpp"
#include "mail.hpp"
#include "units.hpp"

namespace halfspread {

class Looks {
public:
    void start(int levels, Nanos first, Nanos every) {
        levels_ = levels;
        next_ = first;
        every_ = every;
    }
    // The next time to look for; `never` if it was not started.
    Nanos next() const { return next_; }

    // Before a row that we shall see at `local_time`, after `next()`. Returns the new `next()`.
    [[gnu::noinline]] Nanos look_before(Nanos local_time, const auto& book) {
        const double imbalance = book.imbalance(levels_);
        for (; next_ < local_time; next_ += every_)
            looks_.append({.time = next_, .imbalance = imbalance});
        return next_;
    }

    // At `now`, one of those times: as it was noted, or as `book` is if no later row has come.
    double at(Nanos now, const auto& book) {
        while (!looks_.empty() && looks_.front().time < now) looks_.pop();
        const bool is_past = !looks_.empty() && looks_.front().time == now;
        return is_past ? looks_.front().imbalance : book.imbalance(levels_);
    }

private:
    struct Look {
        Nanos time;
        double imbalance;
    };

    int levels_ = 0;
    Nanos next_ = never, every_{};
    Log<Look> looks_;
};

}  // namespace halfspread
