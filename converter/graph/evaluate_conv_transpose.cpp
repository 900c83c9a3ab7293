// SPDX-License-Identifier: Apache-2.0
// Transposed convolutions: every input pixel adds its multiple of the kernel to the output.
#include "converter/graph/evaluate_ops.h"

namespace bulwark::converter::twin {
namespace {

/// What one input pixel adds, in double.
struct Scatter {
  const Image& x;
  const Image& y;
  const Window& window;
  const TensorData& weights;  ///< [C, M / groups, kernel]
  std::vector<double>& sums;  ///< N, M, H, W of y

  void add(float value, std::int64_t n, std::int64_t c, std::int64_t row, std::int64_t column,
           std::int64_t first_output) const {
    const std::int64_t outputs = weights.shape[1], taps = window.kernel_h * window.kernel_w;
    for (std::int64_t m = 0; m < outputs; ++m) {
      const float* w = weights.data.data() + (c * outputs + m) * taps;
      double* plane = sums.data() + (n * y.c + first_output + m) * y.h * y.w;
      for (std::int64_t ky = 0; ky < window.kernel_h; ++ky) {
        const std::int64_t oy = row * window.stride_h + ky * window.dilation_h - window.top;
        if (oy < 0 || oy >= y.h) continue;
        for (std::int64_t kx = 0; kx < window.kernel_w; ++kx) {
          const std::int64_t ox = column * window.stride_w + kx * window.dilation_w - window.left;
          if (ox < 0 || ox >= y.w) continue;
          plane[oy * y.w + ox] +=
              static_cast<double>(value) * static_cast<double>(w[ky * window.kernel_w + kx]);
        }
      }
    }
  }
};

}  // namespace

TensorData conv_transpose(const Call& call) {
  const TensorData& input = *call.in.at(0);
  const TensorData* bias = call.in.size() > 2 ? call.in[2] : nullptr;
  const Image x = image_of(call.node, input.shape), y = image_of(call.node, call.shape);
  const Window window = window_of(call.node);
  std::vector<double> sums(static_cast<std::size_t>(element_count(call.shape)), 0.0);
  const Scatter scatter{x, y, window, *call.in.at(1), sums};
  const std::int64_t group_inputs = x.c / call.node.groups, group_outputs = call.in.at(1)->shape.at(1);
  for (std::int64_t n = 0; n < x.n; ++n) {
    for (std::int64_t c = 0; c < x.c; ++c) {
      for (std::int64_t p = 0; p < x.h * x.w; ++p) {
        const std::int64_t row = p / x.w, column = p % x.w;
        const float value = input.data[static_cast<std::size_t>(n * x.step_n + c * x.step_c + row * x.step_h +
                                                                column * x.step_w)];
        scatter.add(value, n, c, row, column, c / group_inputs * group_outputs);
      }
    }
  }
  TensorData out{call.shape, std::vector<float>(sums.size())};
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(sums.size()); ++i) {
    const std::int64_t n = i / (y.c * y.h * y.w), m = i / (y.h * y.w) % y.c, place = i % (y.h * y.w);
    const double b = bias ? static_cast<double>(bias->data.at(static_cast<std::size_t>(m))) : 0.0;
    out.data[static_cast<std::size_t>(n * y.step_n + m * y.step_c + place / y.w * y.step_h +
                                      place % y.w * y.step_w)] =
        static_cast<float>(sums[static_cast<std::size_t>(i)] + b);
  }
  return out;
}

}  // namespace bulwark::converter::twin
