// Results: what came out of blocks of lanes, as plain dicts and lists of NumPy columns.
#pragma once

#include <nanobind/nanobind.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "market.hpp"

namespace halfspread::bind {

namespace nb = nanobind;

using Blocks = std::vector<std::unique_ptr<Lanes>>;  // lanes are numbered across them

// A mid in ticks; NaN for no_mid.
double mid_of(std::int64_t half_ticks);

// All fills, by time and lane. `slots`: of one lane, which order ids are made of.
nb::dict fills_of(const Blocks& blocks, std::uint64_t slots);
// Samples: time and mid [sample], the others [sample][lane]; mids too where the blocks' are apart.
nb::dict path_of(const Blocks& blocks, bool are_apart);
// One number a lane each.
nb::dict counters_of(const Blocks& blocks, const Money& money);
// The first of each lane that had any; `raised` says for each lane what its Python model raised.
nb::list faults_of(const Blocks& blocks, const std::vector<std::string>& raised);

}  // namespace halfspread::bind
