// Order levels: rows about orders made rows about levels, and what a codec of orders remembers.
#include "order_levels.hpp"

#include <nanobind/nanobind.h>

#include <array>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "arrays.hpp"
#include "order_feed.hpp"
#include "order_questions.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace halfspread::bind {
namespace {

using Bits = nb::ndarray<const std::uint8_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

bool is_same(const Event& one, const Event& other) {
    return one.kind == other.kind && one.side == other.side && one.price == other.price &&
           one.size == other.size;
}

// The fold on both clocks. They share one book until a row is on one clock alone.
class TwoClocks {
public:
    // `departs`: whether to keep who left the queues, on the exchange's clock.
    explicit TwoClocks(bool departs) : departs_(departs) {}

    void apply(const Event& event, std::vector<Event>& rows) {
        const auto clocks = static_cast<std::uint16_t>(event.flags & flag::both);
        if (clocks != flag::both && !local_) local_.emplace(exchange_);
        const std::size_t start = rows.size();
        const auto sink = [&](const Event& row) { rows.push_back(row); };
        if ((clocks & flag::at_exchange) != 0) {
            const std::uint64_t row = rows_before_ + start;
            exchange_.replay().stamp(row + left_before_ + departures_.size());
            exchange_.apply(event, sink);
            if (departs_) depart(event, row);
        } else if (local_) {
            local_->apply(event, sink);
        }
        if (clocks == flag::both && local_) split(*local_, event, start, rows);
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

nb::tuple levels_of(TwoClocks& fold, const Rows& rows) {
    const std::size_t count = rows.shape(0);
    std::vector<Event> out;
    std::vector<std::int64_t> ends(count);
    {
        const nb::gil_scoped_release released;
        out.reserve(count + count / 8);
        for (std::size_t row = 0; row < count; ++row) {
            fold.apply(event_at(rows, row), out);
            ends[row] = static_cast<std::int64_t>(out.size());
        }
        fold.restart(out.size());
    }
    return nb::make_tuple(to_rows(out), to_numpy(std::move(ends)));
}

nb::ndarray<nb::numpy, std::uint8_t> departures_of(TwoClocks& fold) {
    const std::vector<Departure> departures = fold.take_departures();
    std::vector<std::uint8_t> bytes(departures.size() * sizeof(Departure));
    if (!departures.empty()) std::memcpy(bytes.data(), departures.data(), bytes.size());
    return to_numpy(std::move(bytes), {departures.size(), sizeof(Departure)});
}

// The told books of a batch: of each its message, its levels, and whether they are all of a side.
struct ToldBooks {
    const Rows& levels;
    const Numbers& counts;
    const Numbers& messages;
    const Rows& stamps;  // a row with the times and flags that its corrections get
    const Bits& whole;   // bit 0: of bids, bit 1: of asks
};

class PythonFeed {
public:
    nb::tuple follow(const Rows& rows, const Numbers& messages, const Bits& reduces,
                     const Rows& levels, const Numbers& counts, const Numbers& told,
                     const Rows& stamps, const Bits& whole) {
        const std::size_t books = counts.shape(0);
        if (messages.shape(0) != rows.shape(0) || reduces.shape(0) != rows.shape(0))
            throw nb::value_error("a message and a mark for each row");
        if (told.shape(0) != books || stamps.shape(0) != books || whole.shape(0) != books)
            throw nb::value_error("a message, a stamp and a mark for each book");
        std::size_t sum = 0;
        for (std::size_t book = 0; book < books; ++book)
            sum += static_cast<std::size_t>(counts(book));
        if (sum != levels.shape(0)) throw nb::value_error("counts must add up to the levels");
        const ToldBooks books_told{levels, counts, told, stamps, whole};
        std::vector<Event> made;
        made.reserve(rows.shape(0));
        std::vector<Event> set;
        std::vector<std::int64_t> of;
        {
            const nb::gil_scoped_release released;
            std::size_t book = 0;
            std::size_t level = 0;
            for (std::size_t row = 0; row <= rows.shape(0); ++row) {
                const bool at_end = row == rows.shape(0);
                while (book < books && (at_end || told(book) < messages(row)))
                    settle(books_told, book++, level, set, of);
                if (at_end) break;
                Event event = event_at(rows, row);
                if (reduces(row) != 0) {
                    event = feed_.reduce(event);
                } else {
                    feed_.apply(event);
                }
                made.push_back(event);
            }
        }
        return nb::make_tuple(to_rows(made), to_rows(set), to_numpy(std::move(of)));
    }

private:
    void settle(const ToldBooks& told, std::size_t book, std::size_t& level,
                std::vector<Event>& set, std::vector<std::int64_t>& of) {
        const std::size_t before = set.size();
        const std::size_t end = level + static_cast<std::size_t>(told.counts(book));
        for (const Side side : {Side::bid, Side::ask}) {
            levels_.clear();
            for (std::size_t at = level; at < end; ++at) {
                const Event row = event_at(told.levels, at);
                if (row.side == side) levels_.push_back({row.price, row.size});
            }
            Event row = event_at(told.stamps, book);
            row.side = side;
            const bool is_whole = (told.whole(book) >> index(side) & 1) != 0;
            feed_.settle(row, levels_, is_whole, [&](const Event& right) { set.push_back(right); });
        }
        level = end;
        if (set.size() > before) set.back().flags |= flag::last;
        of.resize(set.size(), told.messages(book));
    }

    OrderFeed feed_;
    std::vector<ToldLevel> levels_;
};

}  // namespace
}  // namespace halfspread::bind

void bind_order_levels(nb::module_& m) {
    using namespace halfspread::bind;
    nb::class_<TwoClocks>(m, "OrderLevels", "Rows about orders in, rows about levels out.")
        .def(nb::init<bool>(), "departs"_a = false)
        .def(
            "take_departures", &departures_of,
            "Who left the queues since this was last asked, (n, 40): bytes of tape_levels.DEPARTURE.")
        .def(
            "apply", &levels_of, "rows"_a,
            "(rows, ends) of whole messages: the rows about levels, on each clock, and how many of\n"
            "them had come after each row.")
        .def_prop_ro(
            "faults", [](const TwoClocks& fold) { return faults_of(fold.replay()); },
            "How often rows and book disagreed on the exchange's clock, by reason.");
    nb::class_<PythonFeed>(m, "OrderFeed", "The book of a codec's rows about orders so far.")
        .def(nb::init<>())
        .def(
            "follow", &PythonFeed::follow, "rows"_a, "messages"_a, "reduces"_a, "levels"_a,
            "counts"_a, "told"_a, "stamps"_a, "whole"_a,
            "Apply the rows of messages, ascending, and after those of message told[i] set the\n"
            "book right by what it is told: counts[i] of the levels, best first on each side; bit\n"
            "0 of whole[i] says that the bids are all told, bit 1 the asks. Returns the rows, those\n"
            "that say by how much an order shrank made whole; the level rows that set the book\n"
            "right, with the times and flags of stamps[i]; and the message of each.");
}
