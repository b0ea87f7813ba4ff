// Log: entries in order of time in a ring that grows, dropped from the front when they are old.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "mail.hpp"
#include "units.hpp"

namespace halfspread {

template <class Entry>
class Log {
public:
    bool empty() const { return head_ == tail_; }
    const Entry& front() const { return ring_[head_ & mask()]; }
    void pop() { ++head_; }
    void append(const Entry& entry) {
        if (tail_ - head_ == ring_.size()) grow();
        ring_[tail_++ & mask()] = entry;
    }

    // Drops what is older than the last entry at or before `now`; false if there is none.
    bool seek(Nanos now) {
        std::size_t place = tail_;
        while (place != head_ && ring_[(place - 1) & mask()].time > now) --place;
        if (place == head_) return false;
        head_ = place - 1;
        return true;
    }
    // When the entry after the front one comes; `never` if there is none.
    Nanos after_front() const {
        return tail_ - head_ < 2 ? never : ring_[(head_ + 1) & mask()].time;
    }

private:
    std::size_t mask() const { return ring_.size() - 1; }
    [[gnu::noinline]] void grow() {
        std::vector<Entry> larger(2 * ring_.size());
        for (std::size_t i = head_; i != tail_; ++i)
            larger[i & (larger.size() - 1)] = ring_[i & mask()];
        ring_ = std::move(larger);
    }

    std::vector<Entry> ring_ = std::vector<Entry>(64);
    std::size_t head_ = 0, tail_ = 0;
};

}  // namespace halfspread
