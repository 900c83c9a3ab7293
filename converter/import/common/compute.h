// SPDX-License-Identifier: Apache-2.0
// Shape arithmetic and the like: what depends on constants alone is computed while the graph is built.
#pragma once

#include <optional>

#include "converter/graph/graph.h"
#include "converter/import/common/refusal.h"

namespace bulwark::converter::importing {

/// The value of the node's output (declared in the graph, listed in the node), when all its inputs are
/// constants, the float twin computes them exactly and the operator is cheap. dequantize is left alone:
/// integer weights stay integers. Takes the result's memory from the budget.
std::optional<Constant> compute_now(const Graph& graph, const Node& node, Budget& budget);

}  // namespace bulwark::converter::importing
