// Bind hjb, drift and regimes: the values of inventories, at times left and far from the horizon.
#include <nanobind/nanobind.h>

#include <vector>

#include "arrays.hpp"
#include "drift.hpp"
#include "hjb.hpp"
#include "regimes.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace {

using halfspread::HjbProblem;
using Numbers = halfspread::bind::Column<double>;

std::vector<double> vector_of(const Numbers& numbers) {
    return {numbers.data(), numbers.data() + numbers.shape(0)};
}

HjbProblem problem_of(const Numbers& source, const Numbers& bid_gain, const Numbers& ask_gain,
                      double bid_decay, double ask_decay, const Numbers& terminal) {
    const std::size_t n = source.shape(0);
    if (n < 2 || bid_gain.shape(0) != n || ask_gain.shape(0) != n || terminal.shape(0) != n) {
        throw nb::value_error("source, bid_gain, ask_gain, terminal: two or more, as many of each");
    }
    return {.source = vector_of(source),
            .bid_gain = vector_of(bid_gain),
            .ask_gain = vector_of(ask_gain),
            .terminal = vector_of(terminal),
            .bid_decay = bid_decay,
            .ask_decay = ask_decay};
}

void bind_marches(nb::module_& m) {
    m.def(
        "drift_values",
        [](const Numbers& upwards, const Numbers& downwards, const Numbers& after_bid,
           const Numbers& after_ask, const Numbers& earned, double bid_rate, double ask_rate,
           double edge, double pace, const Numbers& terminal, const Numbers& times) {
            const std::size_t n = upwards.shape(0);
            if (n < 2 || downwards.shape(0) != n || after_bid.shape(0) != n ||
                after_ask.shape(0) != n || earned.shape(0) % n != 0 ||
                terminal.shape(0) != earned.shape(0)) {
                throw nb::value_error("drift_values: columns of two or more drifts, as many each");
            }
            const halfspread::DriftProblem problem{.upwards = vector_of(upwards),
                                                   .downwards = vector_of(downwards),
                                                   .after_bid = vector_of(after_bid),
                                                   .after_ask = vector_of(after_ask),
                                                   .earned = vector_of(earned),
                                                   .bid_rate = bid_rate,
                                                   .ask_rate = ask_rate,
                                                   .edge = edge,
                                                   .pace = pace};
            halfspread::DriftMarch march(problem);
            auto found = march.values(vector_of(terminal), vector_of(times));
            const std::size_t done = found.size() / earned.shape(0);
            return halfspread::bind::to_numpy(std::move(found), {done, n, problem.inventories()});
        },
        "upwards"_a, "downwards"_a, "after_bid"_a, "after_ask"_a, "earned"_a, "bid_rate"_a,
        "ask_rate"_a, "edge"_a, "pace"_a, "terminal"_a, "times"_a,
        "The (times, drifts, inventories) values; fewer times where they take too long to solve.");
    m.def(
        "regime_values",
        [](const Numbers& moves, const Numbers& sell_rate, const Numbers& buy_rate,
           const Numbers& bid_edge, const Numbers& ask_edge, const Numbers& earned, double pace,
           const Numbers& terminal, const Numbers& times) {
            const std::size_t n = sell_rate.shape(0);
            if (n < 1 || moves.shape(0) != n * n || buy_rate.shape(0) != n ||
                bid_edge.shape(0) != n || ask_edge.shape(0) != n || earned.shape(0) == 0 ||
                earned.shape(0) % n != 0 || terminal.shape(0) != earned.shape(0)) {
                throw nb::value_error(
                    "regime_values: columns of one or more regimes, as many each");
            }
            const halfspread::RegimeProblem problem{.moves = vector_of(moves),
                                                    .sell_rate = vector_of(sell_rate),
                                                    .buy_rate = vector_of(buy_rate),
                                                    .bid_edge = vector_of(bid_edge),
                                                    .ask_edge = vector_of(ask_edge),
                                                    .earned = vector_of(earned),
                                                    .pace = pace};
            auto found = halfspread::regime_values(problem, vector_of(terminal), vector_of(times));
            const std::size_t done = found.size() / earned.shape(0);
            return halfspread::bind::to_numpy(std::move(found), {done, n, problem.inventories()});
        },
        "moves"_a, "sell_rate"_a, "buy_rate"_a, "bid_edge"_a, "ask_edge"_a, "earned"_a, "pace"_a,
        "terminal"_a, "times"_a,
        "The (times, regimes, inventories) values; fewer times where they take too long to solve.");
}

}  // namespace

void bind_hjb(nb::module_& m) {
    bind_marches(m);
    m.def(
        "hjb_values",
        [](const Numbers& source, const Numbers& bid_gain, const Numbers& ask_gain,
           double bid_decay, double ask_decay, const Numbers& terminal, const Numbers& times) {
            const HjbProblem problem =
                problem_of(source, bid_gain, ask_gain, bid_decay, ask_decay, terminal);
            halfspread::HjbValues found = halfspread::hjb_values(problem, vector_of(times));
            return nb::make_tuple(halfspread::bind::to_numpy(std::move(found.values),
                                                             {times.shape(0), problem.size()}),
                                  halfspread::bind::to_numpy(std::move(found.levels)));
        },
        "source"_a, "bid_gain"_a, "ask_gain"_a, "bid_decay"_a, "ask_decay"_a, "terminal"_a,
        "times"_a,
        "The (times, inventories) values at `times` left, ascending from 0, less (times,) levels.");
    m.def(
        "hjb_limit",
        [](const Numbers& source, const Numbers& bid_gain, const Numbers& ask_gain,
           double bid_decay, double ask_decay) {
            const HjbProblem problem =
                problem_of(source, bid_gain, ask_gain, bid_decay, ask_decay, source);
            halfspread::HjbLimit limit = halfspread::hjb_limit(problem);
            return nb::make_tuple(halfspread::bind::to_numpy(std::move(limit.values)),
                                  limit.growth);
        },
        "source"_a, "bid_gain"_a, "ask_gain"_a, "bid_decay"_a, "ask_decay"_a,
        "The (inventories,) values far from the horizon, about one of them, and their growth.");
}
