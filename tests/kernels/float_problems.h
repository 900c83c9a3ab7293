// SPDX-License-Identifier: Apache-2.0
// Float linear operators for tests: random geometry and data, and the sum in double.
#pragma once

#include <cmath>
#include <limits>

#include "kernels/common/float_ops.h"
#include "tests/kernels/sweep.h"

namespace bulwark::test {

using kernels::LinearProblem;

enum class LinearKind { dense, grouped, depthwise, fully_connected };

/// A random operator whose output size follows from its padding (bottom and right may be padded too).
inline LinearProblem random_linear(Random& random, LinearKind kind) {
  LinearProblem p;
  p.batch = random_int(random, 1, 3);
  if (kind == LinearKind::fully_connected) {
    p.in_c = random_int(random, 1, 70);
    p.out_c = random_int(random, 1, 20);
    return p;
  }
  p.groups = kind == LinearKind::dense ? 1 : random_int(random, 2, kind == LinearKind::grouped ? 3 : 35);
  p.in_c = kind == LinearKind::depthwise ? p.groups : p.groups * random_int(random, 1, 11);
  p.out_c = p.groups * (kind == LinearKind::depthwise ? random_int(random, 1, 2) : random_int(random, 1, 9));
  p.in_h = random_int(random, 1, 9);
  p.in_w = random_int(random, 1, 9);
  p.kernel_h = random_int(random, 1, 4);
  p.kernel_w = random_int(random, 1, 4);
  p.stride_h = random_int(random, 1, 2);
  p.stride_w = random_int(random, 1, 2);
  p.dilation_h = random_int(random, 1, 2);
  p.dilation_w = random_int(random, 1, 2);
  p.pad_top = random_int(random, 0, 3);
  p.pad_left = random_int(random, 0, 3);
  const auto extent = [&](int in, int pad, int dilation, int kernel, int stride) {
    const int room = in + pad + random_int(random, 0, 3) - dilation * (kernel - 1) - 1;
    return room < 0 ? 0 : room / stride + 1;
  };
  p.out_h = extent(p.in_h, p.pad_top, p.dilation_h, p.kernel_h, p.stride_h);
  p.out_w = extent(p.in_w, p.pad_left, p.dilation_w, p.kernel_w, p.stride_w);
  return p.out_h > 0 && p.out_w > 0 ? p : random_linear(random, kind);
}

struct FloatLinear {
  LinearProblem problem;
  std::vector<float> input, weights, bias;
  float lo = -std::numeric_limits<float>::infinity(), hi = std::numeric_limits<float>::infinity();

  std::size_t outputs() const { return static_cast<std::size_t>(problem.out_pixels() * problem.out_c); }
};

inline std::vector<float> random_floats(Random& random, std::size_t count) {
  std::vector<float> values(count);
  for (float& value : values) value = random_float(random, -1, 1);
  return values;
}

inline FloatLinear random_float_linear(Random& random, LinearKind kind) {
  FloatLinear linear;
  linear.problem = random_linear(random, kind);
  const LinearProblem& p = linear.problem;
  linear.input = random_floats(random, static_cast<std::size_t>(p.batch) * p.in_h * p.in_w * p.in_c);
  linear.weights = random_floats(random, static_cast<std::size_t>(p.out_c * p.depth()));
  linear.bias = random_floats(random, static_cast<std::size_t>(p.out_c));
  if (random_int(random, 0, 1) == 1) {
    linear.lo = -0.5f;
    linear.hi = 0.75f;
  }
  return linear;
}

/// One output in double, and the sum of the magnitudes that its rounding errors are measured against.
struct NaiveSum {
  double value, magnitude;
};
inline NaiveSum naive_linear(const FloatLinear& linear, int b, int y, int x, int o) {
  const LinearProblem& p = linear.problem;
  const int group_in = p.in_c / p.groups;
  const int group = o / (p.out_c / p.groups);
  double sum = linear.bias[static_cast<std::size_t>(o)];
  double magnitude = std::abs(sum);
  for (int ky = 0; ky < p.kernel_h; ++ky) {
    for (int kx = 0; kx < p.kernel_w; ++kx) {
      const int in_y = y * p.stride_h - p.pad_top + ky * p.dilation_h;
      const int in_x = x * p.stride_w - p.pad_left + kx * p.dilation_w;
      if (in_y < 0 || in_y >= p.in_h || in_x < 0 || in_x >= p.in_w) continue;
      for (int i = 0; i < group_in; ++i) {
        const int in = ((b * p.in_h + in_y) * p.in_w + in_x) * p.in_c + group * group_in + i;
        const int w = ((o * p.kernel_h + ky) * p.kernel_w + kx) * group_in + i;
        const double product =
            double{linear.input[static_cast<std::size_t>(in)]} * linear.weights[static_cast<std::size_t>(w)];
        sum += product;
        magnitude += std::abs(product);
      }
    }
  }
  return {std::min(std::max(sum, double{linear.lo}), double{linear.hi}), magnitude};
}

/// The largest error of an output, relative to the sum of the magnitudes.
inline double worst_error(const FloatLinear& linear, const std::vector<float>& output) {
  const LinearProblem& p = linear.problem;
  double worst = 0;
  std::size_t i = 0;
  for (int b = 0; b < p.batch; ++b) {
    for (int y = 0; y < p.out_h; ++y) {
      for (int x = 0; x < p.out_w; ++x) {
        for (int o = 0; o < p.out_c; ++o, ++i) {
          const NaiveSum expected = naive_linear(linear, b, y, x, o);
          const double error = std::abs(output[i] - expected.value) / std::max(expected.magnitude, 1e-6);
          worst = error <= worst ? worst : error;  // keeps a NaN
        }
      }
    }
  }
  return worst;
}

}  // namespace bulwark::test
