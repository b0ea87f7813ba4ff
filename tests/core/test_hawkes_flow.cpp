// HawkesFlow: its intensities, its law by time change, parts and wholes, and our orders in it.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "hawkes_flow.hpp"

using namespace halfspread;

namespace {

constexpr std::int64_t second = 1'000'000'000;
constexpr auto quiet = [](const Event&) {};
constexpr std::size_t kinds = Excitation::kinds;

// What one event of a kind adds to another's rate, under each decay.
struct Pull {
    Side source_side;
    Act source;
    Side target_side;
    Act target;
    double brought_on;
};

// Two decays, of 10 and of 0.5 a second, share what is brought on.
HawkesLaws bursts(bool holds_back) {
    std::vector<Pull> pulls;
    for (const Side side : {Side::bid, Side::ask}) {
        const Side other = opposite(side);
        pulls.push_back({side, Act::market, side, Act::market, 0.4});
        pulls.push_back({side, Act::market, other, Act::limit_inside, 0.3});
        pulls.push_back({side, Act::market, other, Act::cancel_top, 0.4});
        pulls.push_back({side, Act::limit_top, side, Act::limit_top, 0.3});
        pulls.push_back({side, Act::limit_top, side, Act::cancel_top, 0.3});
        pulls.push_back({side, Act::limit_inside, side, Act::limit_deep, 0.5});
        if (holds_back) pulls.push_back({side, Act::limit_top, other, Act::limit_top, -0.5});
        if (holds_back) pulls.push_back({side, Act::market, side, Act::cancel_top, -0.8});
    }
    HawkesLaws laws{.excitation = {.baselines = {1.5, 1.0, 0.5, 0.5, 0.8, 0.5,  //
                                                 1.5, 1.0, 0.5, 0.5, 0.8, 0.5},
                                   .decays = {10.0, 0.5},
                                   .jumps = std::vector<double>(2 * kinds * kinds, 0.0)},
                    .deep_weights = {1.0, 0.5, 0.0, 0.25},
                    .top_cancelled = 0.25,
                    .price = 100'000};
    for (const Pull& pull : pulls) {
        const std::size_t at =
            kind_of(pull.target_side, pull.target) * kinds + kind_of(pull.source_side, pull.source);
        laws.excitation.jumps[at] = 0.6 * pull.brought_on * 10.0;
        laws.excitation.jumps[kinds * kinds + at] = 0.4 * pull.brought_on * 0.5;
    }
    return laws;
}
HawkesFlow opened(const HawkesLaws& laws, std::uint64_t seed = 1, std::uint32_t lane = 0) {
    HawkesFlow flow(laws, seed, lane, Nanos{});
    flow.open(quiet);
    return flow;
}

struct Happened {
    double time;  // seconds
    std::size_t kind;
};
// Everything that happens until then, with and without effect.
std::vector<Happened> record(HawkesFlow& flow, std::int64_t until) {
    std::vector<Happened> found;
    HawkesFlow::Counts before = flow.counts();
    while (flow.next().count <= until) {
        flow.step(quiet);
        for (std::size_t kind = 0; kind < kinds; ++kind)
            if (flow.counts()[kind] != before[kind])
                found.push_back({static_cast<double>(flow.now().count) * 1e-9, kind});
        before = flow.counts();
    }
    return found;
}

// The largest distance between the distribution of numbers and Exp(1).
double distance_from_exponential(std::vector<double> numbers) {
    std::ranges::sort(numbers);
    double largest = 0.0;
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        const double share = static_cast<double>(i + 1) / static_cast<double>(numbers.size());
        largest = std::max(largest, std::abs(share - (1.0 - std::exp(-numbers[i]))));
    }
    return largest;
}

Event ours(Kind kind, Side side, Ticks price, Lots size, Nanos time) {
    Event ask{};
    ask.kind = kind;
    ask.side = side;
    ask.price = price;
    ask.size = size;
    ask.lane = 7;
    ask.exchange_time = time;
    ask.detail = ask_detail(Lifetime::good_till_cancel, SelfTrade::allow);
    return ask;
}

}  // namespace

