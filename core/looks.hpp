// Looks: what lies beyond the touch at times known beforehand, taken while the book passes by.
//
// Where the rows reach us in the order in which they happened, our book at a time T is the venue's
// just before the first row that we see after T. So that no second book is kept, the venue's is
// looked at then, for the times first, first + every, first + 2 every ...
#pragma once

#include "depth.hpp"
#include "log.hpp"
#include "mail.hpp"
#include "units.hpp"

namespace halfspread {

class Looks {
public:
    void start(const DepthPolicy& asked, Nanos first, Nanos every) {
        asked_ = asked;
        next_ = first;
        every_ = every;
    }
    // The next time to look for; `never` if it was not started.
    Nanos next() const { return next_; }

    // Before a row that we shall see at `local_time`, after `next()`. Returns the new `next()`.
    [[gnu::noinline]] Nanos look_before(Nanos local_time, const auto& book) {
        const Depth depth = depth_of(book, asked_);
        for (; next_ < local_time; next_ += every_) looks_.append({.time = next_, .depth = depth});
        return next_;
    }

    // At `now`, one of those times: as it was noted, or as `book` is if no later row has come.
    Depth at(Nanos now, const auto& book) {
        while (!looks_.empty() && looks_.front().time < now) looks_.pop();
        const bool is_past = !looks_.empty() && looks_.front().time == now;
        return is_past ? looks_.front().depth : depth_of(book, asked_);
    }

private:
    struct Look {
        Nanos time;
        Depth depth;
    };

    DepthPolicy asked_;
    Nanos next_ = never, every_{};
    Log<Look> looks_;
};

}  // namespace halfspread
