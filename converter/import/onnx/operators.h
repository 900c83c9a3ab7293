// SPDX-License-Identifier: Apache-2.0
// The importable operators. To add one: a function in operators/, a line here, a line in registry.cpp.
#pragma once

#include <vector>

#include "converter/import/onnx/node_context.h"

namespace bulwark::converter::import_onnx {

struct Operator {
  const char* domain;
  const char* type;
  void (*import)(NodeContext&);
  const char* notes;
};
const std::vector<Operator>& operators();

// operators/linear.cpp
void import_conv(NodeContext& node);
void import_gemm(NodeContext& node);
void import_matmul(NodeContext& node);
void import_batch_norm(NodeContext& node);
// operators/pool.cpp
void import_pool(NodeContext& node);
void import_global_pool(NodeContext& node);
// operators/elementwise.cpp
void import_binary(NodeContext& node);
void import_div(NodeContext& node);
void import_relu(NodeContext& node);
void import_clip(NodeContext& node);
void import_softmax(NodeContext& node);
void import_identity(NodeContext& node);
void import_dropout(NodeContext& node);
void import_log_softmax(NodeContext& node);
void import_extreme(NodeContext& node);
// operators/functions.cpp
void import_function(NodeContext& node);
void import_gelu(NodeContext& node);
void import_pow(NodeContext& node);
void import_prelu(NodeContext& node);
// operators/reduce.cpp
void import_reduce(NodeContext& node);
// operators/shape.cpp
void import_reshape(NodeContext& node);
void import_flatten(NodeContext& node);
void import_squeeze(NodeContext& node);
void import_unsqueeze(NodeContext& node);
void import_transpose(NodeContext& node);
void import_concat(NodeContext& node);
void import_pad(NodeContext& node);
// operators/constant.cpp
void import_constant(NodeContext& node);
void import_shape(NodeContext& node);
// operators/select.cpp
void import_slice(NodeContext& node);
void import_split(NodeContext& node);
void import_gather(NodeContext& node);
void import_tile(NodeContext& node);
void import_arg_extreme(NodeContext& node);
void import_depth_blocks(NodeContext& node);
/// The value with one axis read at these indices.
ValueId gather_axis(NodeContext& node, ValueId x, std::size_t axis, const std::vector<std::int64_t>& indices);
// operators/resize.cpp
void import_resize(NodeContext& node);
// operators/conv_transpose.cpp
void import_conv_transpose(NodeContext& node);
// operators/quantize.cpp
void import_quantize(NodeContext& node);
void import_dequantize(NodeContext& node);
void import_cast(NodeContext& node);
// operators/qoperator.cpp
void import_qlinear_conv(NodeContext& node);
void import_qlinear_matmul(NodeContext& node);
void import_qgemm(NodeContext& node);
// operators/qoperator_simple.cpp
void import_qlinear_binary(NodeContext& node);
void import_qlinear_function(NodeContext& node);
void import_qlinear_concat(NodeContext& node);
void import_qlinear_average_pool(NodeContext& node);
void import_qlinear_global_average_pool(NodeContext& node);
void import_qlinear_softmax(NodeContext& node);

// What the float operators and their QLinear forms share: attributes are read from the node, inputs are
// given, and the result is a node with its output's shape.
struct Planned {
  Node node;
  Shape shape;
};
Planned plan_conv(NodeContext& context, ValueId x, ValueId w, ValueId bias);
Planned plan_matmul(NodeContext& context, ValueId a, ValueId b);
Planned plan_pool(NodeContext& context, ValueId x, Op op);
Planned plan_global_pool(NodeContext& context, ValueId x, Op op);
Planned plan_concat(NodeContext& context, const std::vector<ValueId>& inputs);
/// Softmax over `axis`; with `flatten` all axes from there on count as one. Where that takes a reshape of x,
/// it is added, and the planned shape is not x's: the caller reshapes back.
Planned plan_softmax(NodeContext& context, ValueId x, std::int64_t axis, bool flatten);
/// The function that the node's type names.
Planned plan_function(NodeContext& context, ValueId x);
Node simple_node(Op op, std::vector<ValueId> inputs);

/// Scale and zero point of a quantize or dequantize, as constants of the graph and checked: scales are
/// positive normal numbers, the zero point has the scale's size and the type of the integers; axis is 0 when
/// there is one scale.
struct Quantization {
  ValueId scale = kNoValue, zero_point = kNoValue;
  std::int64_t axis = 0;
};
/// Inputs `scale` and `zero_point` (may be absent: zeros) for a tensor of this shape.
Quantization quantization(NodeContext& context, std::size_t scale, std::size_t zero_point, const Shape& shape,
                          DType integers, std::int64_t axis);
DType zero_point_type(NodeContext& context, std::size_t zero_point, DType fallback);
Node quantize_node(ValueId x, const Quantization& quantization);
Node dequantize_node(ValueId x, const Quantization& quantization);

}  // namespace bulwark::converter::import_onnx
