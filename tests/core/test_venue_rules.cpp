// The rules of a replayed venue, one at a time: clocks, ties, lifetimes, amends, refusals.
#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <vector>

#include "replay.hpp"
#include "tapes.hpp"
#include "venue_asks.hpp"

using namespace halfspread;
using namespace halfspread::tapes;

namespace {

// A venue of one lane on a few rows, and what it answered.
template <Rules rules>
class Bench {
public:
    explicit Bench(const Rows& rows, const Latency& latency = Latency())
        : tape_(rows, Width::wide),
          venue_(tape_.columns(), QueueRule{QueueModel::risk_averse, 1.0}, CoinScale(1.0), latency,
                 SignalPolicy{}, 1, slots) {}

    void submit(std::uint64_t id, std::int64_t now, Side side, std::int32_t price,
                std::int64_t size, Lifetime lifetime = Lifetime::post_only) {
        venue_.send(ask_of(Kind::submit, id, now, side, price, size, lifetime));
    }
    void cancel(std::uint64_t id, std::int64_t now) {
        venue_.send(ask_of(Kind::cancel, id, now, Side::bid, 0, 0));
    }
    void amend(std::uint64_t id, std::int64_t now, std::int32_t price, std::int64_t size) {
        venue_.send(ask_of(Kind::amend, id, now, Side::bid, price, size));
    }
    // The answers that have arrived at `now`, since the last call.
    std::vector<Event> until(std::int64_t now) { return run(Nanos{now}); }
    std::vector<Event> rest() { return run(never); }
    Replay<rules, LoggedView>& venue() { return venue_; }

private:
    std::vector<Event> run(Nanos now) {
        std::vector<Event> answers;
        venue_.exchange_until(now);
        venue_.local_until(now);
        venue_.deliver(now, [&](const Event& answer) { answers.push_back(answer); });
        return answers;
    }

    Tape tape_;
    Replay<rules, LoggedView> venue_;
};

std::vector<Kind> kinds(const std::vector<Event>& answers) {
    std::vector<Kind> kinds;
    for (const Event& answer : answers) kinds.push_back(answer.kind);
    return kinds;
}
using Kinds = std::vector<Kind>;

// Bids of 5 at 99 and 98, asks of 5 at 101 and 102, at time 0.
Rows book(std::initializer_list<Event> more = {}) {
    Rows rows{level(0, Side::bid, 99, 5), level(0, Side::bid, 98, 5), level(0, Side::ask, 101, 5),
              level(0, Side::ask, 102, 5)};
    rows.insert(rows.end(), more);
    return rows;
}

}  // namespace

TEST_CASE("an ask that arrives with a row comes after it") {
    Bench<Rules::ours> early(book({level(100, Side::ask, 99, 1)}));
    early.submit(0, 99, Side::bid, 99, 5);
    CHECK(kinds(early.until(100)) == Kinds{Kind::accepted, Kind::filled});
    Bench<Rules::ours> late(book({level(100, Side::ask, 99, 1)}));
    late.submit(0, 100, Side::bid, 99, 5);
    CHECK(kinds(late.until(100)) == Kinds{Kind::expired});
    Bench<Rules::ours> both(book({level(100, Side::ask, 99, 1)}));
    both.submit(0, 99, Side::bid, 98, 5);
    both.submit(1, 100, Side::bid, 99, 5);
    CHECK(kinds(both.until(100)) == Kinds{Kind::accepted, Kind::expired});
}

TEST_CASE("a venue's row and our view of it are on two clocks, and asks and answers travel") {
    Bench<Rules::ours> bench({level(0, Side::bid, 99, 5), level(10, Side::ask, 101, 5, 50)},
                             Latency(Nanos{20}, Nanos{30}));
    CHECK(bench.until(59).empty());
    CHECK_FALSE(bench.venue().top().has_ask());
    bench.submit(0, 59, Side::ask, 105, 1);
    CHECK(bench.venue().in_flight(0) == 1);
    CHECK(bench.until(108).empty());
    CHECK(bench.venue().top().has_ask());
    const std::vector<Event> answers = bench.until(109);
    REQUIRE(kinds(answers) == Kinds{Kind::accepted});
    CHECK(answers[0].exchange_time == Nanos{79});
    CHECK(answers[0].local_time == Nanos{109});
    CHECK(bench.venue().in_flight(0) == 0);
}

