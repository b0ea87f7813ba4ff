// Brownian: our orders in a made-up market: who is filled, in which order, at which price.
#include "brownian.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <vector>

#include "market.hpp"

namespace {

using namespace halfspread;

constexpr Nanos second_ns{1'000'000'000};

// A mid of 100 that stands still; sellers come a hundred times a second and reach a tick or so.
WorldPolicy quiet() {
    WorldPolicy world;
    world.seed = 3;
    world.begin = Nanos{1'000};
    world.horizon = Nanos{10 * second_ns.count};
    world.step = Nanos{100'000'000};
    world.mid = world.level = 100.0;
    world.intensity[0] = 100.0;
    world.decay[0] = 1.0;
    return world;
}

struct Hands {
    Brownian venue;
    std::vector<Event> answers;

    explicit Hands(const WorldPolicy& world) : venue(world, 0, Latency(), SignalPolicy{}, 8) {}

    void ask(Kind kind, std::uint64_t slot, Side side, int price, std::int64_t size, Nanos time,
             Lifetime lifetime = Lifetime::post_only) {
        Event event{};
        event.kind = kind;
        event.order_id = std::uint64_t{1} << 32U | slot;
        event.side = side;
        event.price = Ticks{price};
        event.size = Lots{size};
        event.local_time = time;
        event.detail = static_cast<std::uint32_t>(lifetime);
        venue.send(event);
    }
    void until(Nanos time) {
        venue.exchange_until(time);
        venue.local_until(time);
        venue.deliver(time, [&](const Event& answer) { answers.push_back(answer); });
    }
};

TEST_CASE("the better price is filled first, and at one price the older order") {
    Hands desk(quiet());
    const Nanos start{1'000};
    desk.ask(Kind::submit, 0, Side::bid, 99, 1, start);
    desk.ask(Kind::submit, 1, Side::bid, 99, 1, start);
    desk.ask(Kind::submit, 2, Side::bid, 100, 1, start);
    desk.until(start + second_ns);
    std::vector<std::uint64_t> filled;
    for (const Event& answer : desk.answers) {
        if (answer.kind == Kind::filled) filled.push_back(answer.order_id & 0xffffU);
    }
    CHECK(filled == std::vector<std::uint64_t>{2, 0, 1});
}

TEST_CASE("an order is filled at its own price, and told with the mid of that moment") {
    Hands desk(quiet());
    desk.ask(Kind::submit, 0, Side::bid, 98, 1, Nanos{1'000});
    desk.until(Nanos{1'000} + second_ns);
    REQUIRE(desk.answers.size() == 2);
    CHECK(desk.answers[0].kind == Kind::accepted);
    CHECK(desk.answers[1].kind == Kind::filled);
    CHECK(desk.answers[1].price == Ticks{98});
    CHECK(static_cast<std::int32_t>(desk.answers[1].detail) == 4);  // half ticks
}

TEST_CASE("nobody fills a side on which no orders come") {
    Hands desk(quiet());
    desk.ask(Kind::submit, 0, Side::ask, 90, 1, Nanos{1'000});
    desk.until(never);
    CHECK(desk.answers.size() == 1);
    CHECK(desk.venue.exhausted(Nanos{1'000} + Nanos{10 * second_ns.count}));
}

TEST_CASE("without a touch what takes expires; with one it finds any size there") {
    for (const Lifetime lifetime :
         {Lifetime::market, Lifetime::immediate, Lifetime::fill_or_kill}) {
        Hands desk(quiet());
        desk.ask(Kind::submit, 0, Side::bid, 500, 7, Nanos{1'000}, lifetime);
        desk.until(Nanos{1'000});
        REQUIRE(desk.answers.size() == 1);
        CHECK(desk.answers[0].kind == Kind::expired);

        WorldPolicy touched = quiet();
        touched.spread = 3.0;
        Hands other(touched);
        CHECK(other.venue.top().price[0] == Ticks{98});
        CHECK(other.venue.top().price[1] == Ticks{102});
        other.ask(Kind::submit, 0, Side::bid, 500, 7, Nanos{1'000}, lifetime);
        other.until(Nanos{1'000});
        REQUIRE(other.answers.size() == 2);
        CHECK(other.answers[1].kind == Kind::filled);
        CHECK(other.answers[1].price == Ticks{102});
        CHECK(other.answers[1].size == Lots{7});
        CHECK((other.answers[1].flags & flag::taker) != 0);
    }
}

TEST_CASE("post-only does not cross a touch, and may cross a mid that has none") {
    WorldPolicy touched = quiet();
    touched.spread = 2.0;
    Hands desk(touched);
    desk.ask(Kind::submit, 0, Side::bid, 101, 1, Nanos{1'000});
    desk.ask(Kind::submit, 1, Side::bid, 100, 1, Nanos{1'000});
    desk.until(Nanos{1'000});
    REQUIRE(desk.answers.size() == 2);
    CHECK(desk.answers[0].kind == Kind::expired);
    CHECK(desk.answers[1].kind == Kind::accepted);

    Hands free(quiet());
    free.ask(Kind::submit, 0, Side::bid, 101, 1, Nanos{1'000});
    free.until(Nanos{1'000});
    CHECK(free.answers[0].kind == Kind::accepted);
}

TEST_CASE("an amend to less keeps the place, one of the price loses it; late asks are rejected") {
    WorldPolicy still = quiet();
    still.intensity[0] = 0.0;
    Hands desk(still);
    const Nanos start{1'000};
    desk.ask(Kind::submit, 0, Side::bid, 99, 5, start);
    desk.ask(Kind::amend, 0, Side::bid, 99, 2, start);
    desk.ask(Kind::amend, 0, Side::bid, 98, 4, start);
    desk.ask(Kind::cancel, 0, Side::bid, 98, 4, start);
    desk.ask(Kind::cancel, 0, Side::bid, 98, 4, start);
    desk.until(start);
    std::vector<Kind> kinds;
    for (const Event& answer : desk.answers) kinds.push_back(answer.kind);
    CHECK(kinds == std::vector<Kind>{Kind::accepted, Kind::amended, Kind::amended, Kind::cancelled,
                                     Kind::rejected});
}

TEST_CASE("an order's impact moves the mid its way, after it has filled") {
    WorldPolicy world = quiet();
    world.impact = 0.25;
    world.impact_probability = 1.0;
    World made(world, 0);
    double mid = 100.0;
    int orders = 0;
    while (made.next() != never) {
        const Happening what = made.happen();
        CHECK(what.mid == mid);
        if (what.aggressor == Side::ask) {
            mid -= 0.25;
            ++orders;
        }
        CHECK(made.mid() == mid);
    }
    CHECK(orders > 900);
    CHECK(orders < 1'100);
}

TEST_CASE("in the modes of steps orders come at a step's end, before the mid moves") {
    for (const Arrivals arrivals : {Arrivals::discrete, Arrivals::linear}) {
        WorldPolicy world = quiet();
        world.arrivals = arrivals;
        world.volatility = 1.0;
        world.intensity[1] = 5.0;
        World made(world, 0);
        Nanos moved = world.begin;
        double mid = made.mid();
        while (made.next() != never) {
            const Happening what = made.happen();
            CHECK(what.time == moved + world.step);
            CHECK(what.mid == mid);
            if (what.aggressor == Side::none) {
                moved = what.time;
                mid = made.mid();
            }
        }
        CHECK(moved == made.end());
    }
}

TEST_CASE("a copy of a block goes on as the block does") {
    MarketConfig config;
    config.every = Nanos{100'000'000};
    WorldPolicy world = quiet();
    world.volatility = 1.0;
    world.intensity[1] = 30.0;
    world.impact = 0.5;
    world.impact_probability = 0.3;
    const auto lanes = make_lane(world, config, 5);
    const auto step = [](Lanes& block) {
        if (!block.advance()) return false;
        const double quote[4] = {block.shared.mid - 1.5, block.shared.mid + 1.5, 2.0, 2.0};
        block.decide(quote);
        return true;
    };
    for (int i = 0; i < 40; ++i) REQUIRE(step(*lanes));
    const auto copy = lanes->copy();
    while (step(*lanes)) {
    }
    const auto later = copy->copy();
    while (step(*copy)) {
    }
    while (step(*later)) {
    }
    REQUIRE(lanes->fills.size() > 20);
    for (const auto* other : {copy.get(), later.get()}) {
        REQUIRE(other->fills.size() == lanes->fills.size());
        for (std::size_t i = 0; i < lanes->fills.size(); ++i) {
            CHECK(other->fills[i].exchange_time == lanes->fills[i].exchange_time);
            CHECK(other->fills[i].order_id == lanes->fills[i].order_id);
            CHECK(other->fills[i].price == lanes->fills[i].price);
        }
        CHECK(other->path.wealth == lanes->path.wealth);
        CHECK(other->path.mid_half_ticks == lanes->path.mid_half_ticks);
        CHECK(other->desk(0).account.cash == lanes->desk(0).account.cash);
    }
}

}  // namespace
