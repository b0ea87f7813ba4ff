// States: a lane's QuoteState made for a Python model, and the quote that comes back read.
#pragma once

#include <nanobind/nanobind.h>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "market.hpp"

namespace halfspread::bind {

namespace nb = nanobind;

inline constexpr std::size_t shared_fields = sizeof(SharedState) / sizeof(double);
inline constexpr std::size_t state_fields = shared_fields + 2;

// The numbers of a QuoteState, in its order.
inline std::vector<double> numbers_of(const LaneState& lane, const SharedState& shared) {
    std::vector<double> numbers{lane.inventory};
    numbers.insert(numbers.end(), &shared.mid, &shared.mid + shared_fields);
    numbers.push_back(lane.steady_inventory);
    return numbers;
}

// Makes QuoteState tuples quickly: numbers that did not change are shared with the tuple before,
// and a number that nobody but us still holds is written over instead of made anew.
class StateMaker {
public:
    StateMaker() : type_(nb::module_::import_("halfspread.quote").attr("QuoteState")) {
        for (nb::object& number : numbers_) number = nb::float_(unknown);
    }

    nb::object make(const LaneState& lane, const SharedState& shared) {
        auto* type = reinterpret_cast<PyTypeObject*>(type_.ptr());
        PyObject* tuple = type->tp_alloc(type, state_fields);
        if (tuple == nullptr) nb::raise_python_error();
        PyTuple_SET_ITEM(tuple, 0, number(0, lane.inventory));
        const double* values = &shared.mid;
        for (std::size_t i = 0; i < shared_fields; ++i) {
            PyTuple_SET_ITEM(tuple, static_cast<Py_ssize_t>(i + 1), number(i + 1, values[i]));
        }
        PyTuple_SET_ITEM(tuple, state_fields - 1, number(state_fields - 1, lane.steady_inventory));
        return nb::steal(tuple);
    }

private:
    // A new reference to the number that stands in field i.
    PyObject* number(std::size_t i, double value) {
        auto* held = reinterpret_cast<PyFloatObject*>(numbers_[i].ptr());
        const auto bits = std::bit_cast<std::uint64_t>(value);
        if (bits != std::bit_cast<std::uint64_t>(held->ob_fval)) {
            if (Py_REFCNT(numbers_[i].ptr()) == 1) {
                held->ob_fval = value;
            } else {
                numbers_[i] = nb::float_(value);
            }
        }
        return numbers_[i].inc_ref().ptr();
    }

    nb::object type_;
    nb::object numbers_[state_fields];
};

// A quote that Python returned: a tuple of 2 or 4 numbers. Sizes default to one lot.
inline void read_quote(nb::handle answer, double* quote) {
    nb::object sequence = nb::borrow(answer);
    if (!PyTuple_Check(answer.ptr())) sequence = nb::steal(PySequence_Tuple(answer.ptr()));
    if (!sequence.is_valid()) nb::raise_python_error();
    const Py_ssize_t count = PyTuple_GET_SIZE(sequence.ptr());
    if (count != 2 && count != 4) {
        PyErr_Format(PyExc_TypeError,
                     "a model returns Quote(bid, ask) or Quote(bid, ask, bid_size, ask_size), "
                     "this one returned %zd numbers",
                     count);
        nb::raise_python_error();
    }
    quote[2] = quote[3] = 1.0;
    for (Py_ssize_t i = 0; i < count; ++i) {
        quote[i] = PyFloat_AsDouble(PyTuple_GET_ITEM(sequence.ptr(), i));
        if (quote[i] == -1.0 && PyErr_Occurred() != nullptr) nb::raise_python_error();
    }
}

}  // namespace halfspread::bind
