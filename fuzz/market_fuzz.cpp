// Fuzzes markets on tapes of any bytes, under both rule sets: no crash, and the limit is kept.
//
// The input is 12 bytes of configuration and then rows of 12 bytes, which are also read as quotes
// and as orders by hand. Where the rows are in order, the market that keeps a book of its own must
// show and do what the one without does.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <memory>
#include <vector>

#include "market.hpp"
#include "tapes.hpp"

using namespace halfspread;

namespace {

struct Settings {
    std::uint8_t rule, queue, lanes, limit;
    std::uint8_t out, back, policy, schedule;
    std::uint8_t levels, tolerance, budget, hands;
};
struct Operation {
    std::uint8_t kind, marks;
    std::int16_t size;
    std::int32_t price;
    std::int16_t step, delay;
};
static_assert(sizeof(Settings) == 12 && sizeof(Operation) == 12);

void require(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "broken: %s\n", what);
    std::abort();
}

constexpr std::int64_t start = 1'000'000'000'000'000;  // of the tape, ns

constexpr Kind kinds[] = {Kind::level, Kind::level, Kind::level, Kind::trade,
                          Kind::trade, Kind::clear, Kind::touch, Kind::execute};

tapes::Rows rows_of(const std::vector<Operation>& operations) {
    tapes::Rows rows;
    std::int64_t time = start, local = time;
    std::int32_t price = 1'000;
    for (const Operation& operation : operations) {
        const auto has = [&](unsigned bit) { return (operation.marks & bit) != 0; };
        const bool far = (operation.kind & 0xc0U) == 0xc0U;
        if (far) {
            price = operation.price;
        } else {
            const std::int64_t near = std::int64_t{price} + operation.price % 4;
            price = static_cast<std::int32_t>(std::clamp(near, -farthest, farthest));
        }
        // Now and then the tape's clock goes back, which no tape should do.
        const std::int64_t step = operation.step;
        time += 100'000 * (has(1) && has(2) && has(4) ? step : std::abs(step) % 256);
        const std::int64_t delay = std::int64_t{operation.delay} * 10'000;
        local = has(8) ? time + delay : std::max(local, time + std::abs(delay));
        const std::int64_t scale = has(16) && has(2) ? 1 << 24 : 1;
        const Side side = has(32) && has(1) ? Side::none : has(64) ? Side::bid : Side::ask;
        Event event = tapes::row(kinds[operation.kind & 7U], time, side, price,
                                 operation.size % 64 * scale, local - time);
        if (has(16) && has(4)) event.flags = static_cast<std::uint16_t>(operation.kind >> 3U & 7U);
        if (has(128) && has(4)) event.price = everything;
        rows.push_back(event);
    }
    return rows;
}

