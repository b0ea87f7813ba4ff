// Limits: how much more a side may take on before |inventory| could pass its limit.
#pragma once

#include <algorithm>

#include "units.hpp"

namespace halfspread {

// Room on one side: limit - side * inventory - what is already open there, and never less than
// zero. The reducing side has more room than the limit itself; open orders count until the venue
// says they are gone.
constexpr Lots room(Lots limit, Lots inventory, Side side, Lots open) {
    const Lots held{sign(side) * inventory.count};
    return std::max(limit - held - open, Lots{0});
}

}  // namespace halfspread
