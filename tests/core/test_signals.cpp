// Signals: the stream equals a batch over cells; warm-up, long silences, arrivals of one instant.
#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

#include "signals.hpp"

using namespace halfspread;

namespace {

constexpr std::int64_t second = 1'000'000'000;

// What happens at a time: the mid (in half ticks) is another, or a public trade.
struct Happening {
    std::int64_t time;
    bool is_trade;
    Side aggressor;
    std::int64_t size;
    double distance;
    bool has_mid;
    std::int64_t mid;
};

using Values = std::array<double, 4>;

Values values_of(const Signals& signals) {
    return {signals.volatility(), signals.trade_flow(), signals.fill_intensity(),
            signals.fill_decay()};
}

void see(Signals& signals, const Happening& happening, bool& has_mid, std::int64_t& mid) {
    const Nanos now{happening.time};
    if (signals.due(now)) signals.elapse(now, has_mid, mid);
    if (happening.is_trade) {
        signals.trade(now, happening.aggressor, static_cast<double>(happening.size),
                      happening.distance);
    } else {
        has_mid = happening.has_mid;
        mid = happening.mid;
    }
}

// The exponentially weighted mean of all values, the last one the heaviest.
double weighted_mean(const std::vector<double>& values, double decay) {
    double sum = 0.0, weights = 0.0;
    for (std::size_t i = 0; i < values.size(); ++i) {
        const double weight = std::pow(decay, static_cast<double>(values.size() - 1 - i));
        sum += weight * values[i];
        weights += weight;
    }
    return sum / weights;
}

// The four signals at `now` from all that happened, cell by cell.
Values batch(const std::vector<Happening>& happenings, const SignalPolicy& policy,
             std::int64_t now) {
    const double step = static_cast<double>(policy.step.count) * 1e-9;
    const double decay = std::exp2(-step / policy.half_life_s);
    std::vector<double> squares, flows, counts, distances;
    bool has_mid = false, had_mid = false;
    double mid = 0.0, last_mid = 0.0;
    std::size_t i = 0;
    const std::int64_t first = happenings.front().time;
    for (std::int64_t end = first + policy.step.count; end <= now; end += policy.step.count) {
        double flow = 0.0, count = 0.0, distance = 0.0, farthest = 0.0;
        const Happening* last = nullptr;
        for (; i < happenings.size() && happenings[i].time < end; ++i) {
            const Happening& one = happenings[i];
            if (!one.is_trade) {
                has_mid = one.has_mid;
                mid = static_cast<double>(one.mid) / 2.0;
                continue;
            }
            flow += sign(one.aggressor) * static_cast<double>(one.size);
            if (std::isnan(one.distance)) continue;
            const double away = std::fmax(one.distance, 0.0);
            const bool again =
                last != nullptr && last->time == one.time && last->aggressor == one.aggressor;
            distance += again ? std::fmax(away, farthest) - farthest : away;
            farthest = again ? std::fmax(away, farthest) : away;
            count += again ? 0.0 : 1.0;
            last = &one;
        }
        flows.push_back(flow);
        counts.push_back(count);
        distances.push_back(distance);
        if (has_mid && had_mid) squares.push_back((mid - last_mid) * (mid - last_mid));
        had_mid = has_mid;
        last_mid = mid;
    }
    Values values;
    values.fill(unknown);
    const auto ready = [&](const auto& cells) {
        return static_cast<std::int64_t>(cells.size()) >= policy.warm_up;
    };
    if (ready(squares)) values[0] = std::sqrt(weighted_mean(squares, decay) / step);
    if (ready(flows)) {
        values[1] = weighted_mean(flows, decay) / step;
        values[2] = weighted_mean(counts, decay) / step / 2.0;
        const double mean_distance = weighted_mean(distances, decay);
        if (mean_distance > 0.0) values[3] = weighted_mean(counts, decay) / mean_distance;
    }
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
    std::int64_t time = 1'000 * second, mid = 20'000;
    for (int i = 0; i < count; ++i) {
        if (within(3) != 0) time += within(60'000'000);
        if (within(100) == 0) time += within(silence);
        Happening one{};
        one.time = time;
        one.is_trade = within(2) == 0;
        one.aggressor = static_cast<Side>(within(3) - 1);
        one.size = 1 + within(50);
        one.distance = within(20) == 0 ? unknown : static_cast<double>(within(9) - 2) / 2.0;
        mid += within(5) - 2;
        one.has_mid = within(30) != 0;
        one.mid = mid;
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
        bool has_mid = false;
        std::int64_t mid = 0;
        for (std::size_t i = 0; i < happenings.size(); ++i) {
            see(signals, happenings[i], has_mid, mid);
            if (i % 50 != 0) continue;
            const std::vector<Happening> so_far(
                happenings.begin(), happenings.begin() + static_cast<std::ptrdiff_t>(i));
            if (so_far.empty()) continue;
            check_close(values_of(signals), batch(so_far, policy, happenings[i].time), 1e-9);
        }
    }
}

TEST_CASE("a value is unknown until its cells are in") {
    const SignalPolicy policy{Nanos{second}, 60.0, 10};
    Signals signals(policy);
    for (std::int64_t i = 0; i <= 20; ++i) {
        const Nanos now{1'000 * second + i * second};
        signals.elapse(now, true, 100 + i);
        signals.trade(now, Side::bid, 1.0, 0.5);
        CAPTURE(i);  // cells are closed, and i - 1 moves between them
        CHECK(std::isnan(signals.trade_flow()) == (i < 10));
        CHECK(std::isnan(signals.fill_intensity()) == (i < 10));
        CHECK(std::isnan(signals.fill_decay()) == (i < 10));
        CHECK(std::isnan(signals.volatility()) == (i < 11));
    }
    CHECK(signals.trade_flow() == doctest::Approx(1.0));
    CHECK(signals.fill_intensity() == doctest::Approx(0.5));
    CHECK(signals.fill_decay() == doctest::Approx(2.0));
    CHECK(signals.volatility() == doctest::Approx(0.5));
}

TEST_CASE("without trades intensity and decay are unknown, and the flow is zero") {
    SignalPolicy policy{Nanos{second}, 60.0, 2};
    policy.fill_sides = true;
    Signals signals(policy);
    for (std::int64_t i = 0; i < 5; ++i) signals.elapse(Nanos{(1 + i) * second}, true, 0);
    CHECK(signals.trade_flow() == 0.0);
    CHECK(std::isnan(signals.fill_intensity()));
    CHECK(std::isnan(signals.fill_decay()));
    CHECK(signals.volatility() == 0.0);
    signals.trade(Nanos{5'500'000'000}, Side::bid, 1.0, 0.5);  // it hits asks
    signals.elapse(Nanos{6 * second}, true, 0);
    CHECK(signals.fill_intensity() > 0.0);
    CHECK(signals.fill_intensity(Side::ask) > 0.0);
    CHECK(std::isnan(signals.fill_intensity(Side::bid)));
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
                bool has_mid = false, same_mid = false;
                std::int64_t mid = 0, other_mid = 0;
                std::vector<Happening> happenings = random_happenings(5, 400, second);
                happenings.push_back(
                    {happenings.back().time + 1, false, Side::none, 0, 0.0, mid_before, 20'000});
                for (const Happening& one : happenings) {
                    see(stride, one, has_mid, mid);
                    see(walk, one, same_mid, other_mid);
                }
                const std::int64_t start = happenings.back().time;
                const std::int64_t end = start + cells * policy.step.count + 17;
                stride.elapse(Nanos{end}, mid_within, 20'004);
                for (std::int64_t time = start; time < end; time += policy.step.count) {
                    walk.elapse(Nanos{time}, mid_within, 20'004);
                }
                walk.elapse(Nanos{end}, mid_within, 20'004);
                check_close(values_of(stride), values_of(walk), 1e-12);
                // The grid and the counts are the same as well.
                for (const Nanos later : {Nanos{end + 250'000'000}, Nanos{end + 5 * second}}) {
                    stride.elapse(later, true, 20'010);
                    walk.elapse(later, true, 20'010);
                    stride.trade(later, Side::ask, 3.0, 1.5);
                    walk.trade(later, Side::ask, 3.0, 1.5);
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
        bool has_mid = true;
        std::int64_t mid = 0;
        signals.elapse(Nanos{1}, true, 0);
        for (const Happening& trade : trades) see(signals, trade, has_mid, mid);
        signals.elapse(Nanos{2 * second}, true, 0);
        return values_of(signals);
    };
    const auto print = [](std::int64_t time, Side aggressor, double distance) {
        return Happening{time, true, aggressor, 2, distance, true, 0};
    };
    // flow, then arrivals a side, then arrivals over summed distance, of one cell
    const Values sweep =
        after({print(5, Side::bid, 1.0), print(5, Side::bid, 3.0), print(5, Side::bid, 2.0)});
    CHECK(sweep[1] == doctest::Approx(6.0));
    CHECK(sweep[2] == doctest::Approx(0.5));
    CHECK(sweep[3] == doctest::Approx(1.0 / 3.0));
    const Values two = after({print(5, Side::bid, 1.0), print(6, Side::bid, 3.0)});
    CHECK(two[2] == doctest::Approx(1.0));
    CHECK(two[3] == doctest::Approx(2.0 / 4.0));
    const Values sides = after({print(5, Side::bid, 1.0), print(5, Side::ask, 3.0)});
    CHECK(sides[1] == doctest::Approx(0.0));
    CHECK(sides[2] == doctest::Approx(1.0));
    const Values inside = after({print(5, Side::bid, -4.0), print(6, Side::bid, 1.0)});
    CHECK(inside[3] == doctest::Approx(2.0));
    const Values blind = after({print(5, Side::bid, unknown), print(6, Side::ask, 1.0)});
    CHECK(blind[1] == doctest::Approx(0.0));
    CHECK(blind[2] == doctest::Approx(0.5));
}

TEST_CASE("an event at a cell's end is of the next cell") {
    Signals signals({Nanos{second}, 60.0, 1});
    signals.elapse(Nanos{5 * second}, true, 0);
    CHECK_FALSE(signals.due(Nanos{6 * second - 1}));
    CHECK(signals.due(Nanos{6 * second}));
    signals.elapse(Nanos{6 * second}, true, 0);
    signals.trade(Nanos{6 * second}, Side::bid, 8.0, 1.0);
    CHECK(signals.trade_flow() == 0.0);
    signals.elapse(Nanos{7 * second}, true, 0);
    CHECK(signals.trade_flow() > 0.0);
}
