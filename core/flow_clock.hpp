// FlowClock: when the next event of a flow of random orders comes, and the number that decides it.
//
//     FlowClock clock(seed, lane, begin);
//     clock.set_rate(rate);                 // events a second, as the market stands
//     while (clock.next() <= until) {
//         clock.turn();                     // it is now clock.now()
//         act(clock.choice());              // uniform in (0, 1)
//         clock.set_rate(rate);
//     }
//
// An event comes when the integral of the rate has reached a draw of mean 1, so that a change of
// the rate in between, after pass_to(time), leaves the process exact. Times are whole nanoseconds
// to others; the fraction is kept. Draw i is a function of (seed, lane, i).
//
// Cost    a Philox block an event, made 64 at a time.
// Errors  none: rates are finite and > 0. Times stop at `latest`.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "draw_block.hpp"
#include "exponential_table.hpp"
#include "random.hpp"
#include "units.hpp"

namespace halfspread {

class FlowClock {
public:
    static constexpr std::uint32_t purpose =
        16;  // and the next one, of a flow's clock; a flow's own come after

    FlowClock(std::uint64_t seed, std::uint32_t lane, Nanos begin, std::uint32_t first = purpose)
        : draws_(seed, lane, first), retries_(seed, lane, first + 1), now_(begin), next_(begin) {
        fill();
    }

    Nanos now() const { return now_; }
    Nanos next() const { return next_; }
    // How many events there were.
    std::uint64_t turns() const { return first_ + at_; }
    double choice() const { return choice_; }
    double rate() const { return rate_; }

    void set_rate(double rate) {
        rate_ = rate;
        const double wait = std::min(left_ / rate * 1e9 + part_, most_wait);
        const auto whole = static_cast<std::int64_t>(wait);
        next_ = std::min(capped_sum(now_, Nanos{whole}), latest);
        next_part_ = wait - static_cast<double>(whole);
    }
    // To the next event.
    void turn() {
        now_ = next_;
        part_ = next_part_;
        choice_ = drawn_.second[at_];
        if (++at_ == block) [[unlikely]] {
            first_ += block;
            fill();
        }
        left_ = drawn_.first[at_];
    }
    // Nothing happened until `time`, from now() to next(). A set_rate follows.
    void pass_to(Nanos time) {
        const double passed = static_cast<double>((time - now_).count) - part_;
        left_ = std::max(0.0, left_ - rate_ * passed * 1e-9);
        now_ = time;
        part_ = 0.0;
    }

private:
    static constexpr std::size_t block = block_draws;
    static constexpr double most_wait = 0x1p62;

    [[gnu::noinline]] void fill() {
        fill_block(drawn_, draws_, first_);
        for (std::size_t i = 0; i < block; ++i) {
            const auto retry = [&] { return retries_.uniforms(first_ + i); };
            drawn_.first[i] = exponential_table.draw(drawn_.first[i], retry);
        }
        at_ = 0;
        left_ = drawn_.first[0];
    }

    Draws draws_, retries_;
    std::uint64_t first_ = 0;  // the block's first draw
    std::size_t at_ = 0;
    DrawBlock drawn_;  // waits and choices
    double choice_ = 0.5, rate_ = 1.0;
    double left_;                          // what the rate's integral has still to reach
    double part_ = 0.0, next_part_ = 0.0;  // of a nanosecond
    Nanos now_, next_;
};

}  // namespace halfspread
