// SPDX-License-Identifier: Apache-2.0
// Writes quantize and dequantize nodes and integer weights into a float graph.
#pragma once

#include "converter/quantize/correct.h"
#include "converter/quantize/placement.h"
#include "converter/quantize/ranges.h"

namespace bulwark::converter::quantize {

/// `levels` has one entry per group of the placement, `corrections` weights for each quantized layer. Widths
/// other than 8 and 4 bits become 8-bit levels cut by a clip.
void write_quantizers(Graph& graph, const Placement& placement, const std::vector<Levels>& levels,
                      const Corrections& corrections);

}  // namespace bulwark::converter::quantize
