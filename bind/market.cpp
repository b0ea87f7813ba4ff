// Market: lanes run to the end or step by step, for market.py and brownian.py.
#include "market.hpp"

#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/variant.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "arrays.hpp"
#include "guard_results.hpp"
#include "results.hpp"
#include "states.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace halfspread::bind {
namespace {

using Matrix = nb::ndarray<const double, nb::ndim<2>, nb::c_contig, nb::device::cpu>;

// str(object), which may itself fail.
std::string text_of(nb::handle object) {
    const nb::object text = nb::steal(PyObject_Str(object.ptr()));
    const char* letters = text.is_valid() ? PyUnicode_AsUTF8(text.ptr()) : nullptr;
    if (letters == nullptr) PyErr_Clear();
    return letters == nullptr ? "(no text)" : letters;
}

// What a market was at a moment: blocks that stand still, and the market whose tape and forecasts
// they read.
struct Saved {
    Saved(Blocks b, std::vector<std::string> r, nb::object o)
        : blocks(std::move(b)), raised(std::move(r)), owner(std::move(o)) {}
    Saved(const Saved&) = delete;
    Saved(Saved&&) = default;

    Blocks blocks;
    std::vector<std::string> raised;
    nb::object owner;
};

// Blocks of lanes over one tape, or of one lane each over worlds, or one block in a book. Lanes are
// numbered across them.
class PythonMarket {
public:
    PythonMarket(const HeldColumns& columns, const MarketConfig& config)
        : owner_(columns.owner), source_(columns.columns), config_(config), raised_(config.lanes) {
        need_lanes();
    }
    PythonMarket(const WorldPolicy& world, const MarketConfig& config)
        : source_(world), config_(config), raised_(config.lanes) {
        need_lanes();
    }
    PythonMarket(const FlowLaws& laws, const SimulatedPolicy& policy, bool together,
                 const MarketConfig& config)
        : source_(laws, policy, together), config_(config), raised_(config.lanes) {
        need_lanes();
    }

    PythonMarket(const PythonMarket&) = delete;
    PythonMarket& operator=(const PythonMarket&) = delete;

    void run(std::uintptr_t kernel, const Matrix& params, std::size_t threads,
             const nb::object& progress, bool reads_fills) {
        need_rows(params, "params");
        const Model model{.kernel = reinterpret_cast<Kernel>(kernel),
                          .params = params.data(),
                          .width = params.shape(1),
                          .reads_fills = reads_fills};
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
            blocks_ = run_blocks(source_, config_, model, threads, report);
        }
        if (failed) nb::raise_python_error();
    }

    // models[lane](state) -> quote, once a lane and decision.
    void run_scalar(const nb::list& models, const nb::object& progress) {
        if (models.size() != config_.lanes) throw nb::value_error("models must have one a lane");
        StateMaker states;
        std::vector<double> quotes(4 * config_.lanes);
        run_steps(progress, [&] {
            for (std::size_t i = 0; i < config_.lanes; ++i) {
                double* quote = &quotes[4 * i];
                const Place place = place_of(i);
                const Lanes& lanes = *place.block;
                try {
                    const nb::object state = states.make(lanes.states[place.lane], lanes.shared);
                    const nb::object answer =
                        nb::steal(PyObject_CallOneArg(models[i].ptr(), state.ptr()));
                    if (!answer.is_valid()) nb::raise_python_error();
                    read_quote(answer, quote);
                } catch (nb::python_error& error) {
                    note_raised(i, error);
                    std::copy_n(no_quote, 4, quote);
                }
            }
            decide(quotes.data());
        });
    }

    // model(lanes[n][2], shared) -> (quotes[n][4], {lane: its exception}), once a decision.
    void run_batched(const nb::object& model, const nb::object& progress) {
        std::vector<double> quotes(4 * config_.lanes);
        run_steps(progress, [&] {
            try {
                const nb::object answer = model(lane_states(), shared());
                const auto matrix = nb::cast<Matrix>(answer[0]);
                need_rows(matrix, "quotes");
                std::copy_n(matrix.data(), quotes.size(), quotes.data());
                for (const auto [lane, raised] : nb::cast<nb::dict>(answer[1])) {
                    const auto i = nb::cast<std::size_t>(lane);
                    note_raised(i, raised);
                    std::copy_n(no_quote, 4, &quotes[4 * i]);
                }
            } catch (nb::python_error& error) {
                for (std::size_t lane = 0; lane < config_.lanes; ++lane) {
                    note_raised(lane, error);
                    std::copy_n(no_quote, 4, &quotes[4 * lane]);
                }
            }
            decide(quotes.data());
        });
    }

