// Book: the core's order book for Python, and the pass that checks the book of a tape or of rows.
#include "book.hpp"

#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/variant.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "arrays.hpp"
#include "event.hpp"
#include "ladder.hpp"
#include "standing.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace halfspread::bind {
namespace {

using AnyBook = std::variant<Book<Crossing::newer_wins>, Book<Crossing::skip>>;

Side side_of(int value) {
    if (value < -1 || value > 1) throw nb::value_error("side must be -1, 0 or 1");
    return static_cast<Side>(value);
}

// A book for people and tests; the engine has its own.
class PythonBook {
public:
    explicit PythonBook(bool skip_crossed) {
        if (skip_crossed) book_.emplace<1>();
    }
    void apply(const HeldColumns& held, std::size_t start, std::optional<std::size_t> stop) {
        const std::size_t end = std::min(stop.value_or(held.columns.rows), held.columns.rows);
        std::visit(
            [&](auto& book) {
                for (std::size_t i = start; i < end; ++i) book.apply(held.columns.event(i));
            },
            book_);
    }
    void set(int side, std::int32_t price, std::int64_t size) {
        std::visit([&](auto& book) { book.set(side_of(side), Ticks{price}, Lots{size}); }, book_);
    }
    void clear(int side, std::int32_t price) {
        std::visit([&](auto& book) { book.clear(side_of(side), Ticks{price}); }, book_);
    }
    std::optional<std::pair<std::int32_t, std::int64_t>> best(int side) const {
        return std::visit(
            [&](const auto& book) -> std::optional<std::pair<std::int32_t, std::int64_t>> {
                const Side s = side_of(side);
                if (!book.has(s)) return std::nullopt;
                return std::pair{book.best(s).count, book.best_size(s).count};
            },
            book_);
    }
    std::int64_t size_at(int side, std::int32_t price) const {
        return std::visit(
            [&](const auto& book) { return book.size_at(side_of(side), Ticks{price}).count; },
            book_);
    }
    std::size_t levels(int side) const {
        return std::visit([&](const auto& book) { return book.levels(side_of(side)); }, book_);
    }
    std::pair<nb::ndarray<nb::numpy, std::int32_t>, nb::ndarray<nb::numpy, std::int64_t>> depth(
        int side, std::size_t count) const {
        std::vector<std::int32_t> prices;
        std::vector<std::int64_t> sizes;
        std::visit(
            [&](const auto& book) {
                book.for_each(side_of(side), [&](Ticks price, Lots size) {
                    if (prices.size() >= count) return false;
                    prices.push_back(price.count);
                    sizes.push_back(size.count);
                    return true;
                });
            },
            book_);
        return {to_numpy(std::move(prices)), to_numpy(std::move(sizes))};
    }

private:
    AnyBook book_;
};

// The two sides with nothing repaired, so that a crossing stays to be seen.
class RawSides {
public:
    // False where the event is none of a book.
    bool apply(const Event& event) {
        if (event.kind == Kind::clear) {
            for (const Side side : {Side::bid, Side::ask}) {
                if (event.side != Side::none && event.side != side) continue;
                if (event.side == Side::none || event.price == everything) {
                    levels_[index(side)].clear();
                } else {
                    levels_[index(side)].erase_from(key_of(side, event.price));
                }
            }
            return true;
        }
        if (event.kind != Kind::level && event.kind != Kind::touch) return false;
        if (event.side == Side::none || event.price == no_bid || event.price == no_ask) return true;
        auto& levels = levels_[index(event.side)];
        const std::int32_t key = key_of(event.side, event.price);
        if (event.kind == Kind::touch) levels.erase_from(key + 1);
        levels.set(key, std::max<std::int64_t>(event.size.count, 0));
        return true;
    }
    bool has(Side side) const { return levels_[index(side)].highest() != no_key; }
    bool whole() const { return has(Side::bid) && has(Side::ask); }
    bool crossed() const { return best(Side::bid) >= best(Side::ask); }
    std::int32_t touch(Side side) const { return (has(side) ? best(side) : everything).count; }
    std::size_t count(Side side) const { return levels_[index(side)].count(); }
    // (price, size) of the best level, or None.
    nb::object top(Side side) const {
        if (!has(side)) return nb::none();
        const auto& levels = levels_[index(side)];
        return nb::make_tuple(best(side).count, levels.at(levels.highest()));
    }

private:
    Ticks best(Side side) const { return price_of(side, levels_[index(side)].highest()); }

