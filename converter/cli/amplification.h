// SPDX-License-Identifier: Apache-2.0
// Measures how a change of the input grows from layer to layer, in the runtime itself.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "converter/report/amplification.h"

namespace bulwark::converter::cli {

struct AmplificationOptions {
  std::string data;      ///< samples; empty: nothing is measured
  std::string attacked;  ///< the same samples moved by an attack; empty: random squares are tried here
  int eps = 8;
  std::int64_t samples = 64, queries = 300;
  std::uint64_t seed = 0;
};

/// `bytes` are the model's, at a 16-byte aligned address. Throws Error (bad_input) when the model has more
/// than one input or a batch, and when data do not fit it or attacked samples are farther than eps.
report::Amplification measure_amplification(const std::vector<std::uint8_t>& bytes, const std::string& model,
                                            const AmplificationOptions& options);

}  // namespace bulwark::converter::cli
