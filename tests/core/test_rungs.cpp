// Rungs: how a wanted quote is kept up with submits, cancels and amends.
#include <doctest/doctest.h>

#include <cstdint>
#include <vector>

#include "order_bench.hpp"

using namespace halfspread;
using Bench = OrderBench;

TEST_CASE("a quote is submitted once and kept while it is wanted") {
    Bench bench;
    bench.want(wanted(99, 2, 101, 3), 0);
    REQUIRE(bench.sent.size() == 2);
    CHECK(bench.sent[0].kind == Kind::submit);
    CHECK(bench.sent[0].side == Side::bid);
    CHECK(bench.sent[0].price == Ticks{99});
    CHECK(bench.sent[0].size == Lots{2});
    CHECK(bench.sent[0].detail == static_cast<std::uint32_t>(Lifetime::post_only));
    CHECK(bench.sent[1].side == Side::ask);
    CHECK(bench.sent[1].price == Ticks{101});
    bench.want(wanted(99, 2, 101, 3), 1);
    CHECK(bench.sent.size() == 2);
    bench.settle();
    bench.want(wanted(99, 2, 101, 3), 2);
    CHECK(bench.sent.empty());
    CHECK(bench.orders.on_rung(Side::bid, 0)->price == Ticks{99});
    CHECK(bench.orders.on_rung(Side::ask, 0)->leaves == Lots{3});
}

TEST_CASE("a moved quote cancels and submits; the one that leaves still counts as open") {
    Bench bench;
    bench.settle_on(wanted(99, 2, 101, 2), 0);
    bench.want(wanted(98, 2, 101, 2), 1);
    REQUIRE(bench.sent.size() == 2);
    CHECK(bench.sent[0].kind == Kind::cancel);
    CHECK(bench.sent[1].kind == Kind::submit);
    CHECK(bench.sent[1].price == Ticks{98});
    CHECK(bench.orders.open(Side::bid) == Lots{4});
    bench.want(wanted(97, 2, 101, 2), 2);
    CHECK(bench.sent.size() == 2);  // the new one waits for its answer
    bench.settle();
    CHECK(bench.orders.open(Side::bid) == Lots{2});
}

TEST_CASE("an order smaller than wanted stays, a larger one is replaced") {
    Bench bench;
    bench.settle_on(wanted(99, 10, 101, 10), 0);
    bench.answer(Kind::filled, bench.slots[0].generation * (1ULL << 32U), 4);
    bench.want(wanted(99, 10, 101, 10), 1);
    CHECK(bench.sent.empty());
    bench.want(wanted(99, 6, 101, 9), 2);
    REQUIRE(bench.sent.size() == 2);
    CHECK(bench.sent[0].side == Side::ask);
    CHECK(bench.sent[1].size == Lots{9});
}

TEST_CASE("a side that is not wanted is cancelled and not replaced") {
    Bench bench;
    bench.settle_on(wanted(99, 2, 101, 2), 0);
    bench.want(Wanted{}, 1);
    REQUIRE(bench.sent.size() == 2);
    CHECK(bench.sent[0].kind == Kind::cancel);
    CHECK(bench.sent[1].kind == Kind::cancel);
    bench.settle();
    CHECK_FALSE(bench.orders.any_live());
    CHECK(bench.orders.on_rung(Side::bid, 0) == nullptr);
}

TEST_CASE("a refused cancel is asked for again, until the venue grants it") {
    Bench bench;
    bench.settle_on(wanted(99, 2, 101, 2), 0);
    bench.want(wanted(98, 2, 101, 2), 1);
    const std::uint64_t leaving = bench.sent[0].order_id;
    bench.answer(Kind::rejected, leaving);
    bench.answer(Kind::accepted, bench.sent[1].order_id);
    bench.sent.clear();
    CHECK(bench.order(leaving).state == OrderState::live);
    bench.want(wanted(98, 2, 101, 2), 2);
    REQUIRE(bench.sent.size() == 1);
    CHECK(bench.sent[0].kind == Kind::cancel);
    CHECK(bench.sent[0].order_id == leaving);
    bench.settle();
    CHECK(bench.orders.open(Side::bid) == Lots{2});
    bench.want(wanted(98, 2, 101, 2), 3);
    CHECK(bench.sent.empty());
}

