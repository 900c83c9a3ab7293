// SPDX-License-Identifier: Apache-2.0
// What the runtime can prove about a quantized model, as a measure of its widths.
#pragma once

#include <cstddef>
#include <cstdint>

#include "converter/graph/graph.h"
#include "converter/quantize/samples.h"

namespace bulwark::converter::search {

struct CertifiedMargin {
  double margin = 0;  ///< mean over the samples of the proved lead of the first class, in units of the logits
  double share = 0;   ///< of the samples that are certified
};

/// Lowers the quantized graph, packs and runs it, and certifies the first `count` samples for a box of `eps`
/// steps around the input's integers. Throws Error (bad_input) where the model can not be certified.
CertifiedMargin certified_margin(const Graph& quantized, const quantize::Samples& samples, std::size_t count,
                                 std::int32_t eps);

}  // namespace bulwark::converter::search