    // All lanes, to their next decision, which is of one time.
    bool advance() {
        bool more = false;
        for (const auto& block : blocks()) more |= block->advance();
        return more;
    }
    void decide(const Matrix& quotes) {
        need_rows(quotes, "quotes");
        if (quotes.shape(1) != 4) throw nb::value_error("quotes must have 4 columns");
        decide(quotes.data());
    }
    nb::ndarray<nb::numpy, double> lane_states() {
        std::vector<double> numbers;
        for (const auto& block : blocks()) {
            const double* values = &block->states.data()->inventory;
            numbers.insert(numbers.end(), values, values + 2 * block->states.size());
        }
        return to_numpy(std::move(numbers), {config_.lanes, 2});
    }
    // The fields that lanes share, or, where each lane has its own, (fields, n).
    nb::ndarray<nb::numpy, double> shared() {
        if (!source_.are_apart) {
            const double* values = &first().shared.mid;
            return to_numpy(std::vector<double>(values, values + shared_fields));
        }
        std::vector<double> numbers(shared_fields * config_.lanes);
        for (std::size_t lane = 0; lane < config_.lanes; ++lane) {
            const double* values = &blocks()[lane]->shared.mid;
            for (std::size_t i = 0; i < shared_fields; ++i)
                numbers[i * config_.lanes + lane] = values[i];
        }
        return to_numpy(std::move(numbers), {shared_fields, config_.lanes});
    }
    std::int64_t now() { return first().now.count; }
    std::size_t rows_seen() { return first().rows_seen(); }

    // Of the first lane, for a market in one's own hands.
    nb::object state() {
        if (!states_) states_.emplace();
        return states_->make(first().states[0], first().shared);
    }
    void quote(double bid, double ask, double bid_size, double ask_size) {
        if (config_.lanes != 1) throw nb::value_error("quote is for a market of one lane");
        const double quote[4] = {bid, ask, bid_size, ask_size};
        first().decide(quote);
    }
    // The fills that have reached us, in that order, but the first `seen`.
    nb::list fills_after(std::size_t seen) {
        nb::list list;
        const std::vector<Fill>& fills = first().fills;
        for (std::size_t i = seen; i < fills.size(); ++i) list.append(fill_row(fills[i]));
        return list;
    }
    // The last trades as the bytes of their records, `stepped.TRADE` in Python.
    nb::bytes recent_trades(std::size_t most) {
        static_assert(sizeof(RecentTrade) == 24 && offsetof(RecentTrade, aggressor) == 20);
        const std::vector<RecentTrade> trades = first().recent_trades().last(most);
        return nb::bytes(trades.data(), trades.size() * sizeof(RecentTrade));
    }

    std::uint64_t submit(std::uint32_t lane, int side, std::int32_t price, std::int64_t size,
                         int lifetime) {
        return on_lane(lane, &Lanes::submit, static_cast<Side>(side), Ticks{price}, Lots{size},
                       static_cast<Lifetime>(lifetime));
    }
    bool cancel(std::uint32_t lane, std::uint64_t id) { return on_lane(lane, &Lanes::cancel, id); }
    bool amend(std::uint32_t lane, std::uint64_t id, std::int32_t price, std::int64_t size) {
        return on_lane(lane, &Lanes::amend, id, Ticks{price}, Lots{size});
    }
    nb::list orders(std::uint32_t lane) {
        const Place place = place_of(lane);
        return orders_of(*place.block, place.lane);
    }

