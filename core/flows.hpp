// Flows: the flows that a simulated market can be made of, by their laws. Another one is a name here.
#pragma once

#include <variant>

#include "hawkes_flow.hpp"
#include "queue_reactive.hpp"
#include "scenario.hpp"
#include "zero_intelligence.hpp"

namespace halfspread {

// Each names its flow: Laws::Flow, which is made of (laws, seed, lane, begin).
using FlowLaws = std::variant<ZeroIntelligenceLaws, QueueReactiveLaws, HawkesLaws,
                              ScenarioLaws<ZeroIntelligenceLaws>, ScenarioLaws<QueueReactiveLaws>,
                              ScenarioLaws<HawkesLaws>>;

}  // namespace halfspread
