// Touches: the best prices and sizes of a tape's book, a row each time one of them changes.
#include <nanobind/nanobind.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "arrays.hpp"
#include "book.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace halfspread::bind {
namespace {

// A side's best; of an empty side both are 0.
struct Best {
    std::int32_t price = 0;
    std::int64_t size = 0;

    bool operator==(const Best&) const = default;
};

Best best_of(const Book<Crossing::newer_wins>& book, Side side) {
    if (!book.has(side)) return {};
    return {book.best(side).count, book.best_size(side).count};
}

nb::dict touches(const HeldColumns& held) {
    const Columns& columns = held.columns;
    Book<Crossing::newer_wins> book;
    std::vector<std::int64_t> times;
    std::array<std::vector<std::int32_t>, 2> prices;
    std::array<std::vector<std::int64_t>, 2> sizes;
    std::array<Best, 2> last;
    for (std::size_t i = 0; i < columns.rows; ++i) {
        if ((columns.flags[i] & flag::at_exchange) == 0) continue;
        const Event event = columns.event(i);
        book.apply(event);
        if ((event.flags & flag::last) == 0) continue;
        const std::array<Best, 2> now{best_of(book, Side::bid), best_of(book, Side::ask)};
        if (now == last) continue;
        last = now;
        times.push_back(event.exchange_time.count);
        for (std::size_t side = 0; side < 2; ++side) {
            prices[side].push_back(now[side].price);
            sizes[side].push_back(now[side].size);
        }
    }
    nb::dict result;
    result["time"] = to_numpy(std::move(times));
    result["bid"] = to_numpy(std::move(prices[0]));
    result["ask"] = to_numpy(std::move(prices[1]));
    result["bid_size"] = to_numpy(std::move(sizes[0]));
    result["ask_size"] = to_numpy(std::move(sizes[1]));
    return result;
}

}  // namespace
}  // namespace halfspread::bind

void bind_touches(nb::module_& m) {
    m.def("touches", &halfspread::bind::touches, "columns"_a,
          "The venue's best prices and sizes after each message that changed one: equal columns\n"
          "time (ns), bid, ask (ticks), bid_size, ask_size (lots; 0: that side is empty).");
}
