// SPDX-License-Identifier: Apache-2.0
// Plain views of a verified model. Nothing outside schema/, the runtime's loader and the converter's writer
// sees generated FlatBuffers code. Views point into the model's bytes and are built on the fly; they own
// nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace bulwark::schema {

enum class ElementType : std::uint8_t { s8 = 0, u8 = 1, f32 = 2, s16 = 3, s32 = 4, s64 = 5 };
enum class WeightFormat : std::uint8_t { s8 = 0, s4 = 1, s3 = 2, s2 = 3, ternary = 4, s9 = 5, f32 = 6 };
enum class OperatorKind : std::uint8_t {
  conv_2d = 0,
  fully_connected = 1,
  max_pool_2d = 2,
  average_pool_2d = 3,
  add = 4,
  requantize = 5,
  quantize = 6,
  dequantize = 7,
  clip = 8,
  softmax = 9,
  reshape = 10,
  transpose = 11,
  concat = 12,
  pad = 13,
  lookup = 14,
  mul = 15,
  sub = 16,
  div = 17,
  maximum = 18,
  minimum = 19,
  prelu = 20,
  function = 21,
  reduce_sum = 22,
  reduce_max = 23,
  reduce_min = 24,
  log_softmax = 25,
  slice = 26,
  gather = 27,
  resize = 28,
  arg_max = 29,
  arg_min = 30,
  time_filter = 31,
};
/// Functions of one real number, with the parameters alpha and beta where they are named. NUMERICS.md has the
/// formulas.
enum class Function : std::uint8_t {
  sigmoid = 0,
  tanh = 1,
  hard_sigmoid = 2,
  hard_swish = 3,
  silu = 4,
  gelu = 5,
  gelu_tanh = 6,
  erf = 7,
  leaky_relu = 8,
  elu = 9,
  selu = 10,
  softplus = 11,
  softsign = 12,
  mish = 13,
  exp = 14,
  log = 15,
  sqrt = 16,
  rsqrt = 17,
  reciprocal = 18,
  square = 19,
  pow = 20,
  abs = 21,
  neg = 22,
  sign = 23,
  floor = 24,
  ceil = 25,
  round = 26,
  sin = 27,
  cos = 28,
};
const char* name(Function function);
const char* name(ElementType type);
const char* name(WeightFormat format);
const char* name(OperatorKind kind);
constexpr std::size_t element_size(ElementType type) {
  switch (type) {
    case ElementType::s8:
    case ElementType::u8:
      return 1;
    case ElementType::s16:
      return 2;
    case ElementType::f32:
    case ElementType::s32:
      return 4;
    case ElementType::s64:
      return 8;
  }
  return 1;
}
/// Whether the tensor has a scale, a zero point and a range.
constexpr bool is_quantized(ElementType type) {
  return type == ElementType::s8 || type == ElementType::u8 || type == ElementType::s16;
}

/// A vector of 4-byte scalars inside the file: little-endian, 4-byte aligned relative to the file, which
/// itself must be aligned to 16.
template <typename T>
using View = std::span<const T>;

struct TensorView {
  std::string_view name;
  ElementType type = ElementType::s8;
  View<std::int32_t> shape;
  float scale = 0;
  std::int32_t zero_point = 0;
  std::int32_t lo = 0, hi = 0;
  View<std::uint8_t> constant;  ///< empty when an operator or the caller writes the tensor
  std::int64_t elements() const;
  std::int64_t bytes() const { return elements() * static_cast<std::int64_t>(element_size(type)); }
};

struct WeightsView {
  WeightFormat format = WeightFormat::s8;
  std::int32_t rows = 0, row_elements = 0;
  View<std::uint8_t> data;
  View<float> scales;
};

/// Smallest and largest weight of an integer operator, and the largest sum of |w| of a row.
struct WeightExtremes {
  std::int32_t lo = 0, hi = 0;
  std::uint32_t row_sum = 0;
};

