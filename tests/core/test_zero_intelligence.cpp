// ZeroIntelligence: its draws, parts and wholes, copies, lanes, and our orders among the public's.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "sky_perfect.hpp"

using namespace halfspread;

namespace {

constexpr Nanos second{1'000'000'000};

ZeroIntelligence opened(std::uint64_t seed, std::uint32_t lane) {
    ZeroIntelligence flow(sky_perfect(), seed, lane, Nanos{});
    flow.open(quiet);
    return flow;
}
std::uint64_t hash_after(ZeroIntelligence& flow, int seconds) {
    flow.advance(Nanos{seconds * second.count}, quiet);
    return flow.crowd().exchange().hash();
}
// Whether the crowd's list has just the public's orders that rest.
bool crowd_is_whole(const ZeroIntelligence& flow) {
    std::vector<std::uint32_t> listed, resting;
    for (std::size_t i = 0; i < flow.crowd().count(); ++i) listed.push_back(flow.crowd().slot(i));
    for (const Side side : {Side::bid, Side::ask})
        flow.book().for_each_order(side, [&](std::uint32_t slot, Ticks) {
            if (flow.book().order(slot).owner == 0) resting.push_back(slot);
        });
    std::ranges::sort(listed);
    std::ranges::sort(resting);
    return listed == resting;
}

}  // namespace

TEST_CASE("an exponential table gives the exponential law") {
    const Draws draws(3, 0, 0), retries(3, 0, 1);
    std::vector<double> found;
    for (std::uint64_t i = 0; i < 200'000; ++i)
        found.push_back(
            exponential_table.draw(draws.uniforms(i).first, [&] { return retries.uniforms(i); }));
    std::ranges::sort(found);
    double largest = 0.0;
    for (std::size_t i = 0; i < found.size(); ++i) {
        const double share = static_cast<double>(i + 1) / static_cast<double>(found.size());
        largest = std::max(largest, std::abs(share - (1.0 - std::exp(-found[i]))));
    }
    CHECK(largest < 1.63 / std::sqrt(200'000.0));  // Kolmogorov's, at 1 %
    CHECK(found.back() > 9.0);
}

TEST_CASE("an alias table chooses by its weights") {
    const std::vector<double> weights = {0.0, 3.0, 1.0, 0.5, 5.5};
    const AliasTable table(weights);
    std::array<double, 5> shares{};
    for (int i = 0; i < 100'000; ++i) shares[table.choose((i + 0.5) / 100'000)] += 1e-5;
    for (std::size_t i = 0; i < weights.size(); ++i)
        CHECK(std::abs(shares[i] - weights[i] / 10) < 1e-4);
}

TEST_CASE("advance in parts is advance in one, and a copy goes on as its original") {
    ZeroIntelligence one = opened(1, 0), parts = opened(1, 0);
    for (int i = 1; i <= 500; ++i) parts.advance(Nanos{i * 997'000'003LL}, quiet);
    const ZeroIntelligence middle = parts;
    ZeroIntelligence fork = middle;
    CHECK(hash_after(one, 1000) == hash_after(parts, 1000));
    CHECK(hash_after(fork, 1000) == one.crowd().exchange().hash());
    CHECK(crowd_is_whole(one));
}

TEST_CASE("another seed and another lane are another market") {
    std::vector<std::uint64_t> hashes;
    for (const std::uint64_t seed : {1U, 2U}) {
        for (const std::uint32_t lane : {0U, 1U}) {
            ZeroIntelligence flow = opened(seed, lane);
            hashes.push_back(hash_after(flow, 100));
        }
    }
    std::ranges::sort(hashes);
    CHECK(std::ranges::adjacent_find(hashes) == hashes.end());
}

TEST_CASE("sizes are drawn by their weights, and the book is kept whole") {
    ZeroIntelligenceLaws laws = sky_perfect();
    laws.sizes = {1, 5, 20};
    laws.size_weights = {0.5, 0.3, 0.2};
    ZeroIntelligence flow(laws, 2, 0, Nanos{});
    flow.open(quiet);
    double small = 0, all = 0, lots = 0;
    flow.advance(Nanos{2'000 * second.count}, [&](const Event& event) {
        if (event.kind != Kind::accepted) return;
        ++all;
        small += event.size == Lots{1};
        lots += static_cast<double>(event.size.count);
    });
    CHECK(std::abs(small / all - 0.5) < 3 * std::sqrt(0.25 / all));
    CHECK(std::abs(lots / all - 6.0) < 3 * std::sqrt(52.0 / all));
    CHECK(crowd_is_whole(flow));
    CHECK_FALSE(flow.book().crossed());
}

TEST_CASE("the public reacts to ours, trades with it in its turn, and never cancels it") {
    ZeroIntelligence flow = opened(4, 0);
    flow.advance(Nanos{100 * second.count}, quiet);
    const Ticks best_ask = flow.book().best(Side::ask);
    Event ask{};
    ask.kind = Kind::submit;
    ask.side = Side::bid;
    ask.price = best_ask + Ticks{-1};
    ask.size = Lots{3};
    ask.lane = 7;
    ask.exchange_time = flow.now();
    const std::uint64_t id = flow.apply(ask, Lots{}, quiet);
    Lots filled{};
    bool in_turn = true;
    while (flow.book().find(id) != OrderBook::nobody) {
        const Lots ahead = flow.book().ahead_of(flow.book().find(id));
        flow.step([&](const Event& event) {
            CHECK(event.kind != Kind::rejected);
            if (event.kind == Kind::cancelled) CHECK(event.lane == 0);
            if (event.kind != Kind::filled || event.lane != 7) return;
            filled += event.size;
            in_turn = in_turn && ahead == Lots{};
        });
    }
    CHECK(filled == Lots{3});
    CHECK(in_turn);
    CHECK(crowd_is_whole(flow));
}

TEST_CASE("a market that we have bought empty fills up again") {
    ZeroIntelligence flow = opened(6, 0);
    Event ask{};
    ask.kind = Kind::submit;
    ask.side = Side::bid;
    ask.size = Lots{1'000};
    ask.lane = 7;
    ask.detail = ask_detail(Lifetime::market, SelfTrade::allow);
    ask.exchange_time = flow.now();
    flow.apply(ask, Lots{}, quiet);
    CHECK_FALSE(flow.book().has(Side::ask));
    flow.advance(Nanos{50 * second.count}, quiet);
    CHECK(flow.book().has(Side::ask));
    CHECK_FALSE(flow.book().crossed());
    CHECK(crowd_is_whole(flow));
}

TEST_CASE("an order of ours between two events leaves the waiting time's law as it is") {
    ZeroIntelligence flow = opened(8, 0);
    Event ask{};
    ask.kind = Kind::cancel;  // of nothing: refused, and time passes
    ask.order_id = 0;
    ask.lane = 7;
    double limits = 0;
    for (const double limit : sky_perfect().limit_rates) limits += limit;
    double total = 0, candidates = 0;
    for (int i = 0; i < 40'000; ++i) {
        const Nanos before = flow.now();
        ask.exchange_time = Nanos{(flow.now().count + flow.next().count) / 2};
        flow.apply(ask, Lots{}, quiet);
        const double rate = 2 * (limits + 0.94) + 0.81 * static_cast<double>(flow.crowd().count());
        flow.step(quiet);
        total += static_cast<double>((flow.now() - before).count) * 1e-9 * rate;
        ++candidates;
    }
    CHECK(std::abs(total / candidates - 1.0) < 3 / std::sqrt(candidates));
}
