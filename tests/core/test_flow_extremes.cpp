// Flow extremes: orders of ours at the ends of the price axis, in each flow that counts from the best.
#include <doctest/doctest.h>

#include <cstdint>
#include <vector>

#include "flows.hpp"
#include "sky_perfect.hpp"

using namespace halfspread;

namespace {

Event order_of_ours(Side side, Ticks price, Lifetime lifetime) {
    Event ask{};
    ask.kind = Kind::submit;
    ask.lane = 1;
    ask.side = side;
    ask.size = Lots{1'000'000};
    ask.price = price;
    ask.detail = ask_detail(lifetime, SelfTrade::allow);
    return ask;
}

// Our order at an end of the axis took all there was. The public's orders for the other side have no
// room beyond it; a price that turned round would trade.
template <class Laws>
void nobody_comes_from_the_other_end(const Laws& laws) {
    for (const Side side : {Side::bid, Side::ask}) {
        typename Laws::Flow flow(laws, 1, 0, Nanos{0});
        flow.open([](const Event&) {});
        const Ticks end = side == Side::bid ? no_ask - Ticks{1} : no_bid + Ticks{1};
        flow.apply(order_of_ours(side, end, Lifetime::good_till_cancel), Lots{},
                   [](const Event&) {});
        REQUIRE(flow.book().best(side) == end);
        std::int64_t others = 0;
        flow.advance(Nanos{60'000'000'000}, [&](const Event& event) {
            const bool comes = event.kind == Kind::add && event.side == opposite(side);
            others += static_cast<int>(comes || event.kind == Kind::trade);
        });
        CHECK(others == 0);
        CHECK(flow.crowd().count() > 20);
    }
}

}  // namespace

TEST_CASE("an order of ours at an end of the axis turns no price of the public's round") {
    ZeroIntelligenceLaws zero = sky_perfect();
    zero.market_rate = 0.0;
    nobody_comes_from_the_other_end(zero);
    HawkesLaws bursts{.excitation = {.baselines = std::vector<double>(Excitation::kinds, 2.0),
                                     .decays = {1.0},
                                     .jumps = std::vector<double>(144, 0.0)},
                      .deep_weights = {1.0, 0.5, 0.1},
                      .price = 1'000};
    for (const Side side : {Side::bid, Side::ask})
        bursts.excitation.baselines[kind_of(side, Act::market)] = 0.0;
    nobody_comes_from_the_other_end(bursts);
}

TEST_CASE("a spread as wide as the axis has room for orders inside, and is swept to its end") {
    HawkesLaws inside{.excitation = {.baselines = std::vector<double>(Excitation::kinds, 0.0),
                                     .decays = {1.0},
                                     .jumps = std::vector<double>(144, 0.0)},
                      .deep_weights = {1.0},
                      .price = 1'000};
    inside.excitation.baselines[kind_of(Side::bid, Act::limit_inside)] = 1.0;
    const Shock sweep{.at = Nanos{5'000'000'000},
                      .lasting = Nanos{0},
                      .pace = {},
                      .sweeper = Side::bid,
                      .sweep_ticks = 1 << 20};
    InScenario<HawkesFlow> flow({inside, {.season = {}, .shocks = {sweep}, .informed = {}}}, 1, 0,
                                Nanos{0});
    flow.open([](const Event&) {});
    for (const Side side : {Side::bid, Side::ask}) {
        const Ticks far = side == Side::bid ? no_bid + Ticks{1} : no_ask - Ticks{1};
        flow.apply(order_of_ours(opposite(side), Ticks{}, Lifetime::market), Lots{},
                   [](const Event&) {});
        flow.apply(order_of_ours(side, far, Lifetime::good_till_cancel), Lots{},
                   [](const Event&) {});
    }
    REQUIRE(flow.book().best(Side::bid) == no_bid + Ticks{1});
    REQUIRE(flow.book().best(Side::ask) == no_ask - Ticks{1});
    CHECK(flow.advance(Nanos{4'999'999'999}, [](const Event&) {}) > 0);
    CHECK(flow.book().best(Side::bid) > no_bid + Ticks{1});
    flow.advance(Nanos{5'000'000'000}, [](const Event&) {});
    CHECK_FALSE(flow.book().has(Side::ask));
}
