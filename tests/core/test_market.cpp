// Market: decisions and their ends, lanes alone and together, threads, faults, limits, no allocation.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

#include "allocations.hpp"
#include "market.hpp"
#include "tapes.hpp"

using namespace halfspread;
using tapes::level;
using tapes::Rows;
using tapes::Tape;
using tapes::trade;

namespace {

constexpr std::int64_t ms = 1'000'000;
constexpr double nothing = std::numeric_limits<double>::quiet_NaN();

// Quotes half a spread round the mid, leaning against the inventory; params are [half, size, lean].
void maker(const double* shared, const double* lanes, const double* params, double* quotes,
           std::int64_t n) {
    for (std::int64_t i = 0; i < n; ++i) {
        const double* lane = params + 3 * i;
        const double centre = shared[0] - lane[2] * lanes[i];
        double* quote = quotes + 4 * i;
        quote[0] = centre - lane[0];
        quote[1] = centre + lane[0];
        quote[2] = quote[3] = lane[1];
    }
}
constexpr std::size_t width = 3;

std::vector<double> params_of(std::size_t lanes) {
    std::vector<double> params;
    for (std::size_t lane = 0; lane < lanes; ++lane) {
        const auto i = static_cast<double>(lane);
        params.insert(params.end(), {0.6 + 0.25 * i, 3.0 + 2.0 * i, 0.02 * i});
    }
    return params;
}

MarketConfig config_of(Rules rules, std::size_t lanes = 1) {
    MarketConfig config;
    config.rules = rules;
    config.queue = {QueueModel::power3, 2.0};
    config.latency = Latency(Nanos{3 * ms}, Nanos{4 * ms});
    config.contract.money = Money(0.1, 1.0, 1.0, false);
    config.contract.fees = {FeeKind::value, -0.0001, 0.0004};
    config.contract.tick = 0.1;
    config.every = Nanos{20 * ms};
    config.signals = {Nanos{20 * ms}, 2.0, 5};
    config.policy.limit = Lots{40};
    config.lanes = lanes;
    return config;
}

const Rows& market_rows() {
    static const Rows rows = tapes::random_market(12, 8'000, {.sideless = 50});
    return rows;
}

std::unique_ptr<Lanes> run(const Columns& columns, const MarketConfig& config,
                           const std::vector<double>& params) {
    auto lanes = make_lanes(columns, config);
    while (lanes->advance()) lanes->decide(maker, params.data());
    return lanes;
}

bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

// Lane `mine` of a is lane `theirs` of b, in all that came out.
void check_same_lane(const Lanes& a, std::uint32_t mine, const Lanes& b, std::uint32_t theirs,
                     std::uint64_t slots) {
    const auto of_lane = [](const Lanes& lanes, std::uint32_t lane) {
        std::vector<Fill> fills;
        std::copy_if(lanes.fills.begin(), lanes.fills.end(), std::back_inserter(fills),
                     [lane](const Fill& fill) { return fill.lane == lane; });
        return fills;
    };
    const std::vector<Fill> x = of_lane(a, mine), y = of_lane(b, theirs);
    REQUIRE(x.size() == y.size());
    for (std::size_t i = 0; i < x.size(); ++i) {
        REQUIRE(x[i].exchange_time == y[i].exchange_time);
        REQUIRE(x[i].local_time == y[i].local_time);
        REQUIRE(x[i].order_id - mine * slots == y[i].order_id - theirs * slots);
        REQUIRE(x[i].side == y[i].side);
        REQUIRE(x[i].price == y[i].price);
        REQUIRE(x[i].size == y[i].size);
        REQUIRE(x[i].maker == y[i].maker);
        REQUIRE(x[i].fee == y[i].fee);
        REQUIRE(x[i].mid_half_ticks == y[i].mid_half_ticks);
    }
    const Account &p = a.desk(mine).account, &q = b.desk(theirs).account;
    REQUIRE(p.inventory == q.inventory);
    REQUIRE(p.cash == q.cash);
    REQUIRE(p.spread == q.spread);
    REQUIRE(p.fees == q.fees);
    REQUIRE(p.inventory_time == q.inventory_time);
    const OrderCounts &r = a.desk(mine).orders.counts(), &s = b.desk(theirs).orders.counts();
    REQUIRE(r.submits == s.submits);
    REQUIRE(r.cancels == s.cancels);
    REQUIRE(r.expired == s.expired);
    REQUIRE(r.room_cut == s.room_cut);
    REQUIRE(a.quoting[mine] == b.quoting[theirs]);
    const std::size_t n = a.inventory.size(), m = b.inventory.size();
    REQUIRE(a.path.time.size() == b.path.time.size());
    for (std::size_t i = 0; i < a.path.time.size(); ++i) {
        REQUIRE(a.path.time[i] == b.path.time[i]);
        REQUIRE(a.path.inventory[i * n + mine] == b.path.inventory[i * m + theirs]);
        REQUIRE(same(a.path.bid[i * n + mine], b.path.bid[i * m + theirs]));
        REQUIRE(same(a.path.ask[i * n + mine], b.path.ask[i * m + theirs]));
        REQUIRE(same(a.path.wealth[i * n + mine], b.path.wealth[i * m + theirs]));
    }
}

// Rows at 0, 100, 200 and 300 ms round a mid of 100.
Rows four_rows() {
    return {level(0, Side::bid, 99, 5), level(100 * ms, Side::ask, 101, 5),
            level(200 * ms, Side::ask, 103, 5), level(300 * ms, Side::ask, 104, 5)};
}
const std::vector<double> no_quote{0.0, 0.0, 0.0, 0.0};
const std::vector<double> quote_98{98.0, 110.0, 1.0, 0.0};

std::int64_t decisions(const Rows& rows, const MarketConfig& config,
                       const std::vector<double>& quote) {
    const Tape tape(rows);
    const auto lanes = make_lanes(tape.columns(), config);
    while (lanes->advance()) lanes->decide(quote.data());
    CHECK_FALSE(lanes->advance());
    return lanes->decisions;
}

constexpr Rules both_rules[] = {Rules::ours, Rules::peer};

}  // namespace

TEST_CASE("decisions come every so often from the first row on, before the last") {
    const Tape tape(four_rows());
    MarketConfig config = config_of(Rules::ours);
    config.every = Nanos{70 * ms};
    const auto lanes = make_lanes(tape.columns(), config);
    std::vector<std::int64_t> times;
    while (lanes->advance()) times.push_back(lanes->now.count / ms);
    CHECK(times == std::vector<std::int64_t>{70, 140, 210, 280});
    CHECK(lanes->shared.time == doctest::Approx(0.35));
    CHECK(lanes->rows_seen() == 4);
}

TEST_CASE("at the end ours stops; the peer decides on while anything is under way") {
    MarketConfig config = config_of(Rules::ours);
    config.every = Nanos{100 * ms};
    config.latency = Latency(Nanos{150 * ms}, Nanos{150 * ms});
    CHECK(decisions(four_rows(), config, quote_98) == 2);
    config.rules = Rules::peer;
    CHECK(decisions(four_rows(), config, no_quote) == 2);
    // Sent at 100 and at the venue at 250, answered at 400: the lane is done then.
    CHECK(decisions(four_rows(), config, quote_98) == 3);
}

TEST_CASE("a lane that never rests comes to an end under the peer's rules, too") {
    MarketConfig config = config_of(Rules::peer);
    config.every = Nanos{10 * ms};
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
    MarketConfig config = config_of(Rules::ours);
    config.every = Nanos{100 * ms};
    config.latency = Latency(Nanos{0}, Nanos{500 * ms});
    const Tape tape({level(0, Side::bid, 99, 5), level(0, Side::ask, 105, 5),
                     trade(250 * ms, Side::ask, 90, 50), level(300 * ms, Side::ask, 105, 6)});
    const auto lanes = make_lanes(tape.columns(), config);
    while (lanes->advance()) lanes->decide(quote_98.data());
    REQUIRE(lanes->fills.size() == 1);
    CHECK(lanes->fills[0].local_time == Nanos{750 * ms});
    CHECK(lanes->inventory[0] == 1.0);
    CHECK(lanes->path.inventory.back() == 1);
    CHECK(lanes->path.wealth.back() ==
          doctest::Approx((102.0 - 98.0) * 0.1 - lanes->desk(0).account.fees));
    CHECK(lanes->path.time.size() == 3);
}

TEST_CASE("the state that models see") {
    MarketConfig config = config_of(Rules::ours);
    config.every = Nanos{100 * ms};
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
    MarketConfig config = config_of(Rules::ours);
    config.every = Nanos{50 * ms};
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
        CHECK(decisions({}, config_of(rules), no_quote) == 0);
    }
}

