// QueueReactive: invariant laws, the reference price's moves, parts and wholes, our orders in it.
#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <vector>

#include "queue_reactive.hpp"

using namespace halfspread;

namespace {

constexpr std::int64_t second = 1'000'000'000;
constexpr auto quiet = [](const Event&) {};

// Three depths of 0 to 40 lots that look like a liquid stock's.
QueueReactiveLaws liquid(double theta, double theta_reinit) {
    QueueReactiveLaws laws{
        .depths = {}, .theta = theta, .theta_reinit = theta_reinit, .price = 100'000};
    for (const double scale : {1.0, 1.5, 2.0}) {
        QueueRates rates;
        for (int n = 0; n <= 40; ++n) {
            rates.limit.push_back(n == 0 ? scale : 0.6);
            rates.cancel.push_back(n == 0 ? 0.0 : 0.3 + 0.04 * n / scale);
            rates.market.push_back(n == 0 || scale > 1.0 ? 0.0 : 0.2 / n);
        }
        laws.depths.push_back(rates);
    }
    return laws;
}
QueueReactive opened(const QueueReactiveLaws& laws, std::uint64_t seed = 1) {
    QueueReactive flow(laws, seed, 0, Nanos{});
    flow.open(quiet);
    return flow;
}
std::int64_t twice_mid(const QueueReactive& flow) {
    return std::int64_t{flow.book().best(Side::bid).count} + flow.book().best(Side::ask).count;
}
Event ours(Kind kind, Side side, Ticks price, Lots size) {
    Event ask{};
    ask.kind = kind;
    ask.side = side;
    ask.price = price;
    ask.size = size;
    ask.lane = 7;
    ask.detail = ask_detail(Lifetime::good_till_cancel, SelfTrade::allow);
    return ask;
}

}  // namespace

TEST_CASE("with a reference price that stands still the queues have their invariant laws") {
    const QueueReactiveLaws laws = liquid(0.0, 0.0);
    QueueReactive flow = opened(laws);
    constexpr int samples = 20'000;  // 30 seconds apart: nearly independent
    std::vector<std::vector<double>> seen(3, std::vector<double>(41, 0.0));
    for (int i = 1; i <= samples; ++i) {
        flow.advance(Nanos{i * 30 * second}, quiet);
        for (int depth = 1; depth <= 3; ++depth) {
            const Lots lots = flow.book().size_at(Side::ask, flow.reference() + Ticks{depth});
            const auto n = static_cast<std::size_t>(std::min<std::int64_t>(lots.count, 40));
            seen[static_cast<std::size_t>(depth - 1)][n] += 1.0 / samples;
        }
    }
    CHECK(flow.reference() == Ticks{100'000});
    for (std::size_t depth = 0; depth < 3; ++depth) {
        const std::vector<double> law = QueueReactive::invariant(laws.depths[depth]);
        for (std::size_t n = 0; n < 20; ++n) {
            CAPTURE(depth);
            CAPTURE(n);
            const double error = std::sqrt(2.0 * law[n] * (1 - law[n]) / samples);
            CHECK(std::abs(seen[depth][n] - law[n]) < 3.5 * error);
        }
    }
}

TEST_CASE("taking the whole best ask moves the mid by (1 + theta theta_reinit) / 2 on average") {
    const double theta = 0.7, theta_reinit = 0.85;
    double sum = 0.0, squares = 0.0, runs = 0.0;
    QueueReactive flow = opened(liquid(theta, theta_reinit));
    for (int i = 1; i <= 60'000; ++i) {
        flow.advance(Nanos{i * 2 * second}, quiet);
        const Ticks reference = flow.reference();
        const Lots best = flow.book().size_at(Side::ask, reference + Ticks{1});
        const bool is_whole = best > Lots{} && flow.book().size_at(Side::bid, reference) > Lots{} &&
                              flow.book().size_at(Side::ask, reference + Ticks{2}) > Lots{};
        if (!is_whole) continue;
        const std::int64_t before = twice_mid(flow);
        Event taking = ours(Kind::submit, Side::bid, reference + Ticks{1}, best);
        taking.exchange_time = flow.now();
        flow.apply(taking, Lots{}, quiet);
        const double move = 0.5 * static_cast<double>(twice_mid(flow) - before);
        sum += move;
        squares += move * move;
        ++runs;
    }
    const double mean = sum / runs, error = std::sqrt((squares / runs - mean * mean) / runs);
    CHECK(runs > 10'000);
    CHECK(std::abs(mean - (1 + theta * theta_reinit) / 2) < 3 * error);
}

TEST_CASE("without new queues only the one that comes in sight is drawn, by its invariant law") {
    const QueueReactiveLaws laws = liquid(1.0, 0.0);
    QueueReactive flow = opened(laws);
    const auto lots = [&](std::int32_t price) {
        return flow.book().size_at(price <= flow.reference().count ? Side::bid : Side::ask,
                                   Ticks{price});
    };
    double sum = 0.0, squares = 0.0, moves = 0.0;
    while (moves < 4'000) {
        const std::int32_t before = flow.reference().count;
        Lots seen[6];  // three bids, three asks
        for (int i = 0; i < 6; ++i) seen[i] = lots(before - 2 + i);
        flow.step(quiet);
        const std::int32_t way = flow.reference().count - before;
        if (way == 0) continue;
        REQUIRE(std::abs(way) == 1);
        int changed = 0;  // by the order that moved the mid
        for (int i = 0; i < 6; ++i) {
            const std::int32_t price = before - 2 + i;
            const bool is_out = price == (way > 0 ? before - 2 : before + 3);
            if (is_out) CHECK(lots(price) == Lots{});
            if (!is_out) changed += lots(price) != seen[i];
        }
        CHECK(changed == 1);
        const auto drawn = static_cast<double>(lots(way > 0 ? before + 4 : before - 3).count);
        sum += drawn;
        squares += drawn * drawn;
        ++moves;
    }
    const std::vector<double> law = QueueReactive::invariant(laws.depths[2]);
    double mean = 0.0;
    for (std::size_t n = 0; n < law.size(); ++n) mean += static_cast<double>(n) * law[n];
    const double error = std::sqrt((squares / moves - sum / moves * sum / moves) / moves);
    CHECK(std::abs(sum / moves - mean) < 3.5 * error);
}

TEST_CASE("queues: advance in parts is advance in one, and a copy goes on as its original") {
    QueueReactive one = opened(liquid(0.7, 0.85)), parts = one;
    for (int i = 1; i <= 500; ++i) parts.advance(Nanos{i * 997'000'003LL}, quiet);
    QueueReactive fork = parts;
    for (QueueReactive* flow : {&one, &parts, &fork}) flow->advance(Nanos{1000 * second}, quiet);
    CHECK(one.crowd().exchange().hash() == parts.crowd().exchange().hash());
    CHECK(one.crowd().exchange().hash() == fork.crowd().exchange().hash());
    QueueReactive other = opened(liquid(0.7, 0.85), 2);
    other.advance(Nanos{1000 * second}, quiet);
    CHECK(one.crowd().exchange().hash() != other.crowd().exchange().hash());
}

TEST_CASE("the public's orders stay in sight, and the book is never crossed") {
    QueueReactive flow = opened(liquid(0.7, 0.5));
    int moves = 0;
    Ticks last = flow.reference();
    for (int i = 1; i <= 2'000; ++i) {
        flow.advance(Nanos{i * second}, quiet);
        CHECK_FALSE(flow.book().crossed());
        CHECK(flow.book().live() == flow.crowd().count());
        moves += flow.reference() != last;
        last = flow.reference();
        const std::int32_t reference = last.count;
        flow.book().for_each_order(Side::bid, [&](std::uint32_t, Ticks price) {
            CHECK((price.count <= reference && price.count > reference - 3));
        });
        flow.book().for_each_order(Side::ask, [&](std::uint32_t, Ticks price) {
            CHECK((price.count > reference && price.count <= reference + 3));
        });
    }
    CHECK(moves > 20);
}

TEST_CASE("our order in a queue is counted, waits its turn and is never cancelled") {
    QueueReactive flow = opened(liquid(0.7, 0.85));
    flow.advance(Nanos{100 * second}, quiet);
    int fills = 0;
    for (int i = 0; i < 300; ++i) {
        Event bid = ours(Kind::submit, Side::bid, flow.book().best(Side::bid), Lots{1});
        bid.exchange_time = flow.now();
        const std::uint64_t id = flow.apply(bid, Lots{}, quiet);
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
        Event cancel = ours(Kind::cancel, Side::none, Ticks{}, Lots{});
        cancel.order_id = id;
        cancel.exchange_time = flow.now();
        flow.apply(cancel, Lots{}, quiet);
        CHECK(flow.book().live() == flow.crowd().count());
    }
    CHECK(fills > 20);
    CHECK(fills < 300);
}
