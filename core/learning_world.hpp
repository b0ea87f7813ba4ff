// LearningWorld: the Brownian world of steps for very many lanes at once, without books and orders.
//
//     LearningWorld world(policy, limit, lanes, fields);
//     world.begin(seed);
//     world.columns.quotes, world.columns.anew = ...;
//     world.step();
//
// The markets are those of World, number by number, and the fills those of Brownian and its desk,
// where it can stand for them (`can_be`): discrete or linear arrivals of one lot, no jumps, impacts,
// touch, latency or fees, a variance that stays, one level, orders amended. What is left of an order
// is then never in question: a side that is quoted fills one lot or none.
//
// Lanes lie beside each other in memory, and each pass over them is a loop without a branch, which
// a compiler turns into vectors, for the widest registers that there are when the program starts.
// The bits are the same, since no multiplication is fused with an addition.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <limits>
#include <utility>
#include <vector>

#include "episode.hpp"
#include "lane_draws.hpp"
#include "wide.hpp"
#include "world.hpp"

namespace halfspread {

// The lanes of a part: what they want, what they are, what a step of theirs earns.
struct LanePart {
    std::size_t n;
    LanePlaces places;
    const double* quotes[4];
    double *mid, *inventory, *wealth, *profit, *edge;
};

inline constexpr double unreached = 1e30;

// Quotes as the desk has them: rounded, and on sides that can be kept.
struct LaneQuotes {
    alignas(64) double price[2][part_lanes];
    alignas(64) double distance[2][part_lanes];  // from the mid; `unreached` where none is kept
    alignas(64) float beyond[2][part_lanes];
};

// A bid rounded down; NaN where it is.
inline double rounded_down(double price) {
    constexpr double far = 2'147'483'000.0;
    const double above = price < -far ? -far : price;
    return std::floor(above > far ? far : above);
}

// And, or, of conditions that cost less than a branch.
inline bool all_of(std::initializer_list<bool> conditions) {
    int all = 1;
    for (const bool holds : conditions) all &= static_cast<int>(holds);
    return all != 0;
}
inline bool either(bool a, bool b) { return (static_cast<int>(a) | static_cast<int>(b)) != 0; }

// Whether a side of a quote is wanted, whether its size and price can be, and where it stands.
HALFSPREAD_WIDEST inline void place(const LanePart& part, double limit, LaneQuotes& to) {
    constexpr double endless = std::numeric_limits<double>::infinity();
    const std::size_t n = part.n;
    const double* bids = part.quotes[0];
    const double* asks = part.quotes[1];
    const double* bid_sizes = part.quotes[2];
    const double* ask_sizes = part.quotes[3];
    HALFSPREAD_APART
    for (std::size_t i = 0; i < n; ++i) {
        const double bid = bids[i];
        const double ask = asks[i];
        const double bid_size = bid_sizes[i];
        const double ask_size = ask_sizes[i];
        const double mid = part.mid[i];
        const double held = part.inventory[i];
        const bool bids_off = bid_size == 0.0;
        const bool asks_off = ask_size == 0.0;
        const bool usable =
            all_of({bid_size < endless, ask_size < endless, either(bids_off, bid_size >= 1.0),
                    either(asks_off, ask_size >= 1.0), either(bids_off, std::abs(bid) < endless),
                    either(asks_off, std::abs(ask) < endless),
                    either(either(bids_off, asks_off), bid < ask)});
        const bool bid_stands = all_of({usable, bid_size > 0.0, held < limit});
        const bool ask_stands = all_of({usable, ask_size > 0.0, held > -limit});
        const double low = rounded_down(bid);
        const double high = -rounded_down(-ask);
        to.price[0][i] = low;
        to.price[1][i] = high;
        to.distance[0][i] = bid_stands ? mid - low : unreached;
        to.distance[1][i] = ask_stands ? high - mid : unreached;
    }
}

// All bits where a number is not negative, else none; and a number where they are, else 0.
inline std::uint64_t mask_of(float x) {
    return ~static_cast<std::uint64_t>(std::int64_t{std::bit_cast<std::int32_t>(x) >> 31});
}
inline double kept(double x, std::uint64_t mask) {
    return std::bit_cast<double>(std::bit_cast<std::uint64_t>(x) & mask);
}

// Fills, then the move, as Brownian has them.
HALFSPREAD_WIDEST inline void trade(const StepLaw& law, const LanePart& part,
                                    const LaneQuotes& quotes, const double* noise) {
    const std::size_t n = part.n;
    const double keeps = law.keeps;
    const double moves_by = law.moves_by;
    const double spreads_by = law.spreads_by;
    const LanePart to = part;
    HALFSPREAD_APART
    for (std::size_t i = 0; i < n; ++i) {
        const double now = to.mid[i];
        const std::uint64_t bid_met = mask_of(quotes.beyond[0][i]);
        const std::uint64_t ask_met = mask_of(quotes.beyond[1][i]);
        const double before = std::floor(2.0 * now + 0.5);
        const double bought = kept(1.0, bid_met);
        const double sold = kept(1.0, ask_met);
        const double below = kept(before - 2.0 * quotes.price[0][i], bid_met);
        const double above = kept(2.0 * quotes.price[1][i] - before, ask_met);
        const double gained = below + above;
        const double holds = to.inventory[i] + (bought - sold);
        const double next = StepLaw::bounded(keeps * now + moves_by + spreads_by * noise[i]);
        const double made = 0.5 * (gained + holds * (std::floor(2.0 * next + 0.5) - before));
        to.mid[i] = next;
        to.inventory[i] = holds;
        to.edge[i] = 0.5 * gained;
        to.profit[i] = made;
        to.wealth[i] += made;
    }
}

// What follows from the steps that lanes have taken, in ns of the horizon and of a step.
HALFSPREAD_WIDEST inline void tell_time(std::size_t n, const double* steps, double horizon,
                                        double every, double* time_left, std::uint8_t* ended) {
    HALFSPREAD_APART
    for (std::size_t i = 0; i < n; ++i) {
        const double left = horizon - steps[i] * every;
        time_left[i] = left > 0.0 ? left * 1e-9 : 0.0;
    }
    HALFSPREAD_APART
    for (std::size_t i = 0; i < n; ++i) ended[i] = time_left[i] > 0.0 ? 0 : 1;
}

HALFSPREAD_WIDEST inline void count_steps(std::size_t n, double* steps, std::uint32_t* step) {
    HALFSPREAD_APART
    for (std::size_t i = 0; i < n; ++i) {
        steps[i] += 1.0;
        step[i] += 1;
    }
}

HALFSPREAD_WIDEST inline void scale(std::size_t n, const double* from, double each, double unit,
                                    double* to) {
    HALFSPREAD_APART
    for (std::size_t i = 0; i < n; ++i) to[i] = from[i] * each * unit;
}

class LearningWorld {
    enum Field : std::uint8_t {
        inventory = 0,
        mid = 1,
        micro_price = 6,
        time = 12,
        time_left = 13
    };

public:
    // `limit`: lots of |inventory| that no fill takes it past. `fields` are some of `can_show`.
    LearningWorld(const WorldPolicy& world, double limit, std::size_t lanes,
                  std::vector<std::size_t> fields)
        : columns(lanes, std::move(fields)),
          world_(world),
          limit_(limit),
          law_(world),
          episode_(lanes),
          step_(lanes),
          key_{std::vector<std::uint32_t>(lanes), std::vector<std::uint32_t>(lanes)} {
        std::fill(columns.bid.begin(), columns.bid.end(), unknown);
        std::fill(columns.ask.begin(), columns.ask.end(), unknown);
        std::fill(columns.seconds.begin(), columns.seconds.end(), law_.seconds);
    }

