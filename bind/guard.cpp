// Guard: its policy, its table in words, what it did in a market, and one guard fed by hand.
#include "guard.hpp"

#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "arrays.hpp"
#include "guard_results.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace halfspread::bind {
namespace {

const char* word_of(GuardState state) { return state_words[static_cast<std::size_t>(state)]; }
const char* word_of(Stage stage) { return stage_words[static_cast<std::size_t>(stage)]; }
const char* word_of(Reason reason) { return reason_words[static_cast<std::size_t>(reason)]; }

template <std::size_t n>
std::vector<std::string> list_of(const std::array<const char*, n>& words) {
    return {words.begin(), words.end()};
}

nb::dict table() {
    nb::dict table;
    for (std::size_t reason = 0; reason < guard_reasons; ++reason) {
        std::vector<std::string> row;
        for (const GuardState next : guard_table[reason])
            row.emplace_back(state_words[static_cast<std::size_t>(next)]);
        table[reason_words[reason]] = row;
    }
    return table;
}

// A guard and its view, as a lane of a market has them.
class PythonGuard {
public:
    explicit PythonGuard(const GuardPolicy& policy, std::int64_t start)
        : policy_(policy), view_(policy), guard_(Nanos{start}) {}

    void fill(int side, std::int32_t price, std::int64_t size, std::int64_t now) {
        guard_.fill(policy_, static_cast<Side>(side), Ticks{price}, Lots{size}, Nanos{now});
    }
    bool step(std::int64_t now, std::int64_t inventory, double wealth, std::int64_t asks,
              double mid, bool crossed, double volatility, double book_age_s, double feed_delay_s,
              double time_left_s, double tick_value) {
        view_.look(Nanos{now}, mid, crossed, volatility, book_age_s, feed_delay_s, time_left_s,
                   tick_value);
        const GuardLane lane{.inventory = Lots{inventory}, .wealth = wealth, .asks = asks};
        return guard_.step(policy_, view_.seen, lane);
    }
    bool resume(double wealth) { return guard_.resume(wealth); }
    bool halt() { return guard_.halt(); }
    bool pull(bool any_open) { return guard_.pull(any_open); }
    const char* state() const { return word_of(guard_.state()); }
    const char* stage() const { return word_of(guard_.stage()); }
    const char* reason() const { return word_of(guard_.reason()); }
    std::int64_t remaining() const { return guard_.remaining().count; }
    std::vector<double> seconds() const {
        std::vector<double> seconds;
        seconds.reserve(guard_states);
        for (std::size_t state = 0; state < guard_states; ++state)
            seconds.push_back(guard_.seconds_in(static_cast<GuardState>(state)));
        return seconds;
    }

private:
    GuardPolicy policy_;
    GuardView view_;
    Guard guard_;
};

}  // namespace

nb::tuple guard_state(const Lanes& lanes, std::uint32_t lane) {
    const Guarded* guarded = lanes.guards().of(lane);
    if (guarded == nullptr) return nb::make_tuple("", "", "");
    const Guard& guard = guarded->guard;
    return nb::make_tuple(word_of(guard.state()), word_of(guard.stage()), word_of(guard.reason()));
}

nb::dict guard_changes(const Blocks& blocks) {
    nb::dict table;
    if (blocks.empty() || !blocks.front()->guards().on()) return table;
    std::vector<GuardChange> all;
    std::uint32_t first = 0;
    for (const auto& block : blocks) {
        for (GuardChange change : block->guards().changes) {
            change.lane += first;
            all.push_back(change);
        }
        first += static_cast<std::uint32_t>(block->faults.size());
    }
    std::stable_sort(all.begin(), all.end(), [](const GuardChange& a, const GuardChange& b) {
        return a.time != b.time ? a.time < b.time : a.lane < b.lane;
    });
    const auto column = [&](auto get) { return gather(all, get); };
    const auto byte = [](auto value) { return static_cast<std::uint8_t>(value); };
    table["time"] = column([](const GuardChange& c) { return c.time.count; });
    table["lane"] = column([](const GuardChange& c) { return c.lane; });
    table["from"] = column([&](const GuardChange& c) { return byte(c.from); });
    table["to"] = column([&](const GuardChange& c) { return byte(c.to); });
    table["stage"] = column([&](const GuardChange& c) { return byte(c.stage); });
    table["reason"] = column([&](const GuardChange& c) { return byte(c.reason); });
    return table;
}

