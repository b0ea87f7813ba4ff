// Exchange: the matching engine and the order-by-order replay for Python, many rows a call.
#include "exchange.hpp"

#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "arrays.hpp"
#include "event.hpp"
#include "exchange_bytes.hpp"
#include "order_questions.hpp"
#include "order_replay.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace halfspread::bind {
namespace {

nb::tuple apply(Exchange& exchange, const Rows& asks, const std::optional<Numbers>& display,
                bool hashes) {
    const std::size_t count = asks.shape(0);
    if (display && display->shape(0) != count)
        throw nb::value_error(("display must have " + std::to_string(count) + " numbers, had " +
                               std::to_string(display->shape(0)))
                                  .c_str());
    std::vector<Event> events;
    std::vector<std::int64_t> ends(count);
    std::vector<std::uint64_t> ids(count);
    std::vector<std::uint64_t> after;
    after.reserve(hashes ? count : 0);
    {
        const nb::gil_scoped_release released;
        const auto sink = [&](const Event& event) { events.push_back(event); };
        for (std::size_t row = 0; row < count; ++row) {
            ids[row] =
                exchange.apply(event_at(asks, row), Lots{display ? display->data()[row] : 0}, sink);
            events.back().flags |= flag::last;  // every ask is answered
            ends[row] = static_cast<std::int64_t>(events.size());
            if (hashes) after.push_back(exchange.hash());
        }
    }
    const nb::object hashed = hashes ? nb::cast(to_numpy(std::move(after))) : nb::none();
    return nb::make_tuple(to_rows(events), to_numpy(std::move(ends)), to_numpy(std::move(ids)),
                          hashed);
}

nb::tuple depth(const OrderBook& book, int side, std::size_t count) {
    std::vector<std::int32_t> prices;
    std::vector<std::int64_t> sizes;
    book.for_each_level(side_of(side), [&](const BookLevel& level) {
        if (prices.size() >= count) return false;
        prices.push_back(price_of(side_of(side), level.key).count);
        sizes.push_back(level.displayed.count);
        return true;
    });
    return nb::make_tuple(to_numpy(std::move(prices)), to_numpy(std::move(sizes)));
}

nb::dict orders(const Exchange& exchange, int side) {
    std::vector<std::uint64_t> ids;
    std::vector<std::uint32_t> owners;
    std::vector<std::int32_t> prices;
    std::vector<std::int64_t> displayed;
    std::vector<std::int64_t> hidden;
    const OrderBook& book = exchange.book();
    book.for_each_order(side_of(side), [&](std::uint32_t slot, Ticks price) {
        ids.push_back(book.id_of(slot));
        owners.push_back(book.order(slot).owner);
        prices.push_back(price.count);
        displayed.push_back(book.order(slot).size.count);
        hidden.push_back(exchange.resting().hidden(slot).count);
    });
    nb::dict columns;
    columns["id"] = to_numpy(std::move(ids));
    columns["owner"] = to_numpy(std::move(owners));
    columns["price"] = to_numpy(std::move(prices));
    columns["displayed"] = to_numpy(std::move(displayed));
    columns["hidden"] = to_numpy(std::move(hidden));
    return columns;
}

std::optional<std::int64_t> ahead(const Exchange& exchange, std::uint64_t id) {
    const std::uint32_t slot = exchange.book().find(id);
    if (slot == OrderBook::nobody) return std::nullopt;
    return exchange.book().ahead_of(slot).count;
}

nb::bytes save(const Exchange& exchange) {
    const std::vector<std::byte> bytes = to_bytes(exchange);
    return nb::bytes(bytes.data(), bytes.size());
}
Exchange load(const nb::bytes& saved) {
    Exchange exchange(0);
    const auto* data = static_cast<const std::byte*>(saved.data());
    if (!from_bytes({data, saved.size()}, exchange))
        throw nb::value_error("saved is not what Exchange.save wrote");
    return exchange;
}

// (n, 4): the best bid and its size, the best ask and its size after each row; size 0: none.
nb::object replay_rows(OrderReplay& replay, const Rows& rows, bool touches) {
    std::vector<std::int64_t> seen;
    for (std::size_t row = 0; row < rows.shape(0); ++row) {
        replay.apply(event_at(rows, row));
        if (!touches) continue;
        for (const Side side : {Side::bid, Side::ask}) {
            const OrderBook& book = replay.book();
            seen.push_back(book.best(side).count);
            seen.push_back(book.has(side) ? book.level(book.best_level(side)).displayed.count : 0);
        }
    }
    if (!touches) return nb::none();
    const std::size_t count = rows.shape(0);
    return nb::cast(to_numpy(std::move(seen), {count, 4}));
}

void bind_replay(nb::module_& m) {
    nb::class_<OrderReplay>(m, "OrderReplay",
                            "The book of an order-by-order tape, under the venue's own ids.")
        .def(nb::init<>())
        .def("apply", &replay_rows, "rows"_a, "touches"_a = false,
             "Apply add, modify, remove, execute and clear rows; with `touches`, returns the best "
             "bid, its size,\nthe best ask and its size after each, (n, 4); size 0 means none.")
        .def(
            "best",
            [](const OrderReplay& replay, int side) { return best_of(replay.book(), side); },
            "side"_a, "(price, size) of the best level, or None.")
        .def(
            "depth",
            [](const OrderReplay& replay, int side, std::size_t count) {
                return depth(replay.book(), side, count);
            },
            "side"_a, "count"_a, "Prices and sizes of the best `count` levels, best first.")
        .def_prop_ro(
            "orders", [](const OrderReplay& replay) { return replay.book().live(); },
            "How many orders rest.")
        .def_prop_ro("faults", &faults_of, "How often the tape and the book disagreed, by reason.")
        .def("hash", &OrderReplay::hash, "Of the orders by priority: id, price and size.");
}

}  // namespace
}  // namespace halfspread::bind

void bind_exchange(nb::module_& m) {
    using namespace halfspread;
    using namespace halfspread::bind;
    nb::class_<Exchange>(m, "Exchange",
                         "A matching engine: price-time priority; docs/exchange.md has its rules.")
        .def(nb::init<std::size_t>(), "most_orders"_a = 1'000'000)
        .def("apply", &bind::apply, "asks"_a, "display"_a = nb::none(), "hashes"_a = false,
             "Apply submit, cancel and amend rows. Returns (events, ends, ids, hashes): the rows\n"
             "that came of them, how many had come after each ask, the id of each ask's order "
             "(0: refused)\nand the state's hash after each, if asked for.")
        .def("hash", &Exchange::hash, "Of the orders by priority and of the next id.")
        .def(
            "best", [](const Exchange& e, int side) { return best_of(e.book(), side); }, "side"_a,
            "(price, displayed size) of the best level, or None.")
        .def(
            "depth",
            [](const Exchange& e, int side, std::size_t count) {
                return bind::depth(e.book(), side, count);
            },
            "side"_a, "count"_a,
            "Prices and displayed sizes of the best `count` levels, best first.")
        .def("orders", &bind::orders, "side"_a,
             "Columns of a side's orders in the order in which they would trade.")
        .def("ahead", &ahead, "order_id"_a,
             "The displayed lots before an order in its queue; None if it does not rest.")
        .def(
            "copy", [](const Exchange& e) { return Exchange(e); },
            "Another exchange that goes on as this one would.")
        .def("save", &save, "The whole state, for this machine.")
        .def_static("load", &load, "saved"_a, "The exchange that was saved.");
    bind_replay(m);
}
