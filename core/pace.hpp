// Pace: by how much a flow's rates are multiplied, for each class of orders and each side.
//
//     Pace pace;
//     pace.market[index(Side::bid)] = 3.0;     // buyers' market orders, three times as often
//     flow.set_pace(pace, time);               // from `time` on
//
// The side is that of the order: a market order's is bid where it buys.
#pragma once

#include "units.hpp"

namespace halfspread {

struct Pace {
    double limit[2]{1.0, 1.0}, cancel[2]{1.0, 1.0}, market[2]{1.0, 1.0};  // by index(side), > 0

    Pace& operator*=(const Pace& other) {
        for (const int side : {0, 1}) {
            limit[side] *= other.limit[side];
            cancel[side] *= other.cancel[side];
            market[side] *= other.market[side];
        }
        return *this;
    }
};

}  // namespace halfspread
