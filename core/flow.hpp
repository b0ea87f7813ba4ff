// Flow: what orders and trades tell of the next move: order-flow imbalance, mark-outs, VPIN.
//
// All three are told what we see in order of our clock. The touch is looked at after each instant,
// not after each row, so that a message of several rows is one change.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "log.hpp"
#include "top.hpp"
#include "units.hpp"

namespace halfspread {

// What came to the touch between two looks at it, in lots (Cont, Kukanov and Stoikov 2014): with
// P, q the price and size of the best bid (b) and ask (a), and ' for the look before,
//
//     e = 1{Pb >= Pb'} qb - 1{Pb <= Pb'} qb' - 1{Pa <= Pa'} qa + 1{Pa >= Pa'} qa'
//
// A side that is empty at either look counts nothing.
inline std::int64_t order_flow(const Top& before, const Top& after) {
    std::int64_t flow = 0;
    if (before.has_bid() && after.has_bid()) {
        if (after.price[0] >= before.price[0]) flow += after.size[0].count;
        if (after.price[0] <= before.price[0]) flow -= before.size[0].count;
    }
    if (before.has_ask() && after.has_ask()) {
        if (after.price[1] <= before.price[1]) flow -= after.size[1].count;
        if (after.price[1] >= before.price[1]) flow += before.size[1].count;
    }
    return flow;
}

// Trades that wait for their mark-out: sign * (mid a horizon later - mid at the trade).
class MarkOuts {
public:
    explicit MarkOuts(Nanos horizon) : horizon_(horizon) {}

    bool empty() const { return waiting_.empty(); }
    void trade(Nanos now, Side aggressor, Lots size, std::int64_t mid_half_ticks) {
        waiting_.append({now + horizon_, size, mid_half_ticks, aggressor});
    }

    // Marks the trades whose horizon ends before `now`, at the top that stood since before.
    void resolve(Nanos now, const Top& top) {
        while (!waiting_.empty() && waiting_.front().time < now) {
            const Waiting& trade = waiting_.front();
            if (top.has_both()) {
                const std::int64_t moved =
                    sign(trade.aggressor) * (top.mid_half_ticks() - trade.mid_half_ticks);
                const auto lots = static_cast<double>(trade.size.count);
                moved_ += lots * (static_cast<double>(moved) / 2.0);
                volume_ += lots;
            }
            waiting_.pop();
        }
    }

    // Lot-ticks and lots marked since they were taken last.
    double take_moved() { return std::exchange(moved_, 0.0); }
    double take_volume() { return std::exchange(volume_, 0.0); }

private:
    struct Waiting {
        Nanos time;  // when the horizon ends
        Lots size;
        std::int64_t mid_half_ticks;
        Side aggressor;
    };

    Nanos horizon_;
    Log<Waiting> waiting_;
    double moved_ = 0.0, volume_ = 0.0;
};

// VPIN (Easley, Lopez de Prado and O'Hara 2012) by bulk classification. Volume is cut into buckets
// of V lots; dP is the price at which a bucket fills, less that of the bucket before (of the first
// print, for the first bucket), and s the root mean square of dP over the last n buckets:
//
//     bought = V Phi(dP / s), sold = V - bought:  VPIN = mean over n of |bought - sold| / V
//                                                      = mean over n of erf(|dP| / s / sqrt(2))
//
// A print larger than what a bucket lacks fills it and goes on in the next; s = 0 counts 0.
class Vpin {
public:
    Vpin(Lots bucket, std::size_t buckets)
        : bucket_(bucket), moves_(buckets), imbalances_(buckets) {}

    void trade(Ticks price, Lots size) {
        if (!began_) last_price_ = price;
        began_ = true;
        volume_ += size;
        if (volume_ < bucket_) return;
        std::int64_t full = volume_.count / bucket_.count;
        volume_ = Lots{volume_.count % bucket_.count};
        // After n buckets without a move all that is remembered is zero.
        full = std::min(full, static_cast<std::int64_t>(moves_.size()) + 1);
        for (; full > 0; --full) {
            close_bucket(std::int64_t{price.count} - last_price_.count);
            last_price_ = price;
        }
    }

    // NaN until n buckets are full.
    double value() const { return value_; }

private:
    void close_bucket(std::int64_t move) {
        moves_[place_] = static_cast<double>(move);
        filled_ = std::min(filled_ + 1, moves_.size());
        double squares = 0.0;
        for (std::size_t i = 0; i < filled_; ++i) squares += moves_[i] * moves_[i];
        const double scale = std::sqrt(squares / static_cast<double>(filled_));
        const double away = std::abs(moves_[place_]);
        imbalances_[place_] = move == 0 ? 0.0 : std::erf(away / scale / std::sqrt(2.0));
        place_ = (place_ + 1) % moves_.size();
        if (filled_ < moves_.size()) return;
        double sum = 0.0;
        for (const double imbalance : imbalances_) sum += imbalance;
        value_ = sum / static_cast<double>(filled_);
    }

    Lots bucket_, volume_{};
    std::vector<double> moves_, imbalances_;  // rings
    std::size_t place_ = 0, filled_ = 0;
    Ticks last_price_{};
    bool began_ = false;
    double value_ = unknown;
};

}  // namespace halfspread