TEST_CASE("post-only expires by the book at its arrival, not by the one that we saw") {
    const Rows rows = book({level(50, Side::ask, 100, 1), level(200, Side::ask, 100, 0)});
    for (const std::int64_t now : {10, 150}) {
        Bench<Rules::ours> bench(rows, Latency(Nanos{100}, Nanos{0}));
        bench.submit(0, now, Side::bid, 100, 1);
        CHECK(kinds(bench.rest()) == Kinds{now == 10 ? Kind::expired : Kind::accepted});
    }
}

TEST_CASE("asks of one lane never overtake each other, and nor do answers") {
    const Latency slowing(std::vector<LatencySample>{{0, 500, 600}, {100, 510, 520}});
    Bench<Rules::ours> bench(book(), slowing);
    bench.submit(0, 0, Side::bid, 99, 1);
    bench.submit(1, 100, Side::bid, 98, 1);
    const std::vector<Event> answers = bench.rest();
    REQUIRE(answers.size() == 2);
    CHECK(answers[0].order_id == 0);
    CHECK(answers[0].exchange_time == Nanos{500});
    CHECK(answers[1].exchange_time == Nanos{510});
    CHECK(answers[0].local_time == Nanos{600});
    CHECK(answers[1].local_time == Nanos{600});
}

TEST_CASE(
    "a market order walks the levels and counts each fill once; the peer takes all at the best") {
    Bench<Rules::ours> ours(book());
    ours.submit(0, 1, Side::bid, 0, 12, Lifetime::market);
    const std::vector<Event> answers = ours.rest();
    REQUIRE(kinds(answers) == Kinds{Kind::accepted, Kind::filled, Kind::filled, Kind::expired});
    CHECK(answers[1].price == Ticks{101});
    CHECK(answers[2].price == Ticks{102});
    CHECK(answers[1].size + answers[2].size == Lots{10});
    CHECK(answers[3].size == Lots{2});
    CHECK((answers[1].flags & flag::taker) != 0);
    CHECK(static_cast<std::int32_t>(answers[1].detail) == -2);  // the mid is a tick below

    Bench<Rules::peer> peer(book());
    peer.submit(0, 1, Side::bid, 0, 12, Lifetime::market);
    const std::vector<Event> theirs = peer.rest();
    REQUIRE(kinds(theirs) == Kinds{Kind::filled});
    CHECK(theirs[0].size == Lots{12});
    CHECK(theirs[0].price == Ticks{101});
}

TEST_CASE("good till cancel takes what it reaches and rests with what is left") {
    Bench<Rules::ours> bench(book({trade(50, Side::ask, 101, 4)}));
    bench.submit(0, 1, Side::bid, 101, 8, Lifetime::good_till_cancel);
    CHECK(kinds(bench.until(1)) == Kinds{Kind::accepted, Kind::filled});
    const std::vector<Event> more = bench.rest();
    REQUIRE(kinds(more) == Kinds{Kind::filled});
    CHECK(more[0].size == Lots{3});
    CHECK((more[0].flags & flag::taker) == 0);
}

TEST_CASE("immediate takes what it reaches and no more; fill or kill takes all or nothing") {
    Bench<Rules::ours> bench(book());
    bench.submit(0, 1, Side::ask, 98, 12, Lifetime::immediate);
    bench.submit(1, 2, Side::ask, 100, 1, Lifetime::immediate);
    bench.submit(2, 3, Side::ask, 98, 11, Lifetime::fill_or_kill);
    bench.submit(3, 4, Side::ask, 98, 10, Lifetime::fill_or_kill);
    bench.submit(4, 5, Side::ask, 100, 10, Lifetime::fill_or_kill);
    const std::vector<Event> answers = bench.rest();
    CHECK(kinds(answers) == Kinds{Kind::accepted, Kind::filled, Kind::filled, Kind::expired,
                                  Kind::expired, Kind::expired, Kind::accepted, Kind::filled,
                                  Kind::filled, Kind::expired});
    CHECK(answers[3].size == Lots{2});
    CHECK(answers[5].order_id == 2);
    CHECK(answers[9].order_id == 4);
}

