// Match against its vector twin after every operation, and each rule on its own.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include "builders.hpp"
#include "match.hpp"
#include "vector_match.hpp"

using namespace halfspread;

namespace {

using Fills = std::vector<twin::Filled>;

// A book and a Match on it, told what happens in whole events; what is filled comes back.
template <Rules rules>
class Venue {
public:
    static constexpr Crossing crossing =
        rules == Rules::ours ? Crossing::newer_wins : Crossing::skip;

    explicit Venue(std::size_t lanes = 1, std::size_t orders = 8,
                   const QueueRule& rule = {QueueModel::risk_averse, 1.0})
        : match(rule, CoinScale(1.0), lanes, orders) {}

    void rest(std::size_t slot, Side side, std::int32_t price, std::int64_t size,
              std::uint32_t lane = 0) {
        Resting& order = match.order(slot);
        order = Resting{};
        order.side = side;
        order.price = Ticks{price};
        order.leaves = Lots{size};
        order.lane = lane;
        match.rest(slot, book.size_at(side, Ticks{price}), instant);
    }
    Fills level(Side side, std::int32_t price, std::int64_t size) {
        Fills fills;
        change = book.set(side, Ticks{price}, Lots{size});
        match.level(side, Ticks{price}, change, next(), note(fills));
        return fills;
    }
    Fills trade(Side aggressor, std::int32_t price, std::int64_t size) {
        Fills fills;
        match.trade(aggressor, Ticks{price}, Lots{size}, book.best(aggressor), next(), note(fills));
        return fills;
    }
    Nanos next() { return Nanos{static_cast<std::int64_t>(++instant)}; }

    Book<crossing> book;
    Match<rules> match;
    LevelChange change{};
    std::uint64_t instant = 1;

private:
    static auto note(Fills& fills) {
        return [&fills](std::size_t slot, Lots lots) { fills.push_back({slot, lots.count}); };
    }
};

struct Shape {
    std::int32_t reach;  // orders and levels lie this far from the middle at most
    int clear_every;     // the book empties without a word, once in so many operations
    bool far;            // now and then an order rests anywhere
};

// A Venue and its twin, compared after each operation.
template <Rules rules>
class Trial {
public:
    static constexpr std::size_t lanes = 4, orders = 48;

    Trial(const QueueRule& rule, const Shape& shape, std::uint64_t seed)
        : shape_(shape),
          within_(seed),
          venue_(std::make_unique<Venue<rules>>(lanes, orders, rule)),
          twin_(rule, CoinScale(1.0)) {}

    void run(int operations) {
        for (int operation = 0; operation < operations; ++operation) {
            INFO("operation " << operation);
            one();
            compare();
        }
    }

private:
    Side any_side() { return within_(2) == 0 ? Side::bid : Side::ask; }
    std::int32_t away() { return static_cast<std::int32_t>(within_(shape_.reach)); }

    void one() {
        if (within_(8) == 0) middle_ += static_cast<std::int32_t>(within_(3) - 1);
        if (within_(shape_.clear_every) == 0) {
            venue_->book.clear(within_(3) == 0 ? any_side() : Side::none, everything);
            ++venue_->instant;
        }
        const Side side = any_side();
        switch (within_(10)) {
            case 0:
            case 1:
            case 2:
                for (std::int64_t i = within_(5); i >= 0; --i) rest(side, within_(2) == 0);
                return;
            case 3:
                return remove();
            case 4:
            case 5:
            case 6:
                return trade(side, middle_ + sign(side) * (away() / 2 - 1), 1 + within_(25));
            default:
                return level(side, middle_ - sign(side) * (away() - 1), within_(4) * within_(15));
        }
    }

    void rest(Side side, bool at_best) {
        const auto slot = static_cast<std::size_t>(within_(orders));
        if (venue_->match.order(slot).live) return;
        std::int32_t price = middle_ - sign(side) * away();
        if (shape_.far && within_(20) == 0) price = static_cast<std::int32_t>(within_(1LL << 32));
        if (at_best && venue_->book.has(side)) price = venue_->book.best(side).count;
        if (Ticks{price} == no_bid || Ticks{price} == no_ask) return;
        const Side other = opposite(side);
        const bool marketable =
            venue_->book.has(other) &&
            sign(side) * (std::int64_t{price} - venue_->book.best(other).count) >= 0;
        if (marketable) return;
        const auto lane = static_cast<std::uint32_t>(within_(lanes));
        const Lots size{1 + within_(12)};
        venue_->rest(slot, side, price, size.count, lane);
        twin_.rest({slot, lane, side, Ticks{price}, size, {}},
                   venue_->book.size_at(side, Ticks{price}));
    }

    void remove() {
        if (twin_.orders().empty()) return;
        const auto place = within_(static_cast<std::int64_t>(twin_.orders().size()));
        const std::size_t slot = twin_.orders()[static_cast<std::size_t>(place)].slot;
        venue_->match.remove(slot);
        twin_.remove(slot);
    }

