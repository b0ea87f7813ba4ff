// Replay against its plain twin, under random asks on random tapes.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include "builders.hpp"
#include "plain_venue.hpp"
#include "replay.hpp"
#include "tapes.hpp"
#include "venue_asks.hpp"

using namespace halfspread;
using namespace halfspread::tapes;

namespace {

bool same(const Event& a, const Event& b) {
    const bool is_fill = a.kind == Kind::filled;
    return a.kind == b.kind && a.order_id == b.order_id && a.lane == b.lane && a.side == b.side &&
           a.size == b.size && a.price == b.price && a.local_time == b.local_time &&
           a.exchange_time == b.exchange_time &&
           (!is_fill || (a.flags == b.flags && a.detail == b.detail));
}

// Random asks to a Replay and to its twin; whatever they answer must be the same.
template <Rules rules, class View>
class Trial {
public:
    static constexpr std::size_t lanes = 3;

    // We act at multiples of `grid`.
    Trial(const Rows& rows, const Latency& latency, const QueueRule& queue, std::uint64_t seed,
          std::int64_t grid)
        : tape_(rows),
          venue_(std::make_unique<Replay<rules, View>>(tape_.columns(), queue, CoinScale(1.0),
                                                       latency, SignalPolicy{}, lanes, slots)),
          twin_(rows, queue, CoinScale(1.0), latency, lanes),
          within_(seed),
          grid_(grid),
          now_(venue_->first_time()) {}

    // Returns how many fills there were.
    std::int64_t run() {
        while (!venue_->exhausted(now_)) {
            now_ += Nanos{within_((within_(4) == 0 ? 60'000'000 : 3'000'000) / grid_ + 1) * grid_};
            advance(now_);
            for (std::int64_t i = within_(3); i > 0; --i) act();
        }
        advance(never);
        return fills_;
    }

private:
    struct Ours {
        bool busy = false, accepted = false;
        std::uint64_t generation = 0;
        std::int64_t leaves = 0;
        Side side = Side::none;
    };

    void advance(Nanos now) {
        venue_->exchange_until(now);
        venue_->local_until(now);
        std::vector<Event> answers;
        venue_->deliver(now, [&](const Event& answer) { answers.push_back(answer); });
        std::vector<Event> expected = twin_.run_until(now);
        if (rules == Rules::peer) sort_instants(answers), sort_instants(expected);
        REQUIRE(answers.size() == expected.size());
        for (std::size_t i = 0; i < answers.size(); ++i) {
            CAPTURE(i);
            REQUIRE(same(answers[i], expected[i]));
            learn(answers[i]);
        }
    }
    // The peer fills the orders of one row in any order.
    static void sort_instants(std::vector<Event>& answers) {
        std::stable_sort(answers.begin(), answers.end(), [](const Event& a, const Event& b) {
            if (a.local_time != b.local_time) return a.local_time < b.local_time;
            if (a.exchange_time != b.exchange_time) return a.exchange_time < b.exchange_time;
            return (a.order_id & 0xffff'ffffU) < (b.order_id & 0xffff'ffffU);
        });
    }

    void learn(const Event& answer) {
        Ours& ours = ours_[answer.order_id & 0xffff'ffffU];
        if (!ours.busy || ours.generation != answer.order_id >> 32U) return;
        const bool is_over = answer.kind == Kind::cancelled || answer.kind == Kind::expired ||
                             (answer.kind == Kind::rejected && !ours.accepted);
        ours.accepted = true;
        if (answer.kind == Kind::amended) ours.leaves = answer.size.count;
        if (answer.kind == Kind::filled) {
            ours.leaves -= answer.size.count;
            ++fills_;
        }
        REQUIRE(ours.leaves >= 0);
        ours.busy = !is_over && ours.leaves > 0;
    }

    void act() {
        const auto slot = static_cast<std::uint64_t>(within_(lanes * slots));
        Ours& ours = ours_[slot];
        const Top top = venue_->top();
        const Side side = within_(2) == 0 ? Side::bid : Side::ask;
        const std::int32_t base = top.has_both() ? top.price[index(side)].count : 10'000;
        const auto price = base - sign(side) * static_cast<std::int32_t>(within_(6) - 2);
        const std::int64_t size = 1 + within_(20);
        if (!ours.busy) {
            ours = {true, false, ours.generation + 1, size, side};
            const auto lifetime = static_cast<Lifetime>(std::max(within_(9) - 4, std::int64_t{0}));
            return send(Kind::submit, slot, side, price, size, lifetime);
        }
        if (within_(3) == 0) return send(Kind::cancel, slot, ours.side, 0, 0);
        send(Kind::amend, slot, ours.side, price, size);
    }
    void send(Kind kind, std::uint64_t slot, Side side, std::int32_t price, std::int64_t size,
              Lifetime lifetime = Lifetime::post_only) {
        const std::uint64_t id = ours_[slot].generation << 32U | slot;
        const Event ask = ask_of(kind, id, now_.count, side, price, size, lifetime);
        venue_->send(ask);
        twin_.send(ask);
    }

    Tape tape_;
    std::unique_ptr<Replay<rules, View>> venue_;
    twin::PlainVenue<rules> twin_;
    Draw within_;
    std::int64_t grid_;
    Nanos now_;
    Ours ours_[lanes * slots];
    std::int64_t fills_ = 0;
};

std::vector<LatencySample> random_samples(std::uint64_t seed) {
    Draw within(seed);
    std::vector<LatencySample> samples;
    std::int64_t asked = 1'000'000'000, venue = 0;
    for (int i = 0; i < 200; ++i) {
        asked += within(200'000'000);
        venue = std::max(venue, asked + within(9'000'000));
        samples.push_back({asked, i % 9 == 5 ? 0 : venue, venue + within(9'000'000)});
    }
    return samples;
}

}  // namespace

TEST_CASE_TEMPLATE("random asks are answered as the twin answers them", Rule, OursRule, PeerRule) {
    constexpr Rules rules = Rule::rules;
    const Latency latencies[] = {Latency(), Latency(Nanos{4'000'000}, Nanos{7'000'000}),
                                 Latency(Nanos{200'000'000}, Nanos{1}), Latency(random_samples(3))};
    Habits habits = wild;
    habits.silence = 0;
    std::uint64_t seed = 0;
    std::int64_t fills = 0;
    for (const Latency& latency : latencies) {
        for (const QueueModel model : {QueueModel::risk_averse, QueueModel::power}) {
            const QueueRule queue{model, 1.5};
            for (const std::int64_t grid : {1, 1'000'000}) {  // or much at one instant
                habits.grid = grid;
                for (const Habits& one : {habits, Habits{.grid = grid}}) {
                    const Rows rows = random_market(++seed, 2'500, one);
                    fills += Trial<rules, LoggedView>(rows, latency, queue, seed, grid).run();
                }
                habits.late = 5;
                const Rows rows = random_market(++seed, 2'500, habits);
                using View = FullView<crossing_of(rules)>;
                fills += Trial<rules, View>(rows, latency, queue, seed, grid).run();
                habits.late = 0;
            }
        }
    }
    CHECK(fills > 5'000);
}
