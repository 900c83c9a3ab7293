// SPDX-License-Identifier: Apache-2.0
// Every operator the importer knows: one line each, used for dispatch and for the support table.
#include "converter/import/tflite/operators.h"
#include "converter/import/tflite/tflite_importer.h"

namespace bulwark::converter::import_tflite {

const std::vector<Operator>& operators() {
  using enum wire::BuiltinOperator;
  static const std::vector<Operator> table = {
      {ABS, import_function, ""},
      {ADD, import_add, "broadcasting; fused activation"},
      {ARG_MAX, import_arg_extreme, "int32 or int64 result"},
      {ARG_MIN, import_arg_extreme, "int32 or int64 result"},
      {ASSIGN_VARIABLE, import_assign_variable, "float32, int8, uint8", true},
      {AVERAGE_POOL_2D, import_pool, "fused activation"},
      {BATCH_MATMUL, import_batch_matmul, "by a constant; adj_x, adj_y"},
      {BATCH_TO_SPACE_ND, import_batch_blocks, "one or two axes; around a convolution it becomes a dilation"},
      {BROADCAST_TO, import_tile, "constant shape"},
      {CALL_ONCE, import_call_once, "a subgraph that assigns constants to variables", true},
      {CEIL, import_function, ""},
      {CONCATENATION, import_concatenation, "any scales; fused activation"},
      {CONV_2D, import_conv,
       "groups, dilations, int8 and int4 weights per channel or tensor; fused activation"},
      {COS, import_function, ""},
      {DEPTHWISE_CONV_2D, import_depthwise_conv,
       "multiplier, dilations; weights as in CONV_2D; fused activation"},
      {DEPTH_TO_SPACE, import_depth_to_space, ""},
      {DEQUANTIZE, import_quantize, "int8, uint8; float16 and quantized constants"},
      {DIV, import_binary, "broadcasting; by a tensor that is not one number: in float"},
      {ELU, import_function, ""},
      {EXP, import_function, ""},
      {EXPAND_DIMS, import_expand_dims, ""},
      {FLOOR, import_function, ""},
      {FULLY_CONNECTED, import_fully_connected, "keep_num_dims; weights as in CONV_2D; fused activation"},
      {GATHER, import_gather, "constant indices"},
      {GELU, import_gelu, "exact and approximate"},
      {HARD_SWISH, import_function, ""},
      {LEAKY_RELU, import_leaky_relu, ""},
      {LOG, import_function, ""},
      {LOGISTIC, import_function, ""},
      {LOG_SOFTMAX, import_log_softmax, ""},
      {LSTM, import_lstm, "full kernel; otherwise as UNIDIRECTIONAL_SEQUENCE_LSTM", true},
      {MAXIMUM, import_binary, "broadcasting"},
      {MAX_POOL_2D, import_pool, "fused activation"},
      {MEAN, import_reduce, "any axes"},
      {MINIMUM, import_binary, "broadcasting"},
      {MUL, import_binary, "broadcasting; fused activation"},
      {NEG, import_function, ""},
      {PACK, import_pack, ""},
      {PAD, import_pad, "constant amounts"},
      {PADV2, import_pad, "constant amounts and value"},
      {PRELU, import_prelu, "a slope for each channel, or any that repeats"},
      {QUANTIZE, import_quantize, "float32, int8 and uint8 to int8 and uint8"},
      {READ_VARIABLE, import_read_variable, "float32, int8, uint8", true},
      {REDUCE_MAX, import_reduce, "any axes"},
      {REDUCE_MIN, import_reduce, "any axes"},
      {RELU, import_activation, ""},
      {RELU6, import_activation, ""},
      {RELU_N1_TO_1, import_activation, ""},
      {RESHAPE, import_reshape, "constant shape, also one computed from SHAPE"},
      {RESIZE_BILINEAR, import_resize_bilinear, "align_corners, half_pixel_centers"},
      {RESIZE_NEAREST_NEIGHBOR, import_resize_nearest, "align_corners, half_pixel_centers"},
      {REVERSE_V2, import_reverse, ""},
      {ROUND, import_function, ""},
      {RSQRT, import_function, ""},
      {SHAPE, import_shape, "becomes a constant"},
      {SIGN, import_function, ""},
      {SIN, import_function, ""},
      {SLICE, import_slice, "constant bounds"},
      {SOFTMAX, import_softmax, "any beta"},
      {SPACE_TO_BATCH_ND, import_batch_blocks, "as BATCH_TO_SPACE_ND"},
      {SPACE_TO_DEPTH, import_space_to_depth, ""},
      {SPLIT, import_split, ""},
      {SPLIT_V, import_split, ""},
      {SQRT, import_function, ""},
      {SQUARE, import_function, ""},
      {SQUEEZE, import_squeeze, ""},
      {STRIDED_SLICE, import_strided_slice, "constant bounds; every mask"},
      {SUB, import_binary, "broadcasting; fused activation"},
      {SUM, import_reduce, "any axes"},
      {SVDF, import_svdf, "int16 or int8 variable; fused activation", true},
      {TANH, import_function, ""},
      {TILE, import_tile, "constant multiples"},
      {TRANSPOSE, import_transpose, ""},
      {TRANSPOSE_CONV, import_transpose_conv,
       "constant shape; bias; weights as in CONV_2D; fused activation"},
      {UNIDIRECTIONAL_SEQUENCE_LSTM, import_sequence_lstm,
       "coupled gates, cell clip; in float32 also peepholes and projection; unrolled", true},
      {UNPACK, import_unpack, ""},
      {VAR_HANDLE, import_var_handle, "", true},
  };
  return table;
}

const std::vector<OperatorSupport>& supported_operators() {
  static const std::vector<OperatorSupport> support = [] {
    std::vector<OperatorSupport> out;
    for (const Operator& op : operators()) out.push_back({wire::EnumNameBuiltinOperator(op.code), op.notes});
    return out;
  }();
  return support;
}

}  // namespace bulwark::converter::import_tflite
