// SPDX-License-Identifier: Apache-2.0
// The integers of a linear operator (schema/NUMERICS.md, "Linear"), computed in double from real scales and
// biases.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "converter/write/model_spec.h"

namespace bulwark::converter::passes::lowering {

/// An integer tensor: real = scale * (q - zero_point), q in [lo, hi].
struct Grid {
  float scale = 1;
  std::int32_t zero_point = 0, lo = -128, hi = 127;

  bool same_levels(const Grid& other) const { return scale == other.scale && zero_point == other.zero_point; }
};

/// Rows of output channels, elements in the order of the kernel's taps. real = scales[row] * value; a scale
/// may be zero or negative here (a folded batch norm), never in the result of solve_linear.
struct IntegerWeights {
  std::int32_t rows = 0, row_elements = 0;
  std::vector<std::int32_t> values;  ///< -255..255
  std::vector<double> scales;
};

struct LinearBias {
  std::vector<double> real;            ///< per row
  std::vector<std::int64_t> integers;  ///< per row, or empty: the same as integers * scales
  std::vector<double> scales;
};

/// Fills weights, fraction_bits, bias and multiplier of the operator. `output_scale` is absent for a float
/// output. The fraction bits are the fewest that bring the rounding of every bias below 1/2048 of an output
/// step (a float output: 8), as far as the accumulator has room; none when the bias is already an integer at
/// the accumulator's scale. Channels whose own scale is too small for their bias or for a normal multiplier
/// get a larger scale and rounded weights, each told in `notes`. Throws Error when the accumulator could
/// overflow; `where` names the operator.
void solve_linear(const Grid& input, IntegerWeights weights, const LinearBias& bias,
                  std::optional<float> output_scale, const std::string& where, write::LinearSpec& spec,
                  std::vector<std::string>& notes);

/// The format that holds every integer in the fewest bytes; of equals the widest.
write::WeightFormat narrowest_format(const IntegerWeights& weights);

}  // namespace bulwark::converter::passes::lowering
