// Block: lanes of one market and their desks, in lockstep with a venue; behind lanes.hpp's face.
//
// A Venue is what an order meets: a replay of a tape, or a world that is made up as it goes.
//
//     first_time() last_time(otherwise) exhausted(now) rows() rows_seen() next_message(kind, now)
//     exchange_until(T) local_until(T)      what happens at the venue, then what we see of it
//     send(ask) deliver(T, apply) in_flight(lane)
//     top() signals() see(shared, now) mid_half_ticks() watch(first, every) resting(lane)
//     book_time(now) feed_delay_s(now)      when the book's last row came, how long the newest row took
//     goes_on_after_end, opens_at_once      constants: does it decide after its end, at its begin
//     mid_changes() forget()                perhaps: where the mid was; frees what results don't need
//
// It is copied as a value: a copy of a block goes on as the block would have.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <vector>

#include "lanes.hpp"
#include "mail.hpp"
#include "top.hpp"

namespace halfspread {

template <class Venue>
class Block final : public Lanes {
public:
    // The venue is made of `args`.
    template <class... Args>
    explicit Block(const MarketConfig& config, const Args&... args)
        : config_(config),
          slots_(static_cast<std::size_t>(config.policy.slots())),
          rungs_(static_cast<std::size_t>(2 * config.policy.levels)),
          venue_(args...),
          first_(venue_.first_time()),
          last_(venue_.last_time(first_ == never ? Nanos{0} : first_)),
          guards_(config.guard, config.contract, config.lanes, first_ == never ? Nanos{0} : first_),
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
        reserve_results(venue_.rows());
        venue_.watch(now + config.every, config.every);
    }

    Block(const Block& other)
        : Lanes(other),
          config_(other.config_),
          slots_(other.slots_),
          rungs_(other.rungs_),
          venue_(other.venue_),
          first_(other.first_),
          last_(other.last_),
          guards_(other.guards_),
          order_memory_(other.order_memory_),
          rung_memory_(other.rung_memory_),
          desks_(other.desks_),
          done_(other.done_),
          quotes_(other.quotes_),
          track_row_(other.track_row_),
          last_words_(other.last_words_),
          finished_(other.finished_) {
        for (std::size_t lane = 0; lane < desks_.size(); ++lane) {
            desks_[lane].orders.live_in(config_.policy,
                                        std::span(order_memory_).subspan(lane * slots_, slots_),
                                        std::span(rung_memory_).subspan(lane * rungs_, rungs_));
        }
    }
    Block& operator=(const Block&) = delete;
    std::unique_ptr<Lanes> copy() const override { return std::make_unique<Block>(*this); }

    bool advance() override {
        const Nanos target = next_decision();
        if (target == never) return finish();
        const Nanos before = now;
        pass(target);
        now = target;
        const bool exhausted = venue_.exhausted(now);
        if (exhausted && !Venue::goes_on_after_end) return finish();
        // The peer goes on deciding while anything is under way; a model that never rests must end
        // too.
        if (exhausted && ++last_words_ > 1'000) return finish();
        bool any = false;
        for (std::uint32_t lane = 0; lane < config_.lanes; ++lane) {
            if (desks_[lane].orders.any_live()) quoting[lane] += now - before;
            if (exhausted && venue_.in_flight(lane) == 0) done_[lane] = 1;
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
                const bool raised = fault == QuoteFault::raised;
                if (!excused) note_fault(lane, fault, raised ? no_quote : quote);
            }
            Desk& desk = desks_[lane];
            if (guards_.on() && !guards_.allow(lane, desk.orders, touch, wanted)) continue;
            desk.orders.want(wanted, desk.account.inventory, now,
                             [&](const Event& ask) { venue_.send(ask); });
        }
    }

