// Module: halfspread._core, the C++ core as Python sees it; one bind_* function a file.
#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>

#include <optional>
#include <string>

#include "arrays.hpp"

namespace nb = nanobind;

void bind_book(nb::module_& m);
void bind_config(nb::module_& m);
void bind_decimal(nb::module_& m);
void bind_exchange(nb::module_& m);
void bind_flows(nb::module_& m);
void bind_hjb(nb::module_& m);
void bind_learning(nb::module_& m);
void bind_guard(nb::module_& m);
void bind_level_changes(nb::module_& m);
void bind_market(nb::module_& m);
void bind_order_levels(nb::module_& m);
void bind_mids(nb::module_& m);
void bind_signals(nb::module_& m);
void bind_touches(nb::module_& m);

namespace halfspread::bind {
namespace {

template <class T>
const T* column(const nb::dict& columns, const char* name, std::size_t rows, bool required) {
    if (!columns.contains(name)) {
        if (!required) return nullptr;
        throw nb::value_error((std::string("column ") + name + " is missing").c_str());
    }
    Column<T> view;
    if (!nb::try_cast<Column<T>>(columns[name], view, false)) {  // never a copy of another type
        if (!required) return nullptr;
        throw nb::value_error((std::string("column ") + name + " has another type").c_str());
    }
    if (view.shape(0) != rows) {
        throw nb::value_error((std::string("column ") + name + " has another length").c_str());
    }
    return view.data();
}

}  // namespace

Columns spans_of(const nb::dict& columns) {
    Columns c;
    if (!columns.contains("exchange_time")) {
        throw nb::value_error("column exchange_time is missing");
    }
    c.rows = nb::len(nb::object(columns["exchange_time"]));
    c.exchange_time = column<std::int64_t>(columns, "exchange_time", c.rows, true);
    c.delay32 = column<std::int32_t>(columns, "delay_ns", c.rows, false);
    if (c.delay32 == nullptr) c.delay64 = column<std::int64_t>(columns, "delay_ns", c.rows, true);
    c.price = column<std::int32_t>(columns, "price_ticks", c.rows, true);
    c.size32 = column<std::int32_t>(columns, "size_lots", c.rows, false);
    if (c.size32 == nullptr) c.size64 = column<std::int64_t>(columns, "size_lots", c.rows, true);
    c.kind = column<std::uint8_t>(columns, "kind", c.rows, true);
    c.side = column<std::int8_t>(columns, "side", c.rows, true);
    c.flags = column<std::uint8_t>(columns, "flags", c.rows, true);
    return c;
}

HeldColumns columns_of(const nb::dict& columns) {
    HeldColumns held{.columns = spans_of(columns), .owner = nb::borrow(columns)};
    Columns& c = held.columns;
    if (const BadRow bad = c.bad_row(); bad.row < c.rows) {
        const std::string name(bad.column);
        const char* rule = "such that times are from 1933 to 2116";
        if (name == "side") rule = "-1, 0 or 1";
        if (name == "size_lots") rule = "0 to 2**53";
        throw nb::value_error(("column " + name + " must be " + rule + ", was " +
                               std::to_string(bad.value) + " in row " + std::to_string(bad.row))
                                  .c_str());
    }
    c.in_order = c.is_in_order();
    return held;
}

}  // namespace halfspread::bind

namespace {

void bind_columns(nb::module_& m) {
    using halfspread::bind::HeldColumns;
    using Departures = nb::ndarray<const std::uint8_t, nb::shape<-1, sizeof(halfspread::Departure)>,
                                   nb::c_contig, nb::device::cpu>;
    nb::class_<HeldColumns>(m, "Columns", "A tape's columns, looked through once and kept.")
        .def(
            "__init__",
            [](HeldColumns* self, const nb::dict& columns,
               const std::optional<Departures>& departures) {
                new (self) HeldColumns(halfspread::bind::columns_of(columns));
                if (!departures) return;
                self->owner = nb::make_tuple(self->owner, *departures);
                self->columns.departures =
                    reinterpret_cast<const halfspread::Departure*>(departures->data());
                self->columns.departure_count = departures->shape(0);
            },
            nb::arg("columns"), nb::arg("departures") = nb::none())
        .def_prop_ro(
            "in_order", [](const HeldColumns& held) { return held.columns.in_order; },
            "Whether every row is on both clocks and local times never go back.");
    nb::implicitly_convertible<nb::dict, HeldColumns>();
}

}  // namespace

NB_MODULE(_core, m) {
    m.doc() = "The C++ core of halfspread.";
    bind_columns(m);
    bind_book(m);
    bind_decimal(m);
    bind_exchange(m);
    bind_flows(m);
    bind_hjb(m);
    bind_signals(m);
    bind_guard(m);
    bind_config(m);
    bind_market(m);
    bind_learning(m);
    bind_order_levels(m);
    bind_mids(m);
    bind_touches(m);
    bind_level_changes(m);
}
