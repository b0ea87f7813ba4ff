// Recent: the last public trades that we have seen, in a ring as large as was asked for.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "event.hpp"
#include "units.hpp"

namespace halfspread {

struct RecentTrade {
    Nanos time;  // when it reached us
    Lots size;
    Ticks price;
    Side aggressor;  // none: unknown
};

class RecentTrades {
public:
    explicit RecentTrades(std::size_t capacity) : ring_(capacity) {}

    // Takes the place of the oldest, if all places are taken; there must be one.
    void append(const RecentTrade& trade) {
        ring_[next_] = trade;
        next_ = next_ + 1 == ring_.size() ? 0 : next_ + 1;
        count_ = std::min(count_ + 1, ring_.size());
    }

    // The last `most` trades, or as many as there are, the oldest first.
    std::vector<RecentTrade> last(std::size_t most) const {
        const std::size_t count = std::min(most, count_);
        std::vector<RecentTrade> trades;
        trades.reserve(count);
        for (std::size_t ago = count; ago > 0; --ago) {
            trades.push_back(ring_[(next_ + ring_.size() - ago) % ring_.size()]);
        }
        return trades;
    }

private:
    std::vector<RecentTrade> ring_;
    std::size_t next_ = 0, count_ = 0;
};

}  // namespace halfspread
