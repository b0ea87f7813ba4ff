// Market: the blocks of lanes behind market.hpp's face, one class a set of rules.
#include "market.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <exception>
#include <limits>
#include <span>
#include <thread>

#include "book.hpp"
#include "replay.hpp"

namespace halfspread {
namespace {

template <Rules rules, class View>
class Block final : public Lanes {
public:
    Block(const Columns& columns, const MarketConfig& config)
        : config_(config),
          slots_(static_cast<std::size_t>(config.policy.slots())),
          rungs_(static_cast<std::size_t>(2 * config.policy.levels)),
          replay_(columns, config.queue, config.contract.scale, config.latency, config.signals,
                  config.lanes, slots_),
          first_(replay_.first_time()),
          last_(last_time(columns, first_ == never ? Nanos{0} : first_)),
          guards_(config.guard, columns, config.contract, config.lanes,
                  first_ == never ? Nanos{0} : first_),
          order_memory_(config.lanes * slots_),
          rung_memory_(config.lanes * rungs_),
          done_(config.lanes, 0),
          quotes_(4 * config.lanes) {
        desks_.reserve(config.lanes);
        for (std::size_t lane = 0; lane < config.lanes; ++lane) {
            desks_.push_back({Orders(config_.policy, static_cast<std::uint32_t>(lane),
                                     std::span(order_memory_).subspan(lane * slots_, slots_),
                                     std::span(rung_memory_).subspan(lane * rungs_, rungs_)),
                              Account{}});
            desks_.back().account.since = first_ == never ? Nanos{0} : first_;
        }
        states.resize(config.lanes);
        faults.resize(config.lanes);
        quoting.resize(config.lanes);
        now = first_ == never ? Nanos{0} : first_;
        reserve_results(columns.rows);
        if (config.signals.depth.any())
            replay_.watch_depth(config.signals.depth, now + config.every, config.every);
    }

