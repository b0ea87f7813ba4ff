// Lanes: a block of lanes as its market drives it, whatever venue is behind; and what it is made of.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "desk.hpp"
#include "guards.hpp"
#include "latency.hpp"
#include "mids.hpp"
#include "orders.hpp"
#include "queue.hpp"
#include "recent.hpp"
#include "signals.hpp"
#include "state.hpp"

namespace halfspread {

// A compiled model: all lanes of a block at once, lanes[n][2]. quotes[n][4] comes filled with NaN.
using Kernel = void (*)(const double* shared, const double* lanes, const double* params,
                        double* quotes, std::int64_t n);

enum class Schedule : std::uint8_t { every, book, trade };

// Forecasts of the mid's change, in ticks, made elsewhere: a decision reads the last row whose time,
// ascending on our clock, is at or before it.
struct Track {
    std::span<const std::int64_t> time;
    std::span<const double> forecast, forecast_std;
};

struct MarketConfig {
    Rules rules = Rules::ours;
    QueueRule queue;
    Latency latency;
    Contract contract;
    OrderPolicy policy;
    SignalPolicy signals;
    Track track;  // empty: none
    Schedule schedule = Schedule::every;
    Nanos every{100'000'000};
    std::size_t lanes = 1;
    std::int64_t sample_every = 1;  // decisions a path sample
    bool keep_fills = true;
    std::optional<GuardPolicy> guard;
    bool keep_own_book = false;  // fold our own view of the book even where the venue's serves
};

struct Fault {
    std::int64_t count = 0;
    Nanos time{};
    QuoteFault kind = QuoteFault::none;  // of the first
    SharedState shared{};
    LaneState lane;
    double quote[4]{};
};

// What came out of a block of lanes; samples are [sample][lane].
struct Path {
    std::vector<std::int64_t> time, mid_half_ticks, inventory;
    std::vector<double> bid, ask, wealth;
};

// One block of lanes. The rules are chosen once, by the class behind this face.
class Lanes {
public:
    Lanes() = default;
    Lanes(const Lanes&) = default;
    Lanes& operator=(const Lanes&) = delete;
    virtual ~Lanes() = default;
    // To the next decision. False when there is none: all that was under way has then arrived.
    virtual bool advance() = 0;
    // Asks the kernel for quotes and acts on them.
    virtual void decide(Kernel kernel, const double* params) = 0;
    // Acts on quotes[n][4].
    virtual void decide(const double* quotes) = 0;

    virtual std::uint64_t submit(std::uint32_t lane, Side side, Ticks price, Lots size,
                                 Lifetime lifetime) = 0;
    virtual bool cancel(std::uint32_t lane, std::uint64_t id) = 0;
    virtual bool amend(std::uint32_t lane, std::uint64_t id, Ticks price, Lots size) = 0;
    virtual const Desk& desk(std::uint32_t lane) const = 0;

    virtual const Guards& guards() const = 0;
    virtual bool resume(std::uint32_t lane) = 0;  // a halted lane, by hand
    virtual bool halt(std::uint32_t lane) = 0;    // a guarded lane, by hand
    // How many orders of a lane the venue holds, whatever is under way; before `forget`.
    virtual std::size_t resting(std::uint32_t lane) const = 0;

    // A lane's account begins anew now, its orders are cancelled: the learner's next episode.
    virtual void begin_anew(std::uint32_t lane) = 0;
    virtual std::int64_t mid_half_ticks() const = 0;  // the venue's; `no_mid` while it has none

    // The same, which goes on as these would have.
    virtual std::unique_ptr<Lanes> copy() const = 0;

    virtual std::size_t rows_seen() const = 0;
    virtual const RecentTrades& recent_trades() const = 0;
    // Of a market that our orders change, and that can't be asked again; else nothing.
    virtual std::span<const MidChange> mid_changes() const = 0;

    // After the end: gives back what only going on would need. What came out stays.
    virtual void forget() = 0;

    // A decision at which a lane's model gave no usable quote: all are counted, the first is kept.
    void note_fault(std::uint32_t lane, QuoteFault kind, const double* quote);

    SharedState shared{};
    std::vector<LaneState> states;  // [n]
    Nanos now{};
    std::int64_t decisions = 0;
    std::vector<Fill> fills;  // in the order in which they arrive
    std::vector<Fault> faults;
    std::vector<Nanos> quoting;
    Path path;
};

}  // namespace halfspread
