// SPDX-License-Identifier: Apache-2.0
// Every operator the importer knows: one line each, used for dispatch and for the support table.
#include "converter/import/tflite/operators.h"
#include "converter/import/tflite/tflite_importer.h"

namespace bulwark::converter::import_tflite {

const std::vector<Operator>& operators() {
  using enum wire::BuiltinOperator;
  static const std::vector<Operator> table = {
      {ADD, import_add, "broadcasting of constants; fused activation"},
      {AVERAGE_POOL_2D, import_pool, "fused activation"},
      {BATCH_MATMUL, import_batch_matmul, "by a constant; adj_x, adj_y"},
      {CONCATENATION, import_concatenation, "any scales; fused activation"},
      {CONV_2D, import_conv,
       "groups, dilations, int8 and int4 weights per channel or tensor; fused activation"},
      {DEPTHWISE_CONV_2D, import_depthwise_conv,
       "multiplier, dilations; weights as in CONV_2D; fused activation"},
      {DEQUANTIZE, import_quantize, "int8, uint8; float16 and quantized constants"},
      {EXPAND_DIMS, import_expand_dims, ""},
      {FULLY_CONNECTED, import_fully_connected, "keep_num_dims; weights as in CONV_2D; fused activation"},
      {MAX_POOL_2D, import_pool, "fused activation"},
      {MEAN, import_mean, "over height and width"},
      {PAD, import_pad, "constant amounts"},
      {PADV2, import_pad, "constant amounts; quantized: with the zero point"},
      {QUANTIZE, import_quantize, "float32, int8 and uint8 to int8 and uint8"},
      {RELU, import_activation, ""},
      {RELU6, import_activation, ""},
      {RELU_N1_TO_1, import_activation, ""},
      {RESHAPE, import_reshape, "constant shape, also one computed from SHAPE"},
      {SHAPE, import_shape, "becomes a constant"},
      {SOFTMAX, import_softmax, "any beta"},
      {SQUEEZE, import_squeeze, ""},
      {TRANSPOSE, import_transpose, ""},
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
