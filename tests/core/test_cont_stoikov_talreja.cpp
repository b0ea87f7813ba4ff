// Cont, Stoikov and Talreja 2010: their tables, and the full book's statistics, by simulation.
//
// tests/papers/test_cont_stoikov_talreja.py has the same tables by the exact chain.
#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "sky_perfect.hpp"

using namespace halfspread;

namespace {

constexpr std::int32_t bid = 100'000;
constexpr std::uint32_t us = 7;
constexpr int runs = 6'000;
using Table = std::array<std::array<double, 5>, 5>;  // bids 1 to 5, then asks 1 to 5

// The book of a table: some orders at each best price, none elsewhere, and perhaps ours at the end.
class Race {
public:
    explicit Race(int spread, ZeroIntelligenceLaws laws = sky_perfect())
        : flow(std::move(laws), 5, 0, Nanos{}), best_ask(bid + spread) {}

    void place(int bids, int asks, bool our_bid, bool our_ask) {
        while (flow.crowd().count() > 0) cancel(flow.crowd().slot(0), 0);
        for (std::uint64_t& id : ours) {
            const std::uint32_t slot = flow.book().find(id);
            if (slot != OrderBook::nobody) cancel(slot, us);
            id = 0;
        }
        for (int i = 1; i <= bids; ++i) rest(Side::bid, bid, our_bid && i == bids);
        for (int i = 1; i <= asks; ++i) rest(Side::ask, best_ask, our_ask && i == asks);
    }
    void step() { flow.step(quiet); }
    bool is_filled(Side side) const { return flow.book().find(ours[index(side)]) == 0; }
    bool bid_moved() const { return flow.book().best(Side::bid) != Ticks{bid}; }
    bool ask_moved() const { return flow.book().best(Side::ask) != Ticks{best_ask}; }
    // In half ticks.
    std::int64_t mid_move() const {
        return std::int64_t{flow.book().best(Side::bid).count} + flow.book().best(Side::ask).count -
               bid - best_ask;
    }

    ZeroIntelligence flow;

private:
    void rest(Side side, std::int32_t price, bool is_ours) {
        Event ask{};
        ask.kind = Kind::submit;
        ask.side = side;
        ask.price = Ticks{price};
        ask.size = Lots{1};
        ask.lane = is_ours ? us : 0;
        ask.detail = ask_detail(Lifetime::good_till_cancel, SelfTrade::allow);
        const std::uint64_t id = apply(ask);
        if (is_ours) ours[index(side)] = id;
    }
    void cancel(std::uint32_t slot, std::uint32_t owner) {
        Event ask{};
        ask.kind = Kind::cancel;
        ask.order_id = flow.book().id_of(slot);
        ask.lane = owner;
        apply(ask);
    }
    std::uint64_t apply(Event& ask) {
        ask.exchange_time = flow.now();
        return flow.apply(ask, Lots{}, quiet);
    }

    std::int32_t best_ask;
    std::uint64_t ours[2]{};
};

// Within 3 standard errors, but for one cell of the 25 that may be within 4; and all together as they
// should be.
template <class Trial>
void check_table(const Table& expected, double rounding, Trial&& trial) {
    double squares = 0.0;
    int beyond = 0;
    for (int b = 1; b <= 5; ++b) {
        for (int a = 1; a <= 5; ++a) {
            int successes = 0;
            for (int run = 0; run < runs; ++run) successes += trial(b, a);
            const double p =
                expected[static_cast<std::size_t>(b - 1)][static_cast<std::size_t>(a - 1)];
            const double error = std::sqrt(p * (1 - p) / runs);
            const double off = std::abs(successes / static_cast<double>(runs) - p);
            CAPTURE(b);
            CAPTURE(a);
            CAPTURE(p);
            CHECK(off < 4.0 * error + rounding);
            beyond += off > 3.0 * error + rounding;
            squares += std::pow(std::max(0.0, off - rounding) / error, 2);
        }
    }
    CHECK(beyond <= 1);
    CHECK(squares < 25 + 3 * std::sqrt(50.0));  // a chi-square of 25 degrees
}

bool mid_goes_up(Race& race, int bids, int asks) {
    race.place(bids, asks, false, false);
    do race.step();
    while (race.mid_move() == 0);
    return race.mid_move() > 0;
}

}  // namespace