TEST_CASE("an excitation is the sum over all that happened, cut off at 0, and below its bounds") {
    const ExcitationLaws laws = bursts(true).excitation;
    Excitation excitation(laws);
    std::vector<Happened> past;
    double now = 0.0;
    const Draws draws(3, 0, 0);
    for (std::uint64_t i = 0; i < 2'000; ++i) {
        const Uniforms drawn = draws.uniforms(i);
        const double wait = exponential(drawn.first) * (i % 100 == 99 ? 200.0 : 0.05);
        const Excitation::Rates bounds = excitation.bounds();
        excitation.pass(wait);
        now += wait;
        for (std::size_t kind = 0; kind < kinds; ++kind) {
            double sum = laws.baselines[kind];
            for (const Happened& event : past)
                for (std::size_t k = 0; k < 2; ++k)
                    sum += laws.jumps[(k * kinds + kind) * kinds + event.kind] *
                           std::exp(-laws.decays[k] * (now - event.time));
            CHECK(excitation.intensities()[kind] ==
                  doctest::Approx(std::max(sum, 0.0)).epsilon(1e-9));
            CHECK(excitation.intensities()[kind] <= bounds[kind] * (1 + 1e-12));
        }
        const auto kind = static_cast<std::size_t>(drawn.second * kinds);
        excitation.happened(kind);
        past.push_back({now, kind});
        if (i % 100 == 99) past.clear();
        if (i % 100 == 99) excitation = Excitation(laws);
    }
}

