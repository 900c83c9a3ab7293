// SPDX-License-Identifier: Apache-2.0
// Sums run in a fixed order that compilers can still vectorize: kLanes partial sums, lane l taking the
// elements l, l + kLanes, ... of every contiguous run, then added up from the first to the last. Same source,
// same order, on every processor.
#include "kernels/common/float_ops.h"
#include "kernels/common/pool_window.h"
#include "kernels/float/float_clamp.h"

namespace bulwark::kernels {
namespace {

constexpr std::int32_t kLanes = 8;
constexpr std::int32_t kChannels = 4;  // output channels computed together: they share the loads of the input
constexpr std::int32_t kDepthwise = 16;

/// One output position: where its window lies.
struct Position {
  const float* image;
  TapRange rows, columns;
};

Position position_of(const FloatLinearCall& call, std::int64_t pixel) {
  const LinearProblem& p = *call.problem;
  const std::int32_t x = static_cast<std::int32_t>(pixel % p.out_w);
  const std::int32_t y = static_cast<std::int32_t>(pixel / p.out_w % p.out_h);
  const std::int64_t image = pixel / p.out_w / p.out_h;
  return {call.input + image * p.in_h * p.in_w * p.in_c,
          tap_range(y, p.stride_h, p.pad_top, p.dilation_h, p.kernel_h, p.in_h),
          tap_range(x, p.stride_w, p.pad_left, p.dilation_w, p.kernel_w, p.in_w)};
}

template <std::int32_t kCount>
struct Sums {
  float lane[kCount][kLanes] = {};

  /// Adds the products of `length` contiguous inputs with kCount weight rows that lie `row` elements apart.
  void add(const float* x, const float* w, std::int64_t row, std::int64_t length) {
    std::int64_t i = 0;
    for (; i + kLanes <= length; i += kLanes) {
      for (std::int32_t c = 0; c < kCount; ++c) {
        for (std::int32_t l = 0; l < kLanes; ++l) lane[c][l] += x[i + l] * w[c * row + i + l];
      }
    }
    for (std::int32_t l = 0; i + l < length; ++l) {
      for (std::int32_t c = 0; c < kCount; ++c) lane[c][l] += x[i + l] * w[c * row + i + l];
    }
  }

  float total(std::int32_t c) const {
    float sum = 0;
    for (std::int32_t l = 0; l < kLanes; ++l) sum += lane[c][l];
    return sum;
  }
};

/// Output channels channel .. channel + kCount - 1, all of one group.
template <std::int32_t kCount>
void dense_channels(const FloatLinearCall& call, const Position& at, std::int32_t channel, float* output) {
  const LinearProblem& p = *call.problem;
  const std::int32_t group_in = p.in_c / p.groups;
  const std::int32_t first_in = channel / (p.out_c / p.groups) * group_in;
  const std::int64_t depth = p.depth();
  // Taps of one kernel row are neighbours in the input too when nothing lies between them.
  const bool whole_rows = p.groups == 1 && p.dilation_w == 1;
  Sums<kCount> sums;
  for (std::int32_t ky = at.rows.begin; ky < at.rows.end; ++ky) {
    const std::int64_t row = static_cast<std::int64_t>(at.rows.position(ky)) * p.in_w;
    for (std::int32_t kx = at.columns.begin; kx < at.columns.end; ++kx) {
      const float* x = at.image + (row + at.columns.position(kx)) * p.in_c + first_in;
      const float* w = call.weights + channel * depth + (std::int64_t{ky} * p.kernel_w + kx) * group_in;
      sums.add(x, w, depth, whole_rows ? std::int64_t{at.columns.count()} * group_in : group_in);
      if (whole_rows) break;
    }
  }
  for (std::int32_t c = 0; c < kCount; ++c) {
    output[channel + c] = clamp_keeping_nan(sums.total(c) + call.bias[channel + c], call.lo, call.hi);
  }
}

void dense_pixel(const FloatLinearCall& call, const Position& at, float* output) {
  const LinearProblem& p = *call.problem;
  const std::int32_t group_out = p.out_c / p.groups;
  for (std::int32_t group = 0; group < p.out_c; group += group_out) {
    std::int32_t c = group;
    for (; c + kChannels <= group + group_out; c += kChannels) dense_channels<kChannels>(call, at, c, output);
    for (; c < group + group_out; ++c) dense_channels<1>(call, at, c, output);
  }
}

/// One input channel per group and one output channel per input channel.
void depthwise_pixel(const FloatLinearCall& call, const Position& at, float* output) {
  const LinearProblem& p = *call.problem;
  const std::int64_t depth = p.depth();
  for (std::int32_t first = 0; first < p.out_c; first += kDepthwise) {
    const std::int32_t count = p.out_c - first < kDepthwise ? p.out_c - first : kDepthwise;
    float sums[kDepthwise] = {};
    for (std::int32_t ky = at.rows.begin; ky < at.rows.end; ++ky) {
      const std::int64_t row = static_cast<std::int64_t>(at.rows.position(ky)) * p.in_w;
      for (std::int32_t kx = at.columns.begin; kx < at.columns.end; ++kx) {
        const float* x = at.image + (row + at.columns.position(kx)) * p.in_c + first;
        const float* w = call.weights + first * depth + std::int64_t{ky} * p.kernel_w + kx;
        for (std::int32_t c = 0; c < count; ++c) sums[c] += x[c] * w[c * depth];
      }
    }
    for (std::int32_t c = 0; c < count; ++c) {
      output[first + c] = clamp_keeping_nan(sums[c] + call.bias[first + c], call.lo, call.hi);
    }
  }
}

}  // namespace

void float_linear(const FloatLinearCall& call) {
  const LinearProblem& p = *call.problem;
  const bool depthwise = p.groups == p.in_c && p.out_c == p.in_c;
  for (std::int64_t pixel = call.begin; pixel < call.end; ++pixel) {
    const Position at = position_of(call, pixel);
    float* output = call.output + pixel * p.out_c;
    depthwise ? depthwise_pixel(call, at, output) : dense_pixel(call, at, output);
  }
}

}  // namespace bulwark::kernels