TEST_CASE("lanes together come out as each of them alone") {
    const Tape tape(market_rows());
    constexpr std::size_t n = 6;
    const std::vector<double> params = params_of(n);
    for (const Rules rules : both_rules) {
        for (const bool amend : {false, true}) {
            MarketConfig config = config_of(rules, n);
            config.policy.amend = amend;
            config.policy.levels = 2;
            const auto slots = static_cast<std::uint64_t>(config.policy.slots());
            const auto together = run(tape.columns(), config, params);
            REQUIRE(together->fills.size() > 500);
            config.lanes = 1;
            for (std::uint32_t lane = 0; lane < n; ++lane) {
                const std::vector<double> mine(params.begin() + width * lane,
                                               params.begin() + width * (lane + 1));
                const auto alone = run(tape.columns(), config, mine);
                check_same_lane(*together, lane, *alone, 0, slots);
            }
        }
    }
}

TEST_CASE("lanes cut into one, two or three blocks come out the same") {
    const Tape tape(market_rows());
    constexpr std::size_t n = 7;
    const std::vector<double> params = params_of(n);
    const Model model{maker, params.data(), width};
    for (const Rules rules : both_rules) {
        const MarketConfig config = config_of(rules, n);
        const auto slots = static_cast<std::uint64_t>(config.policy.slots());
        const auto whole = run(tape.columns(), config, params);
        for (const std::size_t threads : {1U, 2U, 3U, 20U}) {
            const auto blocks = run_blocks(tape.columns(), config, model, threads,
                                           [](std::size_t) { return true; });
            REQUIRE(blocks.size() == std::min(threads, n));
            std::uint32_t lane = 0;
            for (const auto& block : blocks) {
                for (std::uint32_t i = 0; i < block->inventory.size(); ++i) {
                    check_same_lane(*whole, lane++, *block, i, slots);
                }
            }
            REQUIRE(lane == n);
        }
    }
}

