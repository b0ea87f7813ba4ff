// Fuzzed market: a trader of any bytes, and what must hold of any market that it trades in.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

#include "columns.hpp"
#include "lanes.hpp"
#include "market.hpp"

namespace halfspread::fuzzing {

struct Operation {
    std::uint8_t kind, marks;
    std::int16_t size;
    std::int32_t price;
    std::int16_t step, delay;
};
static_assert(sizeof(Operation) == 12);

inline void require(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "broken: %s\n", what);
    std::abort();
}

// The rest of an input as operations; what is left over is no operation.
inline std::vector<Operation> operations_of(const std::uint8_t* data, std::size_t size) {
    std::vector<Operation> operations(size / sizeof(Operation));
    if (!operations.empty())
        std::memcpy(operations.data(), data, operations.size() * sizeof(Operation));
    return operations;
}

// What is asked for at one decision, made from the bytes of an operation.
class Trader {
public:
    Trader(const std::vector<Operation>& operations, bool has_hands)
        : operations_(&operations), has_hands_(has_hands) {}

    void act(Lanes& lanes, std::size_t decision) {
        std::vector<double> quotes;
        for (std::size_t lane = 0; lane < lanes.states.size(); ++lane) {
            const Operation& operation = at(decision + lane * 7);
            double wild[2];
            std::memcpy(wild, &at(decision + lane), sizeof operation);
            std::memcpy(&wild[1], &operation, sizeof(double));
            const double mid = lanes.shared.mid;
            const bool is_wild = operation.marks % 16 == 3;
            quotes.push_back(is_wild ? wild[0] : mid - operation.size % 5 + 0.3);
            quotes.push_back(is_wild ? wild[1] : mid + operation.step % 5 + 0.8);
            quotes.push_back(operation.marks % 16 == 5 ? wild[1] : operation.kind % 32);
            quotes.push_back(operation.marks % 16 == 6 ? wild[0] : operation.delay % 32 + 0.5);
        }
        lanes.decide(quotes.data());
        if (has_hands_) by_hand(lanes, at(decision * 3));
    }

private:
    const Operation& at(std::size_t i) const { return (*operations_)[i % operations_->size()]; }

    void by_hand(Lanes& lanes, const Operation& operation) {
        const auto lane = static_cast<std::uint32_t>(operation.marks % lanes.states.size());
        const Side side = (operation.kind & 1U) != 0 ? Side::bid : Side::ask;
        const double mid = std::isnan(lanes.shared.mid) ? 0.0 : lanes.shared.mid;
        const bool far = operation.kind / 32 == 5;
        const Ticks price{
            far ? operation.price
                : static_cast<std::int32_t>(std::clamp(mid + operation.price % 4, -2e9, 2e9))};
        const Lots size{1 + std::abs(operation.size % 99)};
        std::uint64_t& id = ids_[operation.marks % 8];
        if (operation.kind % 4 == 0) lanes.cancel(lane, id);
        if (operation.kind % 4 == 1) lanes.amend(lane, id, price, size);
        if (operation.kind % 4 >= 2) {
            id = lanes.submit(lane, side, price, size,
                              static_cast<Lifetime>(operation.kind / 4 % 5));
        }
    }

    const std::vector<Operation>* operations_;
    bool has_hands_;
    std::uint64_t ids_[8]{};
};

inline bool close(double a, double b) {
    if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
    return a == b || std::abs(a - b) <= 1e-9 * (std::abs(a) + std::abs(b)) + 1e-6;
}

inline void require_limit(const Lanes& lanes, const MarketConfig& config) {
    for (std::uint32_t lane = 0; lane < config.lanes; ++lane) {
        const Desk& desk = lanes.desk(lane);
        const std::int64_t limit = config.policy.limit.count;
        require(desk.account.peak.count <= limit, "the limit");
        for (const Side side : {Side::bid, Side::ask}) {
            const std::int64_t open = desk.orders.open(side).count;
            require(open >= 0, "open lots");
            require(sign(side) * desk.account.inventory.count + open <= limit, "room");
        }
    }
}

inline void require_same(const Lanes& a, const Lanes& b) {
    require(a.now == b.now && a.decisions == b.decisions, "same decisions");
    const double *x = &a.shared.mid, *y = &b.shared.mid;
    for (std::size_t i = 0; i < sizeof(SharedState) / sizeof(double); ++i) {
        require(close(x[i], y[i]), "same state");
    }
    require(a.fills.size() == b.fills.size(), "same fills");
    for (std::size_t i = 0; i < a.fills.size(); ++i) {
        const Fill &f = a.fills[i], &g = b.fills[i];
        require(f.order_id == g.order_id && f.size == g.size && f.price == g.price &&
                    f.exchange_time == g.exchange_time && f.local_time == g.local_time,
                "same fill");
    }
    for (std::size_t lane = 0; lane < a.states.size(); ++lane) {
        require(a.states[lane].inventory == b.states[lane].inventory, "same inventory");
    }
}

// A replay to its end. Where the rows are in order, one that keeps a book of its own shows and does
// the same.
inline void run_replay(const Columns& columns, MarketConfig config,
                       const std::vector<Operation>& operations, bool has_hands) {
    const auto lanes = make_lanes(columns, config);
    config.keep_own_book = true;
    const auto full = columns.in_order ? make_lanes(columns, config) : nullptr;
    Trader trader(operations, has_hands), twin = trader;
    for (std::size_t decision = 0;; ++decision) {
        const bool more = lanes->advance();
        require_limit(*lanes, config);
        if (full != nullptr) {
            require(full->advance() == more, "same end");
            require_same(*lanes, *full);
        }
        if (!more) break;
        trader.act(*lanes, decision);
        if (full != nullptr) twin.act(*full, decision);
    }
    require(!lanes->advance(), "an end that stays");
    require(lanes->path.inventory.size() == lanes->path.time.size() * config.lanes, "samples");
}

}  // namespace halfspread::fuzzing
