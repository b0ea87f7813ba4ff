// Market: runs, steps and results of lanes, for market.py.
#include "market.hpp"

#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <bit>
#include <memory>
#include <string>
#include <vector>

#include "arrays.hpp"
#include "guard_results.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace halfspread::bind {
namespace {

using Matrix = nb::ndarray<const double, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using Times = nb::ndarray<const std::int64_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

double mid_of(std::int64_t half_ticks) {
    return half_ticks == no_mid ? unknown : static_cast<double>(half_ticks) / 2.0;
}

constexpr std::size_t shared_fields = sizeof(SharedState) / sizeof(double);
constexpr std::size_t state_fields = shared_fields + 2;

// The numbers of a QuoteState, in its order.
std::vector<double> numbers_of(const LaneState& lane, const SharedState& shared) {
    std::vector<double> numbers{lane.inventory};
    numbers.insert(numbers.end(), &shared.mid, &shared.mid + shared_fields);
    numbers.push_back(lane.steady_inventory);
    return numbers;
}

// Makes QuoteState tuples quickly: numbers that did not change are shared with the tuple before,
// and a number that nobody but us still holds is written over instead of made anew.
class StateMaker {
public:
    StateMaker() : type_(nb::module_::import_("halfspread.quote").attr("QuoteState")) {
        for (nb::object& number : numbers_) number = nb::float_(unknown);
    }

    nb::object make(const LaneState& lane, const SharedState& shared) {
        auto* type = reinterpret_cast<PyTypeObject*>(type_.ptr());
        PyObject* tuple = type->tp_alloc(type, state_fields);
        if (tuple == nullptr) nb::raise_python_error();
        PyTuple_SET_ITEM(tuple, 0, number(0, lane.inventory));
        const double* values = &shared.mid;
        for (std::size_t i = 0; i < shared_fields; ++i) {
            PyTuple_SET_ITEM(tuple, static_cast<Py_ssize_t>(i + 1), number(i + 1, values[i]));
        }
        PyTuple_SET_ITEM(tuple, state_fields - 1, number(state_fields - 1, lane.steady_inventory));
        return nb::steal(tuple);
    }

private:
    // A new reference to the number that stands in field i.
    PyObject* number(std::size_t i, double value) {
        auto* held = reinterpret_cast<PyFloatObject*>(numbers_[i].ptr());
        const auto bits = std::bit_cast<std::uint64_t>(value);
        if (bits != std::bit_cast<std::uint64_t>(held->ob_fval)) {
            if (Py_REFCNT(numbers_[i].ptr()) == 1) {
                held->ob_fval = value;
            } else {
                numbers_[i] = nb::float_(value);
            }
        }
        return numbers_[i].inc_ref().ptr();
    }

    nb::object type_;
    nb::object numbers_[state_fields];
};

// A quote that Python returned: a tuple of 2 or 4 numbers. Sizes default to one lot.
void read_quote(nb::handle answer, double* quote) {
    nb::object sequence = nb::borrow(answer);
    if (!PyTuple_Check(answer.ptr())) sequence = nb::steal(PySequence_Tuple(answer.ptr()));
    if (!sequence.is_valid()) nb::raise_python_error();
    const Py_ssize_t count = PyTuple_GET_SIZE(sequence.ptr());
    if (count != 2 && count != 4) {
        throw nb::type_error(
            "a model returns Quote(bid, ask) or Quote(bid, ask, bid_size, ask_size)");
    }
    quote[2] = quote[3] = 1.0;
    for (Py_ssize_t i = 0; i < count; ++i) {
        quote[i] = PyFloat_AsDouble(PyTuple_GET_ITEM(sequence.ptr(), i));
        if (quote[i] == -1.0 && PyErr_Occurred() != nullptr) nb::raise_python_error();
    }
}

struct Raised {
    std::int64_t time = 0, count = 0;
    std::string what;
};

// Blocks of lanes over one tape. Lanes are numbered across the blocks.
class PythonMarket {
public:
    PythonMarket(const HeldColumns& columns, const MarketConfig& config)
        : held_(columns), config_(config), raised_(config.lanes) {
        if (config.lanes == 0) throw nb::value_error("lanes must be > 0, was 0");
    }

