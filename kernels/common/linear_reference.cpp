// SPDX-License-Identifier: Apache-2.0
#include "kernels/common/linear_reference.h"

#include <cstring>

#include "kernels/common/requantize_scalar.h"
#include "kernels/common/weights.h"

namespace bulwark::kernels {
namespace {

/// Packed: bias, multiplier, lo, hi, then the weights as int16 in the file's order.
struct Packed {
  std::int32_t* bias;
  float* multiplier;
  std::int16_t* weights;
  std::int8_t* lo;
  std::int8_t* hi;
};

Packed packed_layout(const LinearProblem& p, void* packed) {
  const std::size_t channels = static_cast<std::size_t>(p.out_c);
  auto* bias = static_cast<std::int32_t*>(packed);
  auto* multiplier = reinterpret_cast<float*>(bias + channels);
  auto* weights = reinterpret_cast<std::int16_t*>(multiplier + channels);
  auto* lo = reinterpret_cast<std::int8_t*>(weights + channels * static_cast<std::size_t>(p.depth()));
  return {bias, multiplier, weights, lo, lo + channels};
}

struct Pixel {
  std::int32_t batch, y, x;
};

Pixel pixel_at(const LinearProblem& p, std::int64_t index) {
  const std::int64_t row = index / p.out_w;
  return {static_cast<std::int32_t>(row / p.out_h), static_cast<std::int32_t>(row % p.out_h),
          static_cast<std::int32_t>(index % p.out_w)};
}

std::int32_t dot(const std::int16_t* w, const std::int8_t* x, std::int32_t count) {
  std::int32_t sum = 0;
  for (std::int32_t i = 0; i < count; ++i) sum += w[i] * x[i];
  return sum;
}

std::int32_t dot_padding(const std::int16_t* w, std::int32_t value, std::int32_t count) {
  std::int32_t sum = 0;
  for (std::int32_t i = 0; i < count; ++i) sum += w[i] * value;
  return sum;
}

std::int32_t accumulate(const LinearProblem& p, const std::int8_t* input, const std::int16_t* weights,
                        const Pixel& pixel, std::int32_t group) {
  const std::int32_t group_c = p.in_c / p.groups;
  const std::int32_t y0 = pixel.y * p.stride_h - p.pad_top;
  const std::int32_t x0 = pixel.x * p.stride_w - p.pad_left;
  std::int32_t sum = 0;
  for (std::int32_t ky = 0; ky < p.kernel_h; ++ky) {
    const std::int32_t y = y0 + ky * p.dilation_h;
    for (std::int32_t kx = 0; kx < p.kernel_w; ++kx, weights += group_c) {
      const std::int32_t x = x0 + kx * p.dilation_w;
      if (y < 0 || y >= p.in_h || x < 0 || x >= p.in_w) {
        sum += dot_padding(weights, p.pad_value, group_c);
        continue;
      }
      const std::int64_t at = (std::int64_t{pixel.batch} * p.in_h + y) * p.in_w + x;
      sum += dot(weights, input + at * p.in_c + std::int64_t{group} * group_c, group_c);
    }
  }
  return sum;
}

}  // namespace

bool LinearReference::supports(const LinearProblem&) { return true; }

std::size_t LinearReference::packed_size(const LinearProblem& p) {
  const std::uint64_t row =
      sizeof(std::int32_t) + sizeof(float) + 2 + 2 * static_cast<std::uint64_t>(p.depth());
  return saturated_size(row * static_cast<std::uint64_t>(p.out_c));
}

void LinearReference::pack(const LinearProblem& p, const LinearConstants& constants, std::int16_t*,
                           void* packed) {
  const Packed to = packed_layout(p, packed);
  const std::size_t channels = static_cast<std::size_t>(p.out_c);
  const std::size_t depth = static_cast<std::size_t>(p.depth());
  const std::size_t row_bytes = static_cast<std::size_t>(weight_row_bytes(p.weight_format, depth));
  std::memcpy(to.bias, constants.bias, channels * sizeof(std::int32_t));
  std::memcpy(to.multiplier, constants.multiplier, channels * sizeof(float));
  for (std::size_t c = 0; c < channels; ++c) {
    unpack_weight_row(p.weight_format, constants.weights + c * row_bytes, depth, to.weights + c * depth);
    to.lo[c] = p.output == OutputType::s8 ? constants.lo[c] : std::int8_t{0};
    to.hi[c] = p.output == OutputType::s8 ? constants.hi[c] : std::int8_t{0};
  }
}

std::size_t LinearReference::scratch_size(const LinearProblem&) { return 0; }

std::int64_t LinearReference::work_items(const LinearProblem& p) { return p.out_pixels(); }

void LinearReference::run(const LinearCall& call) {
  const LinearProblem& p = *call.problem;
  const Packed from = packed_layout(p, const_cast<void*>(call.packed));
  const std::int32_t channels_per_group = p.out_c / p.groups;
  const std::int32_t unit = std::int32_t{1} << p.fraction_bits;
  for (std::int64_t item = call.begin; item < call.end; ++item) {
    const Pixel pixel = pixel_at(p, item);
    for (std::int32_t c = 0; c < p.out_c; ++c) {
      const std::int16_t* row = from.weights + c * p.depth();
      const std::int32_t acc = accumulate(p, call.input, row, pixel, c / channels_per_group);
      const std::int32_t v = acc * unit + from.bias[c];
      const std::int64_t at = item * p.out_c + c;
      if (p.output == OutputType::f32) {
        static_cast<float*>(call.output)[at] = static_cast<float>(v) * from.multiplier[c];
      } else {
        static_cast<std::int8_t*>(call.output)[at] =
            static_cast<std::int8_t>(requantize(v, from.multiplier[c], p.zero_point, from.lo[c], from.hi[c]));
      }
    }
  }
}

}  // namespace bulwark::kernels