TEST_CASE("table 3: the probability that the mid goes up") {
    Race race(1);
    const Table paper = {{{.500, .336, .259, .216, .188},
                          {.664, .500, .407, .348, .307},
                          {.741, .593, .500, .437, .391},
                          {.784, .652, .563, .500, .452},
                          {.812, .693, .609, .548, .500}}};
    check_table(paper, 8e-4, [&](int b, int a) { return mid_goes_up(race, b, a); });
}

TEST_CASE("the same with a spread of two ticks") {
    Race race(2);
    const Table exact = {{{.500, .404, .378, .370, .367},
                          {.596, .500, .471, .460, .455},
                          {.622, .529, .500, .489, .484},
                          {.630, .540, .511, .500, .495},
                          {.633, .545, .516, .505, .500}}};
    check_table(exact, 5e-4, [&](int b, int a) { return mid_goes_up(race, b, a); });
}

TEST_CASE("table 4, corrected: our bid, the last in its queue, is filled before the mid moves") {
    Race race(1);
    const Table exact = {{{.503, .698, .794, .848, .882},
                          {.359, .551, .664, .737, .787},
                          {.291, .465, .578, .656, .713},
                          {.251, .409, .517, .596, .654},
                          {.224, .369, .472, .548, .607}}};
    check_table(exact, 5e-4, [&](int b, int a) {
        race.place(b, a, true, false);
        while (!race.is_filled(Side::bid) && !race.ask_moved()) race.step();
        return race.is_filled(Side::bid);
    });
}

TEST_CASE("table 5: both our orders are filled before the mid moves") {
    Race race(1);
    const Table paper = {{{.266, .308, .309, .300, .288},
                          {.308, .386, .406, .406, .400},
                          {.309, .406, .441, .452, .452},
                          {.300, .406, .452, .471, .479},
                          {.288, .400, .452, .479, .491}}};
    check_table(paper, 5e-4, [&](int b, int a) {
        race.place(b, a, true, true);
        bool moved = false;
        while (!moved && !(race.is_filled(Side::bid) && race.is_filled(Side::ask))) {
            race.step();
            moved = race.bid_moved() || race.ask_moved();
        }
        return race.is_filled(Side::bid) && race.is_filled(Side::ask);
    });
}

TEST_CASE("one step: a queue grows with the probability that its rates say") {
    const ZeroIntelligenceLaws laws = sky_perfect();
    for (const int orders : {1, 3, 6}) {
        Race race(1);
        int ups = 0;
        for (int run = 0; run < 20'000; ++run) {
            race.place(orders, 50, false, false);  // so that the ask does not move first
            Lots now{orders};
            while (now == Lots{orders}) {
                race.step();
                now = race.flow.book().size_at(Side::bid, Ticks{bid});
            }
            ups += now > Lots{orders};
        }
        const double up = laws.limit_rates[0];
        const double p = up / (up + laws.market_rate + orders * laws.cancel_rates[0]);
        CHECK(std::abs(ups / 20'000.0 - p) < 3.0 * std::sqrt(p * (1 - p) / 20'000.0));
    }
}

