// SPDX-License-Identifier: Apache-2.0
// Pools. Padding never wins a maximum; an average counts it only with count_include_pad, and never beyond the
// padded input.
#include <algorithm>
#include <limits>

#include "converter/graph/evaluate_ops.h"

namespace bulwark::converter::twin {
namespace {

/// Reduces one window; the values come one by one.
struct Reducer {
  bool maximum;
  double sum = 0;
  float best = -std::numeric_limits<float>::infinity();

  void take(float v) {
    if (maximum) {
      best = std::max(best, v);
    } else {
      sum += static_cast<double>(v);
    }
  }
  float result(std::int64_t count) const {
    return maximum ? best : static_cast<float>(sum / static_cast<double>(std::max<std::int64_t>(count, 1)));
  }
};

bool is_global(Op op) { return op == Op::global_average_pool || op == Op::global_max_pool; }

/// Positions of taps start, start + dilation, ... that lie in [lo, hi).
std::int64_t taps_inside(std::int64_t start, std::int64_t taps, std::int64_t dilation, std::int64_t lo,
                         std::int64_t hi) {
  std::int64_t count = 0;
  for (std::int64_t k = 0; k < taps; ++k) count += start + k * dilation >= lo && start + k * dilation < hi;
  return count;
}

float reduce(const Node& node, const Image& x, const Window& window, const float* plane, std::int64_t top,
             std::int64_t left) {
  Reducer reducer{node.op == Op::max_pool || node.op == Op::global_max_pool};
  for (std::int64_t ky = 0; ky < window.kernel_h; ++ky) {
    const std::int64_t iy = top + ky * window.dilation_h;
    if (iy < 0 || iy >= x.h) continue;
    for (std::int64_t kx = 0; kx < window.kernel_w; ++kx) {
      const std::int64_t ix = left + kx * window.dilation_w;
      if (ix >= 0 && ix < x.w) reducer.take(plane[iy * x.step_h + ix * x.step_w]);
    }
  }
  const bool padded = node.count_include_pad;
  const std::int64_t high = taps_inside(top, window.kernel_h, window.dilation_h, padded ? -window.top : 0,
                                        x.h + (padded ? window.bottom : 0));
  const std::int64_t wide = taps_inside(left, window.kernel_w, window.dilation_w, padded ? -window.left : 0,
                                        x.w + (padded ? window.right : 0));
  return reducer.result(high * wide);
}

}  // namespace

TensorData pool(const Call& call) {
  const TensorData& input = *call.in.at(0);
  TensorData out{call.shape, std::vector<float>(static_cast<std::size_t>(element_count(call.shape)))};
  const Image x = image_of(call.node, input.shape), y = image_of(call.node, call.shape);
  Window window;
  if (is_global(call.node.op)) {
    window.kernel_h = x.h;
    window.kernel_w = x.w;
  } else {
    window = window_of(call.node);
  }
  for (std::int64_t n = 0; n < x.n; ++n) {
    for (std::int64_t c = 0; c < x.c; ++c) {
      const float* plane = input.data.data() + n * x.step_n + c * x.step_c;
      float* result = out.data.data() + n * y.step_n + c * y.step_c;
      for (std::int64_t oy = 0; oy < y.h; ++oy) {
        for (std::int64_t ox = 0; ox < y.w; ++ox) {
          result[oy * y.step_h + ox * y.step_w] =
              reduce(call.node, x, window, plane, oy * window.stride_h - window.top,
                     ox * window.stride_w - window.left);
        }
      }
    }
  }
  return out;
}

}  // namespace bulwark::converter::twin
