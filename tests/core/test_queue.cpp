// Queue: the six forms against their formulas, and both rule sets against a plain queue.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "builders.hpp"
#include "queue.hpp"

using namespace halfspread;

namespace {

constexpr QueueModel models[] = {QueueModel::risk_averse, QueueModel::log,    QueueModel::log2,
                                 QueueModel::power,       QueueModel::power2, QueueModel::power3};

double power(double x, double n) { return std::pow(x, n); }
double log1(double x) { return std::log(1.0 + x); }

// The share of a decrease that came from behind, as hftbacktest's documentation writes it.
double plain_share(const QueueRule& rule, double f, double b) {
    const double n = rule.exponent;
    if (rule.model == QueueModel::log) return log1(b) / (log1(b) + log1(f));
    if (rule.model == QueueModel::log2) return log1(b) / log1(b + f);
    if (rule.model == QueueModel::power) return power(b, n) / (power(b, n) + power(f, n));
    if (rule.model == QueueModel::power2) return power(b, n) / power(b + f, n);
    return 1.0 - power(f / (f + b), n);
}

// A plain queue: what is ahead of us, and what printed since the level last changed.
struct PlainQueue {
    QueueRule rule;
    double ahead, printed = 0.0;

    void trade(double size, double, Nanos) {
        ahead -= size;
        printed += size;
    }
};

// hftbacktest's, in its own order of operations.
struct PeerQueue : PlainQueue {
    void level(double before, double after, double, Nanos) {
        if (rule.model == QueueModel::risk_averse) {
            ahead = std::fmin(ahead, after);
            return;
        }
        double change = before - after;
        change -= printed;
        printed = 0.0;
        if (change < 0.0) {
            ahead = std::fmin(ahead, after);
            return;
        }
        const double back = before - ahead;
        double share = plain_share(rule, ahead, back);
        if (std::isinf(share)) share = 1.0;
        const double estimate =
            ahead - (1.0 - share) * change + std::fmin(back - share * change, 0.0);
        ahead = std::fmin(estimate, after);
    }
    std::int64_t executable(double lot) {
        const double lots = std::round(-ahead / lot);
        if (!(lots > 0.0)) return 0;
        ahead = 0.0;
        return static_cast<std::int64_t>(lots);
    }
};

// Ours, lot by lot: what is ahead is never less than nobody, what prints explain is gone from the
// level, and no more leaves the front than stands there. Each lot that left unexplained is kept as
// a suspect, with what it took off the front; a later print of that instant was one of them, which
// then gives back what it took.
struct OurQueue : PlainQueue {
    std::vector<double> suspects{};
    Nanos suspected{};

