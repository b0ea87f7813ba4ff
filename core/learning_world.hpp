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
#include <cmath>
#include <cstddef>
#include <cstdint>
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

// Quotes as the desk has them: rounded, and whether each side can be kept.
struct LaneQuotes {
    alignas(64) double price[2][part_lanes], distance[2][part_lanes];
    alignas(64) double kept[2][part_lanes];  // 1 or 0
    alignas(64) float beyond[2][part_lanes];
};

inline double clamped(double x, double least, double most) {
    return x < least ? least : x > most ? most : x;
}

HALFSPREAD_WIDEST inline void place(const LanePart& part, LaneQuotes& to) {
    constexpr double far = 2'147'483'000.0, endless = std::numeric_limits<double>::infinity();
    const std::size_t n = part.n;
    const double *bid = part.quotes[0], *ask = part.quotes[1], *mid = part.mid;
    const double *bid_size = part.quotes[2], *ask_size = part.quotes[3];
    HALFSPREAD_APART
    for (std::size_t i = 0; i < n; ++i) {
        const bool bids = bid_size[i] >= 1.0, asks = ask_size[i] >= 1.0;
        const bool sizes = (bids | (bid_size[i] == 0.0)) & (asks | (ask_size[i] == 0.0)) &
                           (bid_size[i] < endless) & (ask_size[i] < endless);
        const bool prices = (!bids | (std::abs(bid[i]) < endless)) &
                            (!asks | (std::abs(ask[i]) < endless)) &
                            (!bids | !asks | (bid[i] < ask[i]));
        to.kept[0][i] = (sizes & prices & bids) ? 1.0 : 0.0;
        to.kept[1][i] = (sizes & prices & asks) ? 1.0 : 0.0;
    }
    HALFSPREAD_APART
    for (std::size_t i = 0; i < n; ++i) {
        const double low = std::floor(clamped(bid[i], -far, far));
        const double high = std::ceil(clamped(ask[i], -far, far));
        to.price[0][i] = low;
        to.price[1][i] = high;
        to.distance[0][i] = mid[i] - low;
        to.distance[1][i] = high - mid[i];
    }
}

// Fills, then the move, as Brownian has them.
HALFSPREAD_WIDEST inline void trade(const StepLaw& law, double limit, const LanePart& part,
                                    const LaneQuotes& quotes, const double* noise) {
    const std::size_t n = part.n;
    double *mid = part.mid, *inventory = part.inventory, *wealth = part.wealth;
    double *edge = part.edge, *profit = part.profit;
    const double keeps = law.keeps, moves_by = law.moves_by, spreads_by = law.spreads_by;
    HALFSPREAD_APART
    for (std::size_t i = 0; i < n; ++i) {
        const double now = mid[i], held = inventory[i];
        const double met[2] = {quotes.beyond[0][i], quotes.beyond[1][i]};
        const bool is_bought = (quotes.kept[0][i] > 0.0) & (met[0] >= 0.0) & (held < limit);
        const bool is_sold = (quotes.kept[1][i] > 0.0) & (met[1] >= 0.0) & (held > -limit);
        const double before = std::floor(2.0 * now + 0.5);
        const double gained = (is_bought ? before - 2.0 * quotes.price[0][i] : 0.0) +
                              (is_sold ? 2.0 * quotes.price[1][i] - before : 0.0);
        const double holds = held + ((is_bought ? 1.0 : 0.0) - (is_sold ? 1.0 : 0.0));
        const double next = clamped(keeps * now + moves_by + spreads_by * noise[i],
                                    -StepLaw::widest, StepLaw::widest);
        const double made = 0.5 * (gained + holds * (std::floor(2.0 * next + 0.5) - before));
        mid[i] = next;
        inventory[i] = holds;
        edge[i] = 0.5 * gained;
        profit[i] = made;
        wealth[i] += made;
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
    for (std::size_t i = 0; i < n; ++i) steps[i] += 1.0;
    for (std::size_t i = 0; i < n; ++i) step[i] += 1;
}

class LearningWorld {
    enum Field : std::size_t { inventory = 0, mid = 1, micro_price = 6, time = 12, time_left = 13 };

public:
    // `limit`: lots of |inventory| that no fill takes it past. `fields` are some of `can_show`.
    LearningWorld(const WorldPolicy& world, double limit, std::size_t lanes,
                  std::vector<std::size_t> fields)
        : columns(lanes, std::move(fields)),
          world_(world),
          limit_(limit),
          law_(world),
          episode_(lanes),
          number_(lanes),
          step_(lanes),
          key_{std::vector<std::uint32_t>(lanes), std::vector<std::uint32_t>(lanes)} {
        for (std::size_t i = 0; i < lanes; ++i) {
            number_[i] = world.first_lane + static_cast<std::uint32_t>(i);
        }
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
        look();
    }
    // Begins the next episode of the lanes of `anew`.
    void reset() {
        begin_lanes_anew();
        look();
    }
    // Quotes of all lanes, then on to their next decisions; lanes of `anew` begin instead.
    void step() {
        LaneDraws draws;
        LaneQuotes quotes;
        for (std::size_t first = 0; first < columns.n; first += part_lanes) {
            const LanePart part = part_from(first);
            draw_words(part.places, part.n, draws);
            make_noise(part.n, draws);
            place(part, quotes);
            for (const int side : {0, 1}) {
                meet(law_, side, part.n, quotes.distance[side], draws.order[side],
                     quotes.beyond[side]);
            }
            trade(law_, limit_, part, quotes, draws.move);
        }
        count_steps(columns.n, columns.steps.data(), step_.data());
        begin_lanes_anew();
        look();
    }

    EpisodeColumns columns;

private:
    LanePart part_from(std::size_t first) {
        EpisodeColumns& c = columns;
        const double* quotes = c.quotes.data() + first;
        return {.n = std::min(part_lanes, c.n - first),
                .places = {.number = &number_[first],
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

    void begin_lanes_anew() {
        const auto end = columns.anew.end();
        for (auto flag = std::find(columns.anew.begin(), end, 1); flag != end;
             flag = std::find(flag + 1, end, 1)) {
            const auto lane = static_cast<std::size_t>(flag - columns.anew.begin());
            ++episode_[lane];
            begin_lane(lane);
        }
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

    void look() {
        tell_time(columns.n, columns.steps.data(), static_cast<double>(world_.horizon.count),
                  static_cast<double>(world_.step.count), columns.time_left.data(),
                  columns.ended.data());
        for (std::size_t j = 0; j < columns.fields.size(); ++j) observe(j, columns.fields[j]);
    }

    void observe(std::size_t place, std::size_t field) {
        const std::size_t width = columns.fields.size();
        double* to = columns.observations.data() + place;
        const auto write = [&](auto value) {
            for (std::size_t i = 0; i < columns.n; ++i) to[i * width] = value(i);
        };
        const auto every = static_cast<double>(world_.step.count);
        if (field == mid || field == micro_price) {
            write([&](std::size_t i) { return columns.mid[i]; });
        } else if (field == time_left) {
            write([&](std::size_t i) { return columns.time_left[i]; });
        } else if (field == time) {
            write([&](std::size_t i) { return columns.steps[i] * every * 1e-9; });
        } else if (field == inventory) {
            write([&](std::size_t i) { return columns.inventory[i]; });
        }
    }

    WorldPolicy world_;
    double limit_;
    StepLaw law_;
    std::uint64_t seed_ = 0;
    std::vector<std::uint64_t> episode_;
    std::vector<std::uint32_t> number_, step_, key_[2];
};

}  // namespace halfspread
