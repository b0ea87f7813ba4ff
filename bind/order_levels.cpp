// Order levels: rows about orders made rows about levels, and what a codec of orders remembers.
#include "order_levels.hpp"

#include <nanobind/nanobind.h>

#include <cstring>
#include <utility>
#include <vector>

#include "arrays.hpp"
#include "order_feed.hpp"
#include "order_questions.hpp"
#include "two_clocks.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace halfspread::bind {
namespace {

using Bits = nb::ndarray<const std::uint8_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

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
    using halfspread::TwoClocks;
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