    PythonMarket(const PythonMarket&) = delete;
    PythonMarket& operator=(const PythonMarket&) = delete;

    void run(std::uintptr_t kernel, const Matrix& params, std::size_t threads,
             const nb::object& progress) {
        need_rows(params, "params");
        const Model model{.kernel = reinterpret_cast<Kernel>(kernel),
                          .params = params.data(),
                          .width = params.shape(1)};
        bool failed = false;
        const auto report = [&](std::size_t rows) {
            nb::gil_scoped_acquire hold;
            failed = PyErr_CheckSignals() != 0;
            if (!failed && !progress.is_none())
                failed = !nb::steal(PyObject_CallFunction(progress.ptr(), "n", rows)).is_valid();
            return !failed;
        };
        {
            nb::gil_scoped_release release;
            blocks_ = run_blocks(held_.columns, config_, model, threads, report);
        }
        if (failed) nb::raise_python_error();
    }

    // model(state) -> quote, once a lane and decision.
    void run_scalar(const nb::object& model, const nb::object& progress) {
        StateMaker states;
        std::vector<double> quotes(4 * config_.lanes);
        run_steps(progress, [&](Lanes& lanes) {
            for (std::size_t lane = 0; lane < config_.lanes; ++lane) {
                double* quote = &quotes[4 * lane];
                try {
                    const nb::object state = states.make(lanes.states[lane], lanes.shared);
                    const nb::object answer =
                        nb::steal(PyObject_CallOneArg(model.ptr(), state.ptr()));
                    if (!answer.is_valid()) nb::raise_python_error();
                    read_quote(answer, quote);
                } catch (nb::python_error& error) {
                    note_raised(lane, lanes, error);
                    std::fill_n(quote, 4, unknown);
                }
            }
            lanes.decide(quotes.data());
        });
    }

    // model(lanes[n][2], shared) -> quotes[n][4], once a decision.
    void run_batched(const nb::object& model, const nb::object& progress) {
        run_steps(progress, [&](Lanes& lanes) {
            const nb::object answer = model(lane_states(), shared());
            decide(nb::cast<Matrix>(answer));
        });
    }

    bool advance() { return whole().advance(); }
    void decide(const Matrix& quotes) {
        need_rows(quotes, "quotes");
        if (quotes.shape(1) != 4) throw nb::value_error("quotes must have 4 columns");
        whole().decide(quotes.data());
    }
    nb::ndarray<nb::numpy, double> lane_states() {
        const double* values = &whole().states.data()->inventory;
        return to_numpy(std::vector<double>(values, values + 2 * config_.lanes),
                        {config_.lanes, 2});
    }
    nb::ndarray<nb::numpy, double> shared() {
        const double* values = &whole().shared.mid;
        return to_numpy(std::vector<double>(values, values + shared_fields));
    }
    std::int64_t now() { return whole().now.count; }

    std::uint64_t submit(std::uint32_t lane, int side, std::int32_t price, std::int64_t size,
                         int lifetime) {
        return whole().submit(lane, static_cast<Side>(side), Ticks{price}, Lots{size},
                              static_cast<Lifetime>(lifetime));
    }
    bool cancel(std::uint32_t lane, std::uint64_t id) { return whole().cancel(lane, id); }
    bool amend(std::uint32_t lane, std::uint64_t id, std::int32_t price, std::int64_t size) {
        return whole().amend(lane, id, Ticks{price}, Lots{size});
    }
    nb::list orders(std::uint32_t lane) {
        nb::list list;
        const auto slots = whole().desk(lane).orders.slots();
        for (std::size_t i = 0; i < slots.size(); ++i) {
            const Order& order = slots[i];
            if (order.state == OrderState::none) continue;
            nb::dict row;
            row["order_id"] = std::uint64_t{order.generation} << 32U | (lane * slots.size() + i);
            row["side"] = sign(order.side);
            row["price"] = order.price.count;
            row["leaves"] = order.leaves.count;
            row["state"] = static_cast<int>(order.state);
            list.append(row);
        }
        return list;
    }

