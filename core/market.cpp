// Market: the blocks of lanes behind market.hpp's face, one class a set of rules.
#include "market.hpp"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <thread>
#include <variant>
#include <vector>

#include "block.hpp"
#include "book.hpp"
#include "brownian.hpp"
#include "replay.hpp"
#include "simulated.hpp"

namespace halfspread {

void Lanes::note_fault(std::uint32_t lane, QuoteFault kind, const double* quote) {
    Fault& fault = faults[lane];
    if (fault.count++ != 0) return;
    fault.time = now;
    fault.kind = kind;
    fault.shared = shared;
    fault.lane = states[lane];
    std::copy_n(quote, 4, fault.quote);
}

std::unique_ptr<Lanes> make_lanes(const Columns& columns, const MarketConfig& config) {
    const auto make =
        [&]<Rules rules, class View, class Position = QueuePosition>() -> std::unique_ptr<Lanes> {
        using Venue = Replay<rules, View, Position>;
        return std::make_unique<Block<Venue>>(config, columns, config.queue, config.contract.scale,
                                              config.latency, config.signals, config.lanes,
                                              static_cast<std::size_t>(config.policy.slots()));
    };
    // When to look beyond the touch is known beforehand by the clock alone.
    const bool needs_depth = config.signals.depth.any() && config.schedule != Schedule::every;
    const bool logged = columns.in_order && !config.keep_own_book && !needs_depth;
    if (config.rules == Rules::peer) {
        return logged ? make.operator()<Rules::peer, LoggedView>()
                      : make.operator()<Rules::peer, FullView<crossing_of(Rules::peer)>>();
    }
    using Full = FullView<crossing_of(Rules::ours)>;
    if (config.queue.model == QueueModel::exact) {
        return logged ? make.operator()<Rules::ours, LoggedView, ExactPosition>()
                      : make.operator()<Rules::ours, Full, ExactPosition>();
    }
    return logged ? make.operator()<Rules::ours, LoggedView>()
                  : make.operator()<Rules::ours, Full>();
}

std::unique_ptr<Lanes> make_lane(const WorldPolicy& world, const MarketConfig& config,
                                 std::uint32_t lane) {
    return std::make_unique<Block<Brownian>>(config, world, lane, config.latency, config.signals,
                                             static_cast<std::size_t>(config.policy.slots()));
}

std::unique_ptr<Lanes> make_book(const FlowLaws& laws, const SimulatedPolicy& policy,
                                 const MarketConfig& config, std::uint32_t number) {
    const auto make = [&]<class Laws>(const Laws& given) -> std::unique_ptr<Lanes> {
        using Venue = Simulated<typename Laws::Flow>;
        return std::make_unique<Block<Venue>>(
            config, given, policy, number, config.latency, config.signals, config.lanes,
            static_cast<std::size_t>(config.policy.slots()), config.keep_fills);
    };
    return std::visit(make, laws);
}

Source::Source(const Columns& columns)
    : make([columns](const MarketConfig& config, std::size_t) {
          return make_lanes(columns, config);
      }),
      rows(columns.rows),
      are_apart(false) {}

Source::Source(const WorldPolicy& world)
    : make([world](const MarketConfig& config, std::size_t first) {
          return make_lane(world, config, static_cast<std::uint32_t>(first));
      }),
      rows(static_cast<std::size_t>(world.horizon.count / world.step.count)),
      are_apart(true) {}

Source::Source(const FlowLaws& laws, const SimulatedPolicy& policy, bool together)
    : make([laws, policy](const MarketConfig& config, std::size_t first) {
          return make_book(laws, policy, config, static_cast<std::uint32_t>(first));
      }),
      rows(static_cast<std::size_t>(policy.horizon.count / simulated_row.count)),
      are_apart(!together),
      are_together(together) {}

std::vector<std::unique_ptr<Lanes>> run_blocks(const Source& source, const MarketConfig& config,
                                               const Model& model, std::size_t threads,
                                               const Progress& progress) {
    const std::size_t most = source.are_together ? 1 : config.lanes;
    const std::size_t workers = std::clamp<std::size_t>(threads, 1, most);
    const std::size_t count = source.are_apart ? config.lanes : workers;
    const std::size_t stride = source.rows / 200 + 1;
    std::vector<std::unique_ptr<Lanes>> blocks(count);
    std::vector<std::exception_ptr> errors(workers);
    std::atomic<bool> stopped = false;
    // A worker's share is told as if it were one block.
    const auto run_block = [&](std::size_t i, bool tells, std::size_t done, std::size_t share) {
        const std::size_t begin = config.lanes * i / count;
        MarketConfig mine = config;
        mine.lanes = config.lanes * (i + 1) / count - begin;
        mine.signals.fills = model.reads_fills;
        blocks[i] = source.make(mine, begin);
        Lanes& block = *blocks[i];
        std::size_t next_report = stride;
        while (!stopped.load(std::memory_order_relaxed) && block.advance()) {
            block.decide(model.kernel, model.params + begin * model.width);
            if (tells && block.rows_seen() >= next_report) {
                next_report = block.rows_seen() + stride * share;
                if (!progress((done * source.rows + block.rows_seen()) / share)) stopped = true;
            }
        }
        block.forget();
    };
    const auto run = [&](std::size_t worker) {
        const std::size_t begin = count * worker / workers;
        const std::size_t end = count * (worker + 1) / workers;
        const std::size_t share = end - begin;
        const std::size_t between = share / 200 + 1;  // blocks whose reports are told
        for (std::size_t i = begin; i < end; ++i) {
            const bool tells = worker == 0 && (i - begin) % between == 0;
            run_block(i, tells, i - begin, share);
        }
    };
    const auto run_caught = [&](std::size_t worker) {
        try {
            run(worker);
        } catch (...) {
            errors[worker] = std::current_exception();
            stopped = true;
        }
    };
    {
        std::vector<std::jthread> others;
        for (std::size_t i = 1; i < workers; ++i) others.emplace_back(run_caught, i);
        run_caught(0);
    }
    for (const std::exception_ptr& error : errors) {
        if (error != nullptr) std::rethrow_exception(error);
    }
    return blocks;
}

}  // namespace halfspread
