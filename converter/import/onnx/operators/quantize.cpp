// SPDX-License-Identifier: Apache-2.0
// QuantizeLinear, DequantizeLinear, Cast, and the scales and zero points of everything quantized.
#include <fmt/format.h>

#include <cmath>

#include "converter/import/onnx/operators.h"

namespace bulwark::converter::import_onnx {
namespace {

void check_scales(const Value& scale) {
  if (scale.type != DType::f32) throw Refusal(fmt::format("the scale '{}' is not float32", scale.name));
  for (const float s : scale.constant->floats) {
    if (!std::isnormal(s) || s < 0) throw Refusal(fmt::format("the scale '{}' holds {}", scale.name, s));
  }
}

/// Whether a scale is one per axis element; a scale of one element is not.
bool is_per_axis(const Value& scale) {
  if (scale.shape.size() > 1) throw Refusal("blocked quantization is not supported");
  if (element_count(scale.shape) == 0) throw Refusal(fmt::format("the scale '{}' is empty", scale.name));
  return element_count(scale.shape) > 1;
}

void refuse_blocks(NodeContext& context) {
  if (context.integer("block_size", 0) != 0) throw Refusal("blocked quantization is not supported");
}

Value zeros_like(const Value& scale, DType type) {
  Value zero{"", type, scale.shape, Constant{}};
  zero.constant->ints.assign(scale.constant->floats.size(), 0);
  return zero;
}

/// output_dtype of QuantizeLinear; 0 is "not given".
DType output_type(NodeContext& context) {
  const std::int64_t given = context.integer("output_dtype", 0);
  if (given == 0) return DType::u8;
  if (given < 0 || given > 1000) throw Refusal(fmt::format("output_dtype {} does not exist", given));
  const std::optional<DType> type = element_type(static_cast<std::int32_t>(given));
  if (!type)
    throw Refusal(fmt::format("type {} is not supported", type_name(static_cast<std::int32_t>(given))));
  return *type;
}

void expect_quantized_type(DType type) {
  if (type != DType::s4 && type != DType::u4 && type != DType::s8 && type != DType::u8) {
    throw Refusal(fmt::format("quantizing to {} is not supported", name(type)));
  }
}

}  // namespace

Quantization quantization(NodeContext& context, std::size_t scale, std::size_t zero_point, const Shape& shape,
                          DType integers, std::int64_t axis) {
  Quantization q;
  const Value scales = context.constant(scale, "the scale");
  q.scale = context.input(scale);
  check_scales(scales);
  if (is_per_axis(scales)) {
    q.axis = normalize_axis(axis, shape.size());
    const std::int64_t size = shape[static_cast<std::size_t>(q.axis)];
    if (element_count(scales.shape) != size) {
      throw Refusal(fmt::format("the scale '{}' has {} elements, axis {} of {} has {}", scales.name,
                                element_count(scales.shape), q.axis, text(shape), size));
    }
  }
  if (!context.has_input(zero_point)) {
    q.zero_point = context.add_constant(zeros_like(scales, integers), "zero_point");
    return q;
  }
  const Value& zeros = context.constant(zero_point, "the zero point");
  q.zero_point = context.input(zero_point);
  context.expect_type(q.zero_point, {integers});
  if (zeros.constant->ints.size() != scales.constant->floats.size()) {
    throw Refusal(fmt::format("{} zero points for {} scales", zeros.constant->ints.size(),
                              scales.constant->floats.size()));
  }
  if (integers == DType::s32) {
    for (const std::int64_t z : zeros.constant->ints) {
      if (z != 0) throw Refusal("an int32 zero point must be 0");
    }
  }
  return q;
}

DType zero_point_type(NodeContext& context, std::size_t zero_point, DType fallback) {
  const DType type = context.has_input(zero_point) ? context.dtype(context.input(zero_point)) : fallback;
  expect_quantized_type(type);
  return type;
}

Node quantize_node(ValueId x, const Quantization& q) {
  Node node = simple_node(Op::quantize, {x, q.scale, q.zero_point});
  node.axis = q.axis;
  return node;
}

Node dequantize_node(ValueId x, const Quantization& q) {
  Node node = quantize_node(x, q);
  node.op = Op::dequantize;
  return node;
}

void import_quantize(NodeContext& context) {
  context.expect_inputs(2, 3);
  refuse_blocks(context);
  context.ignore("saturate");  // of 8-bit floats
  if (context.integer("precision", 0) > kFloat) throw Refusal("only float32 precision is supported");
  const ValueId x = context.input(0);
  context.expect_type(x, {DType::f32});
  const DType asked = output_type(context);
  const DType type = zero_point_type(context, 2, asked);
  if (context.integer("output_dtype", 0) != 0 && type != asked) {
    throw Refusal("output_dtype differs from the zero point's type");
  }
  const Shape shape = context.shape(x);
  const Quantization q = quantization(context, 1, 2, shape, type, context.integer("axis", 1));
  context.output(quantize_node(x, q), shape, type);
}

void import_dequantize(NodeContext& context) {
  context.expect_inputs(2, 3);
  refuse_blocks(context);
  if (const std::int64_t type = context.integer("output_dtype", kFloat); type != kFloat && type != 0) {
    throw Refusal("only float32 output is supported");
  }
  const ValueId x = context.input(0);
  context.expect_type(x, {DType::s4, DType::u4, DType::s8, DType::u8, DType::s32});
  const Shape shape = context.shape(x);
  const Quantization q = quantization(context, 1, 2, shape, context.dtype(x), context.integer("axis", 1));
  context.output(dequantize_node(x, q), shape, DType::f32);
}

void import_cast(NodeContext& context) {
  context.expect_inputs(1, 1);
  for (const char* name : {"saturate", "round_mode"}) context.ignore(name);  // of 8-bit floats
  const ValueId x = context.input(0);
  const std::int64_t to = context.integer("to", 0);
  const std::optional<DType> type =
      to > 0 && to < 1000 ? element_type(static_cast<std::int32_t>(to)) : std::nullopt;
  if (!type) {
    const std::string wanted =
        to > 0 && to < 1000 ? type_name(static_cast<std::int32_t>(to)) : std::to_string(to);
    throw Refusal(fmt::format("a cast to type {} is not supported", wanted));
  }
  context.output(simple_node(Op::cast, {x}), context.shape(x), *type);
}

}  // namespace bulwark::converter::import_onnx
