// Guard results: what the guards of a market's lanes did, as Python sees it; in guard.cpp.
#pragma once

#include <nanobind/nanobind.h>

#include <cstdint>

#include "results.hpp"

namespace halfspread::bind {

// The state, stage and reason of a lane's guard; empty words where there is none.
nanobind::tuple guard_state(const Lanes& lanes, std::uint32_t lane);

// The changes of all guards in order of time, lanes numbered across the blocks; empty without any.
nanobind::dict guard_changes(const Blocks& blocks);

// The seconds in each state and the orders that took, a number a lane.
void add_guard_counters(nanobind::dict& table, const Blocks& blocks);

}  // namespace halfspread::bind
