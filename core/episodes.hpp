// Episodes: lanes of any market for a learner, each from episode to episode.
//
//     Episodes episodes(make, config, are_apart, fields);
//     episodes.begin(seed);                   // all lanes at their first decision
//     columns.quotes, columns.anew = ...;
//     episodes.step();                        // to the next decision
//     episodes.reset();                       // lanes of `anew` alone, at once
//
// Where lanes are apart, an episode is a market of its own: of episode_seed(seed, episode), whatever
// other lanes do. Lanes of one replay share its tape, and makers of one book that book: an episode
// begins where the lane is, with no inventory and its orders cancelled, which takes their latency; at
// the end all have ended, and a book's next pass is of another seed.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "episode.hpp"
#include "lanes.hpp"

namespace halfspread {

class Episodes {
public:
    // Lanes from `first` on, as many as the config says, of the market of that seed.
    using Make = std::function<std::unique_ptr<Lanes>(const MarketConfig&, std::size_t first,
                                                      std::uint64_t seed)>;

    Episodes(Make make, const MarketConfig& config, bool are_apart, std::vector<std::size_t> fields)
        : columns(config.lanes, std::move(fields)),
          make_(std::move(make)),
          config_(config),
          are_apart_(are_apart),
          episode_(config.lanes),
          before_(config.lanes),
          row_(4 * config.lanes) {
        config_.keep_fills = false;
        config_.sample_every = std::int64_t{1} << 62U;
        if (are_apart) config_.lanes = 1;
        tick_lots_ = config.contract.money.inverse() ? config.contract.money.coins(1) : 0.5;
        fee_tick_lots_ = tick_lots_ / config.contract.money.coins(1);
    }

    Episodes(const Episodes&) = delete;  // others look at its columns
    Episodes& operator=(const Episodes&) = delete;

    bool are_apart() const { return are_apart_; }

    // All lanes at the first decision of their first episodes.
    void begin(std::uint64_t seed) {
        seed_ = seed;
        std::fill(episode_.begin(), episode_.end(), 0);
        passes_ = 0;
        if (!are_apart_) {
            begin_pass();
            return;
        }
        blocks_.resize(columns.n);
        for (std::size_t lane = 0; lane < columns.n; ++lane) begin_market(lane);
    }

    // Quotes of all lanes, then on to their next decisions; lanes of `anew` begin instead.
    void step() {
        if (are_apart_) {
            for (std::size_t lane = 0; lane < columns.n; ++lane) step_apart(lane);
        } else {
            step_together();
        }
    }

    // Begins the next episode of the lanes of `anew`; of all, where a tape has ended.
    void reset() {
        if (!are_apart_ && columns.ended[0] != 0) {
            begin_pass();
            return;
        }
        for (std::size_t lane = 0; lane < columns.n; ++lane) {
            if (columns.anew[lane] == 0) continue;
            if (are_apart_) {
                ++episode_[lane];
                begin_market(lane);
            } else {
                blocks_[0]->begin_anew(static_cast<std::uint32_t>(lane));
                begin_episode(lane);
            }
        }
    }

    EpisodeColumns columns;

private:
    struct Before {
        Atoms wealth = 0, spread = 0;
        double fees = 0.0;
        Nanos time{};
    };

    void begin_market(std::size_t lane) {
        blocks_[lane] = make_(config_, lane, episode_seed(seed_, episode_[lane]));
        columns.ended[lane] = static_cast<std::uint8_t>(!blocks_[lane]->advance());
        begin_episode(lane);
    }
    void begin_pass() {
        blocks_.resize(1);
        blocks_[0] = make_(config_, 0, episode_seed(seed_, passes_++));
        const bool more = blocks_[0]->advance();
        std::fill(columns.ended.begin(), columns.ended.end(), static_cast<std::uint8_t>(!more));
        for (std::size_t lane = 0; lane < columns.n; ++lane) begin_episode(lane);
    }
    void begin_episode(std::size_t lane) {
        before_[lane] = Before{};
        before_[lane].time = block(lane).now;
        columns.steps[lane] = -1.0;
        look(lane);
    }

