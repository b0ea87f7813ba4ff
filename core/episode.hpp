// Episode: what a learner's lanes read and write, a column a number; and the seeds of episodes.
//
// A lane lives from episode to episode. Whoever drives many of them fills `quotes` and `anew`, calls
// step() of an Episodes or a LearningWorld, and reads the rest, which stands until the next step.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace halfspread {

// Ticks, lots and seconds; money in tick-lots of a linear contract, in coins of an inverse one.
struct EpisodeColumns {
    EpisodeColumns(std::size_t lanes, std::vector<std::size_t> observed)
        : n(lanes), fields(std::move(observed)) {
        for (auto* column : {&inventory, &mid, &bid, &ask, &time_left, &wealth, &profit, &edge,
                             &fees, &seconds, &steps}) {
            column->resize(n);
        }
        quotes.resize(4 * n);
        observations.resize(fields.size() * n);
        anew.resize(n);
        ended.resize(n);
    }

    std::size_t n;
    std::vector<std::size_t> fields;   // of QuoteState, by their places there
    std::vector<double> observations;  // [fields][n], what is not known as 0
    std::vector<double> inventory, mid, bid, ask, time_left;
    std::vector<double> wealth;              // since the episode began, after fees
    std::vector<double> profit, edge, fees;  // of this step: wealth, fills against the mid, paid
    std::vector<double> seconds, steps;      // of this step; of this episode
    std::vector<std::uint8_t> ended;         // the market is at its end

    std::vector<double> quotes;      // [4][n]: bids, asks and their sizes
    std::vector<std::uint8_t> anew;  // lanes whose next episode this step begins instead
};

// The seed of a lane's episode, counted from 0: that of its market, on its own.
constexpr std::uint64_t episode_seed(std::uint64_t seed, std::uint64_t episode) {
    return seed + episode * 0x9E37'79B9'7F4A'7C15U;
}

}  // namespace halfspread
