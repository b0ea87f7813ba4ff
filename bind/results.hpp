// Results: what came out of blocks of lanes, as plain dicts and lists of NumPy columns.
#pragma once

#include <nanobind/nanobind.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "arrays.hpp"
#include "market.hpp"

namespace halfspread::bind {

namespace nb = nanobind;

using Blocks = std::vector<std::unique_ptr<Lanes>>;  // lanes are numbered across them

// get(row) of each row, as a column.
template <class Row, class Get>
nb::object gather(const std::vector<Row>& rows, Get get) {
    std::vector<decltype(get(rows.front()))> values;
    values.reserve(rows.size());
    for (const Row& row : rows) values.push_back(get(row));
    return nb::cast(to_numpy(std::move(values)));
}

// get(block, lane) of each lane, as a column.
template <class Get>
nb::object each_lane(const Blocks& blocks, Get get) {
    std::vector<decltype(get(*blocks.front(), 0U))> values;
    for (const auto& block : blocks) {
        for (std::uint32_t lane = 0; lane < block->states.size(); ++lane) {
            values.push_back(get(*block, lane));
        }
    }
    return nb::cast(to_numpy(std::move(values)));
}

// A mid in ticks; NaN for no_mid.
double mid_of(std::int64_t half_ticks);

// All fills, by time and lane. `slots`: of one lane, which order ids are made of.
nb::dict fills_of(const Blocks& blocks, std::uint64_t slots);
// Samples: time and mid [sample], the others [sample][lane]; mids too where the blocks' are apart.
nb::dict path_of(const Blocks& blocks, bool are_apart);
// Times, mids in ticks and, of each block, its first row, with the number of rows at the end.
nb::tuple mid_changes_of(const Blocks& blocks);
// One number a lane each.
nb::dict counters_of(const Blocks& blocks, const Money& money);
// The orders that a lane's desk keeps.
nb::list orders_of(const Lanes& lanes, std::uint32_t lane);
// The first of each lane that had any; `raised` says for each lane what its Python model raised.
nb::list faults_of(const Blocks& blocks, const std::vector<std::string>& raised);

}  // namespace halfspread::bind