    std::uint64_t submit(std::uint32_t lane, Side side, Ticks price, Lots size,
                         Lifetime lifetime) override {
        if (!guards_.lets(lane, side)) return 0;
        Desk& desk = desks_[lane];
        return desk.orders.submit(side, price, size, lifetime, desk.account.inventory, now,
                                  [&](const Event& ask) { venue_.send(ask); });
    }
    bool cancel(std::uint32_t lane, std::uint64_t id) override {
        return desks_[lane].orders.cancel(id, now, [&](const Event& ask) { venue_.send(ask); });
    }
    bool amend(std::uint32_t lane, std::uint64_t id, Ticks price, Lots size) override {
        if (!guards_.lets(lane, Side::none)) return false;
        Desk& desk = desks_[lane];
        return desk.orders.amend(id, price, size, desk.account.inventory, now,
                                 [&](const Event& ask) { venue_.send(ask); });
    }
    const Desk& desk(std::uint32_t lane) const override { return desks_[lane]; }
    const Guards& guards() const override { return guards_; }
    bool resume(std::uint32_t lane) override { return guards_.resume(lane, desks_[lane]); }
    bool halt(std::uint32_t lane) override {
        return guards_.halt(lane, desks_[lane], touch(), now,
                            [&](const Event& ask) { venue_.send(ask); });
    }
    std::size_t resting(std::uint32_t lane) const override { return venue_.resting(lane); }
    void begin_anew(std::uint32_t lane) override {
        Desk& desk = desks_[lane];
        for (const Order& order : desk.orders.slots()) {
            if (order.state == OrderState::live) cancel(lane, desk.orders.id_of(order));
        }
        desk.account = Account{};
        desk.account.since = now;
        states[lane] = LaneState{};
    }
    std::int64_t mid_half_ticks() const override { return venue_.mid_half_ticks(); }
    std::size_t rows_seen() const override { return venue_.rows_seen(); }
    const RecentTrades& recent_trades() const override { return venue_.signals().recent(); }
    void forget() override {
        if constexpr (requires { venue_.forget(); }) venue_.forget();
    }
    std::span<const MidChange> mid_changes() const override {
        if constexpr (requires { venue_.mid_changes(); }) return venue_.mid_changes();
        return {};
    }

private:
    // Past the last row a desk may wait for what is under way, but not until times leave 64 bits.
    static constexpr Nanos last_decision = latest + Nanos{std::int64_t{1} << 61};

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
                if (Venue::opens_at_once && decisions == 0) return first_;
                return now > last_decision - config_.every ? never : now + config_.every;
            case Schedule::book:
                return venue_.next_message(Kind::level, now);
            case Schedule::trade:
                return venue_.next_message(Kind::trade, now);
        }
        return never;
    }

    void pass(Nanos target) {
        venue_.exchange_until(target);
        venue_.local_until(target);
        venue_.deliver(target, [&](const Event& answer) {
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
        const Top top = venue_.top();
        return {.bid = top.price[0],
                .ask = top.price[1],
                .has_bid = top.has_bid(),
                .has_ask = top.has_ask()};
    }

    // The guards see what the models are about to see, and act at once.
    void guard() {
        const Touch touch = this->touch();
        const Nanos book_time = guards_.watches_book() ? venue_.book_time(now) : now;
        const double feed_delay_s = guards_.watches_clocks() ? venue_.feed_delay_s(now) : unknown;
        guards_.look(touch, now, book_time, feed_delay_s, shared.volatility, shared.time_left);
        for (std::uint32_t lane = 0; lane < config_.lanes; ++lane) {
            if (done_[lane] != 0) continue;
            guards_.step(lane, desks_[lane], touch, [&](const Event& ask) { venue_.send(ask); });
        }
    }

    void look() {
        venue_.see(shared, now);
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
        const std::int64_t mid = venue_.mid_half_ticks();
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
    Venue venue_;
    Nanos first_, last_;
    Guards guards_;
    std::vector<Order> order_memory_;
    std::vector<std::int16_t> rung_memory_;
    std::vector<Desk> desks_;
    std::vector<std::uint8_t> done_;
    std::vector<double> quotes_;
    std::size_t track_row_ = 0;    // the first that is still ahead
    std::int64_t last_words_ = 0;  // decisions after the end
    bool finished_ = false;
};

}  // namespace halfspread