    LearningWorld(const LearningWorld&) = delete;  // others look at its columns
    LearningWorld& operator=(const LearningWorld&) = delete;

    static bool can_be(const WorldPolicy& world) {
        return world.arrivals != Arrivals::exact && world.jump_rate == 0.0 &&
               world.variance_noise == 0.0 && world.impact * world.impact_probability == 0.0 &&
               world.mean_lots == 1.0 && std::isnan(world.spread) &&
               world.horizon.count / world.step.count < (std::int64_t{1} << 32U);
    }

    // Of QuoteState, by their places there.
    static bool can_show(std::size_t field) {
        return field == inventory || field == mid || field == micro_price || field == time ||
               field == time_left;
    }

    // All lanes at the first decision of their first episodes.
    void begin(std::uint64_t seed) {
        seed_ = seed;
        std::fill(episode_.begin(), episode_.end(), 0);
        for (std::size_t lane = 0; lane < columns.n; ++lane) begin_lane(lane);
        for (std::size_t first = 0; first < columns.n; first += part_lanes) {
            look(first, std::min(part_lanes, columns.n - first));
        }
    }
    // Begins the next episode of the lanes of `anew`.
    void reset() {
        for (std::size_t first = 0; first < columns.n; first += part_lanes) {
            begin_anew(first, std::min(part_lanes, columns.n - first));
        }
    }
    // Quotes of all lanes, then on to their next decisions; lanes of `anew` begin instead.
    void step() {
        LaneDraws draws;
        LaneQuotes quotes;
        for (std::size_t first = 0; first < columns.n; first += part_lanes) {
            const LanePart part = part_from(first);
            draw_words(part.places, part.n, draws);
            make_noise(part.n, draws);
            place(part, limit_, quotes);
            for (const int side : {0, 1}) {
                meet(law_, side, part.n, quotes.distance[side], draws.order[side],
                     quotes.beyond[side]);
            }
            trade(law_, part, quotes, draws.move);
            count_steps(part.n, &columns.steps[first], &step_[first]);
            begin_anew(first, part.n);
        }
    }

