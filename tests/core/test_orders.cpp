// Orders: the table of states, rounding, room, rungs, amends, the message budget and generations.
#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

#include "orders.hpp"

using namespace halfspread;

namespace {

using State = OrderState;

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

Wanted wanted(std::int32_t bid, std::int64_t bid_size, std::int32_t ask, std::int64_t ask_size) {
    Wanted wanted;
    wanted.price[0] = Ticks{bid};
    wanted.price[1] = Ticks{ask};
    wanted.size[0] = Lots{bid_size};
    wanted.size[1] = Lots{ask_size};
    return wanted;
}

// One lane's orders, what they sent, and answers made from that.
struct Bench {
    explicit Bench(const OrderPolicy& its_policy, std::uint32_t lane = 0)
        : policy(its_policy),
          slots(static_cast<std::size_t>(policy.slots())),
          rungs(static_cast<std::size_t>(2 * policy.levels)),
          orders(policy, lane, slots, rungs) {}
    Bench() : Bench(OrderPolicy{}) {}

    auto send() {
        return [this](const Event& event) { sent.push_back(event); };
    }
    void want(const Wanted& quote, std::int64_t now, std::int64_t inventory = 0) {
        orders.want(quote, Lots{inventory}, Nanos{now}, send());
    }
    std::uint64_t submit(Side side, std::int32_t price, std::int64_t size, std::int64_t now = 0) {
        return orders.submit(side, Ticks{price}, Lots{size}, Lifetime::post_only, Lots{0},
                             Nanos{now}, send());
    }
    bool cancel(std::uint64_t id) { return orders.cancel(id, Nanos{0}, send()); }
    bool amend(std::uint64_t id, std::int32_t price, std::int64_t size) {
        return orders.amend(id, Ticks{price}, Lots{size}, Lots{0}, Nanos{0}, send());
    }
    std::int64_t answer(Kind kind, std::uint64_t id, std::int64_t size = 0,
                        std::int32_t price = 0) {
        Event event{};
        event.kind = kind;
        event.order_id = id;
        event.size = Lots{size};
        event.price = Ticks{price};
        return orders.apply(event).count;
    }
    // The venue accepts all that was sent, cancels and amends at once, and nothing is under way.
    void settle() {
        const std::vector<Event> asks = std::move(sent);
        sent.clear();
        for (const Event& ask : asks) {
            if (ask.kind == Kind::submit) answer(Kind::accepted, ask.order_id, ask.size.count);
            if (ask.kind == Kind::cancel) answer(Kind::cancelled, ask.order_id, ask.size.count);
            if (ask.kind == Kind::amend) {
                const Order& order = slots[ask.order_id & 0xffff'ffffU];
                answer(Kind::amended, ask.order_id, (ask.size - order.filled).count,
                       ask.price.count);
            }
        }
    }
    const Order& order(std::uint64_t id) const { return slots[id & 0xffff'ffffU]; }
    // Of bids and asks, what the slots hold open.
    std::int64_t open_in_slots(Side side) const {
        std::int64_t open = 0;
        for (const Order& order : slots) {
            if (order.state == State::none || order.side != side) continue;
            open += (order.state == State::amending ? std::max(order.leaves, order.asked_size)
                                                    : order.leaves)
                        .count;
        }
        return open;
    }

    OrderPolicy policy;
    std::vector<Order> slots;
    std::vector<std::int16_t> rungs;
    std::vector<Event> sent;
    Orders orders;
};

// An order of 10 lots at 100 in a state.
std::uint64_t order_in(Bench& bench, State state) {
    const std::uint64_t id = bench.submit(Side::bid, 100, 10);
    if (state != State::sent) bench.answer(Kind::accepted, id, 10);
    if (state == State::cancelling) bench.cancel(id);
    if (state == State::amending) bench.amend(id, 101, 12);
    if (state == State::none) bench.answer(Kind::expired, id, 10);
    return id;
}

QuoteFault fault(std::array<double, 4> quote, const Touch& touch = {}) {
    Wanted ignored;
    return round_quote(quote.data(), touch, ignored);
}
Wanted rounded(std::array<double, 4> quote, const Touch& touch = {}) {
    Wanted found;
    CHECK(round_quote(quote.data(), touch, found) == QuoteFault::none);
    return found;
}

}  // namespace

TEST_CASE("what each answer makes of each state") {
    struct Row {
        State before;
        std::array<State, 6> after;  // accepted, rejected, filled in part, cancelled, expired, amended
    };
    constexpr Row table[] = {
        {State::none,
         {State::none, State::none, State::none, State::none, State::none, State::none}},
        {State::sent,
         {State::live, State::none, State::sent, State::none, State::none, State::sent}},
        {State::live,
         {State::live, State::live, State::live, State::none, State::none, State::live}},
        {State::cancelling,
         {State::cancelling, State::live, State::cancelling, State::none, State::none,
          State::cancelling}},
        {State::amending,
         {State::amending, State::live, State::amending, State::none, State::none, State::live}},
    };
    constexpr Kind answers[] = {Kind::accepted,  Kind::rejected, Kind::filled,
                                Kind::cancelled, Kind::expired,  Kind::amended};
    for (const Row& row : table) {
        for (std::size_t i = 0; i < row.after.size(); ++i) {
            CAPTURE(static_cast<int>(row.before));
            CAPTURE(i);
            Bench bench;
            const std::uint64_t id = order_in(bench, row.before);
            REQUIRE(bench.order(id).state == row.before);
            const std::int64_t filled = bench.answer(answers[i], id, 3, 101);
            CHECK(bench.order(id).state == row.after[i]);
            CHECK(filled == (answers[i] == Kind::filled && row.before != State::none ? 3 : 0));
            CHECK(bench.orders.open(Side::bid).count == bench.open_in_slots(Side::bid));
            CHECK(bench.orders.any_live() == (row.after[i] != State::none));
        }
    }
}

TEST_CASE("a fill of all that is left frees the slot in every state") {
    for (const State state : {State::sent, State::live, State::cancelling, State::amending}) {
        Bench bench;
        const std::uint64_t id = order_in(bench, state);
        CHECK(bench.answer(Kind::filled, id, 4) == 4);
        CHECK(bench.answer(Kind::filled, id, 6) == 6);
        CHECK(bench.order(id).state == State::none);
        CHECK(bench.orders.open(Side::bid) == Lots{0});
        CHECK_FALSE(bench.orders.any_live());
    }
}

TEST_CASE("an amend under way reserves the larger of both sizes, fills of it counted") {
    Bench bench;
    const std::uint64_t id = order_in(bench, State::amending);  // 10, asked for 12
    CHECK(bench.orders.open(Side::bid) == Lots{12});
    bench.answer(Kind::filled, id, 3);
    CHECK(bench.orders.open(Side::bid) == Lots{9});
    bench.answer(Kind::amended, id, 9, 101);
    CHECK(bench.order(id).price == Ticks{101});
    CHECK(bench.orders.open(Side::bid) == Lots{9});
    REQUIRE(bench.amend(id, 101, 2));
    CHECK(bench.sent.back().size == Lots{5});  // filled and left to fill
    CHECK(bench.orders.open(Side::bid) == Lots{9});
    bench.answer(Kind::rejected, id);
    CHECK(bench.order(id).price == Ticks{101});
    CHECK(bench.order(id).leaves == Lots{9});
}

TEST_CASE("answers are counted, those to nobody are not") {
    Bench bench;
    const std::uint64_t id = bench.submit(Side::ask, 100, 1);
    bench.answer(Kind::accepted, id);
    bench.answer(Kind::rejected, id);
    bench.answer(Kind::expired, id);
    bench.answer(Kind::rejected, id);
    CHECK(bench.orders.counts().submits == 1);
    CHECK(bench.orders.counts().accepted == 1);
    CHECK(bench.orders.counts().rejected == 1);
    CHECK(bench.orders.counts().expired == 1);
}

TEST_CASE("a late answer finds nobody, though the slot is used again") {
    Bench bench;
    const std::uint64_t first = bench.submit(Side::bid, 100, 5);
    bench.answer(Kind::cancelled, first);
    const std::uint64_t second = bench.submit(Side::bid, 101, 7);
    REQUIRE((first & 0xffff'ffffU) == (second & 0xffff'ffffU));
    REQUIRE(first != second);
    CHECK(bench.answer(Kind::filled, first, 5) == 0);
    bench.answer(Kind::expired, first);
    CHECK(bench.order(second).state == State::sent);
    CHECK(bench.order(second).leaves == Lots{7});
    CHECK(bench.orders.open(Side::bid) == Lots{7});
}

TEST_CASE("another lane's answer finds nobody, and nor does an id out of range") {
    Bench bench(OrderPolicy{}, 3);
    const std::uint64_t id = bench.orders.submit(Side::bid, Ticks{1}, Lots{2}, Lifetime::post_only,
                                                 Lots{0}, Nanos{0}, bench.send());
    CHECK((id & 0xffff'ffffU) == 3 * 8);
    CHECK(bench.sent.back().lane == 3);
    for (const std::uint64_t other : {id - 1, id + 1, id + 8, id - 8, std::uint64_t{0}}) {
        CHECK(bench.answer(Kind::filled, other, 1) == 0);
        CHECK_FALSE(bench.orders.cancel(other, Nanos{0}, bench.send()));
    }
    CHECK(bench.orders.open(Side::bid) == Lots{2});
}

TEST_CASE("a bid is rounded down and an ask up") {
    const Wanted found = rounded({100.7, 103.2, 1.0, 2.9});
    CHECK(found.price[0] == Ticks{100});
    CHECK(found.price[1] == Ticks{104});
    CHECK(found.size[0] == Lots{1});
    CHECK(found.size[1] == Lots{2});
    CHECK(rounded({-100.2, -99.8, 1.0, 1.0}).price[0] == Ticks{-101});
    CHECK(rounded({-100.2, -99.8, 1.0, 1.0}).price[1] == Ticks{-99});
    CHECK(rounded({100.0, 101.0, 1.0, 1.0}).price[0] == Ticks{100});
    CHECK(rounded({100.0, 101.0, 1.0, 1.0}).price[1] == Ticks{101});
}

TEST_CASE("a quote is kept passive, against the sides that are there") {
    const Touch both{Ticks{100}, Ticks{103}, true, true};
    CHECK(rounded({110.0, 120.0, 1.0, 1.0}, both).price[0] == Ticks{102});
    CHECK(rounded({90.0, 95.0, 1.0, 1.0}, both).price[1] == Ticks{101});
    CHECK(rounded({102.9, 103.0, 1.0, 1.0}, both).price[0] == Ticks{102});
    CHECK(rounded({103.0, 104.0, 1.0, 1.0}, both).price[0] == Ticks{102});
    const Touch none{Ticks{100}, Ticks{103}, false, false};
    CHECK(rounded({110.0, 120.0, 1.0, 1.0}, none).price[0] == Ticks{110});
    CHECK(rounded({90.0, 95.0, 1.0, 1.0}, none).price[1] == Ticks{95});
}

TEST_CASE("the farthest prices") {
    const Wanted found = rounded({-1e300, 1e300, 1.0, 1.0});
    CHECK(found.price[0] == Ticks{static_cast<std::int32_t>(-farthest)});
    CHECK(found.price[1] == Ticks{static_cast<std::int32_t>(farthest)});
}

TEST_CASE("what is wrong with a quote is said") {
    CHECK(fault({100.0, 101.0, 1.0, 1.0}) == QuoteFault::none);
    CHECK(fault({not_a_number, 101.0, 1.0, 1.0}) == QuoteFault::not_finite);
    CHECK(fault({100.0, infinity, 1.0, 1.0}) == QuoteFault::not_finite);
    CHECK(fault({100.0, 101.0, not_a_number, 1.0}) == QuoteFault::not_finite);
    CHECK(fault({100.0, 101.0, 1.0, infinity}) == QuoteFault::not_finite);
    CHECK(fault({100.0, 101.0, -0.1, 1.0}) == QuoteFault::negative_size);
    CHECK(fault({100.0, 100.0, 1.0, 1.0}) == QuoteFault::crossed);
    CHECK(fault({101.0, 100.0, 1.0, 1.0}) == QuoteFault::crossed);
}

TEST_CASE("a side of size 0, or less than a lot, is not wanted, whatever its price") {
    const Wanted found = rounded({not_a_number, 101.0, 0.0, 1.0});
    CHECK(found.size[0] == Lots{0});
    CHECK(found.size[1] == Lots{1});
    CHECK(rounded({102.0, 101.0, 0.0, 1.0}).size[1] == Lots{1});
    CHECK(rounded({102.0, 101.0, 0.9, 1.0}).size[0] == Lots{0});
    CHECK(fault({not_a_number, 101.0, 0.9, 1.0}) == QuoteFault::not_finite);
    CHECK(rounded({100.0, 101.0, 1e300, 1.0}).size[0].count == 9'000'000'000'000'000);
}

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
    bench.want(wanted(99, 2, 101, 2), 0);
    bench.settle();
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
    bench.want(wanted(99, 10, 101, 10), 0);
    bench.settle();
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
    bench.want(wanted(99, 2, 101, 2), 0);
    bench.settle();
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
    bench.want(wanted(99, 2, 101, 2), 0);
    bench.settle();
    bench.want(wanted(98, 2, 101, 2), 1);
    const std::uint64_t leaving = bench.sent[0].order_id;
    bench.answer(Kind::rejected, leaving);
    bench.answer(Kind::accepted, bench.sent[1].order_id);
    bench.sent.clear();
    CHECK(bench.order(leaving).state == State::live);
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
    OrderPolicy policy;
    policy.levels = 3;
    policy.spacing = Ticks{5};
    Bench bench(policy);
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
    OrderPolicy policy;
    policy.levels = 2;
    policy.spacing = Ticks{1'000'000'000};
    Bench bench(policy);
    bench.want(wanted(-1'500'000'000, 1, 1'500'000'000, 1), 0);
    CHECK(bench.sent[1].price == Ticks{static_cast<std::int32_t>(-farthest)});
    CHECK(bench.sent[3].price == Ticks{static_cast<std::int32_t>(farthest)});
}

TEST_CASE("within the tolerance an order stays") {
    OrderPolicy policy;
    policy.tolerance = Ticks{2};
    Bench bench(policy);
    bench.want(wanted(100, 1, 200, 1), 0);
    bench.settle();
    bench.want(wanted(102, 1, 198, 1), 1);
    CHECK(bench.sent.empty());
    bench.want(wanted(103, 1, 197, 1), 2);
    CHECK(bench.sent.size() == 4);
}

TEST_CASE("an order of the maximum age is replaced") {
    OrderPolicy policy;
    policy.maximum_age = Nanos{100};
    Bench bench(policy);
    bench.want(wanted(100, 1, 0, 0), 50);
    bench.settle();
    bench.want(wanted(100, 1, 0, 0), 149);
    CHECK(bench.sent.empty());
    bench.want(wanted(100, 1, 0, 0), 150);
    CHECK(bench.sent.size() == 2);
}

TEST_CASE("under amend an order moves in one message and keeps its rung") {
    OrderPolicy policy;
    policy.amend = true;
    Bench bench(policy);
    bench.want(wanted(100, 5, 200, 5), 0);
    bench.settle();
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

TEST_CASE("room is cut to the limit, and orders count in every state") {
    OrderPolicy policy;
    policy.limit = Lots{15};
    for (const State state : {State::sent, State::live, State::cancelling, State::amending}) {
        Bench bench(policy);
        const std::uint64_t id = order_in(bench, state);
        const std::int64_t taken = state == State::amending ? 12 : 10;
        CHECK(bench.submit(Side::bid, 100, 16 - taken) == 0);
        CHECK(bench.orders.counts().room_cut == 1);
        CHECK(bench.submit(Side::bid, 100, 15 - taken) != 0);
        CHECK(bench.submit(Side::ask, 110, 15) != 0);
        CHECK(bench.answer(Kind::expired, id) == 0);
        CHECK(bench.submit(Side::bid, 100, taken) != 0);
    }
}

TEST_CASE("a quote larger than the room is cut to it, and counted") {
    OrderPolicy policy;
    policy.limit = Lots{10};
    Bench bench(policy);
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

TEST_CASE("an amend by hand asks for no more than the room") {
    OrderPolicy policy;
    policy.limit = Lots{10};
    Bench bench(policy);
    const std::uint64_t id = bench.submit(Side::bid, 99, 6);
    bench.settle();
    CHECK_FALSE(bench.amend(id, 99, 11));
    CHECK(bench.orders.counts().room_cut == 1);
    CHECK_FALSE(bench.amend(id, 99, 0));
    CHECK(bench.amend(id, 99, 10));
    CHECK_FALSE(bench.amend(id, 99, 5));  // one is under way
    CHECK_FALSE(bench.cancel(id));
}

TEST_CASE("a budget of messages: a burst, then the rate") {
    OrderPolicy policy;
    policy.levels = 20;
    policy.message_cost = Nanos{100};
    policy.burst = Nanos{300};
    Bench bench(policy);
    int sent = 0;
    for (int i = 0; i < 10; ++i) sent += bench.submit(Side::bid, 1, 1, 1'000) != 0 ? 1 : 0;
    CHECK(sent == 4);  // one, and three that were saved up
    CHECK(bench.orders.counts().throttled == 6);
    sent = 0;
    for (std::int64_t now = 1'001; now <= 2'000; ++now) {
        sent += bench.submit(Side::bid, 1, 1, now) != 0 ? 1 : 0;
    }
    CHECK(sent == 10);
    CHECK(bench.submit(Side::bid, 1, 1, 1'000'000) != 0);  // saved up again
    CHECK(bench.submit(Side::bid, 1, 1, 1'000'000) != 0);
}

TEST_CASE("without a burst the budget is one message a cost") {
    OrderPolicy policy;
    policy.message_cost = Nanos{100};
    Bench bench(policy);
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

TEST_CASE("no more orders than slots") {
    Bench bench;
    for (int i = 0; i < 8; ++i) CHECK(bench.submit(Side::bid, 90 + i, 1) != 0);
    CHECK(bench.submit(Side::bid, 100, 1) == 0);
    CHECK(bench.orders.counts().throttled == 1);
    CHECK(bench.orders.open(Side::bid) == Lots{8});
    bench.answer(Kind::expired, bench.sent[3].order_id);
    CHECK(bench.submit(Side::bid, 100, 1) != 0);
}

TEST_CASE("any course of quotes and answers keeps within the limit and counts what is open") {
    std::mt19937_64 random(23);
    const auto within = [&](std::int64_t bound) {
        return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(bound));
    };
    for (const bool amend : {false, true}) {
        OrderPolicy policy;
        policy.levels = 3;
        policy.limit = Lots{20};
        policy.amend = amend;
        Bench bench(policy);
        std::int64_t inventory = 0;
        for (int step = 0; step < 20'000; ++step) {
            const auto middle = static_cast<std::int32_t>(1'000 + within(4));
            bench.want(wanted(middle - 2, within(9), middle + 2, within(9)), step, inventory);
            for (std::int64_t i = within(6); i > 0; --i) {
                const auto slot = static_cast<std::size_t>(within(policy.slots()));
                const Order order = bench.slots[slot];
                if (order.state == State::none) continue;
                const std::uint64_t id = std::uint64_t{order.generation} << 32U | slot;
                constexpr Kind any[] = {Kind::accepted, Kind::rejected,  Kind::filled,
                                        Kind::filled,   Kind::cancelled, Kind::amended};
                const Kind kind = any[within(6)];
                const bool amended = kind == Kind::amended && order.state == State::amending;
                if (kind == Kind::amended && !amended) continue;
                const std::int64_t size =
                    amended ? order.asked_size.count : 1 + within(order.leaves.count);
                if (amended && size == 0) continue;
                inventory += sign(order.side) * bench.answer(kind, id, size, middle);
            }
            for (const Side side : {Side::bid, Side::ask}) {
                REQUIRE(bench.orders.open(side).count == bench.open_in_slots(side));
                REQUIRE(sign(side) * inventory + bench.orders.open(side).count <= 20);
            }
        }
    }
}
