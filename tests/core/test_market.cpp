// Market: when it decides and how it ends, what models see, faults, orders by hand, mids.
#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "makers.hpp"
#include "market.hpp"
#include "mids.hpp"
#include "tapes.hpp"

using namespace halfspread;
using namespace halfspread::tapes;

namespace {

constexpr double nothing = std::numeric_limits<double>::quiet_NaN();

// Rows at 0, 100, 200 and 300 ms round a mid of 100.
Rows four_rows() {
    return {level(0, Side::bid, 99, 5), level(100 * ms, Side::ask, 101, 5),
            level(200 * ms, Side::ask, 103, 5), level(300 * ms, Side::ask, 104, 5)};
}
const std::vector<double> no_quotes{0.0, 0.0, 0.0, 0.0};
const std::vector<double> quote_98{98.0, 110.0, 1.0, 0.0};

std::int64_t decisions(const Rows& rows, const MarketConfig& config,
                       const std::vector<double>& quote) {
    const Tape tape(rows);
    const auto lanes = run_quoting(tape.columns(), config, quote);
    CHECK_FALSE(lanes->advance());
    return lanes->decisions;
}

}  // namespace

TEST_CASE("decisions come every so often from the first row on, before the last") {
    const Tape tape(four_rows());
    MarketConfig config = config_of(Rules::ours, 1, 70 * ms);
    const auto lanes = make_lanes(tape.columns(), config);
    std::vector<std::int64_t> times;
    while (lanes->advance()) times.push_back(lanes->now.count / ms);
    CHECK(times == std::vector<std::int64_t>{70, 140, 210, 280});
    CHECK(lanes->shared.time == doctest::Approx(0.35));
    CHECK(lanes->rows_seen() == 4);
}

TEST_CASE("at the end ours stops; the peer decides on while anything is under way") {
    MarketConfig config = config_of(Rules::ours, 1, 100 * ms);
    config.latency = Latency(Nanos{150 * ms}, Nanos{150 * ms});
    CHECK(decisions(four_rows(), config, quote_98) == 2);
    config.rules = Rules::peer;
    CHECK(decisions(four_rows(), config, no_quotes) == 2);
    // Sent at 100 and at the venue at 250, answered at 400: the lane is done then.
    CHECK(decisions(four_rows(), config, quote_98) == 3);
}

