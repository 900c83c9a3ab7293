// SPDX-License-Identifier: Apache-2.0
#include "converter/graph/graph.h"

#include <algorithm>

namespace bulwark::converter {

const char* name(DType type) {
  constexpr const char* kNames[] = {"float32", "int4",  "uint4", "int8", "uint8",
                                    "int16",   "int32", "int64", "bool"};
  return kNames[static_cast<int>(type)];
}

TypeRange type_range(DType type) {
  switch (type) {
    case DType::s4:
      return {-8, 7};
    case DType::u4:
      return {0, 15};
    case DType::s8:
      return {-128, 127};
    case DType::u8:
      return {0, 255};
    case DType::s16:
      return {-32768, 32767};
    case DType::boolean:
      return {0, 1};
    case DType::s32:
      return {INT32_MIN, INT32_MAX};
    default:
      return {INT64_MIN, INT64_MAX};
  }
}

const char* name(Op op) {
  constexpr const char* kNames[] = {"conv",
                                    "gemm",
                                    "matmul",
                                    "batch_norm",
                                    "max_pool",
                                    "average_pool",
                                    "global_average_pool",
                                    "global_max_pool",
                                    "conv_transpose",
                                    "add",
                                    "sub",
                                    "mul",
                                    "div",
                                    "maximum",
                                    "minimum",
                                    "prelu",
                                    "unary",
                                    "relu",
                                    "clip",
                                    "reduce_sum",
                                    "reduce_mean",
                                    "reduce_max",
                                    "reduce_min",
                                    "reshape",
                                    "transpose",
                                    "concat",
                                    "pad",
                                    "slice",
                                    "gather",
                                    "resize",
                                    "space_to_batch",
                                    "batch_to_space",
                                    "arg_max",
                                    "arg_min",
                                    "identity",
                                    "softmax",
                                    "log_softmax",
                                    "quantize",
                                    "dequantize",
                                    "cast"};
  return kNames[static_cast<int>(op)];
}

std::int64_t element_count(const Shape& shape) {
  std::int64_t count = 1;
  for (const std::int64_t d : shape) count *= d;
  return count;
}

ValueId Graph::add_value(Value value) {
  values.push_back(std::move(value));
  return static_cast<ValueId>(values.size()) - 1;
}

std::int32_t Graph::producer_of(ValueId id) const {
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (std::find(nodes[i].outputs.begin(), nodes[i].outputs.end(), id) != nodes[i].outputs.end()) {
      return static_cast<std::int32_t>(i);
    }
  }
  return -1;
}

std::vector<std::int32_t> Graph::consumers_of(ValueId id) const {
  std::vector<std::int32_t> consumers;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (std::find(nodes[i].inputs.begin(), nodes[i].inputs.end(), id) != nodes[i].inputs.end()) {
      consumers.push_back(static_cast<std::int32_t>(i));
    }
  }
  return consumers;
}

bool Graph::is_output(ValueId id) const {
  return std::find(outputs.begin(), outputs.end(), id) != outputs.end();
}

}  // namespace bulwark::converter
