// Flows: random orders of the public that drive an exchange, for Python; rows in and out.
#include <nanobind/nanobind.h>
#include <nanobind/stl/array.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <array>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "arrays.hpp"
#include "flows.hpp"
#include "order_questions.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace halfspread::bind {
namespace {

// The rows of a tape, price by price; what came of one event ends with the flag `last`.
struct TapeRows {
    std::vector<Event> rows{};
    void operator()(const Event& event) {
        if (event.kind == Kind::level || event.kind == Kind::trade) rows.push_back(event);
    }
    void end_message(std::size_t began) {
        if (rows.size() > began) rows.back().flags |= flag::last;
    }
};

template <class Flow>
std::uint64_t advance(Flow& flow, std::int64_t until) {
    const nb::gil_scoped_release released;
    return flow.advance(Nanos{until}, [](const Event&) {});
}

template <class Flow>
nb::ndarray<nb::numpy, std::uint8_t> rows_until(Flow& flow, std::int64_t until, std::size_t most) {
    TapeRows sink;
    {
        const nb::gil_scoped_release released;
        sink.rows.reserve(most + 64);
        while (flow.next() <= Nanos{until} && sink.rows.size() < most) {
            const std::size_t began = sink.rows.size();
            flow.step(sink);
            sink.end_message(began);
        }
    }
    return to_rows(sink.rows);
}

// The same, and for each row the efficient price and whether somebody informed brought it on.
template <class Flow>
auto rows_with_truth(Flow& flow, std::int64_t until, std::size_t most) {
    TapeRows sink;
    std::vector<double> prices;
    std::vector<std::uint8_t> informed;
    {
        const nb::gil_scoped_release released;
        while (flow.next() <= Nanos{until} && sink.rows.size() < most) {
            const std::size_t began = sink.rows.size();
            flow.step(sink);
            sink.end_message(began);
            prices.resize(sink.rows.size(), flow.efficient_price());
            informed.resize(sink.rows.size(), static_cast<std::uint8_t>(flow.informed()));
        }
    }
    return std::tuple{to_rows(sink.rows), to_numpy(std::move(prices)),
                      to_numpy(std::move(informed))};
}

template <class Flow>
nb::ndarray<nb::numpy, std::uint8_t> events_until(Flow& flow, std::int64_t until) {
    std::vector<Event> rows;
    {
        const nb::gil_scoped_release released;
        flow.advance(Nanos{until}, [&](const Event& event) { rows.push_back(event); });
    }
    return to_rows(rows);
}

template <class Flow>
nb::ndarray<nb::numpy, std::uint8_t> snapshot(const Flow& flow) {
    std::vector<Event> rows;
    flow.crowd().show(flow.now(), [&](const Event& event) { rows.push_back(event); });
    rows.back().flags |= flag::last;
    return to_rows(rows);
}

template <class Flow>
std::pair<nb::ndarray<nb::numpy, std::uint8_t>, std::uint64_t> apply(Flow& flow, const Rows& ask) {
    if (ask.shape(0) != 1) throw nb::value_error("ask must be one row");
    const Event event = event_at(ask, 0);
    if (event.exchange_time < flow.now() || event.exchange_time > flow.next())
        throw nb::value_error("ask must have an exchange_time from now to next");
    std::vector<Event> rows;
    const std::uint64_t id =
        flow.apply(event, Lots{}, [&](const Event& row) { rows.push_back(row); });
    rows.back().flags |= flag::last;
    return {to_rows(rows), id};
}

// What every flow has.
template <class Flow>
nb::class_<Flow> bind_face(nb::module_& m, const char* name, const char* words) {
    using Laws = Flow::Laws;
    nb::class_<Flow> flow(m, name, words);
    flow.def(
            "__init__",
            [](Flow* self, const Laws& laws, std::uint64_t seed, std::uint32_t lane,
               std::int64_t begin) {
                new (self) Flow(laws, seed, lane, Nanos{begin});
                self->open([](const Event&) {});
            },
            "laws"_a, "seed"_a, "lane"_a, "begin"_a, "The market of a seed and lane, opened.")
        .def(
            "advance", &advance<Flow>, "until"_a,
            "Let the public act up to and at `until`, ns. Returns how many orders and cancellations.")
        .def("rows", &rows_until<Flow>, "until"_a, "most"_a,
             "The same, with the level and trade rows that come of it; stops early once there are "
             "`most`.")
        .def("events", &events_until<Flow>, "until"_a,
             "The same, with all rows: order by order, price by price, and what owners are told.")
        .def("snapshot", &snapshot<Flow>, "The book as it stands, as rows.")
        .def("apply", &bind::apply<Flow>, "ask"_a,
             "One row of anybody's: submit, cancel or amend, at a time from `now` to `next`. "
             "Returns\n(what came of it, the order's id).")
        .def(
            "best", [](const Flow& f, int side) { return best_of(f.book(), side); }, "side"_a,
            "(price, displayed size) of the best level, or None.")
        .def(
            "hash", [](const Flow& f) { return f.crowd().exchange().hash(); },
            "Of the orders by priority and of the next id.")
        .def(
            "copy", [](const Flow& f) { return Flow(f); },
            "Another flow that goes on as this one would.")
        .def_prop_ro(
            "now", [](const Flow& f) { return f.now().count; }, "Of the last event, ns.")
        .def_prop_ro(
            "next", [](const Flow& f) { return f.next().count; },
            "When the next event may come, ns.");
    return flow;
}

// (time of the day in ns, multiplier).
using Season = std::vector<std::pair<std::int64_t, double>>;
// (at, lasting, in ns; multipliers of limit orders, cancellations and market orders, each of bids
// and asks; who sweeps, through how many ticks).
using Shocks =
    std::vector<std::tuple<std::int64_t, std::int64_t, std::array<double, 6>, int, std::int32_t>>;

Scenario scenario_of(const Season& season, const Shocks& shocks, const InformedLaws& informed) {
    Scenario scenario{.season = {}, .shocks = {}, .informed = informed};
    for (const auto& [time, times] : season) scenario.season.push_back({Nanos{time}, times});
    for (const auto& [at, lasting, times, sweeper, ticks] : shocks)
        scenario.shocks.push_back({.at = Nanos{at},
                                   .lasting = Nanos{lasting},
                                   .pace = {.limit = {times[0], times[1]},
                                            .cancel = {times[2], times[3]},
                                            .market = {times[4], times[5]}},
                                   .sweeper = static_cast<Side>(sweeper),
                                   .sweep_ticks = ticks});
    return scenario;
}

// A flow of a kind in a scenario.
template <class Flow>
void bind_scenario(nb::module_& m, const std::string& name) {
    using Within = InScenario<Flow>;
    using Laws = Within::Laws;
    nb::class_<Laws>(m, (name + "ScenarioLaws").c_str(), "A flow's laws, and its scenario.")
        .def(
            "__init__",
            [](Laws* self, const Flow::Laws& laws, const Season& season, const Shocks& shocks,
               double rate, double volatility, std::int64_t step, std::int64_t size) {
                const InformedLaws informed{.rate = rate,
                                            .volatility = volatility,
                                            .step = Nanos{step},
                                            .size = Lots{size}};
                new (self) Laws{.laws = laws, .scenario = scenario_of(season, shocks, informed)};
            },
            "laws"_a, "season"_a, "shocks"_a, "rate"_a, "volatility"_a, "step"_a, "size"_a,
            "Numbers that halfspread.scenario has looked at.");
    bind_face<Within>(m, (name + "InScenario").c_str(),
                      "A flow with a season, shocks and informed takers.")
        .def("rows_with_truth", &rows_with_truth<Within>, "until"_a, "most"_a,
             "As rows, and for each of them the efficient price, in ticks, and whether an informed "
             "order brought it on.")
        .def_prop_ro("efficient_price", &Within::efficient_price, "Ticks; NaN if nobody looks.");
}

void bind_hawkes(nb::module_& m) {
    nb::class_<HawkesLaws>(m, "HawkesLaws", "Baselines, decays and jumps of twelve kinds.")
        .def(
            "__init__",
            [](HawkesLaws* self, std::vector<double> baselines, std::vector<double> decays,
               std::vector<double> jumps, std::vector<double> deep_weights, double top_cancelled,
               double deep_cancelled, std::vector<std::int64_t> sizes,
               std::vector<double> size_weights, std::int32_t opening_orders, std::int32_t price) {
                new (self) HawkesLaws{.excitation = {.baselines = std::move(baselines),
                                                     .decays = std::move(decays),
                                                     .jumps = std::move(jumps)},
                                      .deep_weights = std::move(deep_weights),
                                      .top_cancelled = top_cancelled,
                                      .deep_cancelled = deep_cancelled,
                                      .sizes = std::move(sizes),
                                      .size_weights = std::move(size_weights),
                                      .opening_orders = opening_orders,
                                      .price = price};
            },
            "baselines"_a, "decays"_a, "jumps"_a, "deep_weights"_a, "top_cancelled"_a,
            "deep_cancelled"_a, "sizes"_a, "size_weights"_a, "opening_orders"_a, "price"_a,
            "Numbers that halfspread.hawkes_flow has looked at.");
    bind_face<HawkesFlow>(m, "HawkesFlow", "Orders that bring on and hold back each other.")
        .def_prop_ro("counts", &HawkesFlow::counts,
                     "How many events of each kind there were, with and without effect.");
}

}  // namespace
}  // namespace halfspread::bind

