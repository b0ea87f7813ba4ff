// Book: the core's order book for Python, and the pass that checks a tape's book.
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

// The two sides with nothing repaired, so that a crossing stays visible.
struct RawSides {
    Ladder<std::int64_t> sides[2];

    void apply(const Event& event) {
        if (event.kind == Kind::clear) {
            for (const Side side : {Side::bid, Side::ask}) {
                if (event.side != Side::none && event.side != side) continue;
                auto& ladder = sides[index(side)];
                if (event.side == Side::none || event.price == everything) {
                    ladder.clear();
                } else {
                    ladder.erase_from(key_of(side, event.price));
                }
            }
            return;
        }
        if (event.side == Side::none) return;
        auto& ladder = sides[index(event.side)];
        const std::int32_t key = key_of(event.side, event.price);
        if (event.kind == Kind::touch) ladder.erase_from(key + 1);
        if (event.kind == Kind::level || event.kind == Kind::touch) {
            ladder.set(key, std::max<std::int64_t>(event.size.count, 0));
        }
    }
    bool has(Side side) const { return sides[index(side)].highest() != no_key; }
    Ticks best(Side side) const { return price_of(side, sides[index(side)].highest()); }
    bool crossed() const {
        return has(Side::bid) && has(Side::ask) && best(Side::bid) >= best(Side::ask);
    }
};

nb::dict scan(const HeldColumns& held) {
    const Columns& columns = held.columns;
    RawSides book;
    std::size_t messages = 0;
    std::size_t crossed = 0;
    for (std::size_t i = 0; i < columns.rows; ++i) {
        const Event event = columns.event(i);
        book.apply(event);
        const bool is_book = event.kind == Kind::level || event.kind == Kind::touch;
        if (!is_book || (event.flags & flag::last) == 0) continue;
        ++messages;
        if (book.crossed()) ++crossed;
    }
    nb::dict result;
    result["book_messages"] = messages;
    result["crossed"] = crossed;
    for (const auto& [name, side] : {std::pair{"bid", Side::bid}, std::pair{"ask", Side::ask}}) {
        const auto& ladder = book.sides[index(side)];
        const bool has = book.has(side);
        const std::string prefix = std::string("final_") + name;
        result[prefix.c_str()] = has ? nb::cast(book.best(side).count) : nb::none();
        result[(prefix + "_size").c_str()] =
            has ? nb::cast(ladder.at(ladder.highest())) : nb::none();
        result[(prefix + "_levels").c_str()] = ladder.count();
    }
    return result;
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
    m.def("scan", &halfspread::bind::scan, "columns"_a,
          "Replays a tape's book without repairing it: crossings, final touch and levels.");
}
