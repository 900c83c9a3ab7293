// SPDX-License-Identifier: Apache-2.0
// A convolution or fully connected layer as the linear map that it is: real weights, strides, padding, a
// picture's size.
#pragma once

#include <cstdint>
#include <vector>

#include "schema/verifier.h"

namespace bulwark::converter::lipschitz {

/// One spatial axis of a convolution. All counts >= 1, pads >= 0; a fully connected layer has 1 everywhere.
struct Axis {
  std::int64_t input = 1, output = 1;
  std::int64_t kernel = 1, stride = 1, dilation = 1, pad_before = 0;

  /// Distance from the first tap to the last.
  std::int64_t span() const { return dilation * (kernel - 1); }
};

/// y = W x without the bias. x is [h.input, w.input, groups * inputs], y is [h.output, w.output, groups *
/// outputs].
struct LinearMap {
  Axis h, w;
  std::int64_t groups = 1;
  std::int64_t inputs = 1;      ///< channels of one group
  std::int64_t outputs = 1;     ///< channels of one group
  std::vector<double> weights;  ///< [groups * outputs, h.kernel, w.kernel, inputs], in real units

  double weight(std::int64_t channel, std::int64_t kh, std::int64_t kw, std::int64_t input) const {
    return weights[static_cast<std::size_t>(((channel * h.kernel + kh) * w.kernel + kw) * inputs + input)];
  }
};

/// The integers of weights of an integer format, row after row.
std::vector<std::int16_t> integer_weights(const schema::WeightsView& view);

/// The map of an operator with weights (conv_2d, fully_connected): the integers of the file times their
/// scales, so the very weights that run.
LinearMap linear_map(const schema::VerifiedModel& model, const schema::OperatorView& op);

}  // namespace bulwark::converter::lipschitz
