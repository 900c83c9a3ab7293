// SPDX-License-Identifier: Apache-2.0
// Resize and Upsample: where each element of an axis lies in the input, then gathers (nearest) or
// interpolation.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "converter/import/common/resample.h"
#include "converter/import/onnx/operators.h"

namespace bulwark::converter::import_onnx {
namespace {

constexpr std::int64_t kMostElements = std::int64_t{1} << 24;  // of an axis

/// One axis: input and output elements, and the scale between them.
struct Axis {
  std::int64_t input, output;
  float scale;
};

/// A coordinate of the output in the input, as the operator's specification has it, in single precision.
float coordinate(const std::string& mode, const Axis& axis, std::int64_t i) {
  const float x = static_cast<float>(i), in = static_cast<float>(axis.input),
              out = static_cast<float>(axis.output);
  if (mode == "asymmetric") return x / axis.scale;
  if (mode == "align_corners") return axis.output == 1 ? 0.0f : x * (in - 1) / (out - 1);
  if (mode == "pytorch_half_pixel") return axis.output > 1 ? (x + 0.5f) / axis.scale - 0.5f : 0.0f;
  if (mode == "tf_half_pixel_for_nn") return (x + 0.5f) / axis.scale;
  if (mode == "half_pixel_symmetric") {
    const float adjustment = out / (axis.scale * in), centre = in / 2;
    return centre * (1 - adjustment) + (x + 0.5f) / axis.scale - 0.5f;
  }
  if (mode != "half_pixel")
    throw Refusal(fmt::format("coordinate_transformation_mode '{}' is not supported", mode));
  return (x + 0.5f) / axis.scale - 0.5f;
}

std::int64_t nearest(const std::string& mode, float x) {
  if (mode == "floor") return static_cast<std::int64_t>(std::floor(x));
  if (mode == "ceil") return static_cast<std::int64_t>(std::ceil(x));
  if (mode == "round_prefer_ceil") return static_cast<std::int64_t>(std::floor(x + 0.5f));
  if (mode != "round_prefer_floor") throw Refusal(fmt::format("nearest_mode '{}' does not exist", mode));
  return static_cast<std::int64_t>(std::ceil(x - 0.5f));
}

/// Scales are an attribute (Upsample 7), input 1 (Upsample 9, Resize 10) or input 2, where input 3 may give
/// sizes.
std::vector<Axis> read_axes(NodeContext& context, const Shape& from) {
  const bool old = context.type() == "Upsample" || context.opset() < 11;
  std::vector<float> scales;
  std::vector<std::int64_t> sizes, axes = context.integers("axes", {});
  if (context.has("scales")) {
    scales = context.reals("scales");
  } else if (const std::size_t input = old ? 1 : 2; context.has_input(input)) {
    const Value& value = context.constant(input, "the scales");
    if (value.type != DType::f32) throw Refusal("the scales are no floats");
    scales = value.constant->floats;
  }
  if (!old && context.has_input(3)) sizes = context.constant_integers(3, "the sizes");
  if (axes.empty()) {
    axes.resize(from.size());
    std::iota(axes.begin(), axes.end(), std::int64_t{0});
  }
  normalize_axes(axes, from.size());
  if (scales.empty() == sizes.empty() || std::max(scales.size(), sizes.size()) != axes.size()) {
    throw Refusal(
        fmt::format("has {} scales and {} sizes for {} axes", scales.size(), sizes.size(), axes.size()));
  }
  std::vector<Axis> result;
  for (const std::int64_t size : from) result.push_back({size, size, 1.0f});
  for (std::size_t i = 0; i < axes.size(); ++i) {
    Axis& axis = result[static_cast<std::size_t>(normalize_axis(axes[i], from.size()))];
    const float in = static_cast<float>(axis.input);
    if (!scales.empty() && !(scales[i] > 0 && scales[i] * in < static_cast<float>(kMostElements))) {
      throw Refusal(fmt::format("a scale of {} is not supported", scales[i]));
    }
    axis.output = scales.empty() ? sizes[i] : static_cast<std::int64_t>(std::floor(scales[i] * in));
    if (axis.output < 1 || axis.output > kMostElements)
      throw Refusal(fmt::format("makes an axis of {}", axis.output));
    axis.scale = scales.empty() ? static_cast<float>(axis.output) / in : scales[i];
  }
  return result;
}

bool changes(const Axis& axis) { return axis.input != axis.output || axis.scale != 1.0f; }

void output_nearest(NodeContext& context, ValueId x, const std::vector<Axis>& axes,
                    const std::string& coordinates, const std::string& rounding) {
  for (std::size_t a = 0; a < axes.size(); ++a) {
    if (!changes(axes[a])) continue;
    std::vector<std::int64_t> indices;
    for (std::int64_t i = 0; i < axes[a].output; ++i) {
      const std::int64_t at = nearest(rounding, coordinate(coordinates, axes[a], i));
      indices.push_back(std::clamp<std::int64_t>(at, 0, axes[a].input - 1));
    }
    x = gather_axis(context, x, a, indices);
  }
  const Shape shape = context.shape(x);
  context.output(simple_node(Op::identity, {x}), shape, context.dtype(x));
}

void output_linear(NodeContext& context, ValueId x, const std::vector<Axis>& axes,
                   const std::string& coordinates) {
  context.expect_type(x, {DType::f32, DType::s8, DType::u8});
  const DType type = context.dtype(x);
  Node node = simple_node(Op::resize, {x});
  Shape shape;
  for (std::size_t a = 0; a < axes.size(); ++a) {
    shape.push_back(axes[a].output);
    if (!changes(axes[a])) continue;
    node.axes.push_back(static_cast<std::int64_t>(a));
    std::vector<double> positions;
    for (std::int64_t i = 0; i < axes[a].output; ++i) {
      positions.push_back(static_cast<double>(coordinate(coordinates, axes[a], i)));
    }
    node.positions.push_back(clamped(std::move(positions), axes[a].input));
  }
  if (node.axes.empty()) return context.output(simple_node(Op::identity, {x}), shape, type);
  if (node.axes.size() > 2 || (node.axes.size() == 2 && node.axes[1] != node.axes[0] + 1) ||
      node.axes[0] < 2) {
    throw Refusal("interpolates along axes other than height and width");
  }
  context.output(std::move(node), shape, type);
}

}  // namespace

void import_resize(NodeContext& context) {
  context.expect_inputs(1, 4);
  for (const char* name : {"cubic_coeff_a", "extrapolation_value", "exclude_outside"}) context.ignore(name);
  if (context.integer("antialias", 0) != 0) throw Refusal("antialias is not supported");
  if (const std::string policy = context.string("keep_aspect_ratio_policy", "stretch"); policy != "stretch") {
    throw Refusal(fmt::format("keep_aspect_ratio_policy '{}' is not supported", policy));
  }
  const bool old = context.type() == "Upsample" || context.opset() < 11;
  const ValueId x = context.input(0);
  const std::string mode = context.string("mode", "nearest");
  const std::string coordinates =
      context.string("coordinate_transformation_mode", old ? "asymmetric" : "half_pixel");
  const std::string rounding = context.string("nearest_mode", old ? "floor" : "round_prefer_floor");
  const Shape from = context.shape(x);  // a copy: reading constants adds values
  const std::vector<Axis> axes = read_axes(context, from);
  if (mode == "nearest") return output_nearest(context, x, axes, coordinates, rounding);
  if (mode != "linear" && mode != "bilinear") throw Refusal(fmt::format("mode '{}' is not supported", mode));
  output_linear(context, x, axes, coordinates);
}

}  // namespace bulwark::converter::import_onnx