    void level(Side side, std::int32_t price, std::int64_t size) {
        const Fills fills = venue_->level(side, price, size);
        check(fills, twin_.level(side, Ticks{price}, venue_->change, now()));
    }
    void trade(Side aggressor, std::int32_t price, std::int64_t size) {
        const Ticks best = venue_->book.best(aggressor);
        const Fills fills = venue_->trade(aggressor, price, size);
        check(fills, twin_.trade(aggressor, Ticks{price}, Lots{size}, best, now()));
    }
    Nanos now() const { return Nanos{static_cast<std::int64_t>(venue_->instant)}; }

    // The peer, under which no order takes from another, fills in any order.
    static void check(Fills ours, Fills expected) {
        if (rules == Rules::peer) {
            const auto by_slot = [](const auto& a, const auto& b) { return a.slot < b.slot; };
            std::sort(ours.begin(), ours.end(), by_slot);
            std::sort(expected.begin(), expected.end(), by_slot);
        }
        REQUIRE(ours == expected);
    }
    void compare() {
        std::size_t live = 0;
        for (std::size_t slot = 0; slot < orders; ++slot) {
            live += venue_->match.order(slot).live ? 1 : 0;
        }
        REQUIRE(live == twin_.orders().size());
        for (const twin::Standing& order : twin_.orders()) {
            REQUIRE(venue_->match.order(order.slot).live);
            REQUIRE(venue_->match.order(order.slot).leaves == order.leaves);
        }
    }

    Shape shape_;
    Draw within_;
    std::int32_t middle_ = 10'000;
    std::unique_ptr<Venue<rules>> venue_;
    twin::VectorMatch<rules> twin_;
};

}  // namespace