struct LinearView {
  WeightsView weights;
  std::int32_t kernel_h = 1, kernel_w = 1, stride_h = 1, stride_w = 1, dilation_h = 1, dilation_w = 1;
  std::int32_t pad_top = 0, pad_left = 0, pad_bottom = 0, pad_right = 0, groups = 1;
  std::int32_t fraction_bits = 0;
  View<std::int32_t> bias;   ///< rows entries
  View<float> multiplier;    ///< rows entries or one
  View<std::int8_t> lo, hi;  ///< rows entries or one; empty for a float output
  View<float> float_bias;    ///< float operators: rows entries
};

struct PoolView {
  std::int32_t kernel_h = 1, kernel_w = 1, stride_h = 1, stride_w = 1, dilation_h = 1, dilation_w = 1;
  std::int32_t pad_top = 0, pad_left = 0, pad_bottom = 0, pad_right = 0;
  bool count_include_pad = false;
  float multiplier = 1;
  std::int32_t origin_shift = 0;
};

struct AddView {
  std::int32_t multiplier_a = 0, multiplier_b = 0, bias = 0;
  float multiplier = 1;
};
struct SoftmaxView {
  View<std::uint32_t> table;
  std::uint32_t numerator = 0;
};
struct LogSoftmaxView {
  View<std::uint32_t> table;
  std::uint32_t multiplier_x = 0, multiplier_log = 0;
  std::int32_t shift = 1;
};
struct LookupView {
  View<std::int8_t> entries;  ///< 256: the result of x = -128 first
  /// Whether the result never falls (1), never rises (-1) or does either (0) while x grows from lo to hi; 1
  /// when it is constant.
  int direction(std::int32_t lo, std::int32_t hi) const;
};
/// 1025 entries: the results of x = -32768, -32704, .. 32768.
struct WideLookupView {
  View<std::int16_t> entries;
};
struct TimeFilterView {
  View<std::int16_t> weights;
  View<std::int32_t> bias;
};
struct PreluView {
  float multiplier = 1, slope_multiplier = 1;
};
/// Positions between the input's rows and columns: in 1/1024 for s8, as they are for f32.
struct ResizeView {
  View<std::int32_t> rows, columns;
  View<float> float_rows, float_columns;
};
struct FunctionView {
  Function function = Function::sigmoid;
  float alpha = 1, beta = 1;
};

struct OperatorView {
  std::string_view name;
  OperatorKind kind = OperatorKind::reshape;
  View<std::int32_t> inputs, outputs;
  LinearView linear;           ///< conv_2d, fully_connected
  PoolView pool;               ///< pools
  AddView add;                 ///< add, s8
  SoftmaxView softmax;         ///< softmax, s8
  LogSoftmaxView log_softmax;  ///< s8
  LookupView lookup;
  PreluView prelu;  ///< s8
  FunctionView function;
  float multiplier = 1;  ///< requantize, mul, reduce_sum, time_filter
  float float_lo = 0, float_hi = 0;
  View<std::int32_t> axes;
  View<std::int32_t> indices;  ///< gather
  ResizeView resize;
  WideLookupView wide_lookup;  ///< lookup, s16
  TimeFilterView time_filter;
};

/// A tensor that holds `initial` (empty: its zero point) before the first run, and after a run the value of
/// `next`.
struct StateView {
  std::int32_t tensor = 0, next = 0;
  View<std::uint8_t> initial;
};

struct GoldenTensorView {
  std::int32_t index = 0;
  View<std::uint8_t> data;
};

struct LayerRobustnessView {
  std::int32_t operator_index = 0;
  float linf_norm = -1, l2_bound = -1, clip_slack = -1;
  View<std::int8_t> unclipped_lo, unclipped_hi;  ///< one per row; empty where the clamp has no clip bounds
};

/// Weights packed ahead of time for one kernel: not proven to be the operator's.
struct PackedView {
  std::int32_t operator_index = 0;
  std::string_view kernel;
  View<std::uint8_t> data;
};

struct KeyValueView {
  std::string_view key, value;
};

}  // namespace bulwark::schema
