// Limits: room is never negative, and using it up never takes |inventory| past the limit.
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
