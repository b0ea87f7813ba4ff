// Replay against its plain twin under random asks, and each rule of the venue on its own.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <random>
#include <vector>

#include "plain_venue.hpp"
#include "replay.hpp"
#include "tapes.hpp"

using namespace halfspread;
using tapes::level;
using tapes::Random;
using tapes::Rows;
using tapes::Tape;
using tapes::trade;

namespace {

struct OursRule {
    static constexpr Rules rules = Rules::ours;
};
struct PeerRule {
    static constexpr Rules rules = Rules::peer;
};

constexpr std::size_t slots = 8;

Event ask_of(Kind kind, std::uint64_t id, std::int64_t now, Side side, std::int32_t price,
             std::int64_t size, Lifetime lifetime = Lifetime::post_only) {
    Event ask = tapes::row(kind, now, side, price, size);
    ask.order_id = id;
    ask.lane = static_cast<std::uint32_t>((id & 0xffff'ffffU) / slots);
    ask.detail = kind == Kind::submit ? static_cast<std::uint32_t>(lifetime) : 0;
    return ask;
}

// A venue of one lane on a few rows, and what it answered.
template <Rules rules>
class Bench {
public:
    explicit Bench(const Rows& rows, const Latency& latency = Latency())
        : tape_(rows),
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

bool same(const Event& a, const Event& b) {
    const bool is_fill = a.kind == Kind::filled;
    return a.kind == b.kind && a.order_id == b.order_id && a.lane == b.lane && a.side == b.side &&
           a.size == b.size && a.price == b.price && a.local_time == b.local_time &&
           a.exchange_time == b.exchange_time &&
           (!is_fill || (a.flags == b.flags && a.detail == b.detail));
}

// Random asks to a Replay and to its twin; whatever they answer must be the same.
template <Rules rules, class View>
class Trial {
public:
    static constexpr std::size_t lanes = 3;

    Trial(const Rows& rows, const Latency& latency, const QueueRule& queue, std::uint64_t seed)
        : tape_(rows),
          venue_(std::make_unique<Replay<rules, View>>(tape_.columns(), queue, CoinScale(1.0),
                                                       latency, SignalPolicy{}, lanes, slots)),
          twin_(rows, queue, CoinScale(1.0), latency, lanes),
          random_(seed),
          now_(venue_->first_time()) {}

    // Returns how many fills there were.
    std::int64_t run() {
        while (!venue_->exhausted(now_)) {
            now_ += Nanos{within(within(4) == 0 ? 60'000'000 : 3'000'000)};
            advance(now_);
            for (std::int64_t i = within(3); i > 0; --i) act();
        }
        advance(never);
        return fills_;
    }

private:
    struct Ours {
        bool busy = false, accepted = false;
        std::uint64_t generation = 0;
        std::int64_t leaves = 0;
        Side side = Side::none;
    };

    std::int64_t within(std::int64_t bound) {
        return static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(bound));
    }

    void advance(Nanos now) {
        venue_->exchange_until(now);
        venue_->local_until(now);
        std::vector<Event> answers;
        venue_->deliver(now, [&](const Event& answer) { answers.push_back(answer); });
        std::vector<Event> expected = twin_.run_until(now);
        if (rules == Rules::peer) sort_instants(answers), sort_instants(expected);
        REQUIRE(answers.size() == expected.size());
        for (std::size_t i = 0; i < answers.size(); ++i) {
            CAPTURE(i);
            REQUIRE(same(answers[i], expected[i]));
            learn(answers[i]);
        }
    }
    // The peer fills the orders of one row in any order.
    static void sort_instants(std::vector<Event>& answers) {
        std::stable_sort(answers.begin(), answers.end(), [](const Event& a, const Event& b) {
            if (a.local_time != b.local_time) return a.local_time < b.local_time;
            if (a.exchange_time != b.exchange_time) return a.exchange_time < b.exchange_time;
            return (a.order_id & 0xffff'ffffU) < (b.order_id & 0xffff'ffffU);
        });
    }

    void learn(const Event& answer) {
        Ours& ours = ours_[answer.order_id & 0xffff'ffffU];
        if (!ours.busy || ours.generation != answer.order_id >> 32U) return;
        const bool is_over = answer.kind == Kind::cancelled || answer.kind == Kind::expired ||
                             (answer.kind == Kind::rejected && !ours.accepted);
        ours.accepted = true;
        if (answer.kind == Kind::amended) ours.leaves = answer.size.count;
        if (answer.kind == Kind::filled) {
            ours.leaves -= answer.size.count;
            ++fills_;
        }
        REQUIRE(ours.leaves >= 0);
        ours.busy = !is_over && ours.leaves > 0;
    }

    void act() {
        const auto slot = static_cast<std::uint64_t>(within(lanes * slots));
        Ours& ours = ours_[slot];
        const Top top = venue_->top();
        const Side side = within(2) == 0 ? Side::bid : Side::ask;
        const std::int32_t base = top.has_both() ? top.price[index(side)].count : 10'000;
        const auto price = base - sign(side) * static_cast<std::int32_t>(within(6) - 2);
        const std::int64_t size = 1 + within(20);
        if (!ours.busy) {
            ours = {true, false, ours.generation + 1, size, side};
            const auto lifetime = static_cast<Lifetime>(std::max(within(9) - 4, std::int64_t{0}));
            return send(Kind::submit, slot, side, price, size, lifetime);
        }
        if (within(3) == 0) return send(Kind::cancel, slot, ours.side, 0, 0);
        send(Kind::amend, slot, ours.side, price, size);
    }
    void send(Kind kind, std::uint64_t slot, Side side, std::int32_t price, std::int64_t size,
              Lifetime lifetime = Lifetime::post_only) {
        const std::uint64_t id = ours_[slot].generation << 32U | slot;
        const Event ask = ask_of(kind, id, now_.count, side, price, size, lifetime);
        venue_->send(ask);
        twin_.send(ask);
    }

    Tape tape_;
    std::unique_ptr<Replay<rules, View>> venue_;
    twin::PlainVenue<rules> twin_;
    Random random_;
    Nanos now_;
    Ours ours_[lanes * slots];
    std::int64_t fills_ = 0;
};

std::vector<LatencySample> random_samples(std::uint64_t seed) {
    Random random(seed);
    std::vector<LatencySample> samples;
    std::int64_t asked = 1'000'000'000, venue = 0;
    for (int i = 0; i < 200; ++i) {
        asked += static_cast<std::int64_t>(random() % 200'000'000);
        venue = std::max(venue, asked + static_cast<std::int64_t>(random() % 9'000'000));
        samples.push_back({asked, i % 9 == 5 ? 0 : venue,
                           venue + static_cast<std::int64_t>(random() % 9'000'000)});
    }
    return samples;
}

}  // namespace

TEST_CASE_TEMPLATE("random asks are answered as the twin answers them", Rule, OursRule, PeerRule) {
    constexpr Rules rules = Rule::rules;
    const Latency latencies[] = {Latency(), Latency(Nanos{4'000'000}, Nanos{7'000'000}),
                                 Latency(Nanos{200'000'000}, Nanos{1}),
                                 Latency(random_samples(3))};
    tapes::Habits habits = tapes::wild;
    habits.silence = 0;
    std::uint64_t seed = 0;
    std::int64_t fills = 0;
    for (const Latency& latency : latencies) {
        for (const QueueModel model : {QueueModel::risk_averse, QueueModel::power}) {
            const QueueRule queue{model, 1.5};
            for (const tapes::Habits& one : {habits, tapes::Habits{}}) {
                const Rows rows = tapes::random_market(++seed, 2'500, one);
                fills += Trial<rules, LoggedView>(rows, latency, queue, seed).run();
            }
            habits.late = 5;
            const Rows rows = tapes::random_market(++seed, 2'500, habits);
            fills += Trial<rules, FullView<crossing_of(rules)>>(rows, latency, queue, seed).run();
            habits.late = 0;
        }
    }
    CHECK(fills > 5'000);
}

TEST_CASE("an ask that arrives with a row comes after it") {
    Bench<Rules::ours> early(book({level(100, Side::ask, 99, 1)}));
    early.submit(0, 99, Side::bid, 99, 5);
    CHECK(kinds(early.until(100)) == Kinds{Kind::accepted, Kind::filled});
    Bench<Rules::ours> late(book({level(100, Side::ask, 99, 1)}));
    late.submit(0, 100, Side::bid, 99, 5);
    CHECK(kinds(late.until(100)) == Kinds{Kind::expired});
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

TEST_CASE("a market order walks the levels and counts each fill once; the peer takes all at the best") {
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
    CHECK(kinds(bench.rest()) == Kinds{Kind::accepted, Kind::cancelled, Kind::rejected,
                                       Kind::rejected, Kind::rejected});
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
    const Rows rows = book({tapes::row(Kind::touch, 10, Side::ask, 98, 4)});
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
