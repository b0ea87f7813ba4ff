// Speed of the flows: the public's orders and cancellations a second, on one core, as CSV.
//
// The zero-intelligence market is Sky Perfect Communications over 30 levels; the queue-reactive one
// is made up, with 5 to 15 orders a queue, and so are the Hawkes flows, of 28 events a second. The
// book's rows are made, and counted an event. Time is the processor's.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <ctime>

#include "hawkes_flow.hpp"
#include "queue_reactive.hpp"
#include "scenario.hpp"
#include "zero_intelligence.hpp"

using namespace halfspread;

namespace {

constexpr std::uint64_t wanted = 10'000'000;

ZeroIntelligenceLaws sky_perfect() {
    ZeroIntelligenceLaws laws{.limit_rates = {1.85, 1.51, 1.09, 0.88, 0.77},
                              .market_rate = 0.94,
                              .cancel_rates = {0.71, 0.81, 0.68, 0.56, 0.47},
                              .price = 100'000};
    for (int i = 6; i <= 30; ++i) laws.limit_rates.push_back(1.92 / std::pow(i, 0.52));
    return laws;
}

QueueReactiveLaws liquid() {
    QueueReactiveLaws laws{.depths = {}, .theta = 0.7, .theta_reinit = 0.85, .price = 100'000};
    for (const double scale : {1.0, 1.5, 2.0}) {
        QueueRates rates;
        for (int n = 0; n <= 40; ++n) {
            rates.limit.push_back(n == 0 ? scale : 0.6);
            rates.cancel.push_back(n == 0 ? 0.0 : 0.3 + 0.04 * n / scale);
            rates.market.push_back(n == 0 || scale > 1.0 ? 0.0 : 0.2 / n);
        }
        laws.depths.push_back(rates);
    }
    return laws;
}

// Each kind excites itself and its side's next kind, half a child each, over so many decays.
HawkesLaws bursts(std::size_t decays) {
    constexpr std::size_t kinds = Excitation::kinds;
    HawkesLaws laws{.excitation = {.baselines = {2.0, 1.5, 0.5, 1.5, 1.0, 0.5,  //
                                                 2.0, 1.5, 0.5, 1.5, 1.0, 0.5},
                                   .decays = {},
                                   .jumps = std::vector<double>(decays * kinds * kinds, 0.0)},
                    .deep_weights = {1.0, 0.75, 0.5, 0.4, 0.3, 0.2, 0.1},
                    .top_cancelled = 0.25,
                    .price = 100'000};
    for (std::size_t k = 0; k < decays; ++k) {
        const double decay = std::pow(4.0, static_cast<double>(k));
        laws.excitation.decays.push_back(decay);
        for (std::size_t kind = 0; kind < kinds; ++kind)
            for (const std::size_t excited : {kind, kind / acts * acts + (kind + 1) % acts})
                laws.excitation.jumps[(k * kinds + excited) * kinds + kind] =
                    0.25 * decay / static_cast<double>(decays);
    }
    return laws;
}

template <class Flow>
void measure(const char* name, Flow flow) {
    std::uint64_t rows = 0, all_events = 0;
    const auto sink = [&](const Event& event) {
        rows += event.kind == Kind::level || event.kind == Kind::trade;
    };
    flow.open(sink);
    double best = 0.0;
    for (int run = 0; run < 5; ++run) {
        std::uint64_t events = 0;
        const std::clock_t start = std::clock();
        while (events < wanted / 5)
            events += flow.advance(Nanos{flow.now().count + 100'000'000'000}, sink);
        const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
        best = std::max(best, static_cast<double>(events) / seconds * 1e-6);
        all_events += events;
    }
    std::printf("%s,%.2f,%.3f\n", name, best,
                static_cast<double>(rows) / static_cast<double>(all_events));
}

}  // namespace

int main() {
    std::puts("flow,million_a_second,rows_an_event");
    measure("zero intelligence", ZeroIntelligence(sky_perfect(), 1, 0, Nanos{}));
    measure("queue-reactive", QueueReactive(liquid(), 1, 0, Nanos{}));
    measure("hawkes of 2 decays", HawkesFlow(bursts(2), 1, 0, Nanos{}));
    measure("hawkes of 9 decays", HawkesFlow(bursts(9), 1, 0, Nanos{}));
    const Scenario day{
        .season = {{Nanos{}, 2.0}, {Nanos{8 * 3'600'000'000'000}, 1.0}},
        .shocks = {},
        .informed = {.rate = 1.0, .volatility = 1.0, .step = Nanos{100'000'000}, .size = Lots{1}}};
    measure("zero intelligence in a scenario",
            InScenario<ZeroIntelligence>({sky_perfect(), day}, 1, 0, Nanos{}));
}
