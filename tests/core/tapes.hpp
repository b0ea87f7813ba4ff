// Tapes for the tests: rows written down one by one, or at random, and read as columns.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <utility>
#include <vector>

#include "builders.hpp"
#include "columns.hpp"
#include "event.hpp"

namespace halfspread::tapes {

using Rows = std::vector<Event>;

inline Event row(Kind kind, std::int64_t time, Side side, std::int32_t price, std::int64_t size,
                 std::int64_t delay = 0) {
    Event event{};
    event.exchange_time = Nanos{time};
    event.local_time = Nanos{time + delay};
    event.size = Lots{size};
    event.price = Ticks{price};
    event.flags = flag::both | flag::last;
    event.kind = kind;
    event.side = side;
    return event;
}
inline Event level(std::int64_t time, Side side, std::int32_t price, std::int64_t size,
                   std::int64_t delay = 0) {
    return row(Kind::level, time, side, price, size, delay);
}
inline Event trade(std::int64_t time, Side aggressor, std::int32_t price, std::int64_t size,
                   std::int64_t delay = 0) {
    return row(Kind::trade, time, aggressor, price, size, delay);
}

enum class Width : std::uint8_t { narrow, wide };

// Rows as a tape's columns, which live as long as this does.
class Tape {
public:
    explicit Tape(const Rows& rows, Width width = Width::narrow) : wide_(width == Width::wide) {
        for (const Event& event : rows) {
            const std::int64_t delay = event.local_time.count - event.exchange_time.count;
            time_.push_back(event.exchange_time.count);
            delay32_.push_back(static_cast<std::int32_t>(delay));
            delay64_.push_back(delay);
            price_.push_back(event.price.count);
            size32_.push_back(static_cast<std::int32_t>(event.size.count));
            size64_.push_back(event.size.count);
            kind_.push_back(static_cast<std::uint8_t>(event.kind));
            side_.push_back(static_cast<std::int8_t>(event.side));
            flags_.push_back(static_cast<std::uint8_t>(event.flags));
        }
    }

    Columns columns() const {
        Columns columns;
        columns.rows = time_.size();
        columns.exchange_time = time_.data();
        columns.delay32 = wide_ ? nullptr : delay32_.data();
        columns.delay64 = wide_ ? delay64_.data() : nullptr;
        columns.price = price_.data();
        columns.size32 = wide_ ? nullptr : size32_.data();
        columns.size64 = wide_ ? size64_.data() : nullptr;
        columns.kind = kind_.data();
        columns.side = side_.data();
        columns.flags = flags_.data();
        columns.in_order = columns.is_in_order();
        return columns;
    }

private:
    bool wide_;
    std::vector<std::int64_t> time_, delay64_, size64_;
    std::vector<std::int32_t> delay32_, price_, size32_;
    std::vector<std::uint8_t> kind_, flags_;
    std::vector<std::int8_t> side_;
};

// What a random market does, once in so many rows; 0: never.
struct Habits {
    int crossing = 0;         // a level lands beyond the other side's best
    int clear = 0;            // a clear, of any side and price
    int touch = 0;            // a touch
    int sideless = 0;         // a row has no side
    int silence = 0;          // minutes pass
    int jump = 0;             // the price jumps by thousands of ticks
    int late = 0;             // a row reaches us after others that happened later
    std::int32_t spread = 4;  // levels scatter over so many ticks
    std::int64_t grid = 1;    // all times are multiples of it: large, for things at one instant
};

inline constexpr Habits calm{.silence = 3'000};
inline constexpr Habits wild{.crossing = 5,
                             .clear = 40,
                             .touch = 60,
                             .sideless = 15,
                             .silence = 500,
                             .jump = 200,
                             .spread = 8};

namespace detail {

// Splits late rows in two, one a clock, and puts the local one where it belongs on our clock.
inline Rows split(const Rows& rows, const Rows& late) {
    Rows result = rows;
    for (Event event : late) {
        event.flags = static_cast<std::uint16_t>(event.flags & ~flag::at_exchange);
        const auto later = std::find_if(result.begin(), result.end(), [&](const Event& other) {
            return (other.flags & flag::at_local) != 0 && other.local_time > event.local_time;
        });
        result.insert(later, event);
    }
    return result;
}

}  // namespace detail

// `count` rows, a few milliseconds apart, some at one instant; local times never go back but where
// rows are late. A level that comes from outside pulls the price there.
inline Rows random_market(std::uint64_t seed, int count, const Habits& habits,
                          std::int64_t start = 1'000'000'000) {
    Draw within(seed);
    const auto up_to = [&](std::int64_t bound) {
        return within(bound / habits.grid + 1) * habits.grid;
    };
    Rows rows, late;
    std::int64_t time = start, local = start;
    std::int32_t price = 10'000;
    for (int i = 0; i < count; ++i) {
        if (within(10) < 6) time += up_to(8'000'000);
        if (within.once_in(habits.silence)) time += within(400) * 1'000'000'000;
        if (within(5) == 0) price += static_cast<std::int32_t>(within(3)) - 1;
        if (within.once_in(habits.jump)) price += static_cast<std::int32_t>(within(10'001)) - 5'000;
        const Side side = within(2) == 0 ? Side::bid : Side::ask;
        const auto away = static_cast<std::int32_t>(1 + within(habits.spread)) -
                          (within.once_in(habits.crossing) ? habits.spread : 0);
        Event event = level(time, side, price - sign(side) * away, within(3) * within(20));
        if (within(5) == 0) {
            event = trade(time, side, price + sign(side) * static_cast<std::int32_t>(within(4) - 1),
                          1 + within(15));
        }
        if (within.once_in(habits.touch)) event.kind = Kind::touch;
        if (within.once_in(habits.clear)) event.kind = Kind::clear;
        if (event.kind == Kind::clear && within(3) == 0) event.price = everything;
        if (within.once_in(habits.sideless)) event.side = Side::none;
        if (within(4) == 0) event.flags = flag::both;
        local = std::max(local, time + up_to(20'000'000));
        event.local_time = Nanos{local};
        if (within.once_in(habits.late)) {
            event.local_time += Nanos{up_to(60'000'000)};
            late.push_back(event);
            event.flags = static_cast<std::uint16_t>(event.flags & ~flag::at_local);
        }
        rows.push_back(event);
    }
    return detail::split(rows, late);
}

}  // namespace halfspread::tapes
