// Order: what each answer makes of each state, what an order reserves, and when it is a stray.
#include <doctest/doctest.h>

#include <array>
#include <cstdint>

#include "order.hpp"

using namespace halfspread;
using State = OrderState;

namespace {

// 10 lots at 100 in a state; an amend under way asks for 12 at 101.
Order order_of(State state) {
    Order order;
    order.price = Ticks{100};
    order.leaves = Lots{10};
    order.side = Side::bid;
    order.state = state;
    if (state == State::amending) {
        order.asked_price = Ticks{101};
        order.asked_size = Lots{12};
    }
    return order;
}

Event answer_of(Kind kind, std::int64_t size = 0, std::int32_t price = 0) {
    Event answer{};
    answer.kind = kind;
    answer.size = Lots{size};
    answer.price = Ticks{price};
    return answer;
}

}  // namespace

TEST_CASE("what each answer makes of each state") {
    struct Row {
        State before;
        std::array<State, 6>
            after;  // accepted, rejected, filled in part, cancelled, expired, amended
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
            Order order = order_of(row.before);
            order.apply(answer_of(answers[i], 3, 101));
            CHECK(order.state == row.after[i]);
            const bool moved = answers[i] == Kind::amended && row.before == State::amending;
            CHECK(order.price == Ticks{moved ? 101 : 100});
            CHECK(order.filled == Lots{answers[i] == Kind::filled ? 3 : 0});
            CHECK(order.leaves == Lots{moved ? 3 : 10} - order.filled);
        }
    }
}

TEST_CASE("a fill of all that is left ends an order in every state") {
    for (const State state : {State::sent, State::live, State::cancelling, State::amending}) {
        Order order = order_of(state);
        order.apply(answer_of(Kind::filled, 4));
        CHECK(order.state == state);
        order.apply(answer_of(Kind::filled, 6));
        CHECK(order.state == State::none);
        CHECK(order.filled == Lots{10});
    }
}

TEST_CASE("an amend under way reserves the larger of both sizes, fills of it counted") {
    CHECK(order_of(State::live).reserved() == Lots{10});
    Order order = order_of(State::amending);
    CHECK(order.reserved() == Lots{12});
    order.apply(answer_of(Kind::filled, 3));
    CHECK(order.reserved() == Lots{9});
    order.asked_size = Lots{2};
    CHECK(order.reserved() == Lots{7});
    order.apply(answer_of(Kind::filled, 5));  // more than was asked for
    CHECK(order.reserved() == Lots{2});
    order.apply(answer_of(Kind::rejected));
    CHECK(order.reserved() == Lots{2});
}

TEST_CASE("a stray is live and has left its rung") {
    Order order = order_of(State::live);
    CHECK_FALSE(order.is_stray());
    order.rung = Order::leaving;
    CHECK(order.is_stray());
    order.state = State::cancelling;
    CHECK_FALSE(order.is_stray());
    order.apply(answer_of(Kind::rejected));
    CHECK(order.is_stray());
}
