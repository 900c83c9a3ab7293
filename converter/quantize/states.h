// SPDX-License-Identifier: Apache-2.0
// States of a float graph: calibration needs their values, and quantized ones are kept as integers.
#pragma once

#include "converter/quantize/samples.h"

namespace bulwark::converter::quantize {

/// The samples with the states that the float graph has when they come one after another, as the steps of one
/// sequence.
Samples with_states(const Graph& graph, const Samples& samples);

/// A state that is quantized when read is kept as the levels that it is read as.
void quantize_states(Graph& graph);

}  // namespace bulwark::converter::quantize