TEST_CASE("market orders on an empty side expire, under both rules") {
    const auto last_kind = [](auto bench) {
        bench.submit(0, 1, Side::bid, 0, 1, Lifetime::market);
        return bench.rest().back().kind;
    };
    const Rows rows{level(0, Side::bid, 99, 5)};
    CHECK(last_kind(Bench<Rules::ours>(rows)) == Kind::expired);
    CHECK(last_kind(Bench<Rules::peer>(rows)) == Kind::expired);
}

TEST_CASE("less at the same price keeps the place in the queue; more, or another price, loses it") {
    struct Case {
        std::int32_t price;
        std::int64_t size;
        std::int64_t filled;  // by a print of 7 after the level grew from 5 to 9
    };
    for (const Case& one : {Case{99, 3, 2}, Case{99, 4, 2}, Case{99, 6, 0}, Case{98, 3, 3}}) {
        Bench<Rules::ours> bench(book({level(10, Side::bid, 99, 9), trade(30, Side::ask, 99, 7)}));
        bench.submit(0, 1, Side::bid, 99, 4);
        bench.amend(0, 20, one.price, one.size);
        std::int64_t filled = 0;
        for (const Event& answer : bench.until(30)) {
            if (answer.kind == Kind::filled) filled += answer.size.count;
        }
        CAPTURE(one.price);
        CAPTURE(one.size);
        CHECK(filled == (one.price == 98 ? 0 : one.filled));
    }
}

TEST_CASE("what was filled in the meantime counts against an amend, and may use it up") {
    for (const std::int64_t size : {3, 5}) {
        Bench<Rules::ours> bench(book({trade(10, Side::ask, 99, 8)}));
        bench.submit(0, 1, Side::bid, 99, 6);
        bench.amend(0, 20, 99, size);
        const std::vector<Event> answers = bench.rest();
        const Kind expected = size == 3 ? Kind::cancelled : Kind::amended;
        REQUIRE(kinds(answers) == Kinds{Kind::accepted, Kind::filled, expected});
        CHECK(answers[1].size == Lots{3});
        CHECK(answers[2].size == Lots{size == 3 ? 3 : 2});
    }
}

TEST_CASE("an order that is filled and made larger again and again counts up to the last lot") {
    constexpr std::int64_t size = std::int64_t{1} << 60;
    Rows rows = book();
    for (std::int64_t i = 1; i <= 12; ++i) rows.push_back(trade(10 * i, Side::ask, 90, size - 1));
    Bench<Rules::ours> bench(rows);
    bench.submit(0, 1, Side::bid, 99, size);
    Lots filled{};
    for (std::int64_t i = 1; i <= 12; ++i) {
        for (const Event& answer : bench.until(10 * i)) {
            if (answer.kind == Kind::filled) filled = capped_sum(filled, answer.size);
        }
        bench.amend(0, 10 * i, 99, capped_sum(filled, Lots{size}).count);
    }
    CHECK(filled == Lots{std::numeric_limits<std::int64_t>::max()});
}

TEST_CASE("an amend onto the other side is treated as a new order") {
    Bench<Rules::ours> bench(book());
    bench.submit(0, 1, Side::bid, 99, 6);
    bench.amend(0, 2, 101, 6);
    CHECK(kinds(bench.rest()) == Kinds{Kind::accepted, Kind::expired});
}

