// SPDX-License-Identifier: Apache-2.0
// The importable operators. To add one: a function in operators/, a line here, a line in registry.cpp, and a
// model in tests/corpus/tflite/make.py.
#pragma once

#include <vector>

#include "converter/import/tflite/node_context.h"

namespace bulwark::converter::import_tflite {

struct Operator {
  wire::BuiltinOperator code;
  void (*import)(NodeContext&);
  const char* notes;
  bool has_variables = false;  ///< its tensors may be variables, or handles of variables
};
const std::vector<Operator>& operators();

// operators/linear.cpp
void import_conv(NodeContext& context);
void import_depthwise_conv(NodeContext& context);
void import_fully_connected(NodeContext& context);
void import_batch_matmul(NodeContext& context);
void import_transpose_conv(NodeContext& context);
// operators/pool.cpp
void import_pool(NodeContext& context);
// operators/elementwise.cpp
void import_add(NodeContext& context);
void import_activation(NodeContext& context);
void import_softmax(NodeContext& context);
void import_quantize(NodeContext& context);
// operators/functions.cpp
void import_function(NodeContext& context);
void import_leaky_relu(NodeContext& context);
void import_gelu(NodeContext& context);
void import_binary(NodeContext& context);
void import_prelu(NodeContext& context);
void import_log_softmax(NodeContext& context);
void import_reduce(NodeContext& context);
// operators/shape.cpp
void import_reshape(NodeContext& context);
void import_squeeze(NodeContext& context);
void import_expand_dims(NodeContext& context);
void import_transpose(NodeContext& context);
void import_concatenation(NodeContext& context);
void import_pad(NodeContext& context);
void import_shape(NodeContext& context);

// operators/slice.cpp
void import_slice(NodeContext& context);
void import_strided_slice(NodeContext& context);
void import_split(NodeContext& context);
void import_unpack(NodeContext& context);
void import_pack(NodeContext& context);
void import_gather(NodeContext& context);
void import_tile(NodeContext& context);
void import_reverse(NodeContext& context);
void import_resize_nearest(NodeContext& context);
void import_resize_bilinear(NodeContext& context);
// operators/blocks.cpp
void import_depth_to_space(NodeContext& context);
void import_space_to_depth(NodeContext& context);
void import_batch_blocks(NodeContext& context);
void import_arg_extreme(NodeContext& context);

// operators/variables.cpp
void import_call_once(NodeContext& context);
void import_var_handle(NodeContext& context);
void import_read_variable(NodeContext& context);
void import_assign_variable(NodeContext& context);
// operators/recurrent.cpp
void import_svdf(NodeContext& context);
void import_lstm(NodeContext& context);
void import_sequence_lstm(NodeContext& context);

// What they share.
Node simple_node(Op op, std::vector<ValueId> inputs);
/// Fills kernel, strides, dilations and pads of a window over x [N,H,W,C] and gives the sizes of the result;
/// height first.
struct WindowOptions {
  std::int64_t kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w;
  wire::Padding padding;
};
Shape read_window(Node& node, const Shape& x, const WindowOptions& window);

}  // namespace bulwark::converter::import_tflite