    nb::dict fills() {
        std::vector<Fill> all;
        const auto slots = static_cast<std::uint64_t>(config_.policy.slots());
        std::uint32_t first = 0;
        for (const auto& block : blocks_) {
            for (Fill fill : block->fills) {
                fill.lane += first;
                fill.order_id += first * slots;
                all.push_back(fill);
            }
            first += static_cast<std::uint32_t>(block->faults.size());
        }
        std::stable_sort(all.begin(), all.end(), [](const Fill& a, const Fill& b) {
            if (a.exchange_time != b.exchange_time) return a.exchange_time < b.exchange_time;
            return a.lane < b.lane;
        });
        nb::dict table;
        table["exchange_time"] = gather(all, [](const Fill& f) { return f.exchange_time.count; });
        table["local_time"] = gather(all, [](const Fill& f) { return f.local_time.count; });
        table["lane"] = gather(all, [](const Fill& f) { return f.lane; });
        table["side"] = gather(all, [](const Fill& f) { return static_cast<std::int8_t>(f.side); });
        table["price"] = gather(all, [](const Fill& f) { return f.price.count; });
        table["size"] = gather(all, [](const Fill& f) { return f.size.count; });
        table["maker"] =
            gather(all, [](const Fill& f) { return static_cast<std::uint8_t>(f.maker); });
        table["mid"] =
            gather(all, [](const Fill& f) { return static_cast<double>(f.mid_half_ticks) / 2.0; });
        table["fee"] = gather(all, [](const Fill& f) { return f.fee; });
        table["order_id"] = gather(all, [](const Fill& f) { return f.order_id; });
        return table;
    }

    nb::dict path() {
        nb::dict table;
        if (blocks_.empty()) return table;
        const Path& first = blocks_.front()->path;
        const std::size_t samples = first.time.size();
        table["time"] = to_numpy(std::vector(first.time));
        std::vector<double> mid(samples);
        std::transform(first.mid_half_ticks.begin(), first.mid_half_ticks.end(), mid.begin(),
                       mid_of);
        table["mid"] = to_numpy(std::move(mid));
        table["bid"] = join(&Path::bid, samples);
        table["ask"] = join(&Path::ask, samples);
        table["inventory"] = join(&Path::inventory, samples);
        table["wealth"] = join(&Path::wealth, samples);
        return table;
    }

    nb::dict counters() {
        nb::dict table;
        const auto account = [&](auto field) {
            return each_lane([&](const Lanes& lanes, std::uint32_t lane) {
                return field(lanes.desk(lane).account);
            });
        };
        const auto orders = [&](std::int64_t OrderCounts::* field) {
            return each_lane([&](const Lanes& lanes, std::uint32_t lane) {
                return lanes.desk(lane).orders.counts().*field;
            });
        };
        table["decisions"] =
            each_lane([](const Lanes& lanes, std::uint32_t) { return lanes.decisions; });
        table["submits"] = orders(&OrderCounts::submits);
        table["cancels"] = orders(&OrderCounts::cancels);
        table["amends"] = orders(&OrderCounts::amends);
        table["accepted"] = orders(&OrderCounts::accepted);
        table["rejected"] = orders(&OrderCounts::rejected);
        table["expired"] = orders(&OrderCounts::expired);
        table["throttled"] = orders(&OrderCounts::throttled);
        table["room_cut"] = orders(&OrderCounts::room_cut);
        table["fills"] = account([](const Account& a) { return a.fills; });
        table["volume_lots"] = account([](const Account& a) { return a.volume.count; });
        table["inventory"] = account([](const Account& a) { return a.inventory.count; });
        table["peak_inventory"] = account([](const Account& a) { return a.peak.count; });
        table["inventory_seconds"] =
            account([](const Account& a) { return static_cast<double>(a.inventory_time) * 1e-9; });
        table["fees"] = account([](const Account& a) { return a.fees; });
        const Money& money = config_.contract.money;
        table["cash"] = account([&](const Account& a) { return money.coins(a.cash); });
        table["spread"] = account([&](const Account& a) { return money.coins(a.spread); });
        table["quote_seconds"] = each_lane([](const Lanes& lanes, std::uint32_t lane) {
            return static_cast<double>(lanes.quoting[lane].count) * 1e-9;
        });
        table["model_errors"] = each_lane(
            [](const Lanes& lanes, std::uint32_t lane) { return lanes.faults[lane].count; });
        if (config_.guard) add_guard_counters(table, blocks_);
        return table;
    }

