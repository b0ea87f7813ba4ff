// Limits: how much more a side may take on, and how many messages the desk may send.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

#include "units.hpp"

namespace halfspread {

// Room on one side before |inventory| could pass its limit: limit - side * inventory - what is
// already open there, and never less than zero. The reducing side has more room than the limit
// itself; open orders count until the venue says they are gone.
constexpr Lots room(Lots limit, Lots inventory, Side side, Lots open) {
    const Lots held{sign(side) * inventory.count};
    return std::max(limit - held - open, Lots{0});
}

// A budget of messages, in nanoseconds: each takes `cost` of it, and at most `burst` can be saved
// up. Without a cost there is no budget.
class MessageBudget {
public:
    bool take(Nanos now, Nanos cost, Nanos burst) {
        if (cost == Nanos{0}) return true;
        const Nanos start = std::max(spent_, now - burst);
        if (start > now) return false;
        spent_ = start + cost;
        return true;
    }

private:
    Nanos spent_{std::numeric_limits<std::int64_t>::min() / 2};  // the budget is, up to then
};

}  // namespace halfspread
