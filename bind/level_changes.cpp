// Level changes: every change of a level on a tape, its cause, and the touch after each message.
#include "level_changes.hpp"

#include <nanobind/nanobind.h>

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "arrays.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace halfspread::bind {
namespace {

// One entry a change.
struct Moves {
    std::vector<std::int64_t> message, before, after;
    std::vector<std::int32_t> price;
    std::vector<std::int8_t> side;
    std::vector<std::uint8_t> cause;

    void operator()(const LevelMove& move) {
        before.push_back(move.before.count);
        after.push_back(move.after.count);
        price.push_back(move.price.count);
        side.push_back(static_cast<std::int8_t>(move.side));
        cause.push_back(static_cast<std::uint8_t>(move.cause));
    }
};

nb::dict level_changes(const HeldColumns& held, std::int64_t memory) {
    const Columns& columns = held.columns;
    LevelChanges fold(Nanos{memory});
    Moves moves;
    std::vector<std::int64_t> times;
    std::vector<std::int32_t> bids;
    std::vector<std::int32_t> asks;
    {
        const nb::gil_scoped_release released;
        for (std::size_t row = 0; row < columns.rows; ++row) {
            if ((columns.flags[row] & flag::at_exchange) == 0) continue;
            const Event event = columns.event(row);
            fold.apply(event, moves);
            if (moves.before.size() == moves.message.size()) continue;
            moves.message.resize(moves.before.size(), static_cast<std::int64_t>(times.size()));
            times.push_back(event.exchange_time.count);
            bids.push_back(fold.book().best(Side::bid).count);
            asks.push_back(fold.book().best(Side::ask).count);
        }
    }
    nb::dict result;
    result["message"] = to_numpy(std::move(moves.message));
    result["side"] = to_numpy(std::move(moves.side));
    result["price"] = to_numpy(std::move(moves.price));
    result["before"] = to_numpy(std::move(moves.before));
    result["after"] = to_numpy(std::move(moves.after));
    result["cause"] = to_numpy(std::move(moves.cause));
    result["time"] = to_numpy(std::move(times));
    result["bid"] = to_numpy(std::move(bids));
    result["ask"] = to_numpy(std::move(asks));
    return result;
}

}  // namespace
}  // namespace halfspread::bind

void bind_level_changes(nb::module_& m) {
    m.def(
        "level_changes", &halfspread::bind::level_changes, "columns"_a, "memory"_a,
        "Each change of a level on the exchange's clock, in order: equal columns message, side,\n"
        "price (ticks), before, after (lots), cause (0 told, 1 limit, 2 market, 3 cancel); and of\n"
        "each message that changed one: time (ns), bid, ask after it (ticks; -2**31 and\n"
        "2**31 - 1: none). Prints wait `memory` ns for their levels; 0: in their instant.");
}