    nb::dict fills() {
        return fills_of(blocks_, static_cast<std::uint64_t>(config_.policy.slots()));
    }
    nb::dict path() { return path_of(blocks_, source_.are_apart); }
    nb::tuple mid_changes() { return mid_changes_of(blocks_); }
    nb::dict counters() {
        nb::dict table = counters_of(blocks_, config_.contract.money);
        if (config_.guard) add_guard_counters(table, blocks_);
        return table;
    }
    bool resume(std::uint32_t lane) { return on_lane(lane, &Lanes::resume); }
    bool halt(std::uint32_t lane) { return on_lane(lane, &Lanes::halt); }
    std::size_t resting(std::uint32_t lane) { return on_lane(lane, &Lanes::resting); }
    nb::tuple guard_state(std::uint32_t lane) {
        const Place place = place_of(lane);
        return bind::guard_state(*place.block, place.lane);
    }
    nb::dict guard() { return guard_changes(blocks_); }
    nb::list faults() { return faults_of(blocks_, raised_); }

    Saved save(const nb::object& self) {
        return {copies_of(blocks()), raised_, lender_.is_valid() ? lender_ : self};
    }
    void restore(const nb::object& self, const Saved& saved) {
        if (saved.raised.size() != config_.lanes)
            throw nb::value_error("the state is of a market of another number of lanes");
        blocks_ = copies_of(saved.blocks);
        raised_ = saved.raised;
        lender_ = saved.owner.is(self) ? nb::object() : saved.owner;
    }

private:
    // A lane's block, and its number there.
    struct Place {
        Lanes* block;
        std::uint32_t lane;
    };

    static Blocks copies_of(const Blocks& blocks) {
        Blocks copies;
        for (const auto& block : blocks) copies.push_back(block->copy());
        return copies;
    }

    void need_lanes() const {
        if (config_.lanes == 0) throw nb::value_error("lanes must be > 0, was 0");
    }
    static nb::tuple fill_row(const Fill& fill) {
        return nb::make_tuple(fill.local_time.count, fill.exchange_time.count, sign(fill.side),
                              fill.price.count, fill.size.count, fill.maker, fill.fee,
                              fill.order_id);
    }

    void need_rows(const Matrix& matrix, const char* name) const {
        if (matrix.shape(0) == config_.lanes) return;
        throw nb::value_error((std::string(name) + " must have a row a lane").c_str());
    }

    // In one's own hands or a Python model's: all lanes together, or each apart.
    Blocks& blocks() {
        if (blocks_.empty()) {
            MarketConfig one = config_;
            if (source_.are_apart) one.lanes = 1;
            for (std::size_t lane = 0; lane < config_.lanes; lane += one.lanes)
                blocks_.push_back(source_.make(one, lane));
        } else if (!source_.are_apart && blocks_.size() > 1) {
            throw nb::value_error("this market has been run; make another");
        }
        return blocks_;
    }
    Lanes& first() { return *blocks().front(); }
    Place place_of(std::size_t lane) {
        if (lane >= config_.lanes) throw nb::index_error("no such lane");
        const bool apart = source_.are_apart;
        return {blocks()[apart ? lane : 0].get(), static_cast<std::uint32_t>(apart ? 0 : lane)};
    }
    template <class Act, class... Args>
    std::invoke_result_t<Act, Lanes&, std::uint32_t, Args...> on_lane(std::uint32_t lane, Act act,
                                                                      Args... args) {
        const Place place = place_of(lane);
        return (place.block->*act)(place.lane, args...);
    }
    void decide(const double* quotes) {
        for (const auto& block : blocks()) {
            block->decide(quotes);
            quotes += 4 * block->states.size();
        }
    }

    template <class Step>
    void run_steps(const nb::object& progress, Step&& step) {
        const std::size_t stride = source_.rows / 200 + 1;
        std::size_t next_report = stride;
        while (advance()) {
            step();
            if (rows_seen() < next_report) continue;
            next_report = rows_seen() + stride;
            if (PyErr_CheckSignals() != 0) nb::raise_python_error();
            if (!progress.is_none()) progress(rows_seen());
        }
    }

    void note_raised(std::size_t lane, nb::python_error& error) {
        if (!error.matches(PyExc_Exception)) throw;  // an interrupt, not the model's error
        note_raised(lane, error.value());
    }
    void note_raised(std::size_t lane, nb::handle exception) {
        const Place place = place_of(lane);
        place.block->note_fault(place.lane, QuoteFault::raised, no_quote);
        if (place.block->faults[place.lane].count > 1) return;
        raised_[lane] =
            "raised " + text_of(exception.type().attr("__name__")) + ": " + text_of(exception);
    }

