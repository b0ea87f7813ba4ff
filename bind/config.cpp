// Config: what a market is made of, number by number as market.py fills it.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "market.hpp"

namespace nb = nanobind;

namespace halfspread::bind {
namespace {

using Sides = nb::ndarray<const double, nb::shape<2>, nb::c_contig, nb::device::cpu>;

template <class Enum>
auto as_int(Enum MarketConfig::* field) {
    return [field](MarketConfig& c, int value) { c.*field = static_cast<Enum>(value); };
}

}  // namespace
}  // namespace halfspread::bind

void bind_world(nb::module_& m);
void bind_simulated(nb::module_& m);

void bind_config(nb::module_& m) {
    using namespace halfspread;
    using namespace halfspread::bind;
    nb::class_<MarketConfig>(m, "MarketConfig", "What a market is made of; market.py fills it.")
        .def(nb::init<>())
        .def("set_rules", as_int(&MarketConfig::rules))
        .def("set_schedule",
             [](MarketConfig& c, int schedule, std::int64_t every_ns) {
                 c.schedule = static_cast<Schedule>(schedule);
                 c.every = Nanos{every_ns};
             })
        .def("set_queue",
             [](MarketConfig& c, int model, double exponent) {
                 c.queue = {.model = static_cast<QueueModel>(model), .exponent = exponent};
             })
        .def("set_latency",
             [](MarketConfig& c, std::int64_t out_ns, std::int64_t back_ns) {
                 c.latency = Latency(Nanos{out_ns}, Nanos{back_ns});
             })
        .def("set_latency_samples",
             [](MarketConfig& c,
                const nb::ndarray<const std::int64_t, nb::ndim<2>, nb::c_contig>& rows) {
                 std::vector<LatencySample> samples(rows.shape(0));
                 for (std::size_t i = 0; i < samples.size(); ++i)
                     samples[i] = {rows(i, 0), rows(i, 1), rows(i, 2)};
                 c.latency = Latency(std::move(samples));
             })
        .def("set_contract",
             [](MarketConfig& c, double tick, double lot, double contract_size, bool inverse) {
                 c.contract.money = Money(tick, lot, contract_size, inverse);
                 c.contract.scale = CoinScale(lot);
                 c.contract.tick = tick;
             })
        .def("set_fees",
             [](MarketConfig& c, int kind, double maker, double taker) {
                 c.contract.fees = {
                     .kind = static_cast<FeeKind>(kind), .maker = maker, .taker = taker};
             })
        .def("set_policy",
             [](MarketConfig& c, int levels, std::int32_t spacing, std::int32_t tolerance,
                std::int64_t maximum_age_ns, bool amend, std::int64_t message_cost_ns,
                std::int64_t burst_ns, std::int64_t limit, double inventory_play, bool taking) {
                 c.policy = {.levels = levels,
                             .spacing = Ticks{spacing},
                             .tolerance = Ticks{tolerance},
                             .maximum_age = Nanos{maximum_age_ns},
                             .amend = amend,
                             .message_cost = Nanos{message_cost_ns},
                             .burst = Nanos{burst_ns},
                             .limit = Lots{limit},
                             .inventory_play = inventory_play,
                             .taking = taking};
             })
        .def_rw("signals", &MarketConfig::signals)
        .def_rw("guard", &MarketConfig::guard)
        .def_rw("lanes", &MarketConfig::lanes)
        .def_rw("sample_every", &MarketConfig::sample_every)
        .def_rw("keep_fills", &MarketConfig::keep_fills)
        .def_rw("keep_own_book", &MarketConfig::keep_own_book);
    bind_world(m);
}

void bind_world(nb::module_& m) {
    using namespace halfspread;
    using namespace halfspread::bind;
    nb::class_<WorldPolicy>(m, "World", "A world's numbers; brownian.py fills and checks them.")
        .def(nb::init<>())
        .def_rw("seed", &WorldPolicy::seed)
        .def_rw("first_lane", &WorldPolicy::first_lane)
        .def("set_times",
             [](WorldPolicy& w, std::int64_t begin_ns, std::int64_t horizon_ns,
                std::int64_t step_ns) {
                 w.begin = Nanos{begin_ns};
                 w.horizon = Nanos{horizon_ns};
                 w.step = Nanos{step_ns};
             })
        .def("set_arrivals",
             [](WorldPolicy& w, int arrivals, const Sides& intensity, const Sides& decay) {
                 w.arrivals = static_cast<Arrivals>(arrivals);
                 for (const int side : {0, 1}) {
                     w.intensity[side] = intensity(static_cast<std::size_t>(side));
                     w.decay[side] = decay(static_cast<std::size_t>(side));
                 }
             })
        .def_rw("mid", &WorldPolicy::mid)
        .def_rw("volatility", &WorldPolicy::volatility)
        .def_rw("drift", &WorldPolicy::drift)
        .def_rw("reversion", &WorldPolicy::reversion)
        .def_rw("level", &WorldPolicy::level)
        .def_rw("variance_reversion", &WorldPolicy::variance_reversion)
        .def_rw("variance_noise", &WorldPolicy::variance_noise)
        .def_rw("variance_correlation", &WorldPolicy::variance_correlation)
        .def_rw("jump_rate", &WorldPolicy::jump_rate)
        .def_rw("jump_size", &WorldPolicy::jump_size)
        .def_rw("mean_lots", &WorldPolicy::mean_lots)
        .def_rw("impact", &WorldPolicy::impact)
        .def_rw("impact_probability", &WorldPolicy::impact_probability)
        .def_rw("spread", &WorldPolicy::spread);
    bind_simulated(m);
}

void bind_simulated(nb::module_& m) {
    using namespace halfspread;
    nb::class_<SimulatedPolicy>(m, "SimulatedPolicy", "A book's numbers; simulated.py fills them.")
        .def(nb::init<>())
        .def_rw("seed", &SimulatedPolicy::seed)
        .def_rw("first_lane", &SimulatedPolicy::first_lane)
        .def("set_times",
             [](SimulatedPolicy& p, std::int64_t begin_ns, std::int64_t horizon_ns,
                std::int64_t warm_up_ns, std::int64_t feed_ns) {
                 p.begin = Nanos{begin_ns};
                 p.horizon = Nanos{horizon_ns};
                 p.warm_up = Nanos{warm_up_ns};
                 p.feed = Nanos{feed_ns};
             })
        .def("set_self_trade",
             [](SimulatedPolicy& p, int rule) { p.self_trade = static_cast<SelfTrade>(rule); });
}