void add_guard_counters(nb::dict& table, const Blocks& blocks) {
    for (std::size_t state = 0; state < guard_states; ++state) {
        const std::string name = std::string("guard_") + state_words[state] + "_seconds";
        table[name.c_str()] = each_lane(blocks, [&](const Lanes& lanes, std::uint32_t lane) {
            return lanes.guards().of(lane)->guard.seconds_in(static_cast<GuardState>(state));
        });
    }
    table["guard_takes"] = each_lane(blocks, [](const Lanes& lanes, std::uint32_t lane) {
        return lanes.guards().of(lane)->obedience.takes();
    });
}

}  // namespace halfspread::bind

void bind_guard(nb::module_& m) {
    using namespace halfspread::bind;
    using halfspread::GuardPolicy;
    nb::class_<GuardPolicy>(m, "GuardPolicy", "What a guard watches; guard.py fills it.")
        .def(nb::init<>())
        .def_rw("inventory_limit", &GuardPolicy::inventory_limit)
        .def_rw("inventory_target", &GuardPolicy::inventory_target)
        .def_rw("reduce_at", &GuardPolicy::reduce_at)
        .def_rw("reduce_to", &GuardPolicy::reduce_to)
        .def_rw("flatten_at", &GuardPolicy::flatten_at)
        .def_rw("flatten_to", &GuardPolicy::flatten_to)
        .def_rw("tighten", &GuardPolicy::tighten)
        .def_rw("reference_volatility", &GuardPolicy::reference_volatility)
        .def_rw("reference_half_life_s", &GuardPolicy::reference_half_life_s)
        .def_rw("over_at", &GuardPolicy::over_at)
        .def_rw("cool_down_s", &GuardPolicy::cool_down_s)
        .def_rw("value_at_risk", &GuardPolicy::value_at_risk)
        .def_rw("var_multiple", &GuardPolicy::var_multiple)
        .def_rw("var_horizon_s", &GuardPolicy::var_horizon_s)
        .def_rw("holding_time_s", &GuardPolicy::holding_time_s)
        .def_rw("drawdown", &GuardPolicy::drawdown)
        .def_rw("loss", &GuardPolicy::loss)
        .def_rw("volatility_spike", &GuardPolicy::volatility_spike)
        .def_rw("toxic_ticks", &GuardPolicy::toxic_ticks)
        .def_rw("toxic_horizon_s", &GuardPolicy::toxic_horizon_s)
        .def_rw("toxic_half_life_s", &GuardPolicy::toxic_half_life_s)
        .def_rw("toxic_lots", &GuardPolicy::toxic_lots)
        .def_rw("stale_s", &GuardPolicy::stale_s)
        .def_rw("skew_s", &GuardPolicy::skew_s)
        .def_rw("order_rate", &GuardPolicy::order_rate)
        .def_rw("price_band", &GuardPolicy::price_band)
        .def_rw("end_of_day_s", &GuardPolicy::end_of_day_s)
        .def_rw("reduce_for_s", &GuardPolicy::reduce_for_s)
        .def_rw("patience_s", &GuardPolicy::patience_s)
        .def_rw("take_every_s", &GuardPolicy::take_every_s);
    nb::class_<PythonGuard>(m, "Guard", "One lane's guard, fed by hand.")
        .def(nb::init<const GuardPolicy&, std::int64_t>(), "policy"_a, "start"_a)
        .def("fill", &PythonGuard::fill, "side"_a, "price"_a, "size"_a, "now"_a)
        .def("step", &PythonGuard::step, "now"_a, "inventory"_a, "wealth"_a, "asks"_a, "mid"_a,
             "crossed"_a, "volatility"_a, "book_age_s"_a, "feed_delay_s"_a, "time_left_s"_a,
             "tick_value"_a, "To the next decision; True if the state or the stage changed.")
        .def("resume", &PythonGuard::resume, "wealth"_a)
        .def("halt", &PythonGuard::halt)
        .def("pull", &PythonGuard::pull, "any_open"_a)
        .def_prop_ro("state", &PythonGuard::state)
        .def_prop_ro("stage", &PythonGuard::stage)
        .def_prop_ro("reason", &PythonGuard::reason)
        .def_prop_ro("remaining", &PythonGuard::remaining)
        .def_prop_ro("seconds", &PythonGuard::seconds);
    m.def("guard_table", &table, "reason -> the state that follows each of guard_rows().");
    m.def("guard_rows", [] { return list_of(halfspread::row_words); });
    m.def("guard_states", [] { return list_of(halfspread::state_words); });
    m.def("guard_stages", [] { return list_of(halfspread::stage_words); });
}