TEST_CASE("a lane that never rests comes to an end under the peer's rules, too") {
    MarketConfig config = config_of(Rules::peer, 1, 10 * ms);
    config.latency = Latency(Nanos{100 * ms}, Nanos{100 * ms});
    const Tape tape(four_rows());
    const auto lanes = make_lanes(tape.columns(), config);
    while (lanes->advance()) {
        const double bid = 90.0 + static_cast<double>(lanes->decisions % 8);
        const std::vector<double> quote{bid, 110.0, 1.0, 0.0};
        lanes->decide(quote.data());
        lanes->submit(0, Side::ask, Ticks{120}, Lots{1}, Lifetime::post_only);
    }
    CHECK(lanes->decisions > 29);
    CHECK(lanes->decisions < 1'100);
}

TEST_CASE("what is under way at the end arrives, and is in the account and the last sample") {
    MarketConfig config = config_of(Rules::ours, 1, 100 * ms);
    config.latency = Latency(Nanos{0}, Nanos{500 * ms});
    const Tape tape({level(0, Side::bid, 99, 5), level(0, Side::ask, 105, 5),
                     trade(250 * ms, Side::ask, 90, 50), level(300 * ms, Side::ask, 105, 6)});
    const auto lanes = run_quoting(tape.columns(), config, quote_98);
    REQUIRE(lanes->fills.size() == 1);
    CHECK(lanes->fills[0].local_time == Nanos{750 * ms});
    CHECK(lanes->states[0].inventory == 1.0);
    CHECK(lanes->path.inventory.back() == 1);
    CHECK(lanes->path.wealth.back() ==
          doctest::Approx((102.0 - 98.0) * 0.1 - lanes->desk(0).account.fees));
    CHECK(lanes->path.time.size() == 3);
}

TEST_CASE("what is held is worth nobody knows what while no mid was ever known") {
    MarketConfig config = config_of(Rules::ours, 1, 100 * ms);
    const Tape tape({level(0, Side::bid, 99, 5), trade(250 * ms, Side::ask, 90, 50),
                     level(400 * ms, Side::bid, 99, 6)});
    const auto lanes = run_quoting(tape.columns(), config, quote_98);
    REQUIRE(lanes->states[0].inventory == 1.0);
    CHECK(lanes->path.wealth.front() == 0.0);
    CHECK(std::isnan(lanes->path.wealth.back()));
}

TEST_CASE("the state that models see") {
    MarketConfig config = config_of(Rules::ours, 1, 100 * ms);
    Rows rows = four_rows();
    rows[0].size = Lots{15};
    const Tape tape(rows);
    const auto lanes = make_lanes(tape.columns(), config);
    REQUIRE(lanes->advance());
    CHECK(lanes->shared.bid == 99.0);
    CHECK(lanes->shared.ask == 101.0);
    CHECK(lanes->shared.bid_size == 15.0);
    CHECK(lanes->shared.ask_size == 5.0);
    CHECK(lanes->shared.mid == 100.0);
    CHECK(lanes->shared.imbalance == 0.5);
    CHECK(lanes->shared.micro_price == doctest::Approx(100.5));
    CHECK(lanes->shared.time == doctest::Approx(0.1));
    CHECK(lanes->shared.time_left == doctest::Approx(0.2));
    CHECK(std::isnan(lanes->shared.volatility));
}

TEST_CASE("an empty side leaves what depends on it unknown") {
    MarketConfig config = config_of(Rules::ours, 1, 50 * ms);
    const Tape tape(four_rows());
    const auto lanes = make_lanes(tape.columns(), config);
    REQUIRE(lanes->advance());
    CHECK(lanes->shared.bid == 99.0);
    CHECK(std::isnan(lanes->shared.ask));
    CHECK(lanes->shared.ask_size == 0.0);
    CHECK(std::isnan(lanes->shared.mid));
    CHECK(std::isnan(lanes->shared.micro_price));
    CHECK(std::isnan(lanes->shared.imbalance));
}

TEST_CASE("decisions on messages: after each of the book, or after each trade") {
    Rows rows = four_rows();
    rows.insert(rows.begin() + 2, trade(150 * ms, Side::bid, 101, 1));
    rows[1].flags = flag::both;  // does not end its message
    const Tape tape(rows);
    MarketConfig config = config_of(Rules::ours);
    for (const Schedule schedule : {Schedule::book, Schedule::trade}) {
        config.schedule = schedule;
        const auto lanes = make_lanes(tape.columns(), config);
        std::vector<std::int64_t> times;
        while (lanes->advance()) times.push_back(lanes->now.count / ms);
        CHECK(times == (schedule == Schedule::book ? std::vector<std::int64_t>{200}
                                                   : std::vector<std::int64_t>{150}));
    }
}

TEST_CASE("a tape of no rows has no decisions") {
    for (const Rules rules : both_rules) {
        CHECK(decisions({}, config_of(rules), no_quotes) == 0);
    }
}

TEST_CASE("a faulty quote pulls its lane's quotes; the first is kept, all are counted") {
    const Tape tape(market_rows());
    MarketConfig config = config_of(Rules::ours, 2);
    const auto lanes = make_lanes(tape.columns(), config);
    std::int64_t faulty = 0;
    while (lanes->advance()) {
        const double mid = lanes->shared.mid;
        std::vector<double> quotes{mid - 9.0, mid + 9.0, 1.0, 1.0, mid - 9.0, mid + 9.0, 1.0, 1.0};
        if (lanes->decisions == 300) quotes[5] = nothing;
        if (lanes->decisions > 300) quotes[6] = -1.0;
        if (lanes->decisions >= 300) ++faulty;
        lanes->decide(quotes.data());
    }
    CHECK(lanes->faults[0].count == 0);
    CHECK(lanes->faults[1].count == faulty);
    CHECK(lanes->faults[1].kind == QuoteFault::not_finite);
    CHECK(lanes->faults[1].time == Nanos{market_rows()[0].exchange_time} + Nanos{300 * 20 * ms});
    CHECK(std::isnan(lanes->faults[1].quote[1]));
    CHECK(lanes->faults[1].shared.mid > 0.0);
    CHECK(lanes->desk(0).orders.any_live());
    CHECK_FALSE(lanes->desk(1).orders.any_live());
}

TEST_CASE("a model that knows nothing yet is excused") {
    const Tape tape(market_rows());
    const auto lanes = make_lanes(tape.columns(), config_of(Rules::ours));
    while (lanes->advance()) {
        const bool ready = !std::isnan(lanes->shared.volatility + lanes->shared.fill_decay);
        const double mid = ready ? lanes->shared.mid : nothing;
        const std::vector<double> quote{mid - 2.0, mid + 2.0, 1.0, 1.0};
        lanes->decide(quote.data());
    }
    CHECK(lanes->faults[0].count == 0);
    CHECK(lanes->desk(0).orders.counts().submits > 0);
}

TEST_CASE("orders by hand go the same road") {
    const Tape tape({level(0, Side::bid, 99, 5), level(0, Side::ask, 101, 5),
                     level(900 * ms, Side::ask, 101, 6)});
    MarketConfig config = config_of(Rules::ours, 1, 100 * ms);
    const auto lanes = make_lanes(tape.columns(), config);
    REQUIRE(lanes->advance());
    const std::uint64_t order =
        lanes->submit(0, Side::bid, Ticks{95}, Lots{9}, Lifetime::post_only);
    REQUIRE(order != 0);
    CHECK_FALSE(lanes->cancel(0, order));  // not yet known to be live
    CHECK(lanes->submit(0, Side::bid, Ticks{0}, Lots{3}, Lifetime::market) != 0);
    CHECK(lanes->submit(0, Side::bid, Ticks{0}, Lots{29}, Lifetime::market) == 0);  // the limit
    REQUIRE(lanes->advance());
    CHECK(lanes->states[0].inventory == 3.0);
    CHECK(lanes->amend(0, order, Ticks{96}, Lots{2}));
    REQUIRE(lanes->advance());
    CHECK(lanes->desk(0).orders.open(Side::bid) == Lots{2});
    CHECK(lanes->cancel(0, order));
    REQUIRE(lanes->advance());
    CHECK_FALSE(lanes->desk(0).orders.any_live());
    REQUIRE(lanes->fills.size() == 1);
    CHECK_FALSE(lanes->fills[0].maker);
}

TEST_CASE("a cancel that the venue refused is asked for again, and the order goes") {
    Rows rows;
    for (std::int64_t i = 0; i <= 50; ++i) rows.push_back(level(i * 20 * ms, Side::bid, 99, 5 + i));
    const Tape tape(rows);
    MarketConfig config = config_of(Rules::ours);
    std::vector<LatencySample> samples;
    for (std::int64_t i = 0; i <= 50; ++i) {
        const bool refused = i >= 18 && i <= 22;
        samples.push_back({i * 20 * ms, refused ? 0 : i * 20 * ms + ms, i * 20 * ms + 2 * ms});
    }
    config.latency = Latency(samples);
    const auto lanes = make_lanes(tape.columns(), config);
    while (lanes->advance()) {
        const std::vector<double> quote{lanes->decisions <= 20 ? 95.0 : 94.0, 0.0, 1.0, 0.0};
        lanes->decide(quote.data());
        REQUIRE(lanes->desk(0).orders.open(Side::bid) <= Lots{2});
    }
    CHECK(lanes->desk(0).orders.counts().rejected > 0);
    CHECK(lanes->desk(0).orders.open(Side::bid) == Lots{1});
}

TEST_CASE("mids at given times: the book's after all rows up to then, or no_mid") {
    Rows rows = four_rows();
    rows.push_back(row(Kind::clear, 400 * ms, Side::bid, everything.count, 0));
    const Tape tape(rows);
    const std::vector<std::int64_t> times{-1, 0, 100 * ms - 1, 100 * ms, 250 * ms, 400 * ms};
    const std::vector<std::int64_t> mids = mids_at(tape.columns(), times.data(), times.size());
    CHECK(mids == std::vector<std::int64_t>{no_mid, no_mid, no_mid, 200, 200, no_mid});
}
