// SPDX-License-Identifier: Apache-2.0
// Every operator the importer knows: one line each, used for dispatch and for the support table.
#include "converter/import/onnx/operators.h"

namespace bulwark::converter::import_onnx {

const std::vector<Operator>& operators() {
  constexpr const char* kOnnx = "";
  constexpr const char* kMicrosoft = "com.microsoft";
  static const std::vector<Operator> table = {
      {kOnnx, "Add", import_binary, "broadcasting"},
      {kOnnx, "AveragePool", import_pool, "1-D, 2-D"},
      {kOnnx, "BatchNormalization", import_batch_norm, "inference"},
      {kOnnx, "Cast", import_cast, "float32, int4, uint4, int8, uint8, int32, int64, bool"},
      {kOnnx, "Clip", import_clip, "constant bounds; float32, int8, uint8"},
      {kOnnx, "Concat", import_concat, ""},
      {kOnnx, "Constant", import_constant, "tensors and numbers"},
      {kOnnx, "Conv", import_conv, "1-D, 2-D; groups, dilations, any padding"},
      {kOnnx, "DequantizeLinear", import_dequantize, "per tensor, per axis; int4, uint4, int8, uint8, int32"},
      {kOnnx, "Div", import_div, "by a constant"},
      {kOnnx, "Dropout", import_dropout, "inference"},
      {kOnnx, "Flatten", import_flatten, ""},
      {kOnnx, "Gather", import_gather, "of constants (shape arithmetic)"},
      {kOnnx, "Gemm", import_gemm, ""},
      {kOnnx, "GlobalAveragePool", import_global_pool, "1-D, 2-D"},
      {kOnnx, "GlobalMaxPool", import_global_pool, "1-D, 2-D"},
      {kOnnx, "Identity", import_identity, ""},
      {kOnnx, "MatMul", import_matmul, "two or more dimensions"},
      {kOnnx, "MaxPool", import_pool, "1-D, 2-D; float32, int8, uint8; no indices"},
      {kOnnx, "Mul", import_binary, "broadcasting"},
      {kOnnx, "Pad", import_pad, "constant mode, constant amounts"},
      {kOnnx, "QLinearConv", import_qlinear_conv, "1-D, 2-D"},
      {kOnnx, "QLinearMatMul", import_qlinear_matmul, "per tensor, per column"},
      {kOnnx, "QuantizeLinear", import_quantize, "per tensor, per axis; int4, uint4, int8, uint8"},
      {kOnnx, "ReduceMean", import_reduce_mean, "over all spatial axes"},
      {kOnnx, "Relu", import_relu, "float32, int8"},
      {kOnnx, "Reshape", import_reshape, "constant shape"},
      {kOnnx, "Shape", import_shape, "becomes a constant"},
      {kOnnx, "Softmax", import_softmax, ""},
      {kOnnx, "Squeeze", import_squeeze, "constant axes"},
      {kOnnx, "Sub", import_binary, "broadcasting"},
      {kOnnx, "Transpose", import_transpose, ""},
      {kOnnx, "Unsqueeze", import_unsqueeze, "constant axes"},
      {kMicrosoft, "DequantizeLinear", import_dequantize, "as in the ONNX domain"},
      {kMicrosoft, "QGemm", import_qgemm, "integer or float output"},
      {kMicrosoft, "QLinearAdd", import_qlinear_binary, "broadcasting"},
      {kMicrosoft, "QLinearAveragePool", import_qlinear_average_pool, "both layouts"},
      {kMicrosoft, "QLinearConcat", import_qlinear_concat, ""},
      {kMicrosoft, "QLinearGlobalAveragePool", import_qlinear_global_average_pool, "both layouts"},
      {kMicrosoft, "QLinearSoftmax", import_qlinear_softmax, ""},
      {kMicrosoft, "QuantizeLinear", import_quantize, "as in the ONNX domain"},
  };
  return table;
}

const std::vector<OperatorSupport>& supported_operators() {
  static const std::vector<OperatorSupport> support = [] {
    std::vector<OperatorSupport> out;
    for (const Operator& op : operators()) out.push_back({op.domain, op.type, op.notes});
    return out;
  }();
  return support;
}

}  // namespace bulwark::converter::import_onnx