TEST_CASE("the integrals of each kind's intensity between its events are exponential") {
    const HawkesLaws laws = bursts(false);
    HawkesFlow flow = opened(laws);
    const std::vector<Happened> events = record(flow, 3'000 * second);
    const ExcitationLaws& e = laws.excitation;
    std::vector<std::vector<double>> gaps(kinds);
    std::vector<double> integral(kinds, 0.0), left(2 * kinds, 0.0);
    double before = 0.0;
    for (const Happened& event : events) {
        const double wait = event.time - before;
        for (std::size_t i = 0; i < kinds; ++i) {
            integral[i] += e.baselines[i] * wait;
            for (std::size_t k = 0; k < 2; ++k) {
                const double kept = std::exp(-e.decays[k] * wait);
                integral[i] += left[k * kinds + i] * (1.0 - kept) / e.decays[k];
                left[k * kinds + i] *= kept;
            }
        }
        gaps[event.kind].push_back(integral[event.kind]);
        integral[event.kind] = 0.0;
        for (std::size_t at = 0; at < 2 * kinds; ++at) left[at] += e.jumps[at * kinds + event.kind];
        before = event.time;
    }
    for (const std::vector<double>& found : gaps) {
        CHECK(found.size() > 1'000);
        CHECK(distance_from_exponential(found) < 1.95 / std::sqrt(found.size()));  // at 0.1 %
    }
}

TEST_CASE("hawkes: advance in parts is advance in one, copies go on, lanes and seeds differ") {
    for (const bool holds_back : {false, true}) {
        const HawkesLaws laws = bursts(holds_back);
        HawkesFlow one = opened(laws), parts = opened(laws);
        for (int i = 1; i <= 500; ++i) parts.advance(Nanos{i * 997'000'003LL}, quiet);
        HawkesFlow fork = parts, seed = opened(laws, 2), lane = opened(laws, 1, 1);
        for (HawkesFlow* flow : {&one, &parts, &fork, &seed, &lane})
            flow->advance(Nanos{1'000 * second}, quiet);
        const std::uint64_t hash = one.crowd().exchange().hash();
        CHECK(hash == parts.crowd().exchange().hash());
        CHECK(hash == fork.crowd().exchange().hash());
        CHECK(one.counts() == fork.counts());
        CHECK(hash != seed.crowd().exchange().hash());
        CHECK(hash != lane.crowd().exchange().hash());
    }
}

TEST_CASE("each kind of event does to the book what its name says, or nothing") {
    HawkesFlow flow = opened(bursts(true));
    std::array<int, kinds> done{};
    for (int i = 0; i < 40'000; ++i) {
        const HawkesFlow::Counts before = flow.counts();
        const Ticks best[2] = {flow.book().best(Side::bid), flow.book().best(Side::ask)};
        std::vector<Event> events;
        const bool was_whole = flow.book().has(Side::bid) && flow.book().has(Side::ask);
        const bool is_one = flow.step([&](const Event& event) { events.push_back(event); });
        CHECK(is_one == !events.empty());
        CHECK_FALSE(flow.book().crossed());
        if (!is_one || !was_whole) continue;
        for (std::size_t kind = 0; kind < kinds; ++kind) {
            if (flow.counts()[kind] == before[kind]) continue;
            ++done[kind];
            const Side side = kind < acts ? Side::bid : Side::ask;
            const auto act = static_cast<Act>(kind % acts);
            for (const Event& event : events) {
                const std::int32_t away =
                    sign(side) * (best[index(side)].count - event.price.count);
                if (event.kind == Kind::add) CHECK(event.side == side);
                if (event.kind == Kind::add && act == Act::limit_top) CHECK(away == 0);
                if (event.kind == Kind::add && act == Act::limit_deep)
                    CHECK((away == 1 || away == 2 || away == 4));
                if (event.kind == Kind::add && act == Act::limit_inside) CHECK(away < 0);
                if (event.kind == Kind::remove && act == Act::cancel_top) CHECK(away == 0);
                if (event.kind == Kind::remove && act == Act::cancel_deep) CHECK(away > 0);
                if (event.kind == Kind::trade) CHECK((act == Act::market && event.side == side));
            }
        }
    }
    for (const int times : done) CHECK(times > 200);
}

TEST_CASE("of n orders a cancellation takes n times the share, on average") {
    HawkesLaws laws = bursts(false);
    laws.excitation.baselines = std::vector<double>(kinds, 0.0);
    laws.excitation.baselines[kind_of(Side::bid, Act::cancel_top)] = 1.0;
    laws.excitation.jumps = std::vector<double>(2 * kinds * kinds, 0.0);
    laws.opening_orders = 10;
    laws.top_cancelled = 0.13;
    const HawkesFlow before = opened(laws);
    double gone = 0.0, squares = 0.0;
    constexpr int runs = 20'000;
    for (std::uint64_t seed = 0; seed < runs; ++seed) {
        HawkesFlow flow(laws, seed, 0, Nanos{});
        flow.open(quiet);
        flow.step(quiet);
        const auto less = static_cast<double>(before.book().live() - flow.book().live());
        CHECK((less == 1.0 || less == 2.0));
        gone += less / runs;
        squares += less * less / runs;
    }
    CHECK(std::abs(gone - 1.3) < 3 * std::sqrt((squares - gone * gone) / runs));
}

TEST_CASE("our order waits its turn, is traded with, and nobody cancels it") {
    HawkesFlow flow = opened(bursts(true));
    flow.advance(Nanos{100 * second}, quiet);
    int fills = 0;
    for (int i = 0; i < 300; ++i) {
        const Ticks price = flow.book().has(Side::bid) ? flow.book().best(Side::bid) : Ticks{9};
        const std::uint64_t id =
            flow.apply(ours(Kind::submit, Side::bid, price, Lots{1}, flow.now()), Lots{}, quiet);
        const Nanos end{flow.now().count + 20 * second};
        while (flow.next() < end && flow.book().find(id) != OrderBook::nobody) {
            const Lots ahead = flow.book().ahead_of(flow.book().find(id));
            flow.step([&](const Event& event) {
                if (event.kind == Kind::cancelled) CHECK(event.lane == 0);
                if (event.kind != Kind::filled || event.lane != 7) return;
                CHECK(ahead == Lots{});
                ++fills;
            });
        }
        Event cancel = ours(Kind::cancel, Side::none, Ticks{}, Lots{}, flow.now());
        cancel.order_id = id;
        flow.apply(cancel, Lots{}, quiet);
        CHECK(flow.book().live() == flow.crowd().count());
    }
    CHECK(fills > 20);
    CHECK(fills < 300);
}

TEST_CASE("what we do excites as what the public does") {
    HawkesLaws laws = bursts(false);
    laws.excitation.baselines = std::vector<double>(kinds, 1e-9);
    HawkesFlow still = opened(laws);
    const Nanos time{second};
    const Ticks bid{100'000};
    const Ticks ask{100'001};
    const std::uint64_t deep = still.apply(
        ours(Kind::submit, Side::bid, bid + Ticks{-2}, Lots{3}, Nanos{}), Lots{}, quiet);
    const std::uint64_t top =
        still.apply(ours(Kind::submit, Side::bid, bid, Lots{3}, Nanos{}), Lots{}, quiet);
    still.apply(ours(Kind::submit, Side::ask, ask, Lots{3}, Nanos{}), Lots{}, quiet);
    const auto about = [&](Kind kind, std::uint64_t id, Ticks price, Lots size) {
        Event event = ours(kind, Side::none, price, size, time);
        event.order_id = id;
        return event;
    };
    struct Case {
        Event asked;
        std::vector<std::size_t> seen;  // as events of these kinds
    };
    const auto submit = [&](Side side, Ticks price, std::int64_t lots) {
        return ours(Kind::submit, side, price, Lots{lots}, time);
    };
    const Case cases[] = {
        {submit(Side::bid, ask, 1), {kind_of(Side::bid, Act::market)}},
        {submit(Side::bid, ask + Ticks{1}, 10), {kind_of(Side::bid, Act::market)}},  // two levels
        {submit(Side::bid, ask, 20), {kind_of(Side::bid, Act::market)}},             // some rests
        {submit(Side::ask, ask, 1), {kind_of(Side::ask, Act::limit_top)}},
        {submit(Side::bid, bid + Ticks{-3}, 1), {kind_of(Side::bid, Act::limit_deep)}},
        {submit(Side::bid, bid, 0), {}},  // refused
        {about(Kind::cancel, top, Ticks{}, Lots{}), {kind_of(Side::bid, Act::cancel_top)}},
        {about(Kind::cancel, deep, Ticks{}, Lots{}), {kind_of(Side::bid, Act::cancel_deep)}},
        {about(Kind::cancel, 12'345, Ticks{}, Lots{}), {}},  // not there
        {about(Kind::amend, top, bid, Lots{1}), {}},         // keeps its place
        {about(Kind::amend, top, bid + Ticks{-1}, Lots{1}),
         {kind_of(Side::bid, Act::cancel_top), kind_of(Side::bid, Act::limit_deep)}},
    };
    for (const Case& each : cases) {
        HawkesFlow flow = still;
        flow.apply(each.asked, Lots{}, quiet);
        HawkesFlow quiet_one = still;  // whose time passes alike
        quiet_one.apply(about(Kind::cancel, 12'345, Ticks{}, Lots{}), Lots{}, quiet);
        for (std::size_t i = 0; i < kinds; ++i) {
            double rate = quiet_one.excitation().intensities()[i];
            for (const std::size_t source : each.seen)
                for (std::size_t k = 0; k < 2; ++k)
                    rate += laws.excitation.jumps[(k * kinds + i) * kinds + source];
            CAPTURE(i);
            CHECK(flow.excitation().intensities()[i] == doctest::Approx(rate));
        }
        CHECK(flow.next() <= quiet_one.next());
    }
}

TEST_CASE("a pace multiplies the baselines, and in the long run the rates") {
    const HawkesLaws laws = bursts(false);
    HawkesFlow plain = opened(laws), fast = opened(laws), buyers = opened(laws);
    Pace pace{.limit = {3.0, 3.0}, .cancel = {3.0, 3.0}, .market = {3.0, 3.0}};
    fast.set_pace(pace, Nanos{});
    pace = Pace{};
    pace.market[index(Side::bid)] = 4.0;
    buyers.set_pace(pace, Nanos{});
    for (HawkesFlow* flow : {&plain, &fast, &buyers}) flow->advance(Nanos{20'000 * second}, quiet);
    const auto ratio = [&](const HawkesFlow& flow, Side side, Act act) {
        const std::size_t kind = kind_of(side, act);
        return static_cast<double>(flow.counts()[kind]) / static_cast<double>(plain.counts()[kind]);
    };
    for (const Side side : {Side::bid, Side::ask})
        for (const Act act : {Act::limit_top, Act::cancel_top, Act::market})
            CHECK(ratio(fast, side, act) == doctest::Approx(3.0).epsilon(0.05));
    CHECK(ratio(buyers, Side::bid, Act::market) == doctest::Approx(4.0).epsilon(0.05));
    CHECK(ratio(buyers, Side::ask, Act::market) == doctest::Approx(1.0).epsilon(0.05));
    CHECK(ratio(buyers, Side::ask, Act::cancel_top) > 1.5);  // they bring it on
}
