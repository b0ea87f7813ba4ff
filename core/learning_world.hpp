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
#include "random.hpp"
#include "wide.hpp"
#include "world.hpp"

namespace halfspread {

// A part of the lanes, whose draws of a step stay in the cache.
struct LanePart {
    static constexpr std::size_t most = 256;

    std::size_t n;
    const std::uint32_t *number, *key[2];
    const std::uint32_t* step;
    const double* quotes[4];
    double *mid, *inventory, *wealth, *profit, *edge;
};

// Of a step: the uniform of the move, then the move's noise; and the uniforms of orders.
struct LaneDraws {
    double move[LanePart::most], order[2][LanePart::most];
    double bids[LanePart::most], asks[LanePart::most];  // sides that can be kept, as 1
};

inline constexpr double endless = std::numeric_limits<double>::infinity();

HALFSPREAD_WIDEST inline void draw_uniforms(const LanePart& part, LaneDraws& draws) {
    const std::uint32_t *step = part.step, *number = part.number;
    const std::uint32_t *low = part.key[0], *high = part.key[1];
    for (std::size_t i = 0; i < part.n; ++i) {
        const Words words = philox({step[i], 0, number[i], World::step_purpose}, {low[i], high[i]});
        draws.move[i] = uniform(words[0], words[1]);
        draws.order[0][i] = uniform(words[2]);
        draws.order[1][i] = uniform(words[3]);
    }
}

// normal() of the uniforms of moves: of all in the middle, then of the few that are not.
HALFSPREAD_WIDEST inline void make_noise(std::size_t n, LaneDraws& draws) {
    double far[LanePart::most];
    std::uint32_t lane[LanePart::most];
    std::size_t outer = 0;
    for (std::size_t i = 0; i < n; ++i) {
        lane[outer] = static_cast<std::uint32_t>(i);
        far[outer] = draws.move[i];
        outer += static_cast<std::size_t>(std::abs(draws.move[i] - 0.5) > middle_half);
    }
    for (std::size_t i = 0; i < n; ++i) draws.move[i] = middle_normal(draws.move[i] - 0.5);
    for (std::size_t i = 0; i < outer; ++i) far[i] = outer_normal(far[i]);
    for (std::size_t i = 0; i < outer; ++i) draws.move[lane[i]] = far[i];
}

// How far the orders of a side reach, in place of their uniforms.
HALFSPREAD_WIDEST inline void make_reach(const StepLaw& law, int side, std::size_t n,
                                         double* uniforms) {
    const double log_rate = law.comes[side] ? law.log_rate[side] : -endless;
    const double scale = law.scale[side];
    if (!law.is_linear) {
        for (std::size_t i = 0; i < n; ++i) uniforms[i] = -scaled_logarithm(uniforms[i], 0.0);
    }
    for (std::size_t i = 0; i < n; ++i) {
        uniforms[i] = (log_rate - scaled_logarithm(uniforms[i], 0.0)) * scale;
    }
}

// Which sides of quotes (bids, asks and their sizes) can be kept: 1 or 0, in place of the sizes.
HALFSPREAD_WIDEST inline void look_at_quotes(std::size_t n, const double* bid, const double* ask,
                                             const double* bid_size, const double* ask_size,
                                             double* bids, double* asks) {
    HALFSPREAD_APART
    for (std::size_t i = 0; i < n; ++i) {
        const bool wants_bid = bid_size[i] >= 1.0, wants_ask = ask_size[i] >= 1.0;
        const bool sizes = (wants_bid | (bid_size[i] == 0.0)) & (wants_ask | (ask_size[i] == 0.0)) &
                           (bid_size[i] < endless) & (ask_size[i] < endless);
        const bool prices = (!wants_bid | (std::abs(bid[i]) < endless)) &
                            (!wants_ask | (std::abs(ask[i]) < endless)) &
                            (!wants_bid | !wants_ask | (bid[i] < ask[i]));
        bids[i] = (sizes & prices & wants_bid) ? 1.0 : 0.0;
        asks[i] = (sizes & prices & wants_ask) ? 1.0 : 0.0;
    }
}

inline double clamped(double x, double least, double most) {
    return x < least ? least : x > most ? most : x;
}

// Fills, then the move, as Brownian has them.
HALFSPREAD_WIDEST inline void trade(const StepLaw& law, double limit, const LanePart& part,
                                    const LaneDraws& draws) {
    constexpr double far = 2'147'483'000.0;
    const std::size_t n = part.n;
    const double *wanted_bid = part.quotes[0], *wanted_ask = part.quotes[1];
    double *mid = part.mid, *inventory = part.inventory, *wealth = part.wealth;
    double *edge = part.edge, *profit = part.profit;
    const double keeps = law.keeps, moves_by = law.moves_by, spreads_by = law.spreads_by;
    HALFSPREAD_APART
    for (std::size_t i = 0; i < n; ++i) {
        const double bid = std::floor(clamped(wanted_bid[i], -far, far));
        const double ask = std::ceil(clamped(wanted_ask[i], -far, far));
        const double now = mid[i], held = inventory[i];
        const bool is_bought =
            (draws.bids[i] > 0.0) & (held < limit) & (now - bid <= draws.order[0][i]);
        const bool is_sold =
            (draws.asks[i] > 0.0) & (held > -limit) & (ask - now <= draws.order[1][i]);
        const double bought = is_bought ? 1.0 : 0.0, sold = is_sold ? 1.0 : 0.0;
        const double before = std::floor(2.0 * now + 0.5);
        const double gained =
            (is_bought ? before - 2.0 * bid : 0.0) + (is_sold ? 2.0 * ask - before : 0.0);
        const double next = clamped(keeps * now + moves_by + spreads_by * draws.move[i],
                                    -StepLaw::widest, StepLaw::widest);
        const double after = std::floor(2.0 * next + 0.5);
        const double holds = held + (bought - sold);
        const double made = 0.5 * (gained + holds * (after - before));
        mid[i] = next;
        inventory[i] = holds;
        edge[i] = 0.5 * gained;
        profit[i] = made;
        wealth[i] += made;
    }
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
        for (std::size_t first = 0; first < columns.n; first += LanePart::most) {
            const LanePart part = part_from(first);
            draw_uniforms(part, draws);
            make_noise(part.n, draws);
            for (const int side : {0, 1}) make_reach(law_, side, part.n, draws.order[side]);
            look_at_quotes(part.n, part.quotes[0], part.quotes[1], part.quotes[2], part.quotes[3],
                           draws.bids, draws.asks);
            trade(law_, limit_, part, draws);
        }
        for (std::uint32_t& step : step_) ++step;
        begin_lanes_anew();
        look();
    }