void bind_flows(nb::module_& m) {
    using namespace halfspread;
    using namespace halfspread::bind;
    nb::class_<ZeroIntelligenceLaws>(m, "ZeroIntelligenceLaws", "Poisson rates by distance.")
        .def(
            "__init__",
            [](ZeroIntelligenceLaws* self, std::vector<double> limit_rates, double market_rate,
               std::vector<double> cancel_rates, std::vector<std::int64_t> sizes,
               std::vector<double> size_weights, std::int32_t price) {
                new (self) ZeroIntelligenceLaws{.limit_rates = std::move(limit_rates),
                                                .market_rate = market_rate,
                                                .cancel_rates = std::move(cancel_rates),
                                                .sizes = std::move(sizes),
                                                .size_weights = std::move(size_weights),
                                                .price = price};
            },
            "limit_rates"_a, "market_rate"_a, "cancel_rates"_a, "sizes"_a, "size_weights"_a,
            "price"_a, "Numbers that halfspread.flows has looked at.");
    bind_face<ZeroIntelligence>(m, "ZeroIntelligence",
                                "Poisson limit orders, market orders and cancellations.");
    using Tables = std::vector<std::vector<double>>;
    nb::class_<QueueReactiveLaws>(m, "QueueReactiveLaws", "Rates by depth and queue length.")
        .def(
            "__init__",
            [](QueueReactiveLaws* self, Tables limit, Tables cancel, Tables market, double theta,
               double theta_reinit, std::int32_t price) {
                new (self) QueueReactiveLaws{
                    .depths = {}, .theta = theta, .theta_reinit = theta_reinit, .price = price};
                for (std::size_t i = 0; i < limit.size(); ++i)
                    self->depths.push_back({.limit = std::move(limit[i]),
                                            .cancel = std::move(cancel[i]),
                                            .market = std::move(market[i])});
            },
            "limit"_a, "cancel"_a, "market"_a, "theta"_a, "theta_reinit"_a, "price"_a,
            "Numbers that halfspread.flows has looked at.");
    bind_face<QueueReactive>(m, "QueueReactive",
                             "Orders at rates that depend on the queues around a reference price.")
        .def_prop_ro(
            "reference", [](const QueueReactive& flow) { return flow.reference().count + 0.5; },
            "The reference price, ticks.");
    bind_hawkes(m);
    bind_scenario<ZeroIntelligence>(m, "ZeroIntelligence");
    bind_scenario<QueueReactive>(m, "QueueReactive");
    bind_scenario<HawkesFlow>(m, "Hawkes");
}