MarketConfig config_of(const Settings& settings, const tapes::Rows& rows) {
    MarketConfig config;
    config.queue.model = static_cast<QueueModel>(settings.queue % 6);
    config.queue.exponent = 0.5 * (1 + settings.queue / 6 % 8);
    config.contract.money = Money(0.5, 1.0, 10.0, (settings.rule & 1U) != 0);
    config.contract.fees = {static_cast<FeeKind>(settings.rule / 2 % 3), -0.0001, 0.0004};
    config.contract.scale = CoinScale((settings.rule & 8U) != 0 ? 25.0 : 0.001);
    config.latency = Latency(Nanos{settings.out * 1'000'000}, Nanos{settings.back * 1'000'000});
    if ((settings.schedule & 4U) != 0) {
        std::vector<LatencySample> samples;
        for (std::int64_t i = 0; i < 20; ++i) {
            const std::int64_t asked = start + i * i * 10'000'000;
            const std::int64_t venue = asked + settings.out * 100'000 * (i % 3);
            const bool refused = (settings.back >> (i % 8) & 1) != 0;
            samples.push_back({asked, refused ? 0 : venue, venue + settings.back * 100'000});
        }
        config.latency = Latency(samples);
    }
    config.policy.levels = 1 + settings.levels % 3;
    config.policy.spacing = Ticks{1 + settings.levels / 3 % 4};
    config.policy.tolerance = Ticks{settings.tolerance % 3};
    config.policy.maximum_age = Nanos{settings.tolerance / 3 % 4 * 30'000'000};
    config.policy.amend = (settings.policy & 1U) != 0;
    config.policy.message_cost = Nanos{settings.budget % 4 * 9'000'000};
    config.policy.burst = Nanos{settings.budget / 4 * 1'000'000};
    config.policy.limit = Lots{(settings.policy & 2U) != 0 ? 1LL << 40 : 1 + settings.limit};
    config.signals = {Nanos{10'000'000}, 1.0 + settings.back, 3};
    config.schedule = static_cast<Schedule>(settings.schedule % 3);
    std::int64_t first = start, last = start;
    for (const Event& row : rows) {
        first = std::min({first, row.exchange_time.count, row.local_time.count});
        last = std::max({last, row.exchange_time.count, row.local_time.count});
    }
    config.every = Nanos{1'000'000 + (last - first) / 100};
    config.lanes = std::size_t{1} + settings.lanes % 3;
    config.sample_every = 1 + settings.limit % 3;
    return config;
}

// What is asked for at one decision, made from the bytes of an operation.
class Trader {
public:
    Trader(const std::vector<Operation>& operations, const Settings& settings)
        : operations_(operations), settings_(settings) {}

    void act(Lanes& lanes, std::size_t decision) {
        std::vector<double> quotes;
        for (std::size_t lane = 0; lane < lanes.states.size(); ++lane) {
            const Operation& operation = at(decision + lane * 7);
            double wild[2];
            std::memcpy(wild, &at(decision + lane), sizeof operation);
            std::memcpy(&wild[1], &operation, sizeof(double));
            const double mid = lanes.shared.mid;
            const bool is_wild = operation.marks % 16 == 3;
            quotes.push_back(is_wild ? wild[0] : mid - operation.size % 5 + 0.3);
            quotes.push_back(is_wild ? wild[1] : mid + operation.step % 5 + 0.8);
            quotes.push_back(operation.marks % 16 == 5 ? wild[1] : operation.kind % 32);
            quotes.push_back(operation.marks % 16 == 6 ? wild[0] : operation.delay % 32 + 0.5);
        }
        lanes.decide(quotes.data());
        if ((settings_.hands & 1U) != 0) by_hand(lanes, at(decision * 3));
    }

private:
    const Operation& at(std::size_t i) const { return operations_[i % operations_.size()]; }

    void by_hand(Lanes& lanes, const Operation& operation) {
        const auto lane = static_cast<std::uint32_t>(operation.marks % lanes.states.size());
        const Side side = (operation.kind & 1U) != 0 ? Side::bid : Side::ask;
        const double mid = std::isnan(lanes.shared.mid) ? 0.0 : lanes.shared.mid;
        const bool far = operation.kind % 32 == 9;
        const Ticks price{
            far ? operation.price
                : static_cast<std::int32_t>(std::clamp(mid + operation.price % 4, -2e9, 2e9))};
        const Lots size{1 + std::abs(operation.size % 99)};
        std::uint64_t& id = ids_[operation.marks % 8];
        if (operation.kind % 4 == 0) lanes.cancel(lane, id);
        if (operation.kind % 4 == 1) lanes.amend(lane, id, price, size);
        if (operation.kind % 4 >= 2) {
            id = lanes.submit(lane, side, price, size,
                              static_cast<Lifetime>(operation.kind / 4 % 5));
        }
    }

    const std::vector<Operation>& operations_;
    const Settings& settings_;
    std::uint64_t ids_[8]{};
};

bool close(double a, double b) {
    if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
    return a == b || std::abs(a - b) <= 1e-9 * (std::abs(a) + std::abs(b)) + 1e-6;
}

void require_limit(const Lanes& lanes, const MarketConfig& config) {
    for (std::uint32_t lane = 0; lane < config.lanes; ++lane) {
        const Desk& desk = lanes.desk(lane);
        const std::int64_t limit = config.policy.limit.count;
        require(desk.account.peak.count <= limit, "the limit");
        for (const Side side : {Side::bid, Side::ask}) {
            const std::int64_t open = desk.orders.open(side).count;
            require(open >= 0, "open lots");
            require(sign(side) * desk.account.inventory.count + open <= limit, "room");
        }
    }
}

void require_same(const Lanes& a, const Lanes& b) {
    require(a.now == b.now && a.decisions == b.decisions, "same decisions");
    const double *x = &a.shared.mid, *y = &b.shared.mid;
    for (std::size_t i = 0; i < sizeof(SharedState) / sizeof(double); ++i) {
        require(close(x[i], y[i]), "same state");
    }
    require(a.fills.size() == b.fills.size(), "same fills");
    for (std::size_t i = 0; i < a.fills.size(); ++i) {
        const Fill &f = a.fills[i], &g = b.fills[i];
        require(f.order_id == g.order_id && f.size == g.size && f.price == g.price &&
                    f.exchange_time == g.exchange_time && f.local_time == g.local_time,
                "same fill");
    }
    for (std::size_t lane = 0; lane < a.states.size(); ++lane) {
        require(a.states[lane].inventory == b.states[lane].inventory, "same inventory");
    }
}

void run(const Columns& columns, MarketConfig config, const std::vector<Operation>& operations,
         const Settings& settings) {
    const auto lanes = make_lanes(columns, config);
    config.keep_own_book = true;
    const auto full = columns.in_order ? make_lanes(columns, config) : nullptr;
    Trader trader(operations, settings), twin(operations, settings);
    for (std::size_t decision = 0;; ++decision) {
        const bool more = lanes->advance();
        require_limit(*lanes, config);
        if (full != nullptr) {
            require(full->advance() == more, "same end");
            require_same(*lanes, *full);
        }
        if (!more) break;
        trader.act(*lanes, decision);
        if (full != nullptr) twin.act(*full, decision);
    }
    require(!lanes->advance(), "an end that stays");
    require(lanes->path.inventory.size() == lanes->path.time.size() * config.lanes, "samples");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Settings settings{};
    if (size < sizeof settings + sizeof(Operation)) return 0;
    std::memcpy(&settings, data, sizeof settings);
    std::vector<Operation> operations((size - sizeof settings) / sizeof(Operation));
    std::memcpy(operations.data(), data + sizeof settings, operations.size() * sizeof(Operation));
    const tapes::Rows rows = rows_of(operations);
    MarketConfig config = config_of(settings, rows);
    const tapes::Tape tape(rows, tapes::Width::wide);
    for (const Rules rules : {Rules::ours, Rules::peer}) {
        config.rules = rules;
        run(tape.columns(), config, operations, settings);
    }
    return 0;
}