    Ladder<std::int64_t> levels_[2];
};

// Builds the venue's book of `rows` events and looks at it after each message.
template <class EventAt>
nb::dict check_book(std::size_t rows, EventAt&& event_at, const std::optional<Numbers>& at) {
    RawSides book;
    std::size_t messages = 0;
    std::size_t whole = 0;
    std::size_t crossed = 0;
    const std::size_t places = at ? at->shape(0) : 0;
    const std::int64_t* const place = at ? at->data() : nullptr;
    std::vector<std::int32_t> touches;
    touches.reserve(2 * places);
    std::size_t next = 0;
    for (std::size_t i = 0; i < rows; ++i) {
        const Event event = event_at(i);
        const bool of_book = (event.flags & flag::at_exchange) != 0 && book.apply(event);
        if (of_book && (event.flags & flag::last) != 0) {
            ++messages;
            if (book.whole()) {
                ++whole;
                crossed += book.crossed() ? 1 : 0;
            }
        }
        for (; next < places && place[next] <= static_cast<std::int64_t>(i); ++next) {
            touches.push_back(book.touch(Side::bid));
            touches.push_back(book.touch(Side::ask));
        }
    }
    touches.resize(2 * places, everything.count);
    nb::dict result;
    result["messages"] = messages;
    result["whole"] = whole;
    result["crossed"] = crossed;
    result["final_bid"] = book.top(Side::bid);
    result["final_ask"] = book.top(Side::ask);
    result["final_levels"] = nb::make_tuple(book.count(Side::bid), book.count(Side::ask));
    if (at) result["touches"] = to_numpy(std::move(touches), {places, 2});
    return result;
}

nb::dict check_columns(const HeldColumns& held, const std::optional<Numbers>& at) {
    return check_book(held.columns.rows, [&](std::size_t i) { return held.columns.event(i); }, at);
}

nb::dict check_rows(const Rows& rows, const std::optional<Numbers>& at) {
    return check_book(rows.shape(0), [&](std::size_t i) { return event_at(rows, i); }, at);
}

// The ids of a tape's orders, in whichever of their two widths; 0 where a tape has none.
class OrderIds {
public:
    explicit OrderIds(const nb::dict& tape_columns) {
        if (!tape_columns.contains("order_id")) return;
        const nb::object ids = tape_columns["order_id"];
        if (nb::try_cast(ids, narrow_, false)) return;
        wide_ = nb::cast<Column<std::uint64_t>>(ids, false);
    }
    std::uint64_t at(std::size_t row) const {
        if (narrow_.is_valid()) return narrow_.data()[row];
        return wide_.is_valid() ? wide_.data()[row] : 0;
    }

private:
    Column<std::uint32_t> narrow_;
    Column<std::uint64_t> wide_;
};

// What rests on each clock after its rows before `stops`, as the rows of snapshots. Rows on both
// clocks are folded once, as far as no row is on one alone.
nb::tuple snapshots(const nb::dict& tape_columns, std::pair<std::size_t, std::size_t> stops) {
    const Columns columns = spans_of(tape_columns);
    const OrderIds order_ids(tape_columns);
    const auto fold = [&](Standing& standing, std::size_t start, std::size_t stop,
                          std::uint16_t clock) {
        for (std::size_t i = start; i < stop; ++i) {
            if ((columns.flags[i] & clock) == 0) continue;
            Event event = columns.event(i);
            event.order_id = order_ids.at(i);
            standing.apply(event);
        }
    };
    const std::size_t exchange_stop = std::min(stops.first, columns.rows);
    const std::size_t local_stop = std::min(stops.second, columns.rows);
    const auto on_one_clock = [](std::uint8_t flags) { return (flags & flag::both) != flag::both; };
    const auto shared = static_cast<std::size_t>(
        std::find_if(columns.flags, columns.flags + std::min(exchange_stop, local_stop),
                     on_one_clock) -
        columns.flags);
    Standing exchange;
    fold(exchange, 0, shared, flag::both);
    Standing local;
    for (const Event& row : exchange.snapshot()) local.apply(row);
    fold(exchange, shared, exchange_stop, flag::at_exchange);
    fold(local, shared, local_stop, flag::at_local);
    return nb::make_tuple(to_rows(exchange.snapshot()), to_rows(local.snapshot()));
}

}  // namespace
}  // namespace halfspread::bind

void bind_book(nb::module_& m) {
    using halfspread::bind::PythonBook;
    nb::class_<PythonBook>(m, "Book", "An order book of levels, in ticks and lots.")
        .def(nb::init<bool>(), "skip_crossed"_a = false)
        .def("apply", &PythonBook::apply, "columns"_a, "start"_a = 0, "stop"_a = nb::none(),
             "Apply the rows [start, stop) of a tape's columns.")
        .def("set", &PythonBook::set, "side"_a, "price"_a, "size"_a)
        .def("clear", &PythonBook::clear, "side"_a, "price"_a)
        .def("best", &PythonBook::best, "side"_a, "(price, size) of the best level, or None.")
        .def("size_at", &PythonBook::size_at, "side"_a, "price"_a)
        .def("levels", &PythonBook::levels, "side"_a, "How many levels a side holds.")
        .def("depth", &PythonBook::depth, "side"_a, "count"_a,
             "Prices and sizes of the best `count` levels, best first.");
    const char* const words =
        "Builds the venue's book, nothing repaired, and looks at it after each message; see\n"
        "codecs.book_check. Without `at` there are no touches.";
    m.def("check_book", &halfspread::bind::check_columns, "columns"_a, "at"_a = nb::none(), words);
    m.def("check_book", &halfspread::bind::check_rows, "rows"_a, "at"_a = nb::none(), words);
    m.def(
        "snapshots", &halfspread::bind::snapshots, "columns"_a, "stops"_a,
        "The book on the exchange's clock and on ours after the rows before their stops, each as\n"
        "the bytes of EVENT rows (n, 48): a clear, the levels, the resting orders; none where no\n"
        "row was of a book.");
}
