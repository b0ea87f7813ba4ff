// Limits: using up the room never takes |inventory| past the limit; a budget saves up a burst.
#include <doctest/doctest.h>

#include <cstdint>
#include <cstdlib>

#include "limits.hpp"

using namespace halfspread;

TEST_CASE("room is the limit less what is held and what is open") {
    CHECK(room(Lots{10}, Lots{0}, Side::bid, Lots{0}) == Lots{10});
    CHECK(room(Lots{10}, Lots{4}, Side::bid, Lots{0}) == Lots{6});
    CHECK(room(Lots{10}, Lots{4}, Side::bid, Lots{5}) == Lots{1});
    CHECK(room(Lots{10}, Lots{-4}, Side::ask, Lots{5}) == Lots{1});
}

TEST_CASE("the reducing side has room for what is held and the limit beyond") {
    CHECK(room(Lots{10}, Lots{10}, Side::ask, Lots{0}) == Lots{20});
    CHECK(room(Lots{10}, Lots{-10}, Side::bid, Lots{3}) == Lots{17});
}

TEST_CASE("room is never less than nothing") {
    CHECK(room(Lots{10}, Lots{10}, Side::bid, Lots{0}) == Lots{0});
    CHECK(room(Lots{10}, Lots{15}, Side::bid, Lots{0}) == Lots{0});
    CHECK(room(Lots{10}, Lots{0}, Side::ask, Lots{11}) == Lots{0});
}

TEST_CASE("whatever part of open orders and room is filled, the limit holds") {
    for (std::int64_t inventory = -7; inventory <= 7; ++inventory) {
        for (std::int64_t open = 0; open <= 14; ++open) {
            for (const Side side : {Side::bid, Side::ask}) {
                if (std::abs(inventory + sign(side) * open) > 7) continue;
                const Lots more = room(Lots{7}, Lots{inventory}, side, Lots{open});
                CHECK(std::abs(inventory + sign(side) * (open + more.count)) <= 7);
                CHECK(std::abs(inventory + sign(side) * (open + more.count + 1)) > 7);
            }
        }
    }
}

TEST_CASE("a budget without a cost has no end") {
    MessageBudget budget;
    for (int i = 0; i < 1'000; ++i) CHECK(budget.take(Nanos{5}, Nanos{0}, Nanos{0}));
}

TEST_CASE("a budget of messages: a burst, then one a cost, before 1970 as after") {
    for (const std::int64_t start : {-1'000'000'000'000LL, -1'050LL, 0LL, 1'000'000'000'000LL}) {
        MessageBudget budget;
        const auto sent_at = [&](std::int64_t time) {
            return budget.take(Nanos{start + time}, Nanos{100}, Nanos{300});
        };
        int sent = 0;
        for (int i = 0; i < 10; ++i) sent += sent_at(0) ? 1 : 0;
        CHECK(sent == 4);  // one, and three that were saved up
        for (std::int64_t time = 1; time <= 1'000; ++time) sent += sent_at(time) ? 1 : 0;
        CHECK(sent == 14);
        CHECK(sent_at(1'000'000));  // saved up again
        CHECK(sent_at(1'000'000));
    }
}
