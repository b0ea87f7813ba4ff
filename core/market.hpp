// Market: n lanes in lockstep on one recorded market, or each on one of its own; a quote in, the
// next state out.
//
//     run_blocks(source, config, model, threads, progress);   // compiled: blocks of lanes by threads
//     while (lanes->advance()) lanes->decide(quotes);         // or step by step
//
// In a replay our orders don't move the market, so the books and the signals are computed once an
// event and shared by the lanes of a block; a lane costs its own orders. In a world that is made up,
// each lane has its own mid and signals, and is a block by itself. Lanes never meet: what comes out
// does not depend on how they are cut into blocks. Unless they are put into one book, which is one
// block.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "columns.hpp"
#include "flows.hpp"
#include "lanes.hpp"
#include "simulated.hpp"
#include "world.hpp"

namespace halfspread {

std::unique_ptr<Lanes> make_lanes(const Columns& columns, const MarketConfig& config);
// The one lane of that number; `config.lanes` is 1.
std::unique_ptr<Lanes> make_lane(const WorldPolicy& world, const MarketConfig& config,
                                 std::uint32_t lane);

// The book of that number of a flow, with `config.lanes` lanes in it.
std::unique_ptr<Lanes> make_book(const FlowLaws& laws, const SimulatedPolicy& policy,
                                 const MarketConfig& config, std::uint32_t number);

// Where blocks of lanes come from.
struct Source {
    Source(const Columns& columns);
    Source(const WorldPolicy& world);
    // `together`: all lanes in one book; else each in its own.
    Source(const FlowLaws& laws, const SimulatedPolicy& policy, bool together);

    // Lanes from `first` on, as many as the config says.
    std::function<std::unique_ptr<Lanes>(const MarketConfig&, std::size_t first)> make;
    std::size_t rows;           // that a block will have seen at its end
    bool are_apart;             // each lane is a block
    bool are_together = false;  // all lanes are one block
};

// A compiled model for all lanes: the kernel and its parameters, [lanes][width].
struct Model {
    Kernel kernel = nullptr;
    const double* params = nullptr;
    std::size_t width = 0;
    bool reads_fills = true;  // fill intensity and decay, of both sides: else none measures them
};

// Now and then told the rows seen so far; false stops the run.
using Progress = std::function<bool(std::size_t)>;

// Runs all lanes in `threads` threads, a block each or all lanes apart. Returns the blocks, in the
// order of lanes. What a thread or `progress` throws stops the others, and the first one's is
// rethrown here.
std::vector<std::unique_ptr<Lanes>> run_blocks(const Source& source, const MarketConfig& config,
                                               const Model& model, std::size_t threads,
                                               const Progress& progress);

}  // namespace halfspread
