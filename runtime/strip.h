// SPDX-License-Identifier: Apache-2.0
// A layer on some of its output rows.
#pragma once

#include <algorithm>

#include "kernels/common/linear.h"

namespace bulwark::runtime {

struct Rows {
  std::int64_t begin = 0, end = 0;
  std::int64_t count() const { return end - begin; }
};

/// The input rows, without padding, that some output rows need. Empty where all of them are padding.
inline Rows input_rows(const kernels::LinearProblem& p, Rows output) {
  const std::int64_t window = std::int64_t{p.kernel_h - 1} * p.dilation_h + 1;
  return {std::max<std::int64_t>(output.begin * p.stride_h - p.pad_top, 0),
          std::min<std::int64_t>((output.end - 1) * p.stride_h - p.pad_top + window, p.in_h)};
}

/// The layer on these output rows alone: its input starts at the first row of input_rows().
inline kernels::LinearProblem strip_of(const kernels::LinearProblem& p, Rows output) {
  kernels::LinearProblem strip = p;
  strip.batch = 1;
  strip.in_h = static_cast<std::int32_t>(input_rows(p, output).count());
  strip.out_h = static_cast<std::int32_t>(output.count());
  strip.pad_top = static_cast<std::int32_t>(std::max<std::int64_t>(p.pad_top - output.begin * p.stride_h, 0));
  return strip;
}

}  // namespace bulwark::runtime
