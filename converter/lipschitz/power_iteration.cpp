// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <random>

#include "converter/lipschitz/norms.h"

namespace bulwark::converter::lipschitz {
namespace {

/// The axis on its first `extent` inputs; the outputs are those that read no pixel beyond them but zeros.
Axis cut(Axis axis, std::int64_t extent) {
  if (axis.input <= extent) return axis;
  axis.input = std::max(extent, axis.stride);
  axis.output = std::min(axis.output, (axis.input - 1 + axis.pad_before) / axis.stride + 1);
  return axis;
}

class Iteration {
 public:
  Iteration(const LinearMap& map, std::int64_t extent)
      : map_(map), h_(cut(map.h, extent)), w_(cut(map.w, extent)) {}

  double norm(int iterations) {
    std::mt19937_64 random(1);
    std::normal_distribution<double> normal;
    std::vector<double> x(static_cast<std::size_t>(h_.input * w_.input * map_.groups * map_.inputs));
    std::vector<double> y(static_cast<std::size_t>(h_.output * w_.output * map_.groups * map_.outputs));
    for (double& value : x) value = normal(random);
    double length = normalize(x);
    for (int i = 0; i < iterations && length > 0; ++i) {
      apply(x.data(), y.data(), false);
      length = normalize(y);
      if (length == 0 || i + 1 == iterations) break;
      apply(x.data(), y.data(), true);
      normalize(x);
    }
    return length;
  }

 private:
  static double normalize(std::vector<double>& values) {
    double sum = 0;
    for (const double value : values) sum += value * value;
    const double length = std::sqrt(sum);
    if (length > 0) {
      for (double& value : values) value /= length;
    }
    return length;
  }

  /// y = W x, or with `transposed` x = W^T y.
  void apply(double* x, double* y, bool transposed) const {
    if (transposed) {
      std::fill_n(x, h_.input * w_.input * map_.groups * map_.inputs, 0.0);
    } else {
      std::fill_n(y, h_.output * w_.output * map_.groups * map_.outputs, 0.0);
    }
    for (std::int64_t i = 0; i < h_.output; ++i) {
      for (std::int64_t j = 0; j < w_.output; ++j) position(x, y, i, j, transposed);
    }
  }

  void position(double* x, double* y, std::int64_t i, std::int64_t j, bool transposed) const {
    double* out = y + (i * w_.output + j) * map_.groups * map_.outputs;
    for (std::int64_t kh = 0; kh < h_.kernel; ++kh) {
      const std::int64_t row = i * h_.stride - h_.pad_before + kh * h_.dilation;
      if (row < 0 || row >= h_.input) continue;
      for (std::int64_t kw = 0; kw < w_.kernel; ++kw) {
        const std::int64_t column = j * w_.stride - w_.pad_before + kw * w_.dilation;
        if (column < 0 || column >= w_.input) continue;
        double* in = x + (row * w_.input + column) * map_.groups * map_.inputs;
        for (std::int64_t o = 0; o < map_.groups * map_.outputs; ++o) {
          const std::int64_t group = o / map_.outputs;
          const double* w =
              &map_.weights[static_cast<std::size_t>(((o * h_.kernel + kh) * w_.kernel + kw) * map_.inputs)];
          double* part = in + group * map_.inputs;
          if (transposed) {
            for (std::int64_t c = 0; c < map_.inputs; ++c) part[c] += w[c] * out[o];
          } else {
            double sum = 0;
            for (std::int64_t c = 0; c < map_.inputs; ++c) sum += w[c] * part[c];
            out[o] += sum;
          }
        }
      }
    }
  }

  const LinearMap& map_;
  Axis h_, w_;
};

}  // namespace

double l2_lower_bound(const LinearMap& map, int iterations, std::int64_t extent) {
  return Iteration(map, extent).norm(iterations);
}

}  // namespace bulwark::converter::lipschitz
