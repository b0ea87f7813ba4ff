// Signals: the stream equals a batch over cells; warm-up, long silences, arrivals of one instant.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

#include "signals.hpp"
#include "state.hpp"

using namespace halfspread;

namespace {

constexpr std::int64_t second = 1'000'000'000;

// What happens at a time: the mid (in half ticks) is another, or a public trade.
struct Happening {
    std::int64_t time;
    bool is_trade;
    Side aggressor;
    std::int64_t size;
    double excess;  // over the touch
    Top top;
};

Top top_of(std::int32_t bid, std::int32_t ask) { return {.price = {Ticks{bid}, Ticks{ask}}}; }

using Values = std::array<double, 4>;

Values values_of(const Signals& signals) {
    return {signals.volatility(), signals.trade_flow(), signals.fill_intensity(),
            signals.fill_decay()};
}

void see(Signals& signals, const Happening& happening, Top& top) {
    const Nanos now{happening.time};
    if (signals.due(now)) signals.elapse(now, top);
    if (happening.is_trade) {
        const bool known = top.has_both();
        signals.trade(now, happening.aggressor, static_cast<double>(happening.size),
                      known ? happening.excess : unknown);
    } else {
        top = happening.top;
    }
}

// The exponentially weighted sum of all values, the last one the heaviest, of the weight 1.
double weighted_sum(const std::vector<double>& values, double decay) {
    double sum = 0.0;
    for (std::size_t i = 0; i < values.size(); ++i)
        sum += std::pow(decay, static_cast<double>(values.size() - 1 - i)) * values[i];
    return sum;
}

double weighted_mean(const std::vector<double>& values, double decay) {
    const std::vector<double> ones(values.size(), 1.0);
    return weighted_sum(values, decay) / weighted_sum(ones, decay);
}

// The four signals at `now` from all that happened, cell by cell.
Values batch(const std::vector<Happening>& happenings, const SignalPolicy& policy,
             std::int64_t now) {
    const double step = static_cast<double>(policy.step.count) * 1e-9;
    const double decay = std::exp2(-step / policy.half_life_s);
    std::vector<double> squares, flows, orders, excesses, half_spreads;
    Top top;
    double last_mid = unknown;
    std::size_t i = 0;
    const std::int64_t first = happenings.front().time;
    for (std::int64_t end = first + policy.step.count; end <= now; end += policy.step.count) {
        double flow = 0.0, count = 0.0, excess = 0.0, farthest = -1.0;
        const Happening* last = nullptr;
        for (; i < happenings.size() && happenings[i].time < end; ++i) {
            const Happening& one = happenings[i];
            if (!one.is_trade) {
                top = one.top;
                continue;
            }
            flow += sign(one.aggressor) * static_cast<double>(one.size);
            if (std::isnan(one.excess) || !top.has_both()) continue;
            if (last == nullptr || last->time != one.time || last->aggressor != one.aggressor)
                farthest = -1.0;
            last = &one;
            if (one.excess < 0.0) continue;
            if (farthest < 0.0) count += 1.0;
            excess += std::fmax(one.excess - std::fmax(farthest, 0.0), 0.0);
            farthest = std::fmax(one.excess, farthest);
        }
        flows.push_back(flow);
        orders.push_back(count);
        excesses.push_back(excess);
        const double mid =
            top.has_both() ? static_cast<double>(top.mid_half_ticks()) / 2.0 : unknown;
        if (top.has_both()) half_spreads.push_back(0.5 * static_cast<double>(top.spread()));
        const double move = mid - last_mid;
        if (!std::isnan(move)) squares.push_back(move * move);
        last_mid = mid;
    }
    Values values;
    values.fill(unknown);
    const auto ready = [&](const auto& cells) {
        return static_cast<std::int64_t>(cells.size()) >= policy.warm_up;
    };
    if (ready(squares)) values[0] = std::sqrt(weighted_mean(squares, decay) / step);
    if (!ready(flows)) return values;
    values[1] = weighted_mean(flows, decay) / step;
    const double count = weighted_sum(orders, decay);
    if (count < 0.4) return values;
    const auto last = std::find_if(orders.rbegin(), orders.rend(), [](double n) { return n > 0; });
    const double half = 0.5 * std::pow(decay, static_cast<double>(last - orders.rbegin()));
    values[3] = std::log(1.0 + count / (weighted_sum(excesses, decay) + half));
    if (!ready(half_spreads)) return values;
    for (double& half_spread : half_spreads) half_spread = std::exp(-values[3] * half_spread);
    values[2] = weighted_mean(orders, decay) / step / 2.0 / weighted_mean(half_spreads, decay);
    return values;
}

void check_close(const Values& a, const Values& b, double tolerance) {
    for (std::size_t i = 0; i < a.size(); ++i) {
        CAPTURE(i);
        CAPTURE(a[i]);
        CAPTURE(b[i]);
        REQUIRE(std::isnan(a[i]) == std::isnan(b[i]));
        if (std::isnan(a[i])) continue;
        REQUIRE(std::abs(a[i] - b[i]) <= tolerance * std::fmax(std::abs(b[i]), 1e-9));
    }
}

std::vector<Happening> random_happenings(std::uint64_t seed, int count, std::int64_t silence) {
    std::mt19937_64 random(seed);
    const auto within = [&](std::int64_t bound) {
        return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(bound));
    };
    std::vector<Happening> happenings;
    std::int64_t time = 1'000 * second, bid = 10'000;
    for (int i = 0; i < count; ++i) {
        if (within(3) != 0) time += within(60'000'000);
        if (within(100) == 0) time += within(silence);
        Happening one{};
        one.time = time;
        one.is_trade = within(2) == 0;
        one.aggressor = static_cast<Side>(within(3) - 1);
        one.size = 1 + within(50);
        one.excess = within(20) == 0 ? unknown : static_cast<double>(within(7) - 2);
        bid += within(5) - 2;
        const auto price = static_cast<std::int32_t>(bid);
        const auto spread = static_cast<std::int32_t>(1 + within(4));
        if (within(30) != 0) one.top = top_of(price, price + spread);
        happenings.push_back(one);
    }
    return happenings;
}

}  // namespace

