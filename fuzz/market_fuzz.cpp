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

#include "fuzzed_market.hpp"
#include "market.hpp"
#include "tapes.hpp"

using namespace halfspread;
using namespace halfspread::fuzzing;

namespace {

struct Settings {
    std::uint8_t rule, queue, lanes, limit;
    std::uint8_t out, back, policy, schedule;
    std::uint8_t levels, tolerance, budget, hands;
};
static_assert(sizeof(Settings) == 12);

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

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Settings settings{};
    if (size < sizeof settings + sizeof(Operation)) return 0;
    std::memcpy(&settings, data, sizeof settings);
    const auto operations = operations_of(data + sizeof settings, size - sizeof settings);
    const tapes::Rows rows = rows_of(operations);
    MarketConfig config = config_of(settings, rows);
    const tapes::Tape tape(rows, tapes::Width::wide);
    for (const Rules rules : {Rules::ours, Rules::peer}) {
        config.rules = rules;
        run_replay(tape.columns(), config, operations, (settings.hands & 1U) != 0);
    }
    return 0;
}