    bool advance() override {
        const Nanos target = next_decision();
        if (target == never) return finish();
        const Nanos before = now;
        pass(target);
        now = target;
        const bool exhausted = replay_.exhausted(now);
        if (exhausted && rules == Rules::ours) return finish();
        // The peer goes on deciding while anything is under way; a model that never rests must end
        // too.
        if (exhausted && ++last_words_ > 1'000) return finish();
        bool any = false;
        for (std::uint32_t lane = 0; lane < config_.lanes; ++lane) {
            if (desks_[lane].orders.any_live()) quoting[lane] += now - before;
            if (exhausted && replay_.in_flight(lane) == 0) done_[lane] = 1;
            any |= done_[lane] == 0;
        }
        if (!any) return finish();
        look();
        if (!exhausted && decisions % config_.sample_every == 0) sample();
        if (guards_.on()) guard();
        ++decisions;
        return true;
    }

    void decide(Kernel kernel, const double* params) override {
        std::fill(quotes_.begin(), quotes_.end(), unknown);
        kernel(&shared.mid, &states.data()->inventory, params, quotes_.data(),
               static_cast<std::int64_t>(config_.lanes));
        decide(quotes_.data());
    }

    void decide(const double* quotes) override {
        const Touch touch = this->touch();
        for (std::uint32_t lane = 0; lane < config_.lanes; ++lane) {
            if (done_[lane] != 0) continue;
            const double* quote = quotes + 4 * std::size_t{lane};
            Wanted wanted;
            const QuoteFault fault = round_quote(quote, touch, config_.policy.taking, wanted);
            if (fault != QuoteFault::none) {
                wanted = Wanted{};
                const bool excused = fault == QuoteFault::not_finite &&
                                     shared.lacks(config_.signals, !config_.track.time.empty());
                if (!excused) note_fault(lane, fault, quote);
            }
            Desk& desk = desks_[lane];
            if (guards_.on() && !guards_.allow(lane, desk.orders, touch, wanted)) continue;
            desk.orders.want(wanted, desk.account.inventory, now,
                             [&](const Event& ask) { replay_.send(ask); });
        }
    }

    std::uint64_t submit(std::uint32_t lane, Side side, Ticks price, Lots size,
                         Lifetime lifetime) override {
        if (!guards_.lets(lane, side)) return 0;
        Desk& desk = desks_[lane];
        return desk.orders.submit(side, price, size, lifetime, desk.account.inventory, now,
                                  [&](const Event& ask) { replay_.send(ask); });
    }
    bool cancel(std::uint32_t lane, std::uint64_t id) override {
        return desks_[lane].orders.cancel(id, now, [&](const Event& ask) { replay_.send(ask); });
    }
    bool amend(std::uint32_t lane, std::uint64_t id, Ticks price, Lots size) override {
        if (!guards_.lets(lane, Side::none)) return false;
        Desk& desk = desks_[lane];
        return desk.orders.amend(id, price, size, desk.account.inventory, now,
                                 [&](const Event& ask) { replay_.send(ask); });
    }
    const Desk& desk(std::uint32_t lane) const override { return desks_[lane]; }
    const Guards& guards() const override { return guards_; }
    bool resume(std::uint32_t lane) override { return guards_.resume(lane, desks_[lane]); }
    std::size_t rows_seen() const override { return replay_.rows_seen(); }
    const RecentTrades& recent_trades() const override { return replay_.signals().recent(); }

private:
    // Past the last row a desk may wait for what is under way, but not until times leave 64 bits.
    static constexpr Nanos last_decision = latest + Nanos{std::int64_t{1} << 61};

    static Nanos last_time(const Columns& columns, Nanos otherwise) {
        for (std::size_t i = columns.rows; i > 0; --i) {
            if ((columns.flags[i - 1] & flag::at_local) != 0) return columns.local_at(i - 1);
        }
        return otherwise;
    }

    // Memory for what the loop writes down: the samples, and fills up to a number that few runs
    // reach. Beyond `most_values` a column, vectors grow as they do.
    void reserve_results(std::size_t rows) {
        constexpr std::size_t most_values = std::size_t{1} << 22;
        constexpr std::size_t most_fills = std::size_t{1} << 16;
        std::size_t decisions_ahead = rows;
        if (config_.schedule == Schedule::every && last_ > now) {
            decisions_ahead = static_cast<std::size_t>((last_ - now).count / config_.every.count);
        }
        const auto every = static_cast<std::size_t>(config_.sample_every);
        const std::size_t samples =
            std::min(decisions_ahead / every + 2, most_values / config_.lanes);
        path.time.reserve(samples);
        path.mid_half_ticks.reserve(samples);
        path.inventory.reserve(samples * config_.lanes);
        for (auto* column : {&path.bid, &path.ask, &path.wealth}) {
            column->reserve(samples * config_.lanes);
        }
        if (config_.keep_fills) fills.reserve(std::min(rows, most_fills));
    }

    Nanos next_decision() {
        if (first_ == never || finished_) return never;
        switch (config_.schedule) {
            case Schedule::every:
                return now > last_decision - config_.every ? never : now + config_.every;
            case Schedule::book:
                return replay_.next_message(Kind::level, now);
            case Schedule::trade:
                return replay_.next_message(Kind::trade, now);
        }
        return never;
    }

    void pass(Nanos target) {
        replay_.exchange_until(target);
        replay_.local_until(target);
        replay_.deliver(target, [&](const Event& answer) {
            Fill fill;
            Desk& desk = desks_[answer.lane];
            if (!desk.apply(answer, config_.contract, fill)) return;
            const auto inventory = static_cast<double>(desk.account.inventory.count);
            const double play = config_.policy.inventory_play;
            LaneState& state = states[answer.lane];
            state.inventory = inventory;
            state.steady_inventory =
                std::clamp(state.steady_inventory, inventory - play, inventory + play);
            if (guards_.on()) guards_.fill(fill);
            if (config_.keep_fills) fills.push_back(fill);
        });
    }

    // What is still under way arrives; the last sample shows where everything ended.
    bool finish() {
        if (finished_) return false;
        finished_ = true;
        pass(never);
        now = std::max(now, last_);
        for (Desk& desk : desks_) desk.account.elapse(std::max(now, desk.account.since));
        guards_.finish(now);
        look();
        sample();
        return false;
    }

    Touch touch() const {
        const Top top = replay_.top();
        return {.bid = top.price[0],
                .ask = top.price[1],
                .has_bid = top.has_bid(),
                .has_ask = top.has_ask()};
    }

    // The guards see what the models are about to see, and act at once.
    void guard() {
        const Touch touch = this->touch();
        guards_.look(touch, now, shared.volatility, shared.time_left);
        for (std::uint32_t lane = 0; lane < config_.lanes; ++lane) {
            if (done_[lane] != 0) continue;
            guards_.step(lane, desks_[lane], touch, [&](const Event& ask) { replay_.send(ask); });
        }
    }

    void look() {
        const Top top = replay_.top();
        const SignalPolicy& asked = config_.signals;
        shared.see(top);
        shared.see(replay_.signals(), top, now);
        if (asked.depth.any()) shared.see(replay_.depth(asked.depth, now), top.has_both());
        shared.time = static_cast<double>((now - first_).count) * 1e-9;
        shared.time_left = static_cast<double>(std::max(last_ - now, Nanos{0}).count) * 1e-9;
        look_at_track();
    }

    void look_at_track() {
        const Track& track = config_.track;
        while (track_row_ < track.time.size() && track.time[track_row_] <= now.count) ++track_row_;
        if (track_row_ == 0) return;
        shared.forecast = track.forecast[track_row_ - 1];
        shared.forecast_std = track.forecast_std[track_row_ - 1];
    }

    void sample() {
        const std::int64_t mid = replay_.mid_half_ticks();
        path.time.push_back(now.count);
        path.mid_half_ticks.push_back(mid);
        const Money& money = config_.contract.money;
        for (const Desk& desk : desks_) {
            const Account& account = desk.account;
            const Order* bid = desk.orders.on_rung(Side::bid, 0);
            const Order* ask = desk.orders.on_rung(Side::ask, 0);
            path.bid.push_back(bid != nullptr ? static_cast<double>(bid->price.count) : unknown);
            path.ask.push_back(ask != nullptr ? static_cast<double>(ask->price.count) : unknown);
            path.inventory.push_back(account.inventory.count);
            const bool known = mid != no_mid || account.inventory == Lots{0};
            path.wealth.push_back(known ? money.coins(account.wealth(money, mid)) - account.fees
                                        : unknown);
        }
    }

    MarketConfig config_;
    std::size_t slots_, rungs_;
    Replay<rules, View> replay_;
    Nanos first_, last_;
    Guards guards_;
    std::vector<Order> order_memory_;
    std::vector<std::int16_t> rung_memory_;
    std::vector<Desk> desks_;
    std::vector<std::uint8_t> done_;
    std::vector<double> quotes_;
    std::size_t track_row_ = 0;    // the first that is still ahead
    std::int64_t last_words_ = 0;  // decisions after the tape's end
    bool finished_ = false;
};

}  // namespace

void Lanes::note_fault(std::uint32_t lane, QuoteFault kind, const double* quote) {
    Fault& fault = faults[lane];
    if (fault.count++ != 0) return;
    fault.time = now;
    fault.kind = kind;
    fault.shared = shared;
    fault.lane = states[lane];
    std::copy_n(quote, 4, fault.quote);
}

std::unique_ptr<Lanes> make_lanes(const Columns& columns, const MarketConfig& config) {
    const auto make = [&]<Rules rules>() -> std::unique_ptr<Lanes> {
        // When to look beyond the touch is known beforehand by the clock alone.
        const bool needs_depth = config.signals.depth.any() && config.schedule != Schedule::every;
        if (columns.in_order && !config.keep_own_book && !needs_depth) {
            return std::make_unique<Block<rules, LoggedView>>(columns, config);
        }
        return std::make_unique<Block<rules, FullView<crossing_of(rules)>>>(columns, config);
    };
    if (config.rules == Rules::peer) return make.operator()<Rules::peer>();
    return make.operator()<Rules::ours>();
}

std::vector<std::unique_ptr<Lanes>> run_blocks(const Columns& columns, const MarketConfig& config,
                                               const Model& model, std::size_t threads,
                                               const Progress& progress) {
    const std::size_t count = std::clamp<std::size_t>(threads, 1, config.lanes);
    const std::size_t stride = columns.rows / 200 + 1;
    std::vector<std::unique_ptr<Lanes>> blocks(count);
    std::vector<std::exception_ptr> errors(count);
    std::atomic<bool> stopped = false;
    const auto run = [&](std::size_t i) {
        const std::size_t begin = config.lanes * i / count;
        const std::size_t end = config.lanes * (i + 1) / count;
        MarketConfig mine = config;
        mine.lanes = end - begin;
        blocks[i] = make_lanes(columns, mine);
        Lanes& block = *blocks[i];
        std::size_t next_report = stride;
        while (!stopped.load(std::memory_order_relaxed) && block.advance()) {
            block.decide(model.kernel, model.params + begin * model.width);
            if (i == 0 && block.rows_seen() >= next_report) {
                next_report = block.rows_seen() + stride;
                if (!progress(block.rows_seen())) stopped = true;
            }
        }
    };
    const auto run_caught = [&](std::size_t i) {
        try {
            run(i);
        } catch (...) {
            errors[i] = std::current_exception();
            stopped = true;
        }
    };
    {
        std::vector<std::jthread> workers;
        for (std::size_t i = 1; i < count; ++i) workers.emplace_back(run_caught, i);
        run_caught(0);
    }
    for (const std::exception_ptr& error : errors) {
        if (error != nullptr) std::rethrow_exception(error);
    }
    return blocks;
}

}  // namespace halfspread