TEST_CASE("levels stand spacing apart behind the quote") {
    Bench bench({.levels = 3, .spacing = Ticks{5}});
    bench.want(wanted(99, 1, 101, 1), 0);
    std::vector<std::int32_t> prices;
    for (const Event& ask : bench.sent) prices.push_back(ask.price.count);
    CHECK(prices == std::vector<std::int32_t>{99, 94, 89, 101, 106, 111});
    bench.settle();
    bench.want(wanted(94, 1, 106, 1), 1);  // each rung keeps its own order, so all move
    CHECK(bench.sent.size() == 12);
    CHECK(bench.orders.on_rung(Side::bid, 2)->price == Ticks{84});
}

TEST_CASE("levels at the end of the axis stay on it") {
    Bench bench({.levels = 2, .spacing = Ticks{1'000'000'000}});
    bench.want(wanted(-1'500'000'000, 1, 1'500'000'000, 1), 0);
    CHECK(bench.sent[1].price == Ticks{static_cast<std::int32_t>(-farthest)});
    CHECK(bench.sent[3].price == Ticks{static_cast<std::int32_t>(farthest)});
}

TEST_CASE("within the tolerance an order stays") {
    Bench bench({.tolerance = Ticks{2}});
    bench.settle_on(wanted(100, 1, 200, 1), 0);
    bench.want(wanted(102, 1, 198, 1), 1);
    CHECK(bench.sent.empty());
    bench.want(wanted(103, 1, 197, 1), 2);
    CHECK(bench.sent.size() == 4);
}

TEST_CASE("an order of the maximum age is replaced") {
    Bench bench({.maximum_age = Nanos{100}});
    bench.settle_on(wanted(100, 1, 0, 0), 50);
    bench.want(wanted(100, 1, 0, 0), 149);
    CHECK(bench.sent.empty());
    bench.want(wanted(100, 1, 0, 0), 150);
    CHECK(bench.sent.size() == 2);
}

TEST_CASE("under amend an order moves in one message and keeps its rung") {
    Bench bench({.amend = true});
    bench.settle_on(wanted(100, 5, 200, 5), 0);
    bench.want(wanted(101, 5, 200, 3), 1);
    REQUIRE(bench.sent.size() == 2);
    CHECK(bench.sent[0].kind == Kind::amend);
    CHECK(bench.sent[0].price == Ticks{101});
    CHECK(bench.sent[1].kind == Kind::amend);
    CHECK(bench.sent[1].size == Lots{3});
    CHECK(bench.orders.counts().amends == 2);
    bench.settle();
    CHECK(bench.orders.on_rung(Side::bid, 0)->price == Ticks{101});
    CHECK(bench.orders.on_rung(Side::ask, 0)->leaves == Lots{3});
    bench.want(wanted(101, 0, 200, 3), 2);  // not wanted: there is nothing to amend to
    REQUIRE(bench.sent.size() == 1);
    CHECK(bench.sent[0].kind == Kind::cancel);
}

TEST_CASE("a quote larger than the room is cut to it, and counted") {
    Bench bench({.limit = Lots{10}});
    bench.want(wanted(99, 8, 101, 8), 0, 7);
    REQUIRE(bench.sent.size() == 2);
    CHECK(bench.sent[0].size == Lots{3});
    CHECK(bench.sent[1].size == Lots{8});
    CHECK(bench.orders.counts().room_cut == 1);
    bench.settle();
    bench.want(wanted(99, 8, 101, 8), 1, 7);
    CHECK(bench.sent.empty());
    bench.want(wanted(98, 8, 101, 8), 2, 7);  // its cancel is under way: no room for another
    REQUIRE(bench.sent.size() == 1);
    CHECK(bench.sent[0].kind == Kind::cancel);
}

TEST_CASE("without a burst the budget is one message a cost") {
    Bench bench({.message_cost = Nanos{100}});
    bench.want(wanted(99, 1, 101, 1), 0);
    CHECK(bench.sent.size() == 1);
    CHECK(bench.orders.counts().throttled == 1);
    bench.want(wanted(99, 1, 101, 1), 100);
    CHECK(bench.sent.size() == 2);
    bench.settle();
    bench.want(wanted(98, 1, 101, 1), 200);  // there is budget for the cancel alone
    REQUIRE(bench.sent.size() == 1);
    CHECK(bench.sent[0].kind == Kind::cancel);
}

TEST_CASE(
    "a side that takes sends one immediate order at a time, behind the cancels of its rungs") {
    Bench bench({.levels = 2});
    bench.settle_on(wanted(99, 2, 101, 3), 0);
    Wanted quote = wanted(101, 4, 103, 3);
    quote.takes[0] = true;
    bench.want(quote, 1);
    REQUIRE(bench.sent.size() == 7);
    for (std::size_t i : {0U, 1U}) CHECK(bench.sent[i].kind == Kind::cancel);
    const Event take = bench.sent.back();
    CHECK(take.kind == Kind::submit);
    CHECK(take.side == Side::bid);
    CHECK(take.price == Ticks{101});
    CHECK(take.size == Lots{4});
    CHECK(take.detail == static_cast<std::uint32_t>(Lifetime::immediate));
    CHECK(bench.orders.open(Side::bid) == Lots{8});
    bench.sent.clear();
    bench.want(quote, 2);
    CHECK(bench.sent.empty());
    bench.answer(Kind::accepted, take.order_id, 4);
    bench.answer(Kind::filled, take.order_id, 3);
    bench.want(quote, 3);
    CHECK(bench.sent.empty());  // what is left of it is not known yet
    bench.answer(Kind::expired, take.order_id, 1);
    bench.want(quote, 4);
    REQUIRE(bench.sent.size() == 1);
    CHECK(bench.sent[0].detail == static_cast<std::uint32_t>(Lifetime::immediate));
    CHECK(bench.orders.counts().takes == 2);
}

TEST_CASE("what takes is cut to its room, with all that is open counted") {
    Bench bench({.limit = Lots{10}});
    bench.settle_on(wanted(99, 6, 0, 0), 0);
    Wanted quote = wanted(101, 8, 0, 0);
    quote.takes[0] = true;
    bench.want(quote, 1, 1);
    REQUIRE(bench.sent.size() == 2);
    CHECK(bench.sent[1].size == Lots{3});  // 10 - 1 held - 6 that may still fill
    CHECK(bench.orders.counts().room_cut == 1);
    bench.settle();
    bench.answer(Kind::filled, bench.orders.slots()[1].generation * (1ULL << 32U) + 1, 3);
    bench.want(quote, 2, 10);
    CHECK(bench.sent.empty());
    CHECK(bench.orders.counts().takes == 1);
}

TEST_CASE("what takes costs a message, and a refused one is tried again") {
    Bench bench({.message_cost = Nanos{100}});
    Wanted quote = wanted(101, 1, 0, 0);
    quote.takes[0] = true;
    bench.want(quote, 0);
    REQUIRE(bench.sent.size() == 1);
    bench.answer(Kind::rejected, bench.sent[0].order_id, 1);
    bench.want(quote, 50);
    CHECK(bench.sent.size() == 1);
    CHECK(bench.orders.counts().throttled == 1);
    bench.want(quote, 100);
    CHECK(bench.sent.size() == 2);
    CHECK(bench.orders.counts().takes == 2);
}
