// InScenario: seasons, shocks and informed takers do what they say, over any flow.
#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <vector>

#include "hawkes_flow.hpp"
#include "queue_reactive.hpp"
#include "scenario.hpp"
#include "sky_perfect.hpp"

using namespace halfspread;

namespace {

constexpr std::int64_t second = 1'000'000'000;
constexpr Nanos hour{3'600 * second};

InScenario<ZeroIntelligence> opened(const Scenario& scenario, std::uint64_t seed = 1,
                                    std::uint32_t lane = 0) {
    InScenario<ZeroIntelligence> flow({sky_perfect(), scenario}, seed, lane, Nanos{});
    flow.open(quiet);
    return flow;
}
Shock shock(std::int64_t at, std::int64_t lasting, const Pace& pace) {
    return {.at = Nanos{at * second}, .lasting = Nanos{lasting * second}, .pace = pace};
}
Scenario shocked(std::vector<Shock> shocks) {
    return {.season = {}, .shocks = std::move(shocks), .informed = {}};
}
Scenario informed(double rate, double volatility) {
    return {
        .season = {},
        .shocks = {},
        .informed = {
            .rate = rate, .volatility = volatility, .step = Nanos{second / 10}, .size = Lots{1}}};
}

// The public's orders of a span, by what and by whom.
struct Counts {
    double limits[2]{}, cancels[2]{}, markets[2]{};
    void operator()(const Event& event) {
        if (event.kind == Kind::add) ++limits[index(event.side)];
        if (event.kind == Kind::remove) ++cancels[index(event.side)];
        if (event.kind == Kind::trade) ++markets[index(event.side)];
    }
};
template <class Flow>
Counts counted(Flow& flow, std::int64_t until) {
    Counts counts;
    flow.advance(Nanos{until * second}, [&](const Event& event) { counts(event); });
    return counts;
}
// Of Poisson counts of a rate.
bool is_near(double count, double expected) {
    return std::abs(count - expected) < 3.5 * std::sqrt(expected);
}
constexpr double limits_a_side = 1.85 + 1.51 + 1.09 + 0.88 + 0.77;

ZeroIntelligenceLaws five_levels() { return sky_perfect(5); }

}  // namespace

TEST_CASE("an empty scenario leaves a flow as it is") {
    InScenario<ZeroIntelligence> flow = opened(Scenario{});
    ZeroIntelligence plain(sky_perfect(), 1, 0, Nanos{});
    plain.open(quiet);
    CHECK(std::isnan(flow.efficient_price()));
    for (int i = 1; i <= 50; ++i) {
        flow.advance(Nanos{i * 7 * second}, quiet);
        plain.advance(Nanos{i * 7 * second}, quiet);
        CHECK(flow.now() == plain.now());
        CHECK(flow.crowd().exchange().hash() == plain.crowd().exchange().hash());
    }
}

TEST_CASE("a shock multiplies the rates of its classes and sides, from its begin to its end") {
    Pace pace;
    pace.limit[0] = 2.0;
    pace.market[1] = 4.0;
    const Scenario scenario = shocked({shock(10'000, 10'000, pace)});
    InScenario<ZeroIntelligence> flow({five_levels(), scenario}, 3, 0, Nanos{});
    flow.open(quiet);
    for (const bool is_on : {false, true, false}) {
        const Counts counts = counted(flow, flow.now().count / second / 10'000 * 10'000 + 10'000);
        CHECK(is_near(counts.limits[0], (is_on ? 2.0 : 1.0) * limits_a_side * 10'000));
        CHECK(is_near(counts.limits[1], limits_a_side * 10'000));
        CHECK(is_near(counts.markets[0], 0.94 * 10'000));
        CHECK(is_near(counts.markets[1], (is_on ? 4.0 : 1.0) * 0.94 * 10'000));
    }
}

TEST_CASE("cancellations are multiplied order by order") {
    ZeroIntelligenceLaws laws = five_levels();
    laws.cancel_rates = {0.5};
    Pace pace;
    pace.cancel[0] = 3.0;
    InScenario<ZeroIntelligence> flow({laws, shocked({shock(0, 100'000, pace)})}, 5, 0, Nanos{});
    flow.open(quiet);
    double order_seconds[2]{}, cancels[2]{};
    while (flow.now() < Nanos{10'000 * second}) {
        double orders[2]{};
        for (const Side side : {Side::bid, Side::ask})
            flow.book().for_each_level(side, [&](const BookLevel& level) {
                orders[index(side)] += level.orders;
                return true;
            });
        const Nanos before = flow.now();
        flow.step([&](const Event& event) {
            if (event.kind == Kind::remove) ++cancels[index(event.side)];
        });
        const double seconds = static_cast<double>((flow.now() - before).count) * 1e-9;
        for (const int side : {0, 1}) order_seconds[side] += orders[side] * seconds;
    }
    CHECK(is_near(cancels[0], 3.0 * 0.5 * order_seconds[0]));
    CHECK(is_near(cancels[1], 0.5 * order_seconds[1]));
}

TEST_CASE("queues under a shock have the invariant law of the rates it makes") {
    QueueReactiveLaws laws{.depths = {{}}, .theta = 0.0, .theta_reinit = 0.0, .price = 100};
    QueueRates& rates = laws.depths[0];
    for (int n = 0; n <= 30; ++n) {
        rates.limit.push_back(n == 0 ? 1.0 : 0.6);
        rates.cancel.push_back(n == 0 ? 0.0 : 0.2 + 0.1 * n);
        rates.market.push_back(n == 0 ? 0.0 : 0.3);
    }
    const Pace pace{.limit = {2.0, 1.0}, .cancel = {0.5, 1.0}, .market = {1.0, 3.0}};
    QueueRates bids = rates;  // hit by sellers' market orders
    for (double& rate : bids.limit) rate *= 2.0;
    for (double& rate : bids.cancel) rate *= 0.5;
    for (double& rate : bids.market) rate *= 3.0;
    InScenario<QueueReactive> flow({laws, shocked({shock(0, 1'000'000, pace)})}, 2, 0, Nanos{});
    flow.open(quiet);
    constexpr int samples = 20'000;
    std::vector<double> seen[2] = {std::vector<double>(31), std::vector<double>(31)};
    for (int i = 1; i <= samples; ++i) {
        flow.advance(Nanos{i * 20 * second}, quiet);
        for (const Side side : {Side::bid, Side::ask}) {
            const Ticks price{side == Side::bid ? 100 : 101};
            const auto n = static_cast<std::size_t>(flow.book().size_at(side, price).count);
            seen[index(side)][std::min<std::size_t>(n, 30)] += 1.0 / samples;
        }
    }
    for (const int side : {0, 1}) {
        const std::vector<double> law = QueueReactive::invariant(side == 0 ? bids : rates);
        for (std::size_t n = 0; n < 12; ++n) {
            CAPTURE(side);
            CAPTURE(n);
            const double error = std::sqrt(2.0 * law[n] * (1 - law[n]) / samples);
            CHECK(std::abs(seen[side][n] - law[n]) < 3.5 * error);
        }
    }
}

TEST_CASE("a season multiplies all rates by the line through its points, every day anew") {
    const Scenario scenario{
        .season = {{hour, 1.0}, {Nanos{3 * hour.count}, 3.0}}, .shocks = {}, .informed = {}};
    InScenario<ZeroIntelligence> flow({five_levels(), scenario}, 4, 0, Nanos{});
    flow.open(quiet);
    for (const int day : {0, 1}) {
        const double times[] = {1.0, 1.5, 2.5, 3.0};  // of each hour, on average
        for (int i = 0; i < 4; ++i) {
            CAPTURE(i);
            const Counts counts = counted(flow, (day * 24 + i + 1) * 3'600);
            CHECK(
                is_near(counts.limits[0] + counts.limits[1], 2 * times[i] * limits_a_side * 3'600));
            CHECK(is_near(counts.markets[0] + counts.markets[1], 2 * times[i] * 0.94 * 3'600));
        }
        flow.advance(Nanos{(day + 1) * 24 * hour.count}, quiet);
    }
}

TEST_CASE("a season goes on through the time at which clocks are zero") {
    const Scenario scenario{.season = {{Nanos{}, 2.0}}, .shocks = {}, .informed = {}};
    InScenario<ZeroIntelligence> flow({five_levels(), scenario}, 4, 0, Nanos{-2'000 * second});
    flow.open(quiet);
    const Counts counts = counted(flow, 2'000);
    CHECK(is_near(counts.limits[0], 2 * limits_a_side * 4'000));
}

TEST_CASE("shocks at one time multiply, and a season with them") {
    Pace pace;
    pace.limit[0] = pace.limit[1] = 2.0;
    Scenario scenario = shocked({shock(0, 4'000, pace), shock(2'000, 4'000, pace)});
    scenario.season = {{Nanos{}, 1.5}};
    InScenario<ZeroIntelligence> flow({five_levels(), scenario}, 6, 0, Nanos{});
    flow.open(quiet);
    for (const double times : {3.0, 6.0, 3.0, 1.5}) {
        const Counts counts = counted(flow, (flow.now().count / second / 2'000 + 1) * 2'000);
        CHECK(is_near(counts.limits[0] + counts.limits[1], 2 * times * limits_a_side * 2'000));
    }
}

TEST_CASE("a gap takes all there is at so many prices, ours among it") {
    Shock gap = shock(100, 0, Pace{});
    gap.sweeper = Side::bid;
    gap.sweep_ticks = 4;
    InScenario<ZeroIntelligence> flow = opened(shocked({gap}));
    flow.advance(Nanos{100 * second - 1}, quiet);
    const Ticks best = flow.book().best(Side::ask);
    Event ours{};
    ours.kind = Kind::submit;
    ours.side = Side::ask;
    ours.price = best + Ticks{3};
    ours.size = Lots{5};
    ours.lane = 7;
    ours.detail = ask_detail(Lifetime::good_till_cancel, SelfTrade::allow);
    ours.exchange_time = flow.now();
    flow.apply(ours, Lots{}, quiet);
    Lots there{}, taken{}, filled{};
    for (int away = 0; away < 4; ++away)
        there += flow.book().size_at(Side::ask, best + Ticks{away});
    CHECK(flow.next() == Nanos{100 * second});
    CHECK(flow.step([&](const Event& event) {
        if (event.kind == Kind::trade) taken += event.size;
        if (event.kind == Kind::filled && event.lane == 7) filled += event.size;
    }));
    CHECK(taken == there);
    CHECK(filled == Lots{5});
    CHECK(flow.book().best(Side::ask) > best + Ticks{3});
    CHECK(flow.now() == Nanos{100 * second});
}

TEST_CASE("the efficient price is a Brownian motion, and nobody trades where it is inside") {
    InScenario<ZeroIntelligence> flow = opened(informed(1e-9, 2.0));
    double squares = 0.0, fourth = 0.0;
    constexpr int seconds = 20'000;
    double before = flow.efficient_price();
    CHECK(before == 100'000.5);
    for (int i = 1; i <= seconds; ++i) {
        flow.advance(Nanos{i * second}, quiet);
        flow.step(quiet);  // a later one moves it on to its own time
        const double move = flow.efficient_price() - before;
        before = flow.efficient_price();
        squares += move * move / seconds;
        fourth += move * move * move * move / seconds;
    }
    CHECK(std::abs(squares - 4.0) < 3 * std::sqrt((fourth - squares * squares) / seconds) + 0.02);
    InScenario<ZeroIntelligence> still = opened(informed(10.0, 0.0));
    const Ticks inside[2] = {Ticks{100'000}, Ticks{100'001}};
    for (int i = 0; i < 10'000; ++i) {
        const bool was_inside =
            still.book().best(Side::bid) <= inside[0] && still.book().best(Side::ask) >= inside[1];
        still.step(quiet);
        if (was_inside) CHECK_FALSE(still.informed());
    }
}

TEST_CASE("the informed come at their rate, and pay no more than it is worth") {
    InScenario<ZeroIntelligence> flow = opened(informed(2.0, 300.0));  // nearly always beyond
    double orders = 0.0;
    while (flow.next() <= Nanos{5'000 * second}) {
        flow.step([&](const Event& event) {
            if (event.kind != Kind::trade || !flow.informed()) return;
            ++orders;
            CHECK(sign(event.side) * (flow.efficient_price() - event.price.count) >= 0.0);
            CHECK(event.size == Lots{1});
        });
    }
    CHECK(orders < 2.0 * 5'000 + 3.5 * 100);
    CHECK(orders > 0.9 * (2.0 * 5'000));
}

TEST_CASE("the informed take all that is cheap enough, up to their size, and no more") {
    Scenario scenario = informed(0.5, 2.0);
    scenario.informed.size = Lots{8};
    InScenario<ZeroIntelligence> flow = opened(scenario);
    int by_price = 0, by_size = 0;
    for (int i = 0; i < 400'000; ++i) {
        Lots taken{};
        Side side{};
        flow.step([&](const Event& event) {
            if (event.kind != Kind::trade || !flow.informed()) return;
            side = event.side;
            taken += event.size;
            CHECK(sign(side) * (flow.efficient_price() - event.price.count) >= 0.0);
        });
        if (taken == Lots{}) continue;
        CHECK(taken <= Lots{8});
        by_size += taken == Lots{8};
        const Side from = opposite(side);
        if (taken == Lots{8} || !flow.book().has(from)) continue;
        CHECK(sign(side) * (flow.efficient_price() - flow.book().best(from).count) < 0.0);
        ++by_price;
    }
    CHECK(by_price > 500);
    CHECK(by_size > 20);
}

TEST_CASE("a scenario in parts is the same, goes on as its copy, and differs by lane") {
    Scenario scenario = informed(1.0, 1.0);
    scenario.season = {{Nanos{}, 1.0}, {hour, 2.0}};
    Pace pace{.limit = {2.0, 1.0}, .cancel = {1.0, 3.0}, .market = {1.0, 2.0}};
    Shock gap = shock(250, 100, pace);
    gap.sweeper = Side::ask;
    gap.sweep_ticks = 3;
    scenario.shocks = {shock(100, 200, pace), gap};
    InScenario<ZeroIntelligence> one = opened(scenario), parts = opened(scenario);
    for (int i = 1; i <= 300; ++i) parts.advance(Nanos{i * 997'000'003LL}, quiet);
    InScenario<ZeroIntelligence> fork = parts, seed = opened(scenario, 2),
                                 lane = opened(scenario, 1, 1);
    for (InScenario<ZeroIntelligence>* flow : {&one, &parts, &fork, &seed, &lane})
        flow->advance(Nanos{1'000 * second}, quiet);
    const std::uint64_t hash = one.crowd().exchange().hash();
    CHECK(hash == parts.crowd().exchange().hash());
    CHECK(hash == fork.crowd().exchange().hash());
    CHECK(one.efficient_price() == fork.efficient_price());
    CHECK(hash != seed.crowd().exchange().hash());
    CHECK(hash != lane.crowd().exchange().hash());
}
