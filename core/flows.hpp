// Flows: the flows that a simulated market can be made of, by their laws. Another one is a name here.
#pragma once

#include <variant>

#include "queue_reactive.hpp"
#include "zero_intelligence.hpp"

namespace halfspread {

// Each names its flow: Laws::Flow, which is made of (laws, seed, lane, begin).
using FlowLaws = std::variant<ZeroIntelligenceLaws, QueueReactiveLaws>;

}  // namespace halfspread
