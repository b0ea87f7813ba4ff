// Orders: ids, what is open and how much room is left, the message budget.
#include <doctest/doctest.h>

#include <cstdint>
#include <limits>

#include "builders.hpp"
#include "order_bench.hpp"

using namespace halfspread;
using Bench = OrderBench;
using State = OrderState;

TEST_CASE("whatever an answer makes of an order, what is open is what the slots hold") {
    constexpr Kind answers[] = {Kind::accepted,  Kind::rejected, Kind::filled,
                                Kind::cancelled, Kind::expired,  Kind::amended};
    for (const State state :
         {State::none, State::sent, State::live, State::cancelling, State::amending}) {
        for (const Kind answer : answers) {
            CAPTURE(static_cast<int>(state));
            CAPTURE(static_cast<int>(answer));
            Bench bench;
            const std::uint64_t id = order_in(bench, state);
            REQUIRE(bench.order(id).state == state);
            const std::int64_t filled = bench.answer(answer, id, 3, 101);
            CHECK(filled == (answer == Kind::filled && state != State::none ? 3 : 0));
            CHECK(bench.order(id).state == next_state(state, answer));
            CHECK(bench.orders.open(Side::bid).count == bench.open_in_slots(Side::bid));
            CHECK(bench.orders.any_live() == (bench.order(id).state != State::none));
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

TEST_CASE("an amend by hand asks for no more than the room") {
    Bench bench({.limit = Lots{10}});
    const std::uint64_t id = bench.submit(Side::bid, 99, 6);
    bench.settle();
    CHECK_FALSE(bench.amend(id, 99, 11));
    CHECK(bench.orders.counts().room_cut == 1);
    CHECK_FALSE(bench.amend(id, 99, 0));
    CHECK(bench.amend(id, 99, 10));
    CHECK_FALSE(bench.amend(id, 99, 5));  // one is under way
    CHECK_FALSE(bench.cancel(id));
}

TEST_CASE("an order that is filled and made larger again and again counts up to the last lot") {
    constexpr std::int64_t size = std::int64_t{1} << 60;
    Bench bench({.limit = Lots{size}});
    const std::uint64_t id = bench.submit(Side::bid, 99, size);
    bench.settle();
    for (int i = 0; i < 12; ++i) {
        bench.answer(Kind::filled, id, size - 1);
        REQUIRE(bench.amend(id, 99, size));
        REQUIRE(bench.sent.back().size >= Lots{size});
        bench.answer(Kind::amended, id, size, 99);
        REQUIRE(bench.orders.open(Side::bid) == Lots{size});
    }
    CHECK(bench.sent.back().size == Lots{std::numeric_limits<std::int64_t>::max()});
}

TEST_CASE("a budget of messages: a burst, then the rate") {
    Bench bench({.levels = 20, .message_cost = Nanos{100}, .burst = Nanos{300}});
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
    Draw within(23);
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
