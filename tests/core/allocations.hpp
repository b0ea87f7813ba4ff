// Allocations: how often operator new was called in this program so far, from any thread.
#pragma once

#include <cstddef>

namespace halfspread {

std::size_t allocations();

}  // namespace halfspread
