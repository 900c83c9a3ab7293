// SPDX-License-Identifier: Apache-2.0
// Every operator the importer knows: one line each, used for dispatch and for the support table.
#include "converter/import/onnx/operators.h"

namespace bulwark::converter::import_onnx {

const std::vector<Operator>& operators() {
  constexpr const char* kOnnx = "";
  constexpr const char* kMicrosoft = "com.microsoft";
  static const std::vector<Operator> table = {
      {kOnnx, "Abs", import_function, ""},
      {kOnnx, "Add", import_binary, "broadcasting"},
      {kOnnx, "ArgMax", import_arg_extreme, ""},
      {kOnnx, "ArgMin", import_arg_extreme, ""},
      {kOnnx, "AveragePool", import_pool, "1-D, 2-D"},
      {kOnnx, "BatchNormalization", import_batch_norm, "inference"},
      {kOnnx, "Cast", import_cast, "float32, int4, uint4, int8, uint8, int32, int64, bool"},
      {kOnnx, "Ceil", import_function, ""},
      {kOnnx, "Clip", import_clip, "constant bounds; float32, int8, uint8"},
      {kOnnx, "Concat", import_concat, ""},
      {kOnnx, "Constant", import_constant, "tensors and numbers"},
      {kOnnx, "Conv", import_conv, "1-D, 2-D; groups, dilations, any padding"},
      {kOnnx, "ConvTranspose", import_conv_transpose, "1-D, 2-D; groups, dilations, any padding"},
      {kOnnx, "Cos", import_function, ""},
      {kOnnx, "DepthToSpace", import_depth_blocks, "DCR, CRD"},
      {kOnnx, "DequantizeLinear", import_dequantize, "per tensor, per axis; int4, uint4, int8, uint8, int32"},
      {kOnnx, "Div", import_div, "broadcasting"},
      {kOnnx, "Dropout", import_dropout, "inference"},
      {kOnnx, "Elu", import_function, ""},
      {kOnnx, "Erf", import_function, ""},
      {kOnnx, "Exp", import_function, ""},
      {kOnnx, "Expand", import_tile, "constant shape"},
      {kOnnx, "Flatten", import_flatten, ""},
      {kOnnx, "Floor", import_function, ""},
      {kOnnx, "Gather", import_gather, "constant indices"},
      {kOnnx, "Gelu", import_gelu, ""},
      {kOnnx, "Gemm", import_gemm, ""},
      {kOnnx, "GlobalAveragePool", import_global_pool, "1-D, 2-D"},
      {kOnnx, "GlobalMaxPool", import_global_pool, "1-D, 2-D"},
      {kOnnx, "HardSigmoid", import_function, ""},
      {kOnnx, "HardSwish", import_function, ""},
      {kOnnx, "Identity", import_identity, ""},
      {kOnnx, "LeakyRelu", import_function, ""},
      {kOnnx, "Log", import_function, ""},
      {kOnnx, "LogSoftmax", import_log_softmax, ""},
      {kOnnx, "MatMul", import_matmul, "two or more dimensions"},
      {kOnnx, "Max", import_extreme, "broadcasting"},
      {kOnnx, "MaxPool", import_pool, "1-D, 2-D; float32, int8, uint8; no indices"},
      {kOnnx, "Min", import_extreme, "broadcasting"},
      {kOnnx, "Mish", import_function, ""},
      {kOnnx, "Mul", import_binary, "broadcasting"},
      {kOnnx, "Neg", import_function, ""},
      {kOnnx, "PRelu", import_prelu, ""},
      {kOnnx, "Pad", import_pad, "constant mode, constant amounts"},
      {kOnnx, "Pow", import_pow, "constant exponent"},
      {kOnnx, "QLinearConv", import_qlinear_conv, "1-D, 2-D"},
      {kOnnx, "QLinearMatMul", import_qlinear_matmul, "per tensor, per column"},
      {kOnnx, "QuantizeLinear", import_quantize, "per tensor, per axis; int4, uint4, int8, uint8"},
      {kOnnx, "Reciprocal", import_function, ""},
      {kOnnx, "ReduceMax", import_reduce, "constant axes"},
      {kOnnx, "ReduceMean", import_reduce, "constant axes"},
      {kOnnx, "ReduceMin", import_reduce, "constant axes"},
      {kOnnx, "ReduceSum", import_reduce, "constant axes"},
      {kOnnx, "Relu", import_relu, "float32, int8"},
      {kOnnx, "Reshape", import_reshape, "constant shape"},
      {kOnnx, "Resize", import_resize,
       "nearest, linear over height and width; every coordinate mode but tf_crop_and_resize"},
      {kOnnx, "Round", import_function, ""},
      {kOnnx, "Selu", import_function, ""},
      {kOnnx, "Shape", import_shape, "becomes a constant"},
      {kOnnx, "Sigmoid", import_function, ""},
      {kOnnx, "Sign", import_function, ""},
      {kOnnx, "Sin", import_function, ""},
      {kOnnx, "Slice", import_slice, "constant bounds"},
      {kOnnx, "Softmax", import_softmax, ""},
      {kOnnx, "Softplus", import_function, ""},
      {kOnnx, "Softsign", import_function, ""},
      {kOnnx, "SpaceToDepth", import_depth_blocks, ""},
      {kOnnx, "Split", import_split, "constant sizes"},
      {kOnnx, "Sqrt", import_function, ""},
      {kOnnx, "Squeeze", import_squeeze, "constant axes"},
      {kOnnx, "Sub", import_binary, "broadcasting"},
      {kOnnx, "Tanh", import_function, ""},
      {kOnnx, "Tile", import_tile, "constant repeats"},
      {kOnnx, "Transpose", import_transpose, ""},
      {kOnnx, "Unsqueeze", import_unsqueeze, "constant axes"},
      {kOnnx, "Upsample", import_resize, "nearest, linear"},
      {kMicrosoft, "DequantizeLinear", import_dequantize, "as in the ONNX domain"},
      {kMicrosoft, "Gelu", import_gelu, "exact"},
      {kMicrosoft, "QGemm", import_qgemm, "integer or float output"},
      {kMicrosoft, "QLinearAdd", import_qlinear_binary, "broadcasting"},
      {kMicrosoft, "QLinearAveragePool", import_qlinear_average_pool, "both layouts"},
      {kMicrosoft, "QLinearConcat", import_qlinear_concat, ""},
      {kMicrosoft, "QLinearGlobalAveragePool", import_qlinear_global_average_pool, "both layouts"},
      {kMicrosoft, "QLinearLeakyRelu", import_qlinear_function, ""},
      {kMicrosoft, "QLinearMul", import_qlinear_binary, "broadcasting"},
      {kMicrosoft, "QLinearSigmoid", import_qlinear_function, ""},
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
