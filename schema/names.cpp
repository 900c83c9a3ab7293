// SPDX-License-Identifier: Apache-2.0
#include "schema/model_view.h"

namespace bulwark::schema {

const char* name(ElementType type) {
  switch (type) {
    case ElementType::s8:
      return "s8";
    case ElementType::u8:
      return "u8";
    case ElementType::f32:
      return "f32";
    case ElementType::s16:
      return "s16";
    case ElementType::s32:
      return "s32";
    case ElementType::s64:
      return "s64";
  }
  return "?";
}

const char* name(WeightFormat format) {
  switch (format) {
    case WeightFormat::s8:
      return "s8";
    case WeightFormat::s4:
      return "s4";
    case WeightFormat::s3:
      return "s3";
    case WeightFormat::s2:
      return "s2";
    case WeightFormat::ternary:
      return "ternary";
    case WeightFormat::s9:
      return "s9";
    case WeightFormat::f32:
      return "f32";
  }
  return "?";
}

const char* name(OperatorKind kind) {
  constexpr const char* kNames[] = {"conv_2d",     "fully_connected",
                                    "max_pool_2d", "average_pool_2d",
                                    "add",         "requantize",
                                    "quantize",    "dequantize",
                                    "clip",        "softmax",
                                    "reshape",     "transpose",
                                    "concat",      "pad",
                                    "lookup",      "mul",
                                    "sub",         "div",
                                    "maximum",     "minimum",
                                    "prelu",       "function",
                                    "reduce_sum",  "reduce_max",
                                    "reduce_min",  "log_softmax",
                                    "slice",       "gather",
                                    "resize",      "arg_max",
                                    "arg_min",     "time_filter"};
  const auto i = static_cast<unsigned>(kind);
  return i < sizeof kNames / sizeof kNames[0] ? kNames[i] : "?";
}

const char* name(Function function) {
  constexpr const char* kNames[] = {"sigmoid",    "tanh",   "hard_sigmoid", "hard_swish", "silu", "gelu",
                                    "gelu_tanh",  "erf",    "leaky_relu",   "elu",        "selu", "softplus",
                                    "softsign",   "mish",   "exp",          "log",        "sqrt", "rsqrt",
                                    "reciprocal", "square", "pow",          "abs",        "neg",  "sign",
                                    "floor",      "ceil",   "round",        "sin",        "cos"};
  const auto i = static_cast<unsigned>(function);
  return i < sizeof kNames / sizeof kNames[0] ? kNames[i] : "?";
}

}  // namespace bulwark::schema
