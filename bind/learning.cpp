// Learning: lanes that live from episode to episode, for learn/batch.py, which shares their columns.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/variant.h>
#include <nanobind/stl/vector.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "arrays.hpp"
#include "episodes.hpp"
#include "learning_world.hpp"
#include "market.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace halfspread::bind {
namespace {

using Fields = std::vector<std::size_t>;

// A view of a column, which keeps its lanes alive.
template <class T>
nb::object view(std::vector<T>& column, std::initializer_list<std::size_t> shape,
                nb::handle owner) {
    return nb::cast(nb::ndarray<nb::numpy, T>(column.data(), shape, owner));
}

nb::dict views(EpisodeColumns& c, nb::handle owner) {
    nb::dict named;
    const auto add = [&](const char* name, auto& column) {
        named[name] = view(column, {c.n}, owner);
    };
    add("inventory", c.inventory);
    add("mid", c.mid);
    add("bid", c.bid);
    add("ask", c.ask);
    add("time_left", c.time_left);
    add("wealth", c.wealth);
    add("profit", c.profit);
    add("edge", c.edge);
    add("fees", c.fees);
    add("seconds", c.seconds);
    add("steps", c.steps);
    add("ended", c.ended);
    add("anew", c.anew);
    named["quotes"] = view(c.quotes, {4, c.n}, owner);
    named["observations"] = view(c.observations, {c.fields.size(), c.n}, owner);
    return named;
}

void need_fields(const Fields& fields) {
    for (const std::size_t field : fields) {
        if (field >= sizeof(SharedState) / sizeof(double) + 2)
            throw nb::value_error("fields must be places in a QuoteState");
    }
}

// What both kinds of lanes can do.
template <class Lanes, class... More>
void add_verbs(nb::class_<Lanes, More...>& type) {
    const auto guard = nb::call_guard<nb::gil_scoped_release>();
    type.def("begin", &Lanes::begin, "seed"_a, guard, "All lanes at their first decisions.")
        .def("step", &Lanes::step, guard,
             "Act on `quotes`, then on to the next decisions; lanes of `anew` begin instead.")
        .def("reset", &Lanes::reset, guard, "Begin the next episodes of the lanes of `anew`.")
        .def(
            "columns", [](nb::handle self) { return views(nb::cast<Lanes&>(self).columns, self); },
            "Views of what lanes read and write, by name.");
}

void bind_episodes(nb::module_& m) {
    nb::class_<Episodes> episodes(m, "Episodes", "n lanes of a market, from episode to episode.");
    episodes.def_prop_ro("are_apart", &Episodes::are_apart)
        .def(
            "__init__",
            [](Episodes* self, const HeldColumns& tape, const MarketConfig& config,
               const Fields& fields) {
                need_fields(fields);
                const Columns columns = tape.columns;
                const auto make = [columns](const MarketConfig& mine, std::size_t, std::uint64_t) {
                    return make_lanes(columns, mine);
                };
                new (self) Episodes(make, config, false, fields);
            },
            nb::keep_alive<1, 2>(), nb::keep_alive<1, 3>(), "tape"_a, "config"_a, "fields"_a)
        .def(
            "__init__",
            [](Episodes* self, const WorldPolicy& world, const MarketConfig& config,
               const Fields& fields) {
                need_fields(fields);
                const auto make = [world](const MarketConfig& mine, std::size_t lane,
                                          std::uint64_t seed) {
                    WorldPolicy its = world;
                    its.seed = seed;
                    return make_lane(its, mine, static_cast<std::uint32_t>(lane));
                };
                new (self) Episodes(make, config, true, fields);
            },
            nb::keep_alive<1, 3>(), "world"_a, "config"_a, "fields"_a)
        .def(
            "__init__",
            [](Episodes* self, const FlowLaws& laws, const SimulatedPolicy& policy, bool together,
               const MarketConfig& config, const Fields& fields) {
                need_fields(fields);
                const auto make = [laws, policy](const MarketConfig& mine, std::size_t lane,
                                                 std::uint64_t seed) {
                    SimulatedPolicy its = policy;
                    its.seed = seed;
                    return make_book(laws, its, mine, static_cast<std::uint32_t>(lane));
                };
                new (self) Episodes(make, config, !together, fields);
            },
            nb::keep_alive<1, 5>(), "laws"_a, "policy"_a, "together"_a, "config"_a, "fields"_a);
    add_verbs(episodes);
}

}  // namespace
}  // namespace halfspread::bind

void bind_learning(nb::module_& m) {
    using namespace halfspread;
    using namespace halfspread::bind;
    bind_episodes(m);

    nb::class_<LearningWorld> worlds(m, "LearningWorld", "n lanes of a plain world, all at once.");
    worlds.def_prop_ro("are_apart", [](const LearningWorld&) { return true; })
        .def(
            "__init__",
            [](LearningWorld* self, const WorldPolicy& world, double limit, std::size_t lanes,
               const Fields& fields) {
                for (const std::size_t field : fields) {
                    if (!LearningWorld::can_show(field))
                        throw nb::value_error("a field that a plain world has not");
                }
                new (self) LearningWorld(world, limit, lanes, fields);
            },
            "world"_a, "inventory_limit"_a, "lanes"_a, "fields"_a)
        .def_static("can_be", &LearningWorld::can_be, "world"_a)
        .def_static("can_show", &LearningWorld::can_show, "field"_a);
    add_verbs(worlds);
}
