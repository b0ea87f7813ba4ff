// Recent: the ring of trades against a list of all of them, however many are asked for.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "recent.hpp"

using namespace halfspread;

TEST_CASE("the last trades, the oldest first, as many as there are") {
    for (const std::size_t capacity : {1U, 2U, 7U, 64U}) {
        RecentTrades ring(capacity);
        CHECK(ring.last(3).empty());
        for (std::int64_t i = 1; i <= 200; ++i) {
            ring.append({.time = Nanos{i},
                         .size = Lots{2 * i},
                         .price = Ticks{static_cast<std::int32_t>(3 * i)},
                         .aggressor = i % 2 == 0 ? Side::bid : Side::ask});
            const auto kept = static_cast<std::int64_t>(capacity);
            for (const std::int64_t most : {std::int64_t{1}, kept, kept + 5}) {
                const std::vector<RecentTrade> last = ring.last(static_cast<std::size_t>(most));
                const std::int64_t count = std::min({most, kept, i});
                REQUIRE(last.size() == static_cast<std::size_t>(count));
                for (std::int64_t k = 0; k < count; ++k) {
                    const std::int64_t number = i - count + 1 + k;
                    const RecentTrade& trade = last[static_cast<std::size_t>(k)];
                    REQUIRE(trade.time == Nanos{number});
                    REQUIRE(trade.size == Lots{2 * number});
                    REQUIRE(trade.price.count == 3 * number);
                    REQUIRE(trade.aggressor == (number % 2 == 0 ? Side::bid : Side::ask));
                }
            }
        }
    }
}
