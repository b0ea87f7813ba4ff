// Arrays: a tape's columns or rows of events in from NumPy without a copy, and vectors out to it.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

#include "columns.hpp"
#include "event.hpp"

namespace halfspread::bind {

namespace nb = nanobind;

template <class T>
using Column = nb::ndarray<const T, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

// Events as bytes, (n, 48): a structured dtype is nothing that nanobind can name.
using Rows =
    nb::ndarray<const std::uint8_t, nb::shape<-1, sizeof(Event)>, nb::c_contig, nb::device::cpu>;
using Numbers = nb::ndarray<const std::int64_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

// The columns of a tape, and the Python objects that keep them alive.
struct HeldColumns {
    Columns columns;
    nb::object owner;
};

// Reads Tape.columns, their values unseen; throws ValueError naming the column that is missing,
// short or of another type.
Columns spans_of(const nb::dict& tape_columns);

// Reads Tape.columns and looks through them; throws ValueError as above, or naming the row that
// holds what the core can't take.
HeldColumns columns_of(const nb::dict& tape_columns);

// A vector handed to NumPy, which frees it.
template <class T>
nb::ndarray<nb::numpy, T> to_numpy(std::vector<T> values, std::vector<std::size_t> shape = {}) {
    auto* held = new std::vector<T>(std::move(values));
    nb::capsule owner(held, [](void* p) noexcept { delete static_cast<std::vector<T>*>(p); });
    if (shape.empty()) shape = {held->size()};
    return nb::ndarray<nb::numpy, T>(held->data(), shape.size(), shape.data(), owner);
}

inline Event event_at(const Rows& rows, std::size_t row) {
    Event event;
    std::memcpy(&event, rows.data() + row * sizeof event, sizeof event);
    return event;
}

inline nb::ndarray<nb::numpy, std::uint8_t> to_rows(const std::vector<Event>& events) {
    std::vector<std::uint8_t> bytes(events.size() * sizeof(Event));
    if (!events.empty()) std::memcpy(bytes.data(), events.data(), bytes.size());
    return to_numpy(std::move(bytes), {events.size(), sizeof(Event)});
}

}  // namespace halfspread::bind