    EpisodeColumns columns;

private:
    LanePart part_from(std::size_t first) {
        EpisodeColumns& c = columns;
        const double* quotes = c.quotes.data() + first;
        return {.n = std::min(part_lanes, c.n - first),
                .places = {.first = world_.first_lane + static_cast<std::uint32_t>(first),
                           .step = &step_[first],
                           .low_key = &key_[0][first],
                           .high_key = &key_[1][first]},
                .quotes = {quotes, quotes + c.n, quotes + 2 * c.n, quotes + 3 * c.n},
                .mid = &c.mid[first],
                .inventory = &c.inventory[first],
                .wealth = &c.wealth[first],
                .profit = &c.profit[first],
                .edge = &c.edge[first]};
    }

    // Of a part: begins the lanes that are to, and tells what all then see.
    void begin_anew(std::size_t first, std::size_t n) {
        for (std::size_t lane = first; lane < first + n; ++lane) {
            const void* flag = std::memchr(&columns.anew[lane], 1, first + n - lane);
            if (flag == nullptr) break;
            lane = static_cast<std::size_t>(static_cast<const std::uint8_t*>(flag) -
                                            columns.anew.data());
            ++episode_[lane];
            begin_lane(lane);
        }
        look(first, n);
    }
    void begin_lane(std::size_t lane) {
        const std::uint64_t seed = episode_seed(seed_, episode_[lane]);
        key_[0][lane] = static_cast<std::uint32_t>(seed);
        key_[1][lane] = static_cast<std::uint32_t>(seed >> 32U);
        step_[lane] = 0;
        columns.steps[lane] = 0.0;
        columns.mid[lane] = world_.mid;
        columns.inventory[lane] = columns.wealth[lane] = 0.0;
        columns.profit[lane] = columns.edge[lane] = 0.0;
    }

    void look(std::size_t first, std::size_t n) {
        const auto every = static_cast<double>(world_.step.count);
        tell_time(n, &columns.steps[first], static_cast<double>(world_.horizon.count), every,
                  &columns.time_left[first], &columns.ended[first]);
        for (std::size_t j = 0; j < columns.fields.size(); ++j) {
            const std::size_t field = columns.fields[j];
            const double* from = &columns.mid[first];
            if (field == inventory) from = &columns.inventory[first];
            if (field == time_left) from = &columns.time_left[first];
            if (field == time) from = &columns.steps[first];
            const double each = field == time ? every : 1.0;
            const double unit = field == time ? 1e-9 : 1.0;
            scale(n, from, each, unit, &columns.observations[j * columns.n + first]);
        }
    }

    WorldPolicy world_;
    double limit_;
    StepLaw law_;
    std::uint64_t seed_ = 0;
    std::vector<std::uint64_t> episode_;
    std::vector<std::uint32_t> step_, key_[2];
};

}  // namespace halfspread
