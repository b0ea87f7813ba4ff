// Flow and Hawkes: the forms of their headers, by hand and against sums written out.
#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "flow.hpp"
#include "hawkes.hpp"
#include "log.hpp"

using namespace halfspread;

namespace {

constexpr std::int64_t second = 1'000'000'000;

Top top_of(std::int32_t bid, std::int64_t bid_size, std::int32_t ask, std::int64_t ask_size) {
    return {.price = {Ticks{bid}, Ticks{ask}}, .size = {Lots{bid_size}, Lots{ask_size}}};
}

}  // namespace

TEST_CASE("order flow counts what came to a side and what left it") {
    const Top before = top_of(100, 5, 101, 8);
    CHECK(order_flow(before, before) == 0);
    CHECK(order_flow(before, top_of(100, 9, 101, 8)) == 4);   // more bid
    CHECK(order_flow(before, top_of(100, 2, 101, 8)) == -3);  // less bid
    CHECK(order_flow(before, top_of(99, 7, 101, 8)) == -5);   // the bid fell: all of it left
    CHECK(order_flow(before, top_of(101, 3, 102, 4)) == 3 + 8);
    CHECK(order_flow(before, top_of(100, 5, 101, 11)) == -3);
    CHECK(order_flow(before, top_of(100, 5, 100, 2)) == -2);  // the ask improved
    CHECK(order_flow(before, top_of(100, 5, 103, 2)) == 8);   // the ask was lifted
    CHECK(order_flow(before, Top{}) == 0);                    // what is empty counts nothing
    CHECK(order_flow(Top{}, before) == 0);
    Top one_sided = before;
    one_sided.price[1] = no_ask;
    CHECK(order_flow(one_sided, top_of(100, 6, 101, 8)) == 1);
}

TEST_CASE("a trade is marked at the mid that stands when its horizon ends") {
    MarkOuts marks(Nanos{second});
    marks.trade(Nanos{5}, Side::bid, Lots{4}, 200);
    marks.trade(Nanos{7}, Side::ask, Lots{2}, 202);
    marks.resolve(Nanos{5 + second}, top_of(50, 1, 150, 1));  // at the end itself, not yet
    CHECK(marks.take_volume() == 0.0);
    marks.resolve(Nanos{6 + second}, top_of(102, 1, 103, 1));  // mid 102.5 against 100
    CHECK(marks.take_volume() == 4.0);
    CHECK(marks.take_moved() == 4 * 2.5);
    marks.resolve(Nanos{9 * second}, Top{});  // no mid: the trade is dropped
    CHECK(marks.take_volume() == 0.0);
    CHECK(marks.empty());
}

TEST_CASE("VPIN: buckets of equal volume, a print over several of them, and the scale of moves") {
    Vpin vpin(Lots{10}, 2);
    vpin.trade(Ticks{100}, Lots{6});
    vpin.trade(Ticks{103}, Lots{4});  // a bucket: it moved by 3
    CHECK(std::isnan(vpin.value()));
    vpin.trade(Ticks{102}, Lots{13});  // a bucket: it moved by -1, and 3 lots are left
    const double second_scale = std::sqrt((9.0 + 1.0) / 2);
    const double first = std::erf(1.0 / std::sqrt(2.0)),
                 next = std::erf(1.0 / second_scale / std::sqrt(2.0));
    CHECK(vpin.value() == doctest::Approx((first + next) / 2).epsilon(1e-15));
    vpin.trade(Ticks{102}, Lots{7});  // a bucket that did not move
    CHECK(vpin.value() == doctest::Approx(next / 2).epsilon(1e-15));
    Vpin by_one(Lots{10}, 2);
    for (Vpin* one : {&vpin, &by_one}) one->trade(Ticks{102}, Lots{20});
    vpin.trade(Ticks{110}, Lots{1'000'000'000'005});
    CHECK(vpin.value() == 0.0);
    vpin.trade(Ticks{111}, Lots{5});
    CHECK(vpin.value() == doctest::Approx(std::erf(1.0) / 2));  // 1 / sqrt(1/2) / sqrt(2)
}

TEST_CASE("Hawkes intensities equal the sums over all arrivals") {
    const HawkesSide buys{0.4, 1.5, 0.3, 2.0}, sells{0.2, 0.9, 0.7, 3.5};
    Hawkes hawkes(buys, sells);
    std::mt19937_64 random(7);
    std::vector<std::pair<std::int64_t, Side>> arrivals;
    std::int64_t now = 1'700'000'000 * second;
    for (int i = 0; i < 400; ++i) {
        now += static_cast<std::int64_t>(random() % 1'000'000'000);
        const Side side = random() % 3 == 0 ? Side::ask : Side::bid;
        hawkes.arrival(Nanos{now}, side);
        hawkes.arrival(Nanos{now}, side);  // a print of the same instant is the same arrival
        hawkes.arrival(Nanos{now}, Side::none);
        arrivals.emplace_back(now, side);
        const std::int64_t at = now + static_cast<std::int64_t>(random() % 500'000'000);
        for (const Side asked : {Side::bid, Side::ask}) {
            const HawkesSide& own = asked == Side::bid ? buys : sells;
            double sum = own.baseline;
            for (const auto& [time, source] : arrivals) {
                const double jump = source == asked ? own.jump : own.cross_jump;
                sum += jump * std::exp(-own.decay * static_cast<double>(at - time) * 1e-9);
            }
            const HawkesIntensities found = hawkes.intensities(Nanos{at});
            REQUIRE((asked == Side::bid ? found.buys : found.sells) ==
                    doctest::Approx(sum).epsilon(1e-12));
        }
    }
}

TEST_CASE("a log grows and keeps its order") {
    struct Entry {
        Nanos time;
    };
    Log<Entry> log;
    std::int64_t in = 0, out = 0;
    std::mt19937_64 random(1);
    for (int i = 0; i < 20'000; ++i) {
        if (random() % 5 < 3 || log.empty()) {
            log.append({Nanos{in++}});
        } else {
            REQUIRE(log.front().time == Nanos{out++});
            log.pop();
        }
    }
    CHECK(in - out > 64);
    CHECK(log.seek(Nanos{in - 2}));
    CHECK(log.front().time == Nanos{in - 2});
    CHECK(log.after_front() == Nanos{in - 1});
    CHECK_FALSE(log.seek(Nanos{0}));
}

TEST_CASE("Hawkes intensities are known before 1970 too") {
    const HawkesSide side{.baseline = 1.0, .jump = 2.0, .cross_jump = 0.0, .decay = 10.0};
    Hawkes hawkes(side, side);
    const Nanos then{-1'000'000'000'000'000'000};
    CHECK(hawkes.intensities(then).buys == 1.0);
    hawkes.arrival(then, Side::bid);
    CHECK(hawkes.intensities(then).buys == 3.0);
}
