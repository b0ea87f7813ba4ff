// TwoClocks: rows about orders in, rows about levels out, on each clock; and who left the queues.
//
//     TwoClocks fold(true);                        // departures too
//     fold.apply(event, rows);                     // appends the rows that come of it
//     fold.take_departures();                      // beside them, on the exchange's clock
//
// The clocks share one book until a row is on one of them alone; a row on none is nobody's. Of a
// message whose last row made none, the newest row that came of it ends it.
//
// Cost    OrderLevels', twice once the clocks have parted.
// Errors  none: see OrderReplay.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "departure.hpp"
#include "event.hpp"
#include "order_levels.hpp"

namespace halfspread {

class TwoClocks {
public:
    // `departs`: whether to keep who left the queues, on the exchange's clock.
    explicit TwoClocks(bool departs) : departs_(departs) {}

    void apply(const Event& event, std::vector<Event>& rows) {
        const auto clocks = static_cast<std::uint16_t>(event.flags & flag::both);
        if (clocks == 0) return;
        OrderLevels* const local = local_of(clocks);
        const std::size_t start = rows.size();
        const auto sink = [&](const Event& row) { rows.push_back(row); };
        if ((clocks & flag::at_exchange) != 0) {
            const std::uint64_t row = rows_before_ + start;
            exchange_.replay().stamp(row + left_before_ + departures_.size());
            exchange_.apply(event, sink);
            if (departs_) depart(event, row);
        } else if (local != nullptr) {
            local->apply(event, sink);
        }
        if (clocks == flag::both && local != nullptr) split(*local, event, start, rows);
        if (rows.size() > start) {
            for (std::size_t clock = 0; clock < 2; ++clock)
                if ((event.flags & clock_flags[clock]) != 0) end_[clock] = find(rows, start, clock);
        }
        if ((event.flags & flag::last) == 0) return;
        for (std::size_t clock = 0; clock < 2; ++clock) {
            if ((event.flags & clock_flags[clock]) == 0) continue;
            if (end_[clock] > 0) rows[end_[clock] - 1].flags |= flag::last;
            end_[clock] = 0;
        }
    }
    // The rows so far are taken away: a message that has not ended does so without them.
    void restart(std::size_t rows) {
        end_ = {};
        rows_before_ += rows;
    }
    // The departures since they were last taken.
    std::vector<Departure> take_departures() {
        left_before_ += departures_.size();
        return std::exchange(departures_, {});
    }
    const OrderReplay& replay() const { return exchange_.replay(); }

private:
    static constexpr std::array<std::uint16_t, 2> clock_flags{flag::at_exchange, flag::at_local};

    static bool is_same(const Event& one, const Event& other) {
        return one.kind == other.kind && one.side == other.side && one.price == other.price &&
               one.size == other.size;
    }
    void depart(const Event& event, std::uint64_t row) {
        for (const Gone& gone : exchange_.replay().gone()) {
            departures_.push_back({.time = event.exchange_time,
                                   .row = row,
                                   .joined = gone.stamp,
                                   .lots = gone.lots,
                                   .price = gone.price,
                                   .side = gone.side,
                                   .was_executed = event.kind == Kind::execute});
        }
    }
    // Our clock's own levels, from the first row on that is on one clock only; null before.
    OrderLevels* local_of(std::uint16_t clocks) {
        if (clocks != flag::both && !local_) local_.emplace(exchange_);
        return local_ ? &*local_ : nullptr;
    }
    // A row for both clocks made different rows on each: each clock gets its own.
    void split(OrderLevels& local, const Event& event, std::size_t start,
               std::vector<Event>& rows) {
        other_.clear();
        local.apply(event, [&](const Event& row) { other_.push_back(row); });
        bool same = rows.size() - start == other_.size();
        for (std::size_t i = 0; same && i < other_.size(); ++i)
            same = is_same(rows[start + i], other_[i]);
        if (same) return;
        const auto only = [](Event& row, std::uint16_t clock) {
            row.flags = static_cast<std::uint16_t>((row.flags & ~flag::both) | clock);
        };
        for (std::size_t i = start; i < rows.size(); ++i) only(rows[i], flag::at_exchange);
        for (Event& row : other_) only(row, flag::at_local);
        rows.insert(rows.end(), other_.begin(), other_.end());
    }
    // One past the newest row on a clock.
    std::size_t find(const std::vector<Event>& rows, std::size_t start, std::size_t clock) const {
        for (std::size_t i = rows.size(); i > start; --i)
            if ((rows[i - 1].flags & clock_flags[clock]) != 0) return i;
        return end_[clock];
    }

    OrderLevels exchange_;
    std::optional<OrderLevels> local_;
    std::vector<Event> other_;
    std::array<std::size_t, 2> end_{};
    bool departs_;
    std::vector<Departure> departures_;
    std::uint64_t rows_before_ = 0;  // that were taken away, as were
    std::uint64_t left_before_ = 0;  // so many departures
};

}  // namespace halfspread
