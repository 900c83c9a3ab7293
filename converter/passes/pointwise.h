// SPDX-License-Identifier: Apache-2.0
// Values that are a function of one other value, element by element: f(x), x * f(x), clip(x + 3, 0, 6) * x
// / 6. Between dequantize and quantize such a function is one table.
#pragma once

#include <vector>

#include "converter/graph/graph.h"

namespace bulwark::converter::passes {

/// For every value the one it is a function of, itself where there is none. Functions, activations, and
/// operators of two tensors whose other operand is one constant number or of the same source, all of one
/// shape.
std::vector<ValueId> pointwise_sources(const Graph& graph);

/// f at every x, for a `value` that is a function of `source`.
std::vector<float> evaluate_pointwise(const Graph& graph, ValueId source, ValueId value,
                                      std::vector<float> x);

}  // namespace bulwark::converter::passes
