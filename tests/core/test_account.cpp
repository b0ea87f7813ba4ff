// Account: cash and wealth are exact sums of integers; fees, peak, and time with inventory.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <vector>

#include "account.hpp"

using namespace halfspread;

namespace {

struct Trade {
    Side side;
    std::int32_t price;
    std::int64_t size, mid_half_ticks, time;
};

std::vector<Trade> random_trades(std::uint64_t seed, int count) {
    std::mt19937_64 random(seed);
    std::vector<Trade> trades;
    std::int64_t time = 0;
    for (int i = 0; i < count; ++i) {
        time += static_cast<std::int64_t>(random() % 1'000'000'000);
        const auto price = static_cast<std::int32_t>(50'000 + random() % 20'000);
        trades.push_back({random() % 2 == 0 ? Side::bid : Side::ask, price,
                          static_cast<std::int64_t>(1 + random() % 100'000),
                          2 * price + static_cast<std::int64_t>(random() % 21) - 10, time});
    }
    return trades;
}

const Money linear(0.1, 0.001, 1.0, false);
const Money inverse(0.5, 1.0, 100.0, true);

}  // namespace

TEST_CASE("a linear round trip earns the difference, to the last digit") {
    Account account;
    account.fill(linear, Side::bid, Ticks{1'000}, Lots{7}, 2'001, 0.0, true, Nanos{0});
    account.fill(linear, Side::ask, Ticks{1'003}, Lots{7}, 2'001, 0.0, true, Nanos{1});
    CHECK(account.inventory == Lots{0});
    CHECK(linear.coins(account.cash) == doctest::Approx(0.3 * 0.007).epsilon(1e-15));
    CHECK(linear.coins(account.spread) == linear.coins(account.cash));
    CHECK(account.cash == 2 * 3 * 7);
}

TEST_CASE("an inverse contract pays in its base coin") {
    Account account;
    account.fill(inverse, Side::bid, Ticks{20'000}, Lots{3}, 40'000, 0.0, true, Nanos{0});
    account.fill(inverse, Side::ask, Ticks{25'000}, Lots{3}, 50'000, 0.0, true, Nanos{1});
    // 300 dollars at 10'000 and at 12'500 dollars a coin
    CHECK(inverse.coins(account.cash) == doctest::Approx(0.03 - 0.024).epsilon(1e-12));
}

TEST_CASE("value is one lot's worth: linear in the price, and -1 / price") {
    CHECK(linear.value(12'345) == 12'345);
    CHECK(linear.value(-3) == -3);
    CHECK(linear.coins(linear.value(2 * 618'000)) == doctest::Approx(61.8).epsilon(1e-15));
    CHECK(inverse.coins(inverse.value(2 * 20'000)) == doctest::Approx(-0.01).epsilon(1e-14));
    CHECK(inverse.value(0) == 0);
    for (std::int64_t half = 1'000; half < 2'000; ++half) {
        CHECK(inverse.value(half) < inverse.value(half + 1));
    }
}

TEST_CASE("wealth telescopes: spread plus inventory times the mid's moves, without rounding") {
    for (const Money& money : {linear, inverse}) {
        Account account;
        Atoms spread = 0, moves = 0, cash = 0;
        std::int64_t inventory = 0, mid = 0;
        for (const Trade& trade : random_trades(1, 5'000)) {
            const std::int64_t lots = sign(trade.side) * trade.size;
            const std::int64_t value = money.value(trade.mid_half_ticks);
            if (mid != 0) moves += Atoms{inventory} * (value - money.value(mid));
            spread += Atoms{lots} * (value - money.value(2 * std::int64_t{trade.price}));
            cash -= Atoms{lots} * money.value(2 * std::int64_t{trade.price});
            mid = trade.mid_half_ticks;
            inventory += lots;
            account.fill(money, trade.side, Ticks{trade.price}, Lots{trade.size}, mid, 0.0, true,
                         Nanos{trade.time});
            REQUIRE(account.inventory == Lots{inventory});
            REQUIRE(account.cash == cash);
            REQUIRE(account.spread == spread);
            REQUIRE(account.wealth(money, mid) == spread + moves);
        }
    }
}

TEST_CASE("cash is the sum of the fills in any order") {
    std::vector<Trade> trades = random_trades(2, 500);
    const auto cash = [&] {
        Account account;
        for (const Trade& trade : trades) {
            account.fill(inverse, trade.side, Ticks{trade.price}, Lots{trade.size}, 1, 0.1, true,
                         Nanos{0});
        }
        return account.cash;
    };
    const Atoms before = cash();
    std::shuffle(trades.begin(), trades.end(), std::mt19937_64(3));
    CHECK(cash() == before);
}

TEST_CASE("fees: of the value, a coin, a fill; maker and taker") {
    const Fees value{FeeKind::value, -0.0002, 0.0005};
    CHECK(linear.fee(value, true, 50'000.0, 0.3) == -0.0002 * (50'000.0 * 0.3));
    CHECK(linear.fee(value, false, 50'000.0, 0.3) == 0.0005 * (50'000.0 * 0.3));
    CHECK(inverse.fee(value, false, 50'000.0, 7.0) == 0.0005 * (100.0 * 7.0 / 50'000.0));
    const Fees quantity{FeeKind::quantity, 0.25, 0.5};
    CHECK(linear.fee(quantity, true, 50'000.0, 0.3) == 0.25 * 0.3);
    CHECK(inverse.fee(quantity, false, 50'000.0, 7.0) == 0.5 * 7.0);
    const Fees flat{FeeKind::flat, 1.5, 2.5};
    CHECK(linear.fee(flat, true, 50'000.0, 0.3) == 1.5);
    CHECK(linear.fee(flat, false, 50'000.0, 0.3) == 2.5);
}

TEST_CASE("fees add up in order, and are no part of cash") {
    Account account;
    account.fill(linear, Side::bid, Ticks{10}, Lots{1}, 20, 0.1, true, Nanos{0});
    account.fill(linear, Side::ask, Ticks{10}, Lots{1}, 20, 0.2, true, Nanos{0});
    CHECK(account.fees == 0.1 + 0.2);
    CHECK(account.cash == 0);
}

TEST_CASE("fills, volume, peak, and the time that inventory was held") {
    Account account;
    account.since = Nanos{100};
    account.fill(linear, Side::ask, Ticks{10}, Lots{5}, 20, 0.0, true, Nanos{150});
    CHECK(account.inventory_time == 0);
    account.fill(linear, Side::bid, Ticks{10}, Lots{8}, 20, 0.0, true, Nanos{160});
    CHECK(account.inventory_time == 50);
    account.elapse(Nanos{1'160});
    CHECK(account.inventory_time == 50 + 3'000);
    account.elapse(Nanos{1'160});
    CHECK(account.inventory_time == 50 + 3'000);
    CHECK(account.fills == 2);
    CHECK(account.volume == Lots{13});
    CHECK(account.peak == Lots{5});
    CHECK(account.inventory == Lots{3});
}

TEST_CASE("inventory_time equals a sum over the intervals, beyond 64 bits") {
    Account account;
    Atoms expected = 0;
    std::int64_t inventory = 0, since = 0;
    for (const Trade& trade : random_trades(4, 3'000)) {
        const std::int64_t time = trade.time * 1'000;
        const std::int64_t size = trade.size * 1'000'000;
        expected += Atoms{std::abs(inventory)} * (time - since);
        since = time;
        inventory += sign(trade.side) * size;
        account.fill(linear, trade.side, Ticks{trade.price}, Lots{size}, 1, 0.0, true, Nanos{time});
    }
    CHECK(account.inventory_time == expected);
    CHECK(account.inventory_time > Atoms{1} << 70);
}
