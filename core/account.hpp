// Account: inventory, cash and fees of one lane, exact in integers where money is concerned.
//
// Money is counted in atoms. `Money::value(h)` is what one lot is worth at a price of h half ticks:
//
//               value(h)                                        an atom, in coins
//     linear    h                                                contract_size * tick * lot / 2
//     inverse   -round(2e15 * contract_size * lot / (h * tick))  1e-15, of the base
//               (no lot is worth more than 2^62 atoms, 4,600 coins)
//
// so a fill changes cash by -side * lots * value(2 * price); wealth is cash plus inventory *
// value(2 * mid), and splits into spread and inventory parts without any rounding.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>

#include "units.hpp"

namespace halfspread {

__extension__ using Atoms = __int128;

enum class FeeKind : std::uint8_t { value, quantity, flat };

// Fees paid > 0, rebates < 0: a fraction of the value, a charge a coin, or a charge a fill.
struct Fees {
    FeeKind kind = FeeKind::value;
    double maker = 0.0, taker = 0.0;
};

class Money {
public:
    Money() = default;
    Money(double tick, double lot, double contract_size, bool inverse)
        : tick_(tick),
          lot_(lot),
          contract_size_(contract_size),
          inverse_(inverse),
          atom_(inverse ? 1e-15 : contract_size * tick * lot / 2.0) {}

    std::int64_t value(std::int64_t half_ticks) const {
        if (!inverse_) return half_ticks;
        if (half_ticks == 0) return 0;
        const double coins =
            2.0 * contract_size_ * lot_ / (static_cast<double>(half_ticks) * tick_);
        return -std::llround(std::clamp(coins * 1e15, -0x1p62, 0x1p62));
    }
    double coins(Atoms atoms) const { return static_cast<double>(atoms) * atom_; }
    bool inverse() const { return inverse_; }

    // The value traded by a fill, in the currency that fees are paid in, in the peer's order of
    // operations.
    double traded(double price, double size) const {
        return inverse_ ? contract_size_ * size / price : contract_size_ * price * size;
    }
    double fee(const Fees& fees, bool maker, double price, double size) const {
        const double rate = maker ? fees.maker : fees.taker;
        switch (fees.kind) {
            case FeeKind::value:
                return rate * traded(price, size);
            case FeeKind::quantity:
                return rate * size;
            case FeeKind::flat:
                return rate;
        }
        return 0.0;
    }

private:
    double tick_ = 1.0, lot_ = 1.0, contract_size_ = 1.0;
    bool inverse_ = false;
    double atom_ = 0.5;
};

struct Account {
    Lots inventory{};
    Atoms cash = 0;
    Atoms spread = 0;  // sum of side * lots * (value(mid at the fill) - value(price))
    double fees = 0.0, taker_fees = 0.0;
    std::int64_t fills = 0, taker_fills = 0;
    Lots volume{}, taker_volume{}, peak{};
    Atoms inventory_time = 0;  // integral of |inventory|, in lot-nanoseconds
    Nanos since{};             // inventory_time is complete up to here

    void elapse(Nanos now) {
        inventory_time += static_cast<Atoms>(std::llabs(inventory.count)) * (now - since).count;
        since = now;
    }

    void fill(const Money& money, Side side, Ticks price, Lots size, std::int64_t mid_half_ticks,
              double fee, bool maker, Nanos now) {
        elapse(now);
        const std::int64_t signed_lots = sign(side) * size.count;
        const std::int64_t paid = money.value(2 * static_cast<std::int64_t>(price.count));
        cash -= static_cast<Atoms>(signed_lots) * paid;
        spread += signed_lots * (static_cast<Atoms>(money.value(mid_half_ticks)) - paid);
        inventory += Lots{signed_lots};
        fees += fee;
        fills += 1;
        volume = capped_sum(volume, size);
        if (!maker) {
            taker_fees += fee;
            taker_fills += 1;
            taker_volume = capped_sum(taker_volume, size);
        }
        if (std::llabs(inventory.count) > peak.count) peak = Lots{std::llabs(inventory.count)};
    }

    Atoms wealth(const Money& money, std::int64_t mid_half_ticks) const {
        return cash + static_cast<Atoms>(inventory.count) * money.value(mid_half_ticks);
    }
};

}  // namespace halfspread