TEST_CASE("an own book gives what the venue's log gives, bit for bit") {
    const Tape tape(market_rows());
    const std::vector<double> params = params_of(4);
    for (const Rules rules : both_rules) {
        MarketConfig config = config_of(rules, 4);
        const auto logged = run(tape.columns(), config, params);
        config.keep_own_book = true;
        const auto full = run(tape.columns(), config, params);
        const auto slots = static_cast<std::uint64_t>(config.policy.slots());
        for (std::uint32_t lane = 0; lane < 4; ++lane) {
            check_same_lane(*logged, lane, *full, lane, slots);
        }
    }
}

TEST_CASE("progress is told the rows, and may stop the run") {
    const Tape tape(market_rows());
    const std::vector<double> params = params_of(2);
    const Model model{maker, params.data(), width};
    std::vector<std::size_t> told;
    run_blocks(tape.columns(), config_of(Rules::ours, 2), model, 2, [&](std::size_t rows) {
        told.push_back(rows);
        return told.size() < 3;
    });
    CHECK(told.size() == 3);
    CHECK(std::is_sorted(told.begin(), told.end()));
    CHECK(told.back() < market_rows().size());
}

TEST_CASE("fills, accounts and paths tell one story") {
    const Tape tape(market_rows());
    constexpr std::size_t n = 3;
    for (const Rules rules : both_rules) {
        MarketConfig config = config_of(rules, n);
        config.sample_every = 7;
        const auto lanes = run(tape.columns(), config, params_of(n));
        REQUIRE(lanes->path.time.size() ==
                static_cast<std::size_t>((lanes->decisions + 6) / 7 + 1));
        for (std::uint32_t lane = 0; lane < n; ++lane) {
            const Account& account = lanes->desk(lane).account;
            std::int64_t inventory = 0, peak = 0, fills = 0;
            double fees = 0.0;
            for (const Fill& fill : lanes->fills) {
                if (fill.lane != lane) continue;
                CHECK(fill.exchange_time <= fill.local_time);
                inventory += sign(fill.side) * fill.size.count;
                peak = std::max(peak, std::abs(inventory));
                fees += fill.fee;
                ++fills;
            }
            CHECK(account.inventory.count == inventory);
            CHECK(account.peak.count == peak);
            CHECK(peak <= config.policy.limit.count);
            CHECK(account.fees == fees);
            CHECK(account.fills == fills);
            CHECK(lanes->inventory[lane] == static_cast<double>(inventory));
            CHECK(lanes->path.inventory[lanes->path.inventory.size() - n + lane] == inventory);
            const double mid = static_cast<double>(lanes->path.mid_half_ticks.back()) / 2.0;
            const double wealth = config.contract.money.coins(account.cash) +
                                  static_cast<double>(inventory) * mid * 0.1 - fees;
            CHECK(lanes->path.wealth[lanes->path.wealth.size() - n + lane] ==
                  doctest::Approx(wealth).epsilon(1e-9));
        }
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
    MarketConfig config = config_of(Rules::ours);
    config.every = Nanos{100 * ms};
    const auto lanes = make_lanes(tape.columns(), config);
    REQUIRE(lanes->advance());
    const std::uint64_t order = lanes->submit(0, Side::bid, Ticks{95}, Lots{9}, Lifetime::post_only);
    REQUIRE(order != 0);
    CHECK_FALSE(lanes->cancel(0, order));  // not yet known to be live
    CHECK(lanes->submit(0, Side::bid, Ticks{0}, Lots{3}, Lifetime::market) != 0);
    CHECK(lanes->submit(0, Side::bid, Ticks{0}, Lots{29}, Lifetime::market) == 0);  // the limit
    REQUIRE(lanes->advance());
    CHECK(lanes->inventory[0] == 3.0);
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
    rows.push_back(tapes::row(Kind::clear, 400 * ms, Side::bid, everything.count, 0));
    const Tape tape(rows);
    const std::vector<std::int64_t> times{-1, 0, 100 * ms - 1, 100 * ms, 250 * ms, 400 * ms};
    const std::vector<std::int64_t> mids = mids_at(tape.columns(), times.data(), times.size());
    CHECK(mids == std::vector<std::int64_t>{no_mid, no_mid, no_mid, 200, 200, no_mid});
}

TEST_CASE("after a warm-up, deciding and advancing never allocates") {
    const Tape tape(market_rows());
    constexpr std::size_t n = 8;
    const std::vector<double> params = params_of(n);
    for (const Rules rules : both_rules) {
        for (const bool keep_own_book : {false, true}) {
            for (const Schedule schedule : {Schedule::every, Schedule::book, Schedule::trade}) {
                CAPTURE(static_cast<int>(rules));
                CAPTURE(static_cast<int>(schedule));
                MarketConfig config = config_of(rules, n);
                config.keep_own_book = keep_own_book;
                config.schedule = schedule;
                const auto lanes = make_lanes(tape.columns(), config);
                for (int i = 0; i < 200; ++i) {
                    REQUIRE(lanes->advance());
                    lanes->decide(maker, params.data());
                }
                const std::size_t before = allocations();
                while (lanes->advance()) lanes->decide(maker, params.data());
                CHECK(allocations() == before);
                CHECK(lanes->fills.size() > 300);
            }
        }
    }
}
