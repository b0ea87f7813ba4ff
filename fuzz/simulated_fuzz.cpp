// Fuzzes simulated order books with makers of any bytes in them: the laws, and what a copy does.
//
// The input is 16 bytes of settings (the flow, its scenario, the makers) and then operations of 12
// bytes, which are read as quotes and as orders by hand. Each market runs as it is, as a copy that
// is taken on the way, and with all that happens in its book held against an exchange's laws: the
// three must come to the same, and what the makers believe of their orders must be so.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <memory>
#include <tuple>
#include <variant>
#include <vector>

#include "block.hpp"
#include "flows.hpp"
#include "fuzzed_market.hpp"
#include "market.hpp"
#include "recorded.hpp"
#include "simulated.hpp"

using namespace halfspread;
using namespace halfspread::fuzzing;

namespace {

struct Settings {
    std::uint8_t flow, limit, cancel, market;
    std::uint8_t shape, sizes, scenario, shock;
    std::uint8_t makers, room, levels, rules;
    std::uint8_t out, back, feed, seed;
};
static_assert(sizeof(Settings) == 16);

constexpr std::int64_t ms = 1'000'000;
constexpr Nanos begin{1'000'000'000 * ms};
constexpr Nanos every{50 * ms};
constexpr std::size_t most_decisions = 60;

// ------------------------------------------------------------------------------------------ laws

std::int32_t price_of(const Settings& settings) {
    constexpr std::int32_t farthest_price = 1 << 30;  // halfspread.flows takes none beyond
    if (settings.shape % 16 == 7) return farthest_price;
    return settings.shape % 16 == 8 ? -farthest_price : 1'000;
}
double rate_of(std::uint8_t byte) { return 0.25 * (1 + byte % 32); }

std::vector<std::int64_t> sizes_of(const Settings& settings) {
    return settings.sizes % 4 == 0 ? std::vector<std::int64_t>{1, 3, 1 << 20}
                                   : std::vector<std::int64_t>{1, settings.sizes};
}
std::vector<double> weights_of(const Settings& settings) {
    return std::vector<double>(sizes_of(settings).size(), 1.0);
}

ZeroIntelligenceLaws zero_intelligence(const Settings& settings) {
    ZeroIntelligenceLaws laws{.limit_rates = {},
                              .market_rate = settings.market == 0 ? 0.0 : rate_of(settings.market),
                              .cancel_rates = {rate_of(settings.cancel), 1.0},
                              .sizes = sizes_of(settings),
                              .size_weights = weights_of(settings),
                              .price = price_of(settings)};
    for (unsigned level = 0; level <= settings.shape / 16U; ++level)
        laws.limit_rates.push_back(rate_of(settings.limit) / (1.0 + level));
    return laws;
}

QueueReactiveLaws queue_reactive(const Settings& settings) {
    QueueReactiveLaws laws{.depths = {},
                           .theta = settings.sizes % 5 * 0.25,
                           .theta_reinit = settings.sizes / 5 % 5 * 0.25,
                           .price = price_of(settings)};
    for (unsigned depth = 0; depth <= settings.shape / 16U; ++depth) {
        QueueRates rates;
        const int longest = 1 + settings.limit / 32 % 4 * 3;
        for (int n = 0; n <= longest; ++n) {
            rates.limit.push_back(rate_of(settings.limit));
            rates.cancel.push_back(n == 0 ? 0.0 : rate_of(settings.cancel) * n);
            rates.market.push_back(n == 0 ? 0.0 : rate_of(settings.market) / (1.0 + depth));
        }
        rates.limit.back() = 0.0;  // so that no queue grows without end
        laws.depths.push_back(rates);
    }
    return laws;
}

// Each kind excites or holds back the others by shares of at most `most` children altogether.
HawkesLaws hawkes(const Settings& settings) {
    constexpr std::size_t kinds = Excitation::kinds;
    constexpr double most = 0.9;
    const std::vector<double> decays =
        settings.shape % 2 == 0 ? std::vector<double>{4.0} : std::vector<double>{1.0, 40.0};
    HawkesLaws laws{
        .excitation = {.baselines = std::vector<double>(kinds, 0.0), .decays = decays, .jumps = {}},
        .deep_weights = {1.0, 0.5, settings.sizes % 3 == 0 ? 0.0 : 0.1},
        .top_cancelled = (1.0 + settings.cancel) / 256.0,
        .deep_cancelled = (1.0 + settings.market) / 256.0,
        .sizes = sizes_of(settings),
        .size_weights = weights_of(settings),
        .opening_orders = 1 + settings.limit % 5,
        .price = price_of(settings)};
    for (std::size_t kind = 0; kind < kinds; ++kind)
        laws.excitation.baselines[kind] = (settings.limit >> kind % 8U & 1U) + 0.2;
    for (const double decay : decays) {
        for (std::size_t at = 0; at < kinds * kinds; ++at) {
            const bool holds_back = settings.scenario % 4 == 3 && at * settings.seed % 3 == 0;
            laws.excitation.jumps.push_back((holds_back ? -2.0 : 1.0) * most * decay /
                                            static_cast<double>(kinds * decays.size()));
        }
    }
    return laws;
}

Scenario scenario_of(const Settings& settings) {
    Scenario scenario;
    if ((settings.scenario & 8U) != 0)
        scenario.season = {{Nanos{0}, 2.0}, {Nanos{3'600'000 * ms}, 0.5}};
    if ((settings.scenario & 16U) != 0) {
        const double times = settings.shock % 2 == 0 ? 4.0 : 0.05;
        Shock shock{.at = begin + Nanos{settings.shock * 5 * ms},
                    .lasting = Nanos{settings.shock % 7 * 100 * ms},
                    .pace = {},
                    .sweeper = settings.shock % 3 == 0 ? Side::bid : Side::ask,
                    .sweep_ticks = settings.shock % 5 == 0 ? 1 << 20 : settings.shock % 4};
        shock.pace.limit[settings.shock % 2] = times;
        shock.pace.market[settings.shock / 2 % 2] = times;
        shock.pace.cancel[settings.shock / 4 % 2] = 1.0 / times;
        scenario.shocks = {shock, shock};
        scenario.shocks.back().at += Nanos{settings.shock % 3 * 50 * ms};
    }
    if ((settings.scenario & 32U) != 0)
        scenario.informed = {.rate = rate_of(settings.market),
                             .volatility = settings.shock % 8 == 0 ? 1e6 : settings.shock * 0.1,
                             .step = Nanos{ms * (1 + settings.shock)},
                             .size = settings.shock % 4 == 0 ? largest_size : Lots{3}};
    return scenario;
}

FlowLaws laws_of(const Settings& settings) {
    const Scenario scenario = scenario_of(settings);
    switch (settings.flow % 6) {
        case 0:
            return zero_intelligence(settings);
        case 1:
            return queue_reactive(settings);
        case 2:
            return hawkes(settings);
        case 3:
            return ScenarioLaws<ZeroIntelligenceLaws>{zero_intelligence(settings), scenario};
        case 4:
            return ScenarioLaws<QueueReactiveLaws>{queue_reactive(settings), scenario};
        default:
            return ScenarioLaws<HawkesLaws>{hawkes(settings), scenario};
    }
}

// ---------------------------------------------------------------------------------------- makers

MarketConfig config_of(const Settings& settings) {
    MarketConfig config;
    config.latency = Latency(Nanos{settings.out % 8 * 20 * ms}, Nanos{settings.back % 8 * 20 * ms});
    config.contract.money = Money(1.0, 1.0, 1.0, false);
    config.policy.levels = 1 + settings.levels % 3;
    config.policy.spacing = Ticks{1 + settings.levels / 3 % 4};
    config.policy.tolerance = Ticks{settings.levels / 12 % 3};
    config.policy.amend = (settings.rules & 1U) != 0;
    config.policy.taking = (settings.rules & 2U) != 0;
    config.policy.limit = Lots{settings.room % 8 == 0 ? 1 << 20 : settings.room};
    config.signals.depth = {.levels = settings.back / 8 % 3, .round_trip = Lots{settings.out / 8}};
    config.every = every;
    config.lanes = std::size_t{1} + settings.makers % 4;
    config.sample_every = 1 + settings.makers / 4 % 3;
    return config;
}

SimulatedPolicy policy_of(const Settings& settings, std::size_t decisions) {
    return {.seed = settings.seed,
            .first_lane = settings.seed,
            .begin = begin,
            .horizon = Nanos{every.count * static_cast<std::int64_t>(decisions)},
            .warm_up = Nanos{settings.feed / 64 * 500 * ms},
            .feed = Nanos{settings.feed % 4 * 30 * ms},
            .self_trade = static_cast<SelfTrade>(settings.rules / 4 % 4)};
}

// ------------------------------------------------------------------------------------------- laws

// What happens in the book, held against the laws; and where the book is.
struct Seen : Lawful {
    const Exchange* exchange = nullptr;
    void after(const auto& flow) {
        Lawful::after(flow);
        exchange = &flow.crowd().exchange();
        if (!wrong.empty()) require(false, wrong.c_str());
    }
};

std::unique_ptr<Lanes> watched_book(const FlowLaws& laws, const SimulatedPolicy& policy,
                                    const MarketConfig& config, Seen& seen) {
    const auto make = [&]<class Laws>(const Laws& given) -> std::unique_ptr<Lanes> {
        using Flow = Recorded<typename Laws::Flow, Seen>;
        return std::make_unique<Block<Simulated<Flow>>>(
            config, typename Flow::Laws{given, &seen}, policy, 0U, config.latency, config.signals,
            config.lanes, static_cast<std::size_t>(config.policy.slots()), true);
    };
    return std::visit(make, laws);
}

// When all has arrived: no ask is unanswered, and our orders and accounts are as the book has them.
void require_truth(const Lanes& lanes, std::size_t count, Seen& seen) {
    const OrderBook& book = seen.exchange->book();
    seen.wrong = seen.watch.wrong_in_depth(*seen.exchange);
    require(seen.wrong.empty(), seen.wrong.c_str());
    using Known = std::vector<std::tuple<Side, Ticks, Lots>>;
    for (std::uint32_t lane = 0; lane < count; ++lane) {
        const Desk& desk = lanes.desk(lane);
        Known ours, theirs;
        for (const Order& order : desk.orders.slots()) {
            if (order.state == OrderState::none) continue;
            require(order.state == OrderState::live, "all is answered");
            ours.emplace_back(order.side, order.price, order.leaves);
        }
        for (const Side side : {Side::bid, Side::ask}) {
            book.for_each_order(side, [&](std::uint32_t slot, Ticks price) {
                if (book.order(slot).owner != lane + 1) return;
                theirs.emplace_back(side, price, seen.exchange->resting().leaves(slot));
            });
        }
        std::ranges::sort(ours);
        std::ranges::sort(theirs);
        require(ours == theirs, "our orders");
        require(desk.account.inventory.count == seen.inventory[lane + 1], "inventory");
        require(desk.account.cash == Atoms{2} * seen.cash[lane + 1], "cash");  // in half ticks
    }
}

template <class Number>
void require_same_bits(const std::vector<Number>& a, const std::vector<Number>& b) {
    require(a.size() == b.size(), "as many samples");
    require(a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(Number)) == 0,
            "same samples");
}
void require_same_results(const Lanes& a, const Lanes& b) {
    require_same(a, b);
    require_same_bits(a.path.time, b.path.time);
    require_same_bits(a.path.mid_half_ticks, b.path.mid_half_ticks);
    require_same_bits(a.path.inventory, b.path.inventory);
    require_same_bits(a.path.bid, b.path.bid);
    require_same_bits(a.path.ask, b.path.ask);
    require_same_bits(a.path.wealth, b.path.wealth);
    require(a.mid_changes().size() == b.mid_changes().size(), "same mids");
}

void run(const Settings& settings, const std::vector<Operation>& operations) {
    const std::size_t decisions = std::min(operations.size(), most_decisions);
    const MarketConfig config = config_of(settings);
    const SimulatedPolicy policy = policy_of(settings, decisions);
    const FlowLaws laws = laws_of(settings);
    Seen seen;
    const auto lanes = make_book(laws, policy, config, 0);
    const auto watched = watched_book(laws, policy, config, seen);
    Trader trader(operations, (settings.rules & 16U) == 0);
    Trader other = trader, third = trader;
    std::unique_ptr<Lanes> copy;
    const std::size_t middle = settings.feed / 4 % (decisions + 1);
    for (std::size_t decision = 0;; ++decision) {
        const bool more = lanes->advance();
        require(watched->advance() == more, "same end");
        require_limit(*lanes, config);
        require_same(*lanes, *watched);
        if (!more) break;
        if (decision == middle) {
            copy = lanes->copy();
            third = trader;
        }
        trader.act(*lanes, decision);
        other.act(*watched, decision);
    }
    require_truth(*watched, config.lanes, seen);
    require_same_results(*lanes, *watched);
    if (copy == nullptr) return;
    std::size_t decision = middle;
    do third.act(*copy, decision++);
    while (copy->advance());
    require_same_results(*lanes, *copy);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Settings settings{};
    if (size < sizeof settings + sizeof(Operation)) return 0;
    std::memcpy(&settings, data, sizeof settings);
    run(settings, operations_of(data + sizeof settings, size - sizeof settings));
    return 0;
}
