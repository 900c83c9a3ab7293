// SPDX-License-Identifier: Apache-2.0
// quantize, dequantize and cast, as ONNX defines them: the division and the product are single precision.
#include <algorithm>
#include <cmath>

#include "converter/graph/evaluate_ops.h"

namespace bulwark::converter::twin {
namespace {

/// Scale and zero point of every slice along the axis; one slice when they are scalars.
struct Parameters {
  AxisSplit split;
  const TensorData* scale;
  const TensorData* zero;

  explicit Parameters(const Call& call)
      : scale(call.in.at(1)), zero(call.in.size() > 2 ? call.in[2] : nullptr) {
    const Shape& shape = call.in.at(0)->shape;
    if (scale->data.size() == 1) {
      split = {1, 1, element_count(shape)};
    } else {
      split = split_at(shape, call.node.axis);
    }
    if (static_cast<std::int64_t>(scale->data.size()) != split.count ||
        (zero && zero->data.size() != scale->data.size() && zero->data.size() != 1)) {
      fail(call.node, "scale or zero point do not fit the axis");
    }
  }
  float scale_of(std::int64_t c) const { return scale->data[static_cast<std::size_t>(c)]; }
  float zero_of(std::int64_t c) const {
    return !zero ? 0.0f : zero->data.size() == 1 ? zero->data[0] : zero->data[static_cast<std::size_t>(c)];
  }
};

template <typename F>
TensorData map_slices(const Call& call, F f) {
  const TensorData& x = *call.in.at(0);
  const Parameters parameters(call);
  TensorData y{call.shape, std::vector<float>(x.data.size())};
  const AxisSplit& split = parameters.split;
  for (std::int64_t o = 0; o < split.outer; ++o) {
    for (std::int64_t c = 0; c < split.count; ++c) {
      const float scale = parameters.scale_of(c), zero = parameters.zero_of(c);
      const std::size_t start = static_cast<std::size_t>((o * split.count + c) * split.inner);
      for (std::size_t i = start; i < start + static_cast<std::size_t>(split.inner); ++i) {
        y.data[i] = f(x.data[i], scale, zero);
      }
    }
  }
  return y;
}

/// Two's complement wrap of an integer into [lo, hi].
double wrap(double value, const TypeRange& range) {
  const double lo = static_cast<double>(range.lo), span = static_cast<double>(range.hi) - lo + 1;
  return value - std::floor((value - lo) / span) * span;
}

}  // namespace

TensorData quantize(const Call& call) {
  const TypeRange range = type_range(call.type);
  const float lo = static_cast<float>(range.lo), hi = static_cast<float>(range.hi);
  return map_slices(call, [=](float x, float scale, float zero) {
    return std::min(std::max(lo, std::nearbyint(x / scale) + zero), hi);
  });
}

TensorData dequantize(const Call& call) {
  return map_slices(call, [](float x, float scale, float zero) { return (x - zero) * scale; });
}

TensorData cast(const Call& call) {
  TensorData y{call.shape, call.in.at(0)->data};
  if (call.type == DType::f32) return y;
  if (call.type == DType::boolean) {
    for (float& v : y.data) v = v != 0.0f ? 1.0f : 0.0f;
    return y;
  }
  const TypeRange range = type_range(call.type);
  const bool saturate = call.source == DType::f32;  // integers keep their low bits
  for (float& v : y.data) {
    const double whole = std::isnan(v) ? 0.0 : std::trunc(static_cast<double>(v));
    v = static_cast<float>(
        saturate ? std::clamp(whole, static_cast<double>(range.lo), static_cast<double>(range.hi))
                 : wrap(whole, range));
  }
  return y;
}

}  // namespace bulwark::converter::twin