TEST_CASE("the stream equals a batch over the cells") {
    const SignalPolicy policy{Nanos{100'000'000}, 3.0, 7};
    for (const std::uint64_t seed : {1U, 2U, 3U}) {
        const std::vector<Happening> happenings = random_happenings(seed, 1'500, 5 * second);
        Signals signals(policy);
        Top top;
        for (std::size_t i = 0; i < happenings.size(); ++i) {
            see(signals, happenings[i], top);
            if (i % 50 != 0) continue;
            const std::vector<Happening> so_far(
                happenings.begin(), happenings.begin() + static_cast<std::ptrdiff_t>(i));
            if (so_far.empty()) continue;
            check_close(values_of(signals), batch(so_far, policy, happenings[i].time), 1e-12);
        }
    }
}

TEST_CASE("a value is unknown until its cells are in") {
    const SignalPolicy policy{Nanos{second}, 60.0, 10};
    Signals signals(policy);
    double orders = 0.0;
    for (std::int32_t i = 0; i <= 20; ++i) {
        const Nanos now{1'000 * second + i * second};
        if (i > 0) orders = std::exp2(-1.0 / 60.0) * orders + 1.0;
        signals.elapse(now, top_of(i, i + 2));
        signals.trade(now, Side::bid, 1.0, 1.0);
        CAPTURE(i);  // cells are closed, and i - 1 moves between them
        CHECK(std::isnan(signals.trade_flow()) == (i < 10));
        CHECK(std::isnan(signals.fill_intensity()) == (i < 10));
        CHECK(std::isnan(signals.fill_decay()) == (i < 10));
        CHECK(std::isnan(signals.volatility()) == (i < 11));
    }
    CHECK(signals.trade_flow() == doctest::Approx(1.0));
    const double exp_decay = 1.0 + orders / (orders + 0.5);
    CHECK(signals.fill_decay() == doctest::Approx(std::log(exp_decay)));
    CHECK(signals.fill_intensity() == doctest::Approx(0.5 * exp_decay));  // n exp(k), a tick away
    CHECK(signals.volatility() == doctest::Approx(1.0));
}

TEST_CASE("intensity and decay are unknown until an order gets to the touch") {
    SignalPolicy policy{Nanos{second}, 60.0, 2};
    policy.fill_sides = true;
    Signals signals(policy);
    const Top top = top_of(10, 11);
    std::int64_t now = second;
    for (; now < 6 * second; now += second) signals.elapse(Nanos{now}, top);
    CHECK(signals.trade_flow() == 0.0);
    CHECK(std::isnan(signals.fill_intensity()));
    CHECK(std::isnan(signals.fill_decay()));
    CHECK(signals.volatility() == 0.0);
    double orders = 0.0;
    for (; now < 9 * second; now += second) {  // at the touch, and no further
        signals.elapse(Nanos{now}, top);
        signals.trade(Nanos{now}, Side::bid, 1.0, 0.0);  // it hits asks
        signals.elapse(Nanos{now + second}, top);
        orders = std::exp2(-1.0 / 60.0) * orders + 1.0;
        CHECK(signals.fill_decay() == doctest::Approx(std::log(1.0 + 2.0 * orders)));
        CHECK(signals.fill_decay(Side::ask) == signals.fill_decay());
        CHECK(signals.fill_intensity(Side::ask) == doctest::Approx(2.0 * signals.fill_intensity()));
        CHECK(std::isnan(signals.fill_decay(Side::bid)));
        CHECK(std::isnan(signals.fill_intensity(Side::bid)));
    }
    const double decay = signals.fill_decay();
    signals.trade(Nanos{now}, Side::bid, 1.0, 1.0);
    signals.elapse(Nanos{now + second}, top);
    CHECK(signals.fill_decay() < decay);
}

TEST_CASE("intensity and decay that nothing reads are not measured, and nothing else changes") {
    SignalPolicy policy{Nanos{second}, 60.0, 2};
    Signals all(policy);
    policy.fills = false;
    Signals fewer(policy);
    for (std::int64_t i = 1; i < 50; ++i) {
        const Top top = top_of(10 + static_cast<std::int32_t>(i % 3), 14);
        for (Signals* signals : {&all, &fewer}) {
            signals->elapse(Nanos{i * second}, top);
            signals->trade(Nanos{i * second}, Side::bid, 3.0, 1.0);
        }
    }
    const auto seen = [](const Signals& signals) {
        SharedState shared{};
        shared.see(signals, top_of(10, 14), Nanos{50 * second});
        return shared;
    };
    const SharedState whole = seen(all);
    const SharedState part = seen(fewer);
    CHECK(std::fmin(whole.fill_intensity, whole.fill_decay) > 0.0);
    CHECK((std::isnan(part.fill_intensity) && std::isnan(part.fill_decay)));
    CHECK(part.volatility == whole.volatility);
    CHECK(part.trade_flow == whole.trade_flow);
}

TEST_CASE("in a silence the decay stays, the intensity fades, and at last both are unknown") {
    Signals signals({Nanos{second}, 60.0, 1});
    const Top top = top_of(10, 11);
    signals.elapse(Nanos{second}, top);
    for (int i = 0; i < 100; ++i) signals.trade(Nanos{second + i}, Side::bid, 1.0, i % 3);
    signals.elapse(Nanos{2 * second}, top);
    const double decay = signals.fill_decay();
    const double intensity = signals.fill_intensity();
    CHECK(decay > 0.5);
    for (int half_lives = 1; half_lives < 7; ++half_lives) {
        signals.elapse(Nanos{(2 + 60 * half_lives) * second}, top);
        CHECK(signals.fill_decay() == doctest::Approx(decay));
        const double cells = 60.0 * half_lives + 1.0;
        const double weights = (1.0 - std::exp2(-cells / 60.0)) / (1.0 - std::exp2(-1.0 / 60.0));
        CHECK(signals.fill_intensity() * weights ==
              doctest::Approx(intensity * std::exp2(-half_lives)));
    }
    signals.elapse(Nanos{(2 + 60 * 8) * second}, top);  // 0.39 of an order is left
    CHECK(std::isnan(signals.fill_decay()));
    CHECK(std::isnan(signals.fill_intensity()));
}

TEST_CASE("of N orders k is too high by (1 - exp(-k)) / N on average, to the first order") {
    const int orders = 100;
    for (const double k : {0.3, 0.8, 2.0}) {
        CAPTURE(k);
        double mean = 0.0, all = 0.0;
        for (int excess = 0; excess < 3'000; ++excess) {  // of the N: negative binomial
            Reach reach;
            for (int i = 0; i < orders; ++i) reach.arrive(i == 0 ? excess : 0.0);
            reach.close_cell(1.0);
            const double chance = std::exp(std::lgamma(orders + excess) - std::lgamma(orders) -
                                           std::lgamma(excess + 1.0) +
                                           orders * std::log(-std::expm1(-k)) - k * excess);
            mean += chance * reach.decay();
            all += chance;
        }
        CHECK(all == doctest::Approx(1.0));
        CHECK(orders * (mean - k) == doctest::Approx(-std::expm1(-k)).epsilon(0.02));
    }
}

TEST_CASE("an intensity beyond all numbers is unknown, never infinite") {
    Signals signals({Nanos{second}, 0.01, 1});  // a cell is a hundred half-lives
    signals.elapse(Nanos{second}, top_of(0, 2'000));
    signals.trade(Nanos{second}, Side::bid, 1.0, 1.0);
    bool unknown_once = false;
    for (std::int64_t now = 2 * second; now < 16 * second; now += second) {
        signals.elapse(Nanos{now}, top_of(0, 2'000));
        signals.trade(Nanos{now}, Side::bid, 1.0, 0.0);
        CHECK(signals.fill_decay() < 2.0);
        CHECK_FALSE(std::isinf(signals.fill_intensity()));
        unknown_once |= std::isnan(signals.fill_intensity());
    }
    CHECK(unknown_once);
}

TEST_CASE("a long silence in one stride equals cell by cell") {
    const SignalPolicy policy{Nanos{100'000'000}, 60.0, 5};
    for (const std::int64_t cells : {999, 1'000, 1'001, 5'000, 123'457}) {
        for (const bool mid_before : {false, true}) {
            for (const bool mid_within : {false, true}) {
                CAPTURE(cells);
                CAPTURE(mid_before);
                CAPTURE(mid_within);
                Signals stride(policy), walk(policy);
                Top top, same_top;
                const Top within = mid_within ? top_of(10'001, 10'003) : Top{};
                const Top later_top = top_of(10'004, 10'006);
                std::vector<Happening> happenings = random_happenings(5, 400, second);
                happenings.push_back({happenings.back().time + 1, false, Side::none, 0, 0.0,
                                      mid_before ? top_of(10'000, 10'001) : Top{}});
                for (const Happening& one : happenings) {
                    see(stride, one, top);
                    see(walk, one, same_top);
                }
                const std::int64_t start = happenings.back().time;
                const std::int64_t end = start + cells * policy.step.count + 17;
                stride.elapse(Nanos{end}, within);
                for (std::int64_t time = start; time < end; time += policy.step.count) {
                    walk.elapse(Nanos{time}, within);
                }
                walk.elapse(Nanos{end}, within);
                check_close(values_of(stride), values_of(walk), 1e-12);
                // The grid and the counts are the same as well.
                for (const Nanos later : {Nanos{end + 250'000'000}, Nanos{end + 5 * second}}) {
                    stride.elapse(later, later_top);
                    walk.elapse(later, later_top);
                    stride.trade(later, Side::ask, 3.0, 1.0);
                    walk.trade(later, Side::ask, 3.0, 1.0);
                    check_close(values_of(stride), values_of(walk), 1e-12);
                }
            }
        }
    }
}

TEST_CASE("prints of one instant and aggressor are one arrival, at the farthest price") {
    const SignalPolicy policy{Nanos{second}, 60.0, 1};
    const auto after = [&](const std::vector<Happening>& trades) {
        Signals signals(policy);
        Top top = top_of(10, 12);
        signals.elapse(Nanos{1}, top);
        for (const Happening& trade : trades) see(signals, trade, top);
        signals.elapse(Nanos{2 * second}, top);
        return values_of(signals);
    };
    const auto print = [](std::int64_t time, Side aggressor, double excess) {
        return Happening{time, true, aggressor, 2, excess, {}};
    };
    const double per_arrival = 0.5;  // a second and side; and the touch is a tick from the mid
    // flow, then A and k of one cell
    const Values sweep =
        after({print(5, Side::bid, 1.0), print(5, Side::bid, 3.0), print(5, Side::bid, 2.0)});
    CHECK(sweep[1] == doctest::Approx(6.0));
    CHECK(sweep[3] == doctest::Approx(std::log(1.0 + 1.0 / 3.5)));
    CHECK(sweep[2] == doctest::Approx(per_arrival * (1.0 + 1.0 / 3.5)));
    const Values two = after({print(5, Side::bid, 1.0), print(6, Side::bid, 3.0)});
    CHECK(two[3] == doctest::Approx(std::log(1.0 + 2.0 / 4.5)));
    CHECK(two[2] == doctest::Approx(2.0 * per_arrival * (1.0 + 2.0 / 4.5)));
    const Values sides = after({print(5, Side::bid, 1.0), print(5, Side::ask, 3.0)});
    CHECK(sides[1] == doctest::Approx(0.0));
    CHECK(sides[2] == doctest::Approx(two[2]));
    // One that trades inside the spread reaches no order of ours, unless it goes on.
    const Values inside = after({print(5, Side::bid, -1.0), print(6, Side::bid, 1.0)});
    CHECK(inside[1] == doctest::Approx(4.0));
    CHECK(inside[3] == doctest::Approx(std::log(1.0 + 1.0 / 1.5)));
    CHECK(inside[2] == doctest::Approx(per_arrival * (1.0 + 1.0 / 1.5)));
    const Values through = after({print(5, Side::bid, -1.0), print(5, Side::bid, 1.0)});
    CHECK(through[3] == doctest::Approx(inside[3]));
    CHECK(through[2] == doctest::Approx(inside[2]));
    const Values blind = after({print(5, Side::bid, unknown), print(6, Side::ask, 1.0)});
    CHECK(blind[1] == doctest::Approx(0.0));
    CHECK(blind[3] == doctest::Approx(inside[3]));
}

TEST_CASE("an event at a cell's end is of the next cell") {
    Signals signals({Nanos{second}, 60.0, 1});
    signals.elapse(Nanos{5 * second}, top_of(0, 1));
    CHECK_FALSE(signals.due(Nanos{6 * second - 1}));
    CHECK(signals.due(Nanos{6 * second}));
    signals.elapse(Nanos{6 * second}, top_of(0, 1));
    signals.trade(Nanos{6 * second}, Side::bid, 8.0, 1.0);
    CHECK(signals.trade_flow() == 0.0);
    signals.elapse(Nanos{7 * second}, top_of(0, 1));
    CHECK(signals.trade_flow() > 0.0);
}