TEST_CASE("the peer's moved order still executes its old size") {
    Bench<Rules::peer> bench(book({trade(30, Side::ask, 97, 1)}));
    bench.submit(0, 1, Side::bid, 99, 4);
    bench.amend(0, 20, 98, 9);
    const std::vector<Event> answers = bench.rest();
    REQUIRE(kinds(answers) == Kinds{Kind::accepted, Kind::amended, Kind::filled});
    CHECK(answers[1].size == Lots{4});
    CHECK(answers[2].size == Lots{4});
}

TEST_CASE("cancels and amends of what is gone, or never was, are rejected") {
    Bench<Rules::ours> bench(book());
    bench.submit(0, 1, Side::bid, 99, 6);
    bench.cancel(0, 2);
    bench.cancel(0, 3);
    bench.amend(0, 4, 98, 1);
    bench.cancel(1ULL << 32U, 5);  // the slot's next order
    CHECK(kinds(bench.rest()) ==
          Kinds{Kind::accepted, Kind::cancelled, Kind::rejected, Kind::rejected, Kind::rejected});
}

TEST_CASE("a refused ask never arrives, and we know after the time that a refusal takes") {
    const Latency refusing(std::vector<LatencySample>{{0, 5, 9}, {100, 0, 130}, {200, 205, 209}});
    Bench<Rules::ours> bench(book({trade(500, Side::ask, 90, 99)}), refusing);
    bench.submit(0, 50, Side::bid, 99, 6);
    CHECK(bench.venue().in_flight(0) == 1);
    CHECK(bench.until(68).empty());
    const std::vector<Event> answers = bench.rest();
    REQUIRE(kinds(answers) == Kinds{Kind::rejected});
    CHECK(answers[0].local_time == Nanos{50 + 19});
    CHECK(bench.venue().in_flight(0) == 0);
}

TEST_CASE("prints without a side fill nobody") {
    Bench<Rules::ours> bench(book({trade(10, Side::none, 90, 99)}));
    bench.submit(0, 1, Side::bid, 99, 6);
    CHECK(kinds(bench.rest()) == Kinds{Kind::accepted});
}

TEST_CASE("a touch moves queues and fills as a level does; the peer does not read it") {
    const Rows rows = book({row(Kind::touch, 10, Side::ask, 98, 4)});
    Bench<Rules::ours> ours(rows);
    Bench<Rules::peer> peer(rows);
    ours.submit(0, 1, Side::bid, 99, 6);
    peer.submit(0, 1, Side::bid, 99, 6);
    const std::vector<Event> answers = ours.rest();
    REQUIRE(kinds(answers) == Kinds{Kind::accepted, Kind::filled});
    CHECK(answers[1].size == Lots{4});
    CHECK(ours.venue().top().price[1] == Ticks{98});
    CHECK(kinds(peer.rest()) == Kinds{Kind::accepted});
    CHECK(peer.venue().top().price[1] == Ticks{101});
}

TEST_CASE("the next message is one that ends there, of its kind, after now") {
    Rows rows{level(0, Side::bid, 99, 5, 5), level(0, Side::bid, 98, 5, 5),
              trade(10, Side::bid, 99, 5, 5), level(20, Side::bid, 98, 5, 5)};
    rows[0].flags = flag::both;
    Bench<Rules::ours> books(rows), trades(rows);
    CHECK(books.venue().next_message(Kind::level, Nanos{0}) == Nanos{5});
    CHECK(books.venue().next_message(Kind::level, Nanos{5}) == Nanos{25});
    CHECK(books.venue().next_message(Kind::level, Nanos{25}) == never);
    CHECK(trades.venue().next_message(Kind::trade, Nanos{0}) == Nanos{15});
    CHECK(trades.venue().next_message(Kind::trade, Nanos{15}) == never);
}

TEST_CASE("time starts with the first row on either clock") {
    Rows rows{level(100, Side::bid, 99, 5, 7), level(50, Side::bid, 99, 5, 7)};
    rows[0].flags = flag::at_exchange;
    rows[1].flags = flag::at_local;
    CHECK(Bench<Rules::ours>(rows).venue().first_time() == Nanos{57});
    CHECK(Bench<Rules::ours>({}).venue().first_time() == never);
}
