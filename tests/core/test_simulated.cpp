// Simulated: our orders in a flow's queues: places, fills, refusals, amends, ways, ends, many makers.
#include "simulated.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

#include "block.hpp"
#include "flows.hpp"
#include "makers.hpp"
#include "recorded.hpp"
#include "sky_perfect.hpp"

using namespace halfspread;

namespace {

constexpr Nanos begin{1'000'000'000'000};
constexpr Nanos second{1'000'000'000};
constexpr std::size_t slots = 8;

QueueReactiveLaws queues() {
    QueueReactiveLaws laws{.depths = {}, .theta = 0.7, .theta_reinit = 0.5, .price = 1'000};
    for (const double scale : {1.0, 1.5}) {
        QueueRates rates;
        for (int n = 0; n <= 20; ++n) {
            rates.limit.push_back(scale);
            rates.cancel.push_back(n == 0 ? 0.0 : 0.3 + 0.1 * n);
            rates.market.push_back(n == 0 ? 0.0 : 0.5 / n);
        }
        laws.depths.push_back(rates);
    }
    return laws;
}
// Each kind brings on some of every other.
HawkesLaws bursts() {
    HawkesLaws laws{.excitation = {.baselines = {1.0, 1.0, 0.5, 0.5, 0.5, 0.4,  //
                                                 1.0, 1.0, 0.5, 0.5, 0.5, 0.4},
                                   .decays = {1.0},
                                   .jumps = std::vector<double>(144, 0.04)},
                    .deep_weights = {1.0, 0.5},
                    .price = 1'000};
    return laws;
}
ScenarioLaws<ZeroIntelligenceLaws> informed() {
    return {.laws = sky_perfect(),
            .scenario = {
                .season = {},
                .shocks = {},
                .informed = {
                    .rate = 0.5, .volatility = 0.2, .step = Nanos{100 * ms}, .size = Lots{3}}}};
}
SimulatedPolicy policy_of(std::int64_t seconds = 600) {
    return {.seed = 5,
            .first_lane = 0,
            .begin = begin,
            .horizon = Nanos{seconds * second.count},
            .warm_up = Nanos{300 * second.count},
            .feed = {}};
}

template <class Flow>
struct Hands {
    Simulated<Flow> venue;
    std::vector<Event> answers;

    Hands(const typename Flow::Laws& laws, const SimulatedPolicy& policy, Latency latency = {},
          std::size_t lanes = 1)
        : venue(laws, policy, 0, latency, SignalPolicy{}, lanes, slots, true) {}

    void ask(Kind kind, std::uint64_t slot, Side side, Ticks price, std::int64_t size, Nanos time,
             Lifetime lifetime = Lifetime::post_only, std::uint32_t lane = 0) {
        Event event{};
        event.kind = kind;
        event.lane = lane;
        event.order_id = std::uint64_t{1} << 32U | (lane * slots + slot);
        event.side = side;
        event.price = price;
        event.size = Lots{size};
        event.local_time = time;
        event.detail = static_cast<std::uint32_t>(lifetime);
        venue.send(event);
    }
    void until(Nanos time) {
        venue.exchange_until(time);
        venue.local_until(time);
        venue.deliver(time, [&](const Event& answer) { answers.push_back(answer); });
    }
    Ticks best(Side side) const { return venue.flow().book().best(side); }
    std::vector<Kind> kinds() const {
        std::vector<Kind> found;
        for (const Event& answer : answers) found.push_back(answer.kind);
        return found;
    }
};
using Zero = Hands<ZeroIntelligence>;

template <class Flow, class Recorder>
std::unique_ptr<Lanes> block_of(const typename Flow::Laws& laws, Recorder& recorder,
                                const MarketConfig& config, const SimulatedPolicy& policy) {
    using Venue = Simulated<Recorded<Flow, Recorder>>;
    const typename Recorded<Flow, Recorder>::Laws both{laws, &recorder};
    return std::make_unique<Block<Venue>>(config, both, policy, 0U, config.latency, config.signals,
                                          config.lanes,
                                          static_cast<std::size_t>(config.policy.slots()), true);
}

template <class Flow>
void unseen_maker_leaves_no_trace(const typename Flow::Laws& laws) {
    const SimulatedPolicy policy = policy_of();
    Tape tape{begin}, alone{begin};
    const auto lanes = block_of<Flow>(laws, tape, config_of(Rules::ours), policy);
    const std::vector<double> nothing{0.0, 0.0, 0.0, 0.0};
    while (lanes->advance()) lanes->decide(nothing.data());
    Flow flow(laws, policy.seed, 0, begin - policy.warm_up);
    flow.open(quiet);
    flow.advance(begin, quiet);
    flow.advance(begin + policy.horizon, alone);
    REQUIRE(tape.rows.size() == alone.rows.size());
    CHECK(tape.rows.size() > 500);
    CHECK(std::memcmp(tape.rows.data(), alone.rows.data(), tape.rows.size() * sizeof(Event)) == 0);
}

template <class Flow>
void laws_hold(const typename Flow::Laws& laws, SelfTrade self_trade) {
    SimulatedPolicy policy = policy_of(2'000);
    policy.self_trade = self_trade;
    Lawful lawful;
    MarketConfig config = config_of(Rules::ours, 3, 250 * ms);
    config.latency = Latency(Nanos{30 * ms}, Nanos{20 * ms});
    config.contract.money = Money(1.0, 1.0, 1.0, false);
    config.policy.levels = 2;
    config.policy.taking = true;
    const auto lanes = block_of<Flow>(laws, lawful, config, policy);
    const Draws draws(9, 0, 0);
    while (lanes->advance()) {
        std::vector<double> quotes;
        for (std::uint32_t lane = 0; lane < 3; ++lane) {
            const auto drawn =
                draws.uniforms(static_cast<std::uint64_t>(lanes->decisions) * 3 + lane);
            const double lean = 0.1 * lanes->states[lane].inventory;
            const double half = 2.0 * drawn.first - 0.2;
            const double mid = std::isnan(lanes->shared.mid) ? 1e5 : lanes->shared.mid;
            quotes.insert(quotes.end(), {mid - lean - half, mid - lean + half, 2.0, 3.0});
            const auto far = static_cast<std::int32_t>(mid + 20.0 * (drawn.second - 0.5));
            if (drawn.second < 0.1)
                lanes->submit(lane, drawn.first < 0.5 ? Side::bid : Side::ask, Ticks{far}, Lots{4},
                              static_cast<Lifetime>(static_cast<int>(drawn.first * 5.0)));
        }
        lanes->decide(quotes.data());
    }
    CHECK(lawful.wrong == "");
    for (std::uint32_t lane = 0; lane < 3; ++lane) {
        const Account& account = lanes->desk(lane).account;
        CHECK(account.fills > 20);
        CHECK(account.inventory.count == lawful.inventory[lane + 1]);
        CHECK(account.cash == 2 * lawful.cash[lane + 1]);  // in half ticks
    }
    std::int64_t inventory = 0, cash = 0;
    for (const auto& [owner, lots] : lawful.inventory) inventory += lots;
    for (const auto& [owner, ticks] : lawful.cash) cash += ticks;
    CHECK(inventory == 0);
    CHECK(cash == 0);
    CHECK(lawful.inventory.size() == 4);
}

}  // namespace

TEST_CASE("with a maker that asks for nothing the market is the flow's alone") {
    unseen_maker_leaves_no_trace<ZeroIntelligence>(sky_perfect());
    unseen_maker_leaves_no_trace<QueueReactive>(queues());
    unseen_maker_leaves_no_trace<HawkesFlow>(bursts());
    unseen_maker_leaves_no_trace<InScenario<ZeroIntelligence>>(informed());
}

TEST_CASE("makers in one book keep an exchange's laws, and all money and inventory sum to zero") {
    for (const SelfTrade rule : {SelfTrade::allow, SelfTrade::cancel_resting,
                                 SelfTrade::cancel_taking, SelfTrade::cancel_both}) {
        CAPTURE(static_cast<int>(rule));
        laws_hold<ZeroIntelligence>(sky_perfect(), rule);
        laws_hold<QueueReactive>(queues(), rule);
        laws_hold<HawkesFlow>(bursts(), rule);
        laws_hold<InScenario<ZeroIntelligence>>(informed(), rule);
    }
}

TEST_CASE("an order joins the back of its queue, and is filled when all before it are gone") {
    Zero desk(sky_perfect(), policy_of(100'000));
    desk.until(begin);
    const Ticks bid = desk.best(Side::bid);
    const Lots before = desk.venue.flow().book().size_at(Side::bid, bid);
    desk.ask(Kind::submit, 0, Side::bid, bid, 2, begin);
    desk.until(begin);
    REQUIRE(desk.kinds() == std::vector<Kind>{Kind::accepted});
    const OrderBook& book = desk.venue.flow().book();
    CHECK(book.size_at(Side::bid, bid) == before + Lots{2});
    const std::uint32_t slot = book.level(book.level_at(Side::bid, bid)).tail;
    CHECK(book.order(slot).owner == 1);
    CHECK(book.ahead_of(slot) == before);
    CHECK(desk.venue.top().size[0] == before + Lots{2});
    Nanos now = begin;
    Lots ahead = before;
    while (desk.answers.size() < 3 && now < begin + Nanos{90'000 * second.count}) {
        now += second;
        if (desk.answers.size() == 1) {
            CHECK(book.ahead_of(slot) <= ahead);
            ahead = book.ahead_of(slot);
        }
        desk.until(now);
    }
    REQUIRE(desk.kinds() == std::vector<Kind>{Kind::accepted, Kind::filled, Kind::filled});
    for (const Event& answer : {desk.answers[1], desk.answers[2]}) {
        CHECK(answer.price == bid);
        CHECK(answer.size == Lots{1});
        CHECK(answer.order_id == (std::uint64_t{1} << 32U));
        CHECK(answer.side == Side::bid);
        CHECK((answer.flags & flag::taker) == 0);
        CHECK(static_cast<std::int32_t>(answer.detail) > 0);  // the mid stood above
    }
}

TEST_CASE("what takes, takes; what may not, expires") {
    const auto answers_to = [](Lifetime lifetime, int through, std::int64_t size) {
        Zero desk(sky_perfect(), policy_of());
        desk.until(begin);
        const Ticks price = desk.best(Side::ask) + Ticks{through};
        desk.ask(Kind::submit, 0, Side::bid, price, size, begin, lifetime);
        desk.until(begin);
        return desk.kinds();
    };
    using Kinds = std::vector<Kind>;
    CHECK(answers_to(Lifetime::post_only, 0, 1) == Kinds{Kind::expired});
    CHECK(answers_to(Lifetime::immediate, -1, 1) == Kinds{Kind::expired});
    CHECK(answers_to(Lifetime::fill_or_kill, 0, 1'000) == Kinds{Kind::expired});
    CHECK(answers_to(Lifetime::fill_or_kill, 0, 1) == Kinds{Kind::accepted, Kind::filled});
    CHECK(answers_to(Lifetime::market, -500, 1) == Kinds{Kind::accepted, Kind::filled});
    CHECK(answers_to(Lifetime::immediate, 0, 1'000).back() == Kind::expired);
    CHECK(answers_to(Lifetime::good_till_cancel, 0, 1'000).back() == Kind::filled);
}

TEST_CASE("an amend's size is the whole order's, and one to less than is filled ends it") {
    for (const std::int64_t size : {5, 3, 1}) {
        Zero desk(sky_perfect(), policy_of());
        desk.until(begin);
        const Ticks ask = desk.best(Side::ask);
        const Lots there = desk.venue.flow().book().size_at(Side::ask, ask);
        desk.ask(Kind::submit, 0, Side::bid, ask, there.count + 4, begin,
                 Lifetime::good_till_cancel);
        desk.ask(Kind::amend, 0, Side::bid, ask, there.count + size - 1, begin);
        desk.until(begin);
        const Event& last = desk.answers.back();
        if (size == 1) {
            CHECK(last.kind == Kind::cancelled);
            CHECK(last.size == Lots{4});
        } else {
            CHECK(last.kind == Kind::amended);
            CHECK(last.size == Lots{size - 1});
            CHECK(desk.venue.flow().book().size_at(Side::bid, ask) == Lots{size - 1});
        }
    }
}

TEST_CASE(
    "what is asked of an order that is gone is refused, and the id of a refused one is no one's") {
    Zero desk(sky_perfect(), policy_of());
    desk.until(begin);
    desk.ask(Kind::submit, 0, Side::bid, Ticks{99'000}, 0, begin);  // no lots
    desk.ask(Kind::submit, 1, Side::bid, Ticks{99'000}, 1, begin);
    desk.ask(Kind::cancel, 1, Side::bid, Ticks{}, 1, begin);
    desk.ask(Kind::cancel, 1, Side::bid, Ticks{}, 1, begin);
    desk.ask(Kind::cancel, 2, Side::bid, Ticks{}, 1, begin);
    desk.until(begin);
    REQUIRE(desk.kinds() == std::vector<Kind>{Kind::rejected, Kind::accepted, Kind::cancelled,
                                              Kind::rejected, Kind::rejected});
    CHECK((desk.answers[1].order_id & 0xffU) == 1);
    CHECK((desk.answers[2].order_id & 0xffU) == 1);
}

TEST_CASE("an order meets one of its own by the rule, and another lane's as anybody's") {
    for (const std::uint32_t lane : {0U, 1U}) {
        Hands<ZeroIntelligence> desk(sky_perfect(), policy_of(), {}, 2);
        desk.until(begin);
        const Ticks inside = desk.best(Side::ask) -
                             Ticks{desk.best(Side::bid) + Ticks{1} < desk.best(Side::ask) ? 1 : 0};
        const Lots there = desk.venue.flow().book().size_at(Side::ask, inside);
        desk.ask(Kind::submit, 0, Side::ask, inside, 1, begin);
        desk.until(begin);
        desk.ask(Kind::submit, 1, Side::bid, inside, there.count + 1, begin, Lifetime::immediate,
                 lane);
        desk.until(begin);
        const auto of_first = std::ranges::find_if(desk.answers, [](const Event& answer) {
            return answer.lane == 0 && (answer.order_id & 0xffU) == 0 &&
                   answer.kind != Kind::accepted;
        });
        REQUIRE(of_first != desk.answers.end());
        CHECK(of_first->kind == (lane == 0 ? Kind::cancelled : Kind::filled));
    }
}

TEST_CASE("asks and answers take their time, the feed takes its own") {
    SimulatedPolicy policy = policy_of();
    policy.feed = Nanos{700 * ms};
    Zero desk(sky_perfect(), policy, Latency(Nanos{300 * ms}, Nanos{200 * ms}));
    desk.until(begin);
    const Ticks inside = desk.best(Side::bid) - Ticks{40};
    desk.ask(Kind::submit, 0, Side::bid, inside, 7, begin);
    const OrderBook& book = desk.venue.flow().book();
    desk.until(begin + Nanos{299 * ms});
    CHECK(book.size_at(Side::bid, inside) == Lots{});
    desk.until(begin + Nanos{300 * ms});
    CHECK(book.size_at(Side::bid, inside) == Lots{7});
    desk.until(begin + Nanos{499 * ms});
    CHECK(desk.answers.empty());
    desk.until(begin + Nanos{500 * ms});
    REQUIRE(desk.answers.size() == 1);
    CHECK(desk.answers[0].exchange_time == begin + Nanos{300 * ms});
}

TEST_CASE("what is under way at the end arrives, in a market that goes on until then") {
    const SimulatedPolicy policy = policy_of(10);
    Zero desk(sky_perfect(), policy, Latency(Nanos{5 * second.count}, Nanos{5 * second.count}));
    const Nanos end = begin + policy.horizon;
    desk.until(end - Nanos{1});
    CHECK_FALSE(desk.venue.exhausted(end - Nanos{1}));
    CHECK(desk.venue.exhausted(end));
    desk.ask(Kind::submit, 0, Side::bid, Ticks{200'000}, 1, end - Nanos{1}, Lifetime::immediate);
    desk.until(never);
    REQUIRE(desk.answers.size() == 2);
    CHECK(desk.answers[1].kind == Kind::filled);
    CHECK(desk.answers[1].exchange_time == end + Nanos{5 * second.count - 1});
    CHECK(desk.venue.flow().next() > desk.answers[1].exchange_time);
}

TEST_CASE("a copy of a block goes on as the block does") {
    for (const std::size_t makers : {std::size_t{1}, std::size_t{3}}) {
        MarketConfig config = config_of(Rules::ours, makers, 200 * ms);
        const std::vector<double> params = params_of(makers);
        auto lanes = make_book(sky_perfect(), policy_of(), config, 0);
        for (int i = 0; i < 700 && lanes->advance(); ++i) lanes->decide(maker, params.data());
        auto copy = lanes->copy();
        for (Lanes* one : {lanes.get(), copy.get()})
            while (one->advance()) one->decide(maker, params.data());
        CHECK(lanes->path.wealth == copy->path.wealth);
        CHECK(lanes->path.mid_half_ticks == copy->path.mid_half_ticks);
        REQUIRE(lanes->fills.size() == copy->fills.size());
        CHECK(lanes->fills.size() > 20);
        for (std::size_t i = 0; i < lanes->fills.size(); ++i) {
            CHECK(lanes->fills[i].exchange_time == copy->fills[i].exchange_time);
            CHECK(lanes->fills[i].order_id == copy->fills[i].order_id);
        }
        CHECK(lanes->mid_changes().size() == copy->mid_changes().size());
    }
}

TEST_CASE("who comes first of one instant is drawn, and alike for all") {
    int first = 0;
    constexpr int trials = 400;
    for (int i = 0; i < trials; ++i) {
        SimulatedPolicy policy = policy_of();
        policy.warm_up = Nanos{0};
        policy.seed = static_cast<std::uint64_t>(i);
        Zero desk(sky_perfect(), policy, {}, 2);
        desk.until(begin);
        for (const std::uint32_t lane : {0U, 1U})
            desk.ask(Kind::submit, 0, Side::bid, Ticks{99'990}, 1, begin, Lifetime::post_only,
                     lane);
        desk.until(begin);
        REQUIRE(desk.answers.size() == 2);
        first += desk.answers[0].lane == 0;
    }
    CHECK(std::abs(first - trials / 2) < 3 * 10);  // 3 standard deviations
}
