// Newest rows: the delay of the newest row and the age of the book, beside a plain look at all rows.
#include "newest_rows.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>

#include "tapes.hpp"

using namespace halfspread;
using tapes::Habits;
using tapes::level;
using tapes::Tape;
using tapes::trade;
using tapes::Width;

namespace {

// The last row on our clock up to `now`, of the book alone or of any kind; null without one.
const Event* last_of(const tapes::Rows& rows, Nanos now, bool book) {
    const Event* found = nullptr;
    for (const Event& row : rows) {
        if ((row.flags & flag::at_local) == 0 || row.local_time > now) continue;
        if (!book || row.kind != Kind::trade) found = &row;
    }
    return found;
}
// As a replay knows it: rows that have happened, or, of a tape out of order, that have reached us.
std::size_t end_of(const tapes::Rows& rows, Nanos now, bool in_order) {
    std::size_t end = 0;
    for (; end < rows.size(); ++end) {
        const Event& row = rows[end];
        const bool is_ours = in_order || (row.flags & flag::at_local) != 0;
        if (is_ours && (in_order ? row.exchange_time : row.local_time) > now) break;
    }
    return end;
}

}  // namespace

TEST_CASE("the newest row, whatever its kind, in order and out of it") {
    for (const Habits habits : {Habits{.silence = 300}, Habits{.late = 20}}) {
        for (std::uint64_t seed = 1; seed <= 10; ++seed) {
            const tapes::Rows rows = tapes::random_market(seed, 600, habits);
            const Tape tape(rows, seed % 2 == 0 ? Width::narrow : Width::wide);
            const Columns columns = tape.columns();
            REQUIRE(columns.in_order == (habits.late == 0));
            NewestRows newest(columns, Nanos{7});
            Draw draw(seed);
            for (Nanos now{900'000'000}; now <= rows.back().local_time + Nanos{1'000'000'000};
                 now += Nanos{draw(40'000'000)}) {
                if (draw.once_in(200)) now += Nanos{100'000'000'000};
                const Event* row = last_of(rows, now, false);
                const double delay = newest.feed_delay_s(now, end_of(rows, now, columns.in_order));
                if (row == nullptr) {
                    REQUIRE(std::isnan(delay));
                } else {
                    const auto taken =
                        static_cast<double>((row->local_time - row->exchange_time).count);
                    REQUIRE(delay == doctest::Approx(taken * 1e-9));
                }
                const Event* of_book = last_of(rows, now, true);
                REQUIRE(newest.book_time(now) == (of_book ? of_book->local_time : Nanos{7}));
            }
        }
    }
}

TEST_CASE("a row that arrives before it happens has a delay below zero") {
    const tapes::Rows rows = {level(1'000, Side::bid, 99, 5, -300),
                              trade(1'001, Side::bid, 101, 5, 50)};
    const Tape tape(rows);
    NewestRows newest(tape.columns(), Nanos{0});
    CHECK(newest.feed_delay_s(Nanos{700}, 1) == doctest::Approx(-300e-9));
    CHECK(newest.feed_delay_s(Nanos{1'051}, 2) == doctest::Approx(50e-9));
    CHECK(newest.feed_delay_s(Nanos{9'999}, 2) == doctest::Approx(50e-9));
}