    bool resume(std::uint32_t lane) { return whole().resume(lane); }
    nb::tuple guard_state(std::uint32_t lane) { return bind::guard_state(whole(), lane); }
    nb::dict guard() { return guard_changes(blocks_); }

    nb::list faults() {
        static constexpr const char* words[] = {"none", "not finite", "crossed", "negative size"};
        nb::list list;
        std::size_t lane = 0;
        for (const auto& block : blocks_) {
            for (const Fault& fault : block->faults) {
                const Raised& raised = raised_[lane];
                if (fault.count > 0 || raised.count > 0) {
                    nb::dict row;
                    row["lane"] = lane;
                    row["time"] = raised.count > 0 ? raised.time : fault.time.count;
                    row["count"] = std::max(fault.count, raised.count);
                    row["why"] = raised.count > 0 ? raised.what
                                                  : words[static_cast<std::size_t>(fault.kind)];
                    row["state"] = numbers_of(fault.lane, fault.shared);
                    row["quote"] = std::vector<double>(fault.quote, fault.quote + 4);
                    list.append(row);
                }
                ++lane;
            }
        }
        return list;
    }

private:
    void need_rows(const Matrix& matrix, const char* name) const {
        if (matrix.shape(0) == config_.lanes) return;
        throw nb::value_error((std::string(name) + " must have a row a lane").c_str());
    }

    Lanes& whole() {
        if (blocks_.empty()) blocks_.push_back(make_lanes(held_.columns, config_));
        if (blocks_.size() > 1) throw nb::value_error("this market has been run; make another");
        return *blocks_.front();
    }

    template <class Step>
    void run_steps(const nb::object& progress, Step&& step) {
        Lanes& lanes = whole();
        const std::size_t stride = held_.columns.rows / 200 + 1;
        std::size_t next_report = stride;
        while (lanes.advance()) {
            step(lanes);
            if (lanes.rows_seen() < next_report) continue;
            next_report = lanes.rows_seen() + stride;
            if (PyErr_CheckSignals() != 0) nb::raise_python_error();
            if (!progress.is_none()) progress(lanes.rows_seen());
        }
    }

    void note_raised(std::size_t lane, const Lanes& lanes, nb::python_error& error) {
        if (!error.matches(PyExc_Exception)) throw;  // an interrupt, not the model's error
        Raised& raised = raised_[lane];
        if (raised.count++ != 0) return;
        raised.time = lanes.now.count;
        raised.what = "raised " + nb::cast<std::string>(nb::str(error.type().attr("__name__"))) +
                      ": " + nb::cast<std::string>(nb::str(error.value()));
    }

    template <class Get>
    static nb::object gather(const std::vector<Fill>& fills, Get get) {
        std::vector<decltype(get(fills.front()))> values;
        values.reserve(fills.size());
        for (const Fill& fill : fills) values.push_back(get(fill));
        return nb::cast(to_numpy(std::move(values)));
    }

    // [sample][lane] of all blocks side by side.
    template <class T>
    nb::object join(std::vector<T> Path::* field, std::size_t samples) {
        std::vector<T> joined(samples * config_.lanes);
        std::size_t first = 0;
        for (const auto& block : blocks_) {
            const std::size_t lanes = block->faults.size();
            const std::vector<T>& values = block->path.*field;
            for (std::size_t i = 0; i < samples; ++i) {
                std::copy_n(&values[i * lanes], lanes, &joined[i * config_.lanes + first]);
            }
            first += lanes;
        }
        return nb::cast(to_numpy(std::move(joined), {samples, config_.lanes}));
    }

