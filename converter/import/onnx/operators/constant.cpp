// SPDX-License-Identifier: Apache-2.0
// Constant, and the shape arithmetic that exporters write around Reshape: all of it is known at import.
#include <fmt/format.h>

#include <algorithm>

#include "converter/import/onnx/operators.h"

namespace bulwark::converter::import_onnx {
namespace {

Value integer_constant(const Shape& shape, std::vector<std::int64_t> ints) {
  return {"", DType::s64, shape, Constant{{}, std::move(ints)}};
}

Value float_constant(const Shape& shape, std::vector<float> floats) {
  return {"", DType::f32, shape, Constant{std::move(floats), {}}};
}

std::int64_t size_of(const std::vector<std::int64_t>& v) { return static_cast<std::int64_t>(v.size()); }

}  // namespace

void import_constant(NodeContext& context) {
  context.expect_inputs(0, 0);
  if (context.has("value")) {
    context.output_constant(context.tensor("value"));
  } else if (context.has("value_float")) {
    context.output_constant(float_constant({}, {context.real("value_float", 0)}));
  } else if (context.has("value_floats")) {
    const std::vector<float> list = context.reals("value_floats");
    context.output_constant(float_constant({static_cast<std::int64_t>(list.size())}, list));
  } else if (context.has("value_int")) {
    context.output_constant(integer_constant({}, {context.integer("value_int", 0)}));
  } else if (context.has("value_ints")) {
    const std::vector<std::int64_t> list = context.integers("value_ints", {});
    context.output_constant(integer_constant({size_of(list)}, list));
  } else {
    throw Refusal("only tensors and numbers are supported");
  }
}

void import_shape(NodeContext& context) {
  context.expect_inputs(1, 1);
  const Shape shape = context.shape(context.input(0));
  const std::int64_t rank = size_of(shape);
  const auto bound = [&](const char* name, std::int64_t fallback) {
    const std::int64_t at = context.integer(name, fallback);
    return std::clamp<std::int64_t>(at < -rank ? 0 : at < 0 ? at + rank : at, 0, rank);
  };
  const std::int64_t start = bound("start", 0), end = std::max(start, bound("end", rank));
  context.output_constant(integer_constant({end - start}, {shape.begin() + start, shape.begin() + end}));
}

}  // namespace bulwark::converter::import_onnx