    void trade(double size, double lot, Nanos time) {
        for (auto left = std::llround(size / lot); left > 0; --left) {
            ahead -= lot;
            if (time == suspected && !suspects.empty()) {
                ahead += suspects.back();
                suspects.pop_back();
            } else {
                printed += lot;
            }
        }
    }
    void level(double before, double after, double lot, Nanos time) {
        const double left = before - printed, was = ahead;
        printed = 0.0;
        leave(left, left - after);
        ahead = std::fmin(ahead, after);
        const auto gone = std::max(std::llround((left - after) / lot), 0LL);
        suspects.assign(static_cast<std::size_t>(gone), (was - ahead) / static_cast<double>(gone));
        suspected = time;
    }
    void leave(double left, double gone) {
        if (rule.model == QueueModel::risk_averse || gone < 0.0) return;
        const double front = std::fmax(ahead, 0.0), back = left - front;
        double share = plain_share(rule, front, back);
        if (std::isnan(share) || std::isinf(share)) share = 1.0;
        double from_front = (1.0 - share) * gone;
        if (share * gone > back) from_front += share * gone - back;
        ahead = std::fmin(ahead, std::fmax(ahead - from_front, std::fmin(ahead, 0.0)));
    }
    std::int64_t executable(double lot) {
        const double lots = std::floor(-ahead / lot + 1e-9);
        if (lots < 1.0) return 0;
        ahead = 0.0;
        return static_cast<std::int64_t>(lots);
    }
};

bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

// A queue and a plain one on random courses, with so many happenings at an instant.
template <Rules rules, class Plain, class Check>
void compare_courses(std::uint64_t seed, int at_once, Check&& check) {
    Draw within(seed);
    const auto course = [&](const QueueRule& rule, double lot) {
        const CoinScale scale(lot);
        const auto coins = [&](std::int64_t lots) { return scale.coins(Lots{lots}); };
        double shown = coins(within(50));
        QueuePosition queue(shown);
        Plain plain{{rule, shown}};
        for (int i = 0; i < 3'000; ++i) {
            const Nanos time{i / at_once};
            if (i % at_once == 0 && within(10) == 0) {  // another order joins the level
                queue = QueuePosition(shown);
                plain = Plain{{rule, shown}};
            }
            if (within(3) == 0) {
                const double size = coins(1 + within(12));
                queue.trade<rules>(size, time);
                plain.trade(size, lot, time);
                check(queue.ahead(), plain.ahead);
                const Lots lots = queue.take_executable<rules>(scale);
                REQUIRE(lots.count == plain.executable(lot));
                if (rules == Rules::ours) REQUIRE(scale.coins(lots) <= size * (1.0 + 1e-9));
            } else {
                const double after = coins(within(50));
                queue.level<rules>(rule, shown, after, time);
                plain.level(shown, after, lot, time);
                shown = after;
            }
            check(queue.ahead(), plain.ahead);
            plain.ahead = queue.ahead();  // what rounding differs by does not add up
        }
    };
    for (const QueueModel model : models) {
        for (const double exponent : {1.0, 2.5, 3.0}) {
            for (const double lot : {1.0, 0.001, 25.0}) course({model, exponent}, lot);
        }
    }
}

// A queue of `level` coins into which `printed` coins are traded at one instant.
template <Rules rules>
std::int64_t lots_of(double level, double printed, double lot) {
    QueuePosition queue(level);
    queue.trade<rules>(printed, Nanos{1});
    return queue.take_executable<rules>(CoinScale(lot)).count;
}

// What is ahead after a print of 4 at a level of 10 with 5 ahead, told in both orders.
template <Rules rules>
double after_print_and_depth(const QueueRule& rule, bool depth_first, Nanos depth_time) {
    QueuePosition queue(5.0);
    if (depth_first) queue.level<rules>(rule, 10.0, 6.0, depth_time);
    queue.trade<rules>(4.0, Nanos{7});
    if (!depth_first) queue.level<rules>(rule, 10.0, 6.0, depth_time);
    return queue.ahead();
}

}  // namespace