namespace {

// What a stretch of time of the whole book had in it.
struct Stretch {
    std::array<double, 10> depth{};  // mean at distances 1 to 10 from the opposite best
    std::array<double, 4> spread{};  // share of time at 1 to 4 ticks
    double limits = 0, markets = 0, cancels = 0, moves = 0, reversals = 0;
    std::array<double, 3> variance{};  // a minute, over 1, 5 and 30 minutes
};

constexpr std::array<int, 3> spans = {1, 5, 30};

Stretch watch(ZeroIntelligence& flow, int minutes) {
    Stretch seen;
    double mid = 0, last_move = 0;
    const auto sink = [&](const Event& event) {
        seen.cancels += event.kind == Kind::cancelled;
        seen.markets += event.kind == Kind::trade;
        seen.limits += event.kind == Kind::add;
    };
    const auto mid_now = [&] {
        return 0.5 * (flow.book().best(Side::bid).count + flow.book().best(Side::ask).count);
    };
    const auto step = [&] {
        flow.step(sink);
        const double move = mid_now() - mid;
        if (move == 0.0) return;
        seen.moves += 1;
        seen.reversals += move * last_move < 0;
        last_move = move;
        mid += move;
    };
    std::vector<double> mids;
    mid = mid_now();
    for (int minute = 0; minute < minutes; ++minute) {
        const Nanos end{flow.now().count / 1'000'000'000 * 1'000'000'000 + 1'000'000'000};
        mids.push_back(mid);
        const std::int32_t best[2] = {flow.book().best(Side::bid).count,
                                      flow.book().best(Side::ask).count};
        for (int i = 1; i <= 10; ++i) {
            const Lots both = flow.book().size_at(Side::bid, Ticks{best[1] - i}) +
                              flow.book().size_at(Side::ask, Ticks{best[0] + i});
            seen.depth[static_cast<std::size_t>(i - 1)] +=
                0.5 * static_cast<double>(both.count) / minutes;
        }
        const int spread = best[1] - best[0];
        if (spread <= 4) seen.spread[static_cast<std::size_t>(spread - 1)] += 1.0 / minutes;
        while (flow.next() < end) step();
        step();  // over the minute's end, so that the next one begins
    }
    const double events = seen.limits + seen.markets + seen.cancels;
    seen.reversals /= seen.moves;
    for (double* count : {&seen.limits, &seen.markets, &seen.cancels}) *count /= events;
    seen.moves /= minutes;
    for (std::size_t k = 0; k < spans.size(); ++k) {
        const auto span = static_cast<std::size_t>(spans[k]);
        double squares = 0, count = 0;
        for (std::size_t i = 0; i + span < mids.size(); i += span, ++count)
            squares += std::pow(mids[i + span] - mids[i], 2);
        seen.variance[k] = squares / count / spans[k];
    }
    return seen;
}

}  // namespace

TEST_CASE("the whole book's statistics are those of an independent script") {
    ZeroIntelligence flow(sky_perfect(), 11, 0, Nanos{});
    flow.open(quiet);
    flow.advance(Nanos{200'000'000'000}, quiet);
    std::vector<Stretch> stretches;
    for (int i = 0; i < 20; ++i) stretches.push_back(watch(flow, 4'000));
    // Twenty stretches of 4,000 minutes: 3 standard errors, and `theirs` of the script's own.
    const auto check = [&](const char* what, auto&& value, double expected, double theirs) {
        double sum = 0, squares = 0;
        for (const Stretch& stretch : stretches) {
            sum += value(stretch);
            squares += value(stretch) * value(stretch);
        }
        const double mean = sum / 20, error = std::sqrt((squares / 20 - mean * mean) / 19);
        CAPTURE(what);
        CAPTURE(mean);
        CAPTURE(error);
        CAPTURE(expected);
        CHECK(std::abs(mean - expected) < 3 * std::hypot(error, theirs) + 5e-4);
        CHECK(error < 0.05 * expected);
    };
    const std::array<double, 10> depth = {1.575, 1.637, 1.575, 1.573, 1.591,
                                          1.558, 1.480, 1.391, 1.313, 1.243};
    for (std::size_t i = 0; i < 10; ++i)
        check("depth", [i](const Stretch& s) { return s.depth[i]; }, depth[i], .002);
    const std::array<double, 4> spread = {.741, .188, .050, .015};
    for (std::size_t i = 0; i < 4; ++i)
        check("spread", [i](const Stretch& s) { return s.spread[i]; }, spread[i], .0005);
    check("limit orders", [](const Stretch& s) { return s.limits; }, .500, .0);
    check("market orders", [](const Stretch& s) { return s.markets; }, .027, .0);
    check("cancellations", [](const Stretch& s) { return s.cancels; }, .473, .0);
    check("moves a minute", [](const Stretch& s) { return s.moves; }, 2.53, .005);
    check("reversals", [](const Stretch& s) { return s.reversals; }, .553, .0005);
    const std::array<double, 3> variance = {1.094, .965, .935};
    for (std::size_t k = 0; k < 3; ++k)
        check("variance", [k](const Stretch& s) { return s.variance[k]; }, variance[k], .01);
}

TEST_CASE("Cont and de Larrard's closed form: market orders as often as limit orders") {
    Race race(1, {.limit_rates = {1.0}, .market_rate = 1.0, .cancel_rates = {1e-12}, .price = bid});
    const Table closed = {{{.5000, .3023, .2094, .1585, .1271},
                           {.6977, .5000, .3767, .2975, .2440},
                           {.7906, .6233, .5000, .4107, .3452},
                           {.8415, .7025, .5893, .5000, .4301},
                           {.8729, .7560, .6548, .5699, .5000}}};
    check_table(closed, 5e-5, [&](int b, int a) { return mid_goes_up(race, b, a); });
}