    void step_apart(std::size_t lane) {
        if (columns.anew[lane] != 0) {
            ++episode_[lane];
            begin_market(lane);
            return;
        }
        read_quote(lane, row_.data());
        blocks_[lane]->decide(row_.data());
        columns.ended[lane] = static_cast<std::uint8_t>(!blocks_[lane]->advance());
        look(lane);
    }

    void step_together() {
        if (columns.ended[0] != 0) {  // of the tape: all lanes
            begin_pass();
            return;
        }
        for (std::size_t lane = 0; lane < columns.n; ++lane) {
            read_quote(lane, &row_[4 * lane]);
            if (columns.anew[lane] == 0) continue;
            blocks_[0]->begin_anew(static_cast<std::uint32_t>(lane));
            std::fill_n(&row_[4 * lane], 4, 0.0);
        }
        blocks_[0]->decide(row_.data());
        const bool more = blocks_[0]->advance();
        for (std::size_t lane = 0; lane < columns.n; ++lane) {
            columns.ended[lane] = static_cast<std::uint8_t>(!more);
            if (columns.anew[lane] != 0) {
                begin_episode(lane);
            } else {
                look(lane);
            }
        }
    }

    void read_quote(std::size_t lane, double* quote) const {
        for (std::size_t i = 0; i < 4; ++i) quote[i] = columns.quotes[i * columns.n + lane];
    }
    const Lanes& block(std::size_t lane) const { return *blocks_[are_apart_ ? lane : 0]; }

    // Writes down what a lane sees now, and what its step earned.
    void look(std::size_t lane) {
        const Lanes& lanes = block(lane);
        const std::size_t place = are_apart_ ? 0 : lane;
        const Account& account = lanes.desk(static_cast<std::uint32_t>(place)).account;
        const std::int64_t mid = lanes.mid_half_ticks();
        Before& before = before_[lane];
        // While there is no mid, what is held keeps the worth that it had.
        const Atoms wealth = mid == no_mid && account.inventory != Lots{0}
                                 ? before.wealth
                                 : account.wealth(config_.contract.money, mid == no_mid ? 0 : mid);
        const double paid = (account.fees - before.fees) * fee_tick_lots_;
        columns.fees[lane] = paid;
        columns.edge[lane] = static_cast<double>(account.spread - before.spread) * tick_lots_;
        columns.profit[lane] = static_cast<double>(wealth - before.wealth) * tick_lots_ - paid;
        columns.wealth[lane] =
            static_cast<double>(wealth) * tick_lots_ - account.fees * fee_tick_lots_;
        columns.seconds[lane] = static_cast<double>((lanes.now - before.time).count) * 1e-9;
        columns.steps[lane] += 1.0;
        before = {
            .wealth = wealth, .spread = account.spread, .fees = account.fees, .time = lanes.now};

        const SharedState& shared = lanes.shared;
        const LaneState& own = lanes.states[place];
        columns.inventory[lane] = own.inventory;
        columns.mid[lane] = shared.mid;
        columns.bid[lane] = shared.bid;
        columns.ask[lane] = shared.ask;
        columns.time_left[lane] = shared.time_left;
        double* observed = columns.observations.data() + lane;
        for (const std::size_t field : columns.fields) {
            double value = own.inventory;
            if (field > 0) value = (&shared.mid)[std::min(field, shared_numbers) - 1];
            if (field > shared_numbers) value = own.steady_inventory;
            *observed = std::isnan(value) ? 0.0 : value;
            observed += columns.n;
        }
    }

    static constexpr std::size_t shared_numbers = sizeof(SharedState) / sizeof(double);

    Make make_;
    MarketConfig config_;
    bool are_apart_;
    std::uint64_t seed_ = 0;
    std::vector<std::uint64_t> episode_;  // of each lane
    std::uint64_t passes_ = 0;            // of lanes that are together
    std::vector<Before> before_;
    std::vector<double> row_;
    std::vector<std::unique_ptr<Lanes>> blocks_;
    double tick_lots_ = 0.5, fee_tick_lots_ = 0.0;  // of an atom; of a coin
};

}  // namespace halfspread