    nb::object owner_;   // of the columns
    nb::object lender_;  // the market that the blocks came from, where it is another
    Source source_;
    MarketConfig config_;
    Blocks blocks_;
    std::optional<StateMaker> states_;
    std::vector<std::string> raised_;  // of each lane whose first fault is an exception, its text
};

}  // namespace
}  // namespace halfspread::bind

void bind_market(nb::module_& m) {
    using namespace halfspread::bind;
    nb::class_<Saved>(m, "Saved", "What a market was at a moment.")
        .def_prop_ro("lanes", [](const Saved& saved) { return saved.raised.size(); });
    nb::class_<PythonMarket>(m, "Market", "n lanes in lockstep over one tape, or a world each.")
        .def(nb::init<const HeldColumns&, const halfspread::MarketConfig&>(),
             nb::keep_alive<1, 3>(), "columns"_a, "config"_a)
        .def(nb::init<const halfspread::WorldPolicy&, const halfspread::MarketConfig&>(),
             nb::keep_alive<1, 3>(), "world"_a, "config"_a)
        .def(nb::init<const halfspread::FlowLaws&, const halfspread::SimulatedPolicy&, bool,
                      const halfspread::MarketConfig&>(),
             nb::keep_alive<1, 5>(), "laws"_a, "policy"_a, "together"_a, "config"_a)
        .def("run", &PythonMarket::run, "kernel"_a, "params"_a, "threads"_a,
             "progress"_a = nb::none(), "reads_fills"_a = true,
             "Run a compiled model, that reads A and k or does not, to the end of the tape.")
        .def("run_scalar", &PythonMarket::run_scalar, "models"_a, "progress"_a = nb::none(),
             "Run each lane's model(QuoteState) -> Quote to the end of the tape.")
        .def("run_batched", &PythonMarket::run_batched, "model"_a, "progress"_a = nb::none(),
             "Run model(lanes, shared) -> (quotes, {lane: exception}) to the end of the tape.")
        .def("advance", &PythonMarket::advance, "To the next decision; False at the end.")
        .def("decide", nb::overload_cast<const Matrix&>(&PythonMarket::decide), "quotes"_a,
             "Act on quotes of shape (n, 4).")
        .def("lane_states", &PythonMarket::lane_states)
        .def("shared", &PythonMarket::shared)
        .def("now", &PythonMarket::now)
        .def("rows_seen", &PythonMarket::rows_seen)
        .def("state", &PythonMarket::state, "The first lane's QuoteState.")
        .def("quote", &PythonMarket::quote, "bid"_a, "ask"_a, "bid_size"_a, "ask_size"_a,
             "Act on one quote, in the only lane.")
        .def("fills_after", &PythonMarket::fills_after, "seen"_a,
             "The fills that have reached us, but the first `seen`: a tuple each.")
        .def("recent_trades", &PythonMarket::recent_trades, "most"_a,
             "The last trades that we have seen, as the bytes of their records.")
        .def("submit", &PythonMarket::submit, "lane"_a, "side"_a, "price"_a, "size"_a, "lifetime"_a)
        .def("cancel", &PythonMarket::cancel, "lane"_a, "order_id"_a)
        .def("amend", &PythonMarket::amend, "lane"_a, "order_id"_a, "price"_a, "size"_a)
        .def("orders", &PythonMarket::orders, "lane"_a)
        .def("fills", &PythonMarket::fills)
        .def("path", &PythonMarket::path)
        .def("mid_changes", &PythonMarket::mid_changes,
             "Where the mids were: times, mids, and which block's they are from where on.")
        .def("counters", &PythonMarket::counters)
        .def("resume", &PythonMarket::resume, "lane"_a)
        .def("halt", &PythonMarket::halt, "lane"_a)
        .def("resting", &PythonMarket::resting, "lane"_a)
        .def("guard_state", &PythonMarket::guard_state, "lane"_a)
        .def("guard", &PythonMarket::guard)
        .def("faults", &PythonMarket::faults)
        .def(
            "save", [](const nb::object& self) { return nb::cast<PythonMarket&>(self).save(self); },
            "All of its state, which later steps leave alone.")
        .def(
            "restore",
            [](const nb::object& self, const Saved& saved) {
                nb::cast<PythonMarket&>(self).restore(self, saved);
            },
            "saved"_a, "Go on from a state that a market of the same making had.");
}