    template <class Get>
    nb::object each_lane(Get get) {
        std::vector<decltype(get(*blocks_.front(), 0U))> values;
        for (const auto& block : blocks_) {
            for (std::uint32_t lane = 0; lane < block->faults.size(); ++lane) {
                values.push_back(get(*block, lane));
            }
        }
        return nb::cast(to_numpy(std::move(values)));
    }

    HeldColumns held_;
    MarketConfig config_;
    std::vector<std::unique_ptr<Lanes>> blocks_;
    std::vector<Raised> raised_;
};

template <class Enum>
auto as_int(Enum MarketConfig::* field) {
    return [field](MarketConfig& c, int value) { c.*field = static_cast<Enum>(value); };
}

void bind_config(nb::module_& m) {
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
                std::int64_t burst_ns, std::int64_t limit, double inventory_play) {
                 c.policy = {.levels = levels,
                             .spacing = Ticks{spacing},
                             .tolerance = Ticks{tolerance},
                             .maximum_age = Nanos{maximum_age_ns},
                             .amend = amend,
                             .message_cost = Nanos{message_cost_ns},
                             .burst = Nanos{burst_ns},
                             .limit = Lots{limit},
                             .inventory_play = inventory_play};
             })
        .def_rw("signals", &MarketConfig::signals)
        .def_rw("guard", &MarketConfig::guard)
        .def_rw("lanes", &MarketConfig::lanes)
        .def_rw("sample_every", &MarketConfig::sample_every)
        .def_rw("keep_fills", &MarketConfig::keep_fills)
        .def_rw("keep_own_book", &MarketConfig::keep_own_book);
}

nb::object mid_at(const HeldColumns& held, const Times& times) {
    const auto halves = mids_at(held.columns, times.data(), times.shape(0));
    std::vector<double> mids(halves.size());
    std::transform(halves.begin(), halves.end(), mids.begin(), mid_of);
    return nb::cast(to_numpy(std::move(mids)));
}

}  // namespace
}  // namespace halfspread::bind

void bind_market(nb::module_& m) {
    using namespace halfspread::bind;
    bind_config(m);
    nb::class_<PythonMarket>(m, "Market", "n lanes in lockstep over one tape.")
        .def(nb::init<const HeldColumns&, const halfspread::MarketConfig&>(),
             nb::keep_alive<1, 3>(), "columns"_a, "config"_a)
        .def("run", &PythonMarket::run, "kernel"_a, "params"_a, "threads"_a,
             "progress"_a = nb::none(), "Run a compiled model to the end of the tape.")
        .def("run_scalar", &PythonMarket::run_scalar, "model"_a, "progress"_a = nb::none(),
             "Run model(QuoteState) -> Quote to the end of the tape.")
        .def("run_batched", &PythonMarket::run_batched, "model"_a, "progress"_a = nb::none(),
             "Run model(lanes, shared) -> quotes to the end of the tape.")
        .def("advance", &PythonMarket::advance, "To the next decision; False at the end.")
        .def("decide", &PythonMarket::decide, "quotes"_a, "Act on quotes of shape (n, 4).")
        .def("lane_states", &PythonMarket::lane_states)
        .def("shared", &PythonMarket::shared)
        .def("now", &PythonMarket::now)
        .def("submit", &PythonMarket::submit, "lane"_a, "side"_a, "price"_a, "size"_a, "lifetime"_a)
        .def("cancel", &PythonMarket::cancel, "lane"_a, "order_id"_a)
        .def("amend", &PythonMarket::amend, "lane"_a, "order_id"_a, "price"_a, "size"_a)
        .def("orders", &PythonMarket::orders, "lane"_a)
        .def("fills", &PythonMarket::fills)
        .def("path", &PythonMarket::path)
        .def("counters", &PythonMarket::counters)
        .def("resume", &PythonMarket::resume, "lane"_a)
        .def("guard_state", &PythonMarket::guard_state, "lane"_a)
        .def("guard", &PythonMarket::guard)
        .def("faults", &PythonMarket::faults);
    m.def("mid_at", &mid_at, "columns"_a, "times"_a,
          "The venue's mid in ticks just after each ascending time; NaN while a side is empty.");
}
