// Mail: messages under way between desks and venue, in the order in which they arrive.
//
// Messages of one lane never overtake each other: the caller gives them non-decreasing times.
// Messages of different lanes may, so a new one is put in its place from the back; nearly always
// that is the end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "event.hpp"

namespace halfspread {

inline constexpr Nanos never{std::numeric_limits<std::int64_t>::max()};

template <Nanos Event::* arrival>
class Mail {
public:
    explicit Mail(std::size_t capacity = 64) : ring_(power_of_two(capacity)) {}

    bool empty() const { return head_ == tail_; }
    // When the next message arrives; `never` if none is under way.
    Nanos next() const { return empty() ? never : at(head_).*arrival; }

    bool due(Nanos until) const { return !empty() && at(head_).*arrival <= until; }

    void push(const Event& message) {
        if (tail_ - head_ == ring_.size()) grow();
        std::size_t place = tail_++;
        while (place != head_ && at(place - 1).*arrival > message.*arrival) {
            at(place) = at(place - 1);
            --place;
        }
        at(place) = message;
    }

    Event pop() { return at(head_++); }

private:
    static std::size_t power_of_two(std::size_t n) {
        std::size_t size = 16;
        while (size < n) size *= 2;
        return size;
    }
    Event& at(std::size_t i) { return ring_[i & (ring_.size() - 1)]; }
    const Event& at(std::size_t i) const { return ring_[i & (ring_.size() - 1)]; }
    void grow() {
        std::vector<Event> larger(2 * ring_.size());
        for (std::size_t i = head_; i != tail_; ++i) larger[i & (larger.size() - 1)] = at(i);
        ring_ = std::move(larger);
    }

    std::vector<Event> ring_;
    std::size_t head_ = 0, tail_ = 0;
};

}  // namespace halfspread