TEST_CASE_TEMPLATE("any course of orders, prints and levels fills as in the twin", Rule, OursRule,
                   PeerRule) {
    constexpr Shape shapes[] = {{4, 400, false}, {12, 60, true}, {60, 100'000, false}};
    std::uint64_t seed = 0;
    for (const QueueModel model : {QueueModel::risk_averse, QueueModel::log, QueueModel::power3}) {
        for (const Shape& shape : shapes) {
            Trial<Rule::rules>({model, 2.5}, shape, ++seed).run(15'000);
        }
    }
}

TEST_CASE("a print fills what is left of it past the queue, once, and the rest stays") {
    Venue<Rules::ours> venue;
    venue.level(Side::bid, 100, 5);
    venue.rest(0, Side::bid, 100, 10);
    CHECK(venue.trade(Side::ask, 100, 4).empty());
    CHECK(venue.trade(Side::ask, 100, 4) == Fills{{0, 3}});
    CHECK(venue.trade(Side::ask, 100, 2) == Fills{{0, 2}});
    CHECK(venue.match.order(0).leaves == Lots{5});
    CHECK(venue.match.order(0).filled == Lots{5});
    CHECK(venue.trade(Side::ask, 100, 50) == Fills{{0, 5}});
    CHECK_FALSE(venue.match.order(0).live);
    CHECK(venue.trade(Side::ask, 100, 50).empty());
}

TEST_CASE("a print through our price fills no more than it printed; the peer fills all") {
    Venue<Rules::ours> ours;
    Venue<Rules::peer> peer;
    for (const std::size_t slot : {0U, 1U}) {
        ours.rest(slot, Side::ask, 105, 10);
        peer.rest(slot, Side::ask, 105, 10);
    }
    CHECK(ours.trade(Side::bid, 106, 3) == Fills{{0, 3}});
    CHECK(ours.trade(Side::bid, 106, 9) == Fills{{0, 7}, {1, 2}});
    CHECK(peer.trade(Side::bid, 106, 3) == Fills{{0, 10}, {1, 10}});
}

TEST_CASE("a level that comes onto our order fills no more than it shows; the peer fills all") {
    Venue<Rules::ours> ours;
    Venue<Rules::peer> peer;
    ours.rest(0, Side::bid, 100, 10);
    peer.rest(0, Side::bid, 100, 10);
    CHECK(ours.level(Side::ask, 101, 50).empty());
    CHECK(peer.level(Side::ask, 101, 50).empty());
    CHECK(ours.level(Side::ask, 99, 4) == Fills{{0, 4}});
    CHECK(peer.level(Side::ask, 99, 4) == Fills{{0, 10}});
    CHECK(ours.level(Side::ask, 99, 6).empty());  // the best did not move
    CHECK(ours.level(Side::ask, 98, 3) == Fills{{0, 3}});
}

TEST_CASE("orders of one lane consume a print in turn, the better price and the first come first") {
    Venue<Rules::ours> venue;
    venue.rest(0, Side::bid, 100, 4);
    venue.next();
    venue.rest(1, Side::bid, 100, 4);
    venue.next();
    venue.rest(2, Side::bid, 101, 4);
    CHECK(venue.trade(Side::ask, 100, 10) == Fills{{2, 4}, {0, 4}, {1, 2}});
}

TEST_CASE("other lanes do not see what a lane consumed") {
    Venue<Rules::ours> venue(3);
    venue.rest(0, Side::bid, 101, 7, 0);
    venue.rest(1, Side::bid, 100, 7, 0);
    venue.rest(2, Side::bid, 100, 7, 1);
    venue.rest(3, Side::bid, 101, 7, 2);
    CHECK(venue.trade(Side::ask, 100, 10) == Fills{{0, 7}, {3, 7}, {1, 3}, {2, 7}});
}

TEST_CASE("under the peer every order at the price takes the same print") {
    Venue<Rules::peer> venue;
    venue.level(Side::bid, 100, 5);
    for (const std::size_t slot : {0U, 1U, 2U}) {
        venue.rest(slot, Side::bid, 100, 10);
        venue.next();
    }
    CHECK(venue.trade(Side::ask, 100, 5).empty());
    CHECK(venue.trade(Side::ask, 100, 1) == Fills{{0, 10}, {1, 10}, {2, 10}});
}

TEST_CASE("orders leave a cohort, and cohorts a level, from the head, the middle and the tail") {
    for (const bool one_cohort : {true, false}) {
        for (std::size_t gone = 0; gone < 3; ++gone) {
            for (std::size_t next = 0; next < 3; ++next) {
                if (next == gone) continue;
                Venue<Rules::ours> venue;
                for (const std::size_t slot : {0U, 1U, 2U}) {
                    venue.rest(slot, Side::ask, 50, 2);
                    if (!one_cohort) venue.next();
                }
                venue.match.remove(gone);
                CHECK_FALSE(venue.match.order(gone).live);
                venue.match.remove(next);
                venue.next();
                venue.rest(gone, Side::ask, 50, 5);
                const std::size_t left = 3 - gone - next;
                CHECK(venue.trade(Side::bid, 50, 6) == Fills{{left, 2}, {gone, 4}});
            }
        }
    }
}

TEST_CASE("the best and the worst of our prices follow orders that come and go") {
    Venue<Rules::ours> venue;
    venue.rest(0, Side::bid, 100, 5);
    venue.rest(1, Side::bid, 90, 5);
    venue.rest(2, Side::bid, 110, 5);
    venue.match.remove(2);
    CHECK(venue.trade(Side::ask, 101, 9).empty());
    CHECK(venue.trade(Side::ask, 95, 9) == Fills{{0, 5}});
    CHECK(venue.trade(Side::ask, 95, 9).empty());
    venue.rest(3, Side::bid, 80, 5);
    venue.level(Side::bid, 80, 7);
    CHECK(venue.trade(Side::ask, 80, 9) == Fills{{1, 5}, {3, 4}});
    CHECK(venue.trade(Side::ask, 80, 1) == Fills{{3, 1}});
    CHECK(venue.trade(Side::ask, 1, 1'000).empty());
    venue.rest(4, Side::bid, 120, 5);
    CHECK(venue.trade(Side::ask, 120, 5) == Fills{{4, 5}});
}

TEST_CASE("a thousand orders of one instant fill as each of them alone") {
    constexpr std::size_t lanes = 1'000;
    Venue<Rules::ours> together(lanes, lanes);
    Draw within(31);
    std::vector<std::int64_t> sizes;
    for (std::size_t lane = 0; lane < lanes; ++lane) sizes.push_back(1 + within(30));
    together.level(Side::bid, 100, 20);
    for (std::size_t lane = 0; lane < lanes; ++lane) {
        together.rest(lane, Side::bid, 100, sizes[lane], static_cast<std::uint32_t>(lane));
    }
    std::vector<Fills> of_lane(lanes);
    const auto course = [](auto& venue, auto&& note) {
        Draw market(77);
        for (int i = 0; i < 60; ++i) {
            note(venue.trade(Side::ask, market.once_in(8) ? 99 : 100, 1 + market(4)));
            note(venue.level(Side::bid, 100, 5 + market(20)));
        }
    };
    course(together, [&](const Fills& fills) {
        for (const auto& fill : fills) of_lane[fill.slot].push_back({0, fill.lots});
    });
    for (std::size_t lane = 0; lane < lanes; lane += 7) {
        Venue<Rules::ours> alone;
        alone.level(Side::bid, 100, 20);
        alone.rest(0, Side::bid, 100, sizes[lane]);
        Fills fills;
        course(alone,
               [&](const Fills& more) { fills.insert(fills.end(), more.begin(), more.end()); });
        REQUIRE(fills == of_lane[lane]);
        REQUIRE_FALSE(fills.empty());
    }
}

TEST_CASE("the peer passes over orders that the other side's best has passed unseen") {
    for (const int orders : {1, 6}) {
        for (const std::int32_t best : {100, 102}) {
            Venue<Rules::peer> venue;
            for (int slot = 0; slot < orders; ++slot) {
                venue.rest(static_cast<std::size_t>(slot), Side::ask, 100, 1);
            }
            venue.book.set(Side::bid, Ticks{best}, Lots{1});  // and nobody was told
            // A lane with fewer orders than ticks from the best to the print is looked through.
            CHECK(venue.trade(Side::bid, 106, 5).size() == (orders == 1 ? 1 : 0));
        }
    }
}
