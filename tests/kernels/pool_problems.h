// SPDX-License-Identifier: Apache-2.0
// Windows for the tests of the pools, and a plain walk over their taps.
#pragma once

#include "tests/kernels/sweep.h"

namespace bulwark::test {

using kernels::PoolProblem;

inline std::size_t input_elements(const PoolProblem& p) {
  return static_cast<std::size_t>(p.batch) * p.in_h * p.in_w * p.channels;
}
inline std::size_t output_elements(const PoolProblem& p) {
  return static_cast<std::size_t>(p.batch) * p.out_h * p.out_w * p.channels;
}
inline std::int64_t output_rows(const PoolProblem& p) { return std::int64_t{p.batch} * p.out_h; }

/// Whether each window has a tap inside the input, as the contract demands.
inline bool every_window_has_a_tap(const PoolProblem& p) {
  const auto axis = [](int out, int stride, int pad, int dilation, int kernel, int in) {
    for (int o = 0; o < out; ++o) {
      bool inside = false;
      for (int t = 0; t < kernel; ++t) {
        const int at = o * stride - pad + t * dilation;
        inside = inside || (at >= 0 && at < in);
      }
      if (!inside) return false;
    }
    return true;
  };
  return axis(p.out_h, p.stride_h, p.pad_top, p.dilation_h, p.kernel_h, p.in_h) &&
         axis(p.out_w, p.stride_w, p.pad_left, p.dilation_w, p.kernel_w, p.in_w);
}

/// A window with random extents; padding on all four sides is covered by more output positions than the input
/// alone would give.
inline PoolProblem random_pool(Random& random, std::int32_t channels) {
  for (;;) {
    PoolProblem p{};
    p.batch = random_int(random, 1, 2);
    p.channels = channels;
    p.in_h = random_int(random, 1, 9);
    p.in_w = random_int(random, 1, 9);
    p.kernel_h = random_int(random, 1, 5);
    p.kernel_w = random_int(random, 1, 5);
    p.stride_h = random_int(random, 1, 3);
    p.stride_w = random_int(random, 1, 3);
    p.dilation_h = random_int(random, 1, 3);
    p.dilation_w = random_int(random, 1, 3);
    p.pad_top = random_int(random, 0, 4);
    p.pad_left = random_int(random, 0, 4);
    p.out_h = random_int(random, 1, 8);
    p.out_w = random_int(random, 1, 8);
    p.count_include_pad = random_int(random, 0, 1) == 1;
    if (every_window_has_a_tap(p)) return p;
  }
}

/// Calls each(input index) for the taps inside the input of output position (b, y, x), channel c.
template <typename Each>
void naive_taps(const PoolProblem& p, int b, int y, int x, int c, Each each) {
  for (int ky = 0; ky < p.kernel_h; ++ky) {
    for (int kx = 0; kx < p.kernel_w; ++kx) {
      const int in_y = y * p.stride_h - p.pad_top + ky * p.dilation_h;
      const int in_x = x * p.stride_w - p.pad_left + kx * p.dilation_w;
      if (in_y < 0 || in_y >= p.in_h || in_x < 0 || in_x >= p.in_w) continue;
      each(static_cast<std::size_t>(((b * p.in_h + in_y) * p.in_w + in_x) * p.channels + c));
    }
  }
}

/// Calls each(b, y, x, c) in the order of the output.
template <typename Each>
void for_each_output(const PoolProblem& p, Each each) {
  for (int b = 0; b < p.batch; ++b) {
    for (int y = 0; y < p.out_h; ++y) {
      for (int x = 0; x < p.out_w; ++x) {
        for (int c = 0; c < p.channels; ++c) each(b, y, x, c);
      }
    }
  }
}

}  // namespace bulwark::test