    EpisodeColumns columns;

private:
    LanePart part_from(std::size_t first) {
        EpisodeColumns& c = columns;
        const double* quotes = c.quotes.data() + first;
        return {.n = std::min(LanePart::most, c.n - first),
                .number = &number_[first],
                .key = {&key_[0][first], &key_[1][first]},
                .step = &step_[first],
                .quotes = {quotes, quotes + c.n, quotes + 2 * c.n, quotes + 3 * c.n},
                .mid = &c.mid[first],
                .inventory = &c.inventory[first],
                .wealth = &c.wealth[first],
                .profit = &c.profit[first],
                .edge = &c.edge[first]};
    }

    void begin_lanes_anew() {
        for (std::size_t lane = 0; lane < columns.n; ++lane) {
            if (columns.anew[lane] == 0) continue;
            ++episode_[lane];
            begin_lane(lane);
        }
    }
    void begin_lane(std::size_t lane) {
        const std::uint64_t seed = episode_seed(seed_, episode_[lane]);
        key_[0][lane] = static_cast<std::uint32_t>(seed);
        key_[1][lane] = static_cast<std::uint32_t>(seed >> 32U);
        step_[lane] = 0;
        columns.mid[lane] = world_.mid;
        columns.inventory[lane] = columns.wealth[lane] = 0.0;
        columns.profit[lane] = columns.edge[lane] = 0.0;
    }

    // What follows from the step that a lane is at.
    void look() {
        const auto horizon = static_cast<double>(world_.horizon.count);
        const auto every = static_cast<double>(world_.step.count);
        for (std::size_t i = 0; i < columns.n; ++i) {
            const auto steps = static_cast<double>(step_[i]);
            const double left = std::max(horizon - steps * every, 0.0);
            columns.steps[i] = steps;
            columns.time_left[i] = left * 1e-9;
            columns.ended[i] = static_cast<std::uint8_t>(left <= 0.0);
        }
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