TEST_CASE("each form is its formula") {
    for (const QueueModel model : models) {
        for (const double exponent : {1.0, 2.0, 2.5, 3.0}) {
            const QueueRule rule{model, exponent};
            for (const double f : {0.0, 0.001, 1.0, 7.5, 1'000.0}) {
                for (const double b : {0.001, 1.0, 9.25, 5'000.0}) {
                    const double share =
                        model == QueueModel::risk_averse ? 1.0 : plain_share(rule, f, b);
                    CHECK(rule.behind(f, b) == share);
                    CHECK(share > 0.0);
                    CHECK(share <= 1.0);
                }
                if (f > 0.0 && model != QueueModel::risk_averse) CHECK(rule.behind(f, 0.0) == 0.0);
            }
        }
    }
}

TEST_CASE("the forms at places where one knows the number") {
    CHECK(QueueRule{QueueModel::log}.behind(6.0, 6.0) == 0.5);
    CHECK(QueueRule{QueueModel::log2}.behind(6.0, 2.0) == doctest::Approx(0.5));  // ln 3 / ln 9
    CHECK(QueueRule{QueueModel::power, 2.0}.behind(1.0, 3.0) == 0.9);
    CHECK(QueueRule{QueueModel::power2, 2.0}.behind(1.0, 3.0) == 9.0 / 16.0);
    CHECK(QueueRule{QueueModel::power3, 2.0}.behind(1.0, 3.0) == 15.0 / 16.0);
}

TEST_CASE("lots become coins with one rounding") {
    CHECK(CoinScale(0.001).coins(Lots{3}) == 0.003);
    CHECK(CoinScale(0.1).coins(Lots{3}) == 0.3);
    CHECK(CoinScale(1e-8).coins(Lots{123'456'789}) == 1.23456789);
    CHECK(CoinScale(1.0).coins(Lots{7}) == 7.0);
    CHECK(CoinScale(10.0).coins(Lots{7}) == 70.0);
    CHECK(CoinScale(0.3).coins(Lots{2}) == 0.6);
}

TEST_CASE("the peer's queue, bit for bit, on any course of prints and levels") {
    compare_courses<Rules::peer, PeerQueue>(
        17, 3, [](double ours, double plain) { REQUIRE(same(ours, plain)); });
}

TEST_CASE("our queue equals a plain one on any course of prints and levels") {
    for (const int at_once : {1, 4}) {
        compare_courses<Rules::ours, OurQueue>(18, at_once, [](double ours, double plain) {
            REQUIRE(ours == doctest::Approx(plain).epsilon(1e-9));
        });
    }
}

TEST_CASE("the peer fills from half a lot beyond the queue, ours from a whole one") {
    CHECK(lots_of<Rules::peer>(5.0, 5.4, 1.0) == 0);
    CHECK(lots_of<Rules::peer>(5.0, 5.5, 1.0) == 1);
    CHECK(lots_of<Rules::peer>(5.0, 6.5, 1.0) == 2);
    CHECK(lots_of<Rules::ours>(5.0, 5.9, 1.0) == 0);
    CHECK(lots_of<Rules::ours>(5.0, 6.0, 1.0) == 1);
    CHECK(lots_of<Rules::ours>(5.0, 7.9, 1.0) == 2);
    CHECK(lots_of<Rules::ours>(0.003, 0.006, 0.001) == 3);
    CHECK(lots_of<Rules::peer>(5.0, 4.0, 1.0) == 0);
    CHECK(lots_of<Rules::ours>(5.0, 4.0, 1.0) == 0);
}

TEST_CASE("a print that reached us leaves nobody ahead, and one that did not is remembered") {
    QueuePosition queue(5.0);
    queue.trade<Rules::ours>(5.5, Nanos{1});
    CHECK(queue.take_executable<Rules::ours>(CoinScale(1.0)) == Lots{0});
    queue.trade<Rules::ours>(1.0, Nanos{2});
    CHECK(queue.take_executable<Rules::ours>(CoinScale(1.0)) == Lots{1});
    CHECK(queue.ahead() == 0.0);
}

TEST_CASE("a print and the level's decrease by it, at one instant, are one event for ours") {
    for (const QueueModel model : models) {
        const QueueRule rule{model, 3.0};
        CAPTURE(static_cast<int>(model));
        for (const bool depth_first : {false, true}) {
            CHECK(after_print_and_depth<Rules::ours>(rule, depth_first, Nanos{7}) ==
                  doctest::Approx(1.0));
        }
    }
}

TEST_CASE("the peer counts a print again that comes after the decrease it caused") {
    for (const QueueModel model : models) {
        const QueueRule rule{model, 3.0};
        CAPTURE(static_cast<int>(model));
        QueuePosition alone(5.0);
        alone.level<Rules::peer>(rule, 10.0, 6.0, Nanos{7});
        CHECK(after_print_and_depth<Rules::peer>(rule, false, Nanos{7}) == 1.0);
        CHECK(after_print_and_depth<Rules::peer>(rule, true, Nanos{7}) == alone.ahead() - 4.0);
    }
}

TEST_CASE("a print of another instant than the decrease is another event") {
    const QueueRule rule{QueueModel::power, 1.0};  // 5 of 10 ahead: half of 4 came from ahead
    CHECK(after_print_and_depth<Rules::ours>(rule, true, Nanos{6}) == 5.0 - 2.0 - 4.0);
}

TEST_CASE("prints of an instant use up the decrease they caused, and no more of it") {
    const QueueRule rule{QueueModel::power, 1.0};
    QueuePosition queue(50.0);
    queue.level<Rules::ours>(rule, 100.0, 90.0, Nanos{7});
    CHECK(queue.ahead() == 45.0);
    for (const double expected : {42.0, 38.0, 32.0}) {  // credits of 3, 2, 0
        queue.trade<Rules::ours>(6.0, Nanos{7});
        CHECK(queue.ahead() == doctest::Approx(expected));
    }
    // All 10 of the decrease were prints; 8 more printed that the level has yet to show.
    queue.level<Rules::ours>(rule, 90.0, 82.0, Nanos{8});
    CHECK(queue.ahead() == doctest::Approx(32.0));
}

TEST_CASE("what is added stands behind us") {
    for (const QueueModel model : models) {
        QueuePosition queue(5.0);
        queue.level<Rules::ours>({model, 3.0}, 5.0, 500.0, Nanos{1});
        CHECK(queue.ahead() == 5.0);
    }
}

TEST_CASE("never more is ahead than the level shows") {
    for (const QueueModel model : models) {
        QueuePosition queue(5.0);
        queue.level<Rules::ours>({model, 3.0}, 100.0, 2.0, Nanos{1});
        CHECK(queue.ahead() <= 2.0);
        queue.level<Rules::ours>({model, 3.0}, 2.0, 0.0, Nanos{2});
        CHECK(queue.ahead() == doctest::Approx(0.0));
    }
}

TEST_CASE("no cancellation brings the front to us with more than stood there") {
    for (const QueueModel model : models) {
        for (const double after : {98.0, 50.0, 2.0, 0.0}) {
            QueuePosition queue(5.0);
            queue.level<Rules::ours>({model, 2.0}, 100.0, after, Nanos{1});
            REQUIRE(queue.ahead() >= 0.0);
            queue.trade<Rules::ours>(1.0, Nanos{2});
            REQUIRE(queue.take_executable<Rules::ours>(CoinScale(1.0)) <= Lots{1});
        }
    }
}

TEST_CASE("a slightly negative front: the peer's NaN puts us last, ours stays first") {
    const QueueRule rule{QueueModel::power, 2.5};
    const auto ahead = [&]<Rules rules>() {
        QueuePosition queue(3.6);
        queue.trade<rules>(4.0, Nanos{1});
        CHECK(queue.take_executable<rules>(CoinScale(1.0)) == Lots{0});
        queue.level<rules>(rule, 7.0, 3.0, Nanos{2});
        return queue.ahead();
    };
    CHECK(ahead.operator()<Rules::peer>() == 3.0);
    CHECK(ahead.operator()<Rules::ours>() == doctest::Approx(-0.4));
}

TEST_CASE("for ours nobody is ahead of a used-up queue, whatever is cancelled behind us") {
    for (const QueueModel model : models) {
        for (const double exponent : {1.0, 2.5}) {
            for (const double lot : {1.0, 50.0}) {
                CAPTURE(static_cast<int>(model));
                QueuePosition queue(3.6 * lot);
                queue.trade<Rules::ours>(4.0 * lot, Nanos{1});
                double shown = 90.0 * lot;
                queue.level<Rules::ours>({model, exponent}, shown + 4.0 * lot, shown, Nanos{2});
                for (; shown >= 0.0; shown -= 10.0 * lot) {
                    queue.level<Rules::ours>({model, exponent}, shown, shown - 10.0 * lot,
                                             Nanos{static_cast<std::int64_t>(200.0 - shown)});
                    REQUIRE(queue.ahead() <= 0.0);
                }
            }
        }
    }
}
