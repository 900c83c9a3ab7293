// SPDX-License-Identifier: Apache-2.0
// A model in memory, before it is written: what schema/model.fbs holds, as plain structs. Made by
// passes/lower (and by tests), consumed by write/writer.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "schema/model_view.h"

namespace bulwark::converter::write {

using schema::ElementType;
using schema::OperatorKind;
using schema::WeightFormat;

struct TensorSpec {
  std::string name;
  ElementType type = ElementType::s8;
  std::vector<std::int32_t> shape;
  float scale = 0;
  std::int32_t zero_point = 0;
  std::int32_t lo = 0, hi = 0;
  std::vector<std::uint8_t> constant;
};

struct WeightsSpec {
  WeightFormat format = WeightFormat::s8;
  std::int32_t rows = 0, row_elements = 0;
  std::vector<std::int16_t> integers;  ///< rows * row_elements, OHWI; packed by the writer. Unused for f32
  std::vector<float> floats;           ///< f32 only
  std::vector<float> scales;           ///< per row
};

struct LinearSpec {
  WeightsSpec weights;
  std::int32_t kernel_h = 1, kernel_w = 1, stride_h = 1, stride_w = 1, dilation_h = 1, dilation_w = 1;
  std::int32_t pad_top = 0, pad_left = 0, pad_bottom = 0, pad_right = 0, groups = 1;
  std::int32_t fraction_bits = 0;
  std::vector<std::int32_t> bias;
  std::vector<float> multiplier;
  std::vector<std::int8_t> lo, hi;
  std::vector<float> float_bias;
};

struct PoolSpec {
  std::int32_t kernel_h = 1, kernel_w = 1, stride_h = 1, stride_w = 1, dilation_h = 1, dilation_w = 1;
  std::int32_t pad_top = 0, pad_left = 0, pad_bottom = 0, pad_right = 0;
  bool count_include_pad = false;
  float multiplier = 1;
  std::int32_t origin_shift = 0;
};

struct AddSpec {
  std::int32_t multiplier_a = 0, multiplier_b = 0, bias = 0;
  float multiplier = 1;
};
struct SoftmaxSpec {
  std::vector<std::uint32_t> table;
  std::uint32_t numerator = 0;
};
struct LogSoftmaxSpec {
  std::vector<std::uint32_t> table;
  std::uint32_t multiplier_x = 0, multiplier_log = 0;
  std::int32_t shift = 1;
};
/// 1025 entries: the results of x = -32768, -32704, .. 32768.
struct WideLookupSpec {
  std::vector<std::int16_t> entries;
};
/// weights [time, features]; bias per unit or empty. The multiplier is the operator's.
struct TimeFilterSpec {
  std::vector<std::int16_t> weights;
  std::vector<std::int32_t> bias;
};
struct LookupSpec {
  std::vector<std::int8_t> entries;
};
struct ResizeSpec {
  std::vector<std::int32_t> rows, columns;
  std::vector<float> float_rows, float_columns;
};
struct PreluSpec {
  float multiplier = 1, slope_multiplier = 1;
};
struct FunctionSpec {
  schema::Function function = schema::Function::sigmoid;
  float alpha = 1, beta = 1;
};

struct OperatorSpec {
  std::string name;
  OperatorKind kind = OperatorKind::reshape;
  std::vector<std::int32_t> inputs, outputs;
  std::optional<LinearSpec> linear;
  std::optional<PoolSpec> pool;
  std::optional<AddSpec> add;
  std::optional<SoftmaxSpec> softmax;
  std::optional<LogSoftmaxSpec> log_softmax;
  std::optional<LookupSpec> lookup;
  std::optional<WideLookupSpec> wide_lookup;
  std::optional<TimeFilterSpec> time_filter;
  std::optional<PreluSpec> prelu;
  std::optional<FunctionSpec> function;
  float multiplier = 1;
  float float_lo = -std::numeric_limits<float>::infinity();
  float float_hi = std::numeric_limits<float>::infinity();
  std::vector<std::int32_t> axes;
  std::vector<std::int32_t> indices;
  std::optional<ResizeSpec> resize;
};

struct LayerRobustnessSpec {
  std::int32_t operator_index = 0;
  float linf_norm = -1, l2_bound = -1, clip_slack = -1;
  std::vector<std::int8_t> unclipped_lo = {}, unclipped_hi = {};
};
struct GoldenTensorSpec {
  std::int32_t index = 0;
  std::vector<std::uint8_t> data;
};

/// A tensor that keeps its value from run to run; without `initial` it begins as its zero point.
struct StateSpec {
  std::int32_t tensor = 0, next = 0;
  std::vector<std::uint8_t> initial;
};

struct ModelSpec {
  std::string producer;
  std::vector<TensorSpec> tensors;
  std::vector<OperatorSpec> operators;
  std::vector<std::int32_t> inputs, outputs;
  std::vector<StateSpec> states;
  std::vector<LayerRobustnessSpec> robustness;
  float clip_eps = 0;
  std::string recipe;
  std::vector<GoldenTensorSpec> golden_inputs, golden_outputs;
  std::vector<std::pair<std::string, std::string>> metadata;
};

}  // namespace bulwark::converter::write
