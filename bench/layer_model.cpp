// SPDX-License-Identifier: Apache-2.0
#include "bench/layer_model.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "bench/failure.h"
#include "converter/error.h"
#include "converter/write/writer.h"
#include "schema/layer_key.h"

namespace bulwark::bench {
namespace {

namespace write = converter::write;
using schema::ElementType;
using schema::OperatorKind;
using schema::WeightFormat;

/// The same numbers everywhere.
class Noise {
 public:
  std::int32_t integer(std::int32_t lo, std::int32_t hi) {
    state_ = state_ * 1664525 + 1013904223;
    return lo + static_cast<std::int32_t>((state_ >> 8) % static_cast<std::uint32_t>(hi - lo + 1));
  }
  float real() { return static_cast<float>(integer(-32768, 32767)) / 32768; }

 private:
  std::uint32_t state_ = 1;
};

bool is_linear(OperatorKind kind) {
  return kind == OperatorKind::conv_2d || kind == OperatorKind::fully_connected;
}

std::int32_t bits_of_range(std::int32_t lo, std::int32_t hi) {
  std::int32_t bits = 2;
  while (bits < 16 && hi - lo >= 1 << bits) ++bits;
  return bits;
}

WeightFormat format_of(std::int32_t bits) {
  switch (bits) {
    case 4:
      return WeightFormat::s4;
    case 3:
      return WeightFormat::s3;
    case 2:
      return WeightFormat::s2;
    default:
      return WeightFormat::s8;
  }
}

template <typename T>
std::vector<T> copy(schema::View<T> view) {
  return {view.begin(), view.end()};
}

void fill_constant(write::TensorSpec* tensor, std::int64_t elements, Noise* noise) {
  const auto count = static_cast<std::size_t>(elements);
  if (tensor->type == ElementType::f32) {
    tensor->constant.resize(count * sizeof(float));
    for (std::size_t i = 0; i < count; ++i) {
      const float value = noise->real();
      std::memcpy(tensor->constant.data() + i * sizeof value, &value, sizeof value);
    }
    return;
  }
  tensor->constant.resize(count);
  for (std::uint8_t& value : tensor->constant)
    value = static_cast<std::uint8_t>(noise->integer(tensor->lo, tensor->hi));
}

write::TensorSpec tensor_spec(const schema::TensorView& view, const std::string& name) {
  write::TensorSpec spec;
  spec.name = name;
  spec.type = view.type;
  spec.shape = copy(view.shape);
  spec.scale = view.scale;
  spec.zero_point = view.zero_point;
  spec.lo = view.lo;
  spec.hi = view.hi;
  return spec;
}

/// Reads what has the fields of a window: LinearView and PoolView, LinearSpec and PoolSpec.
template <typename Spec, typename View>
void copy_window(Spec* spec, const View& view) {
  spec->kernel_h = view.kernel_h, spec->kernel_w = view.kernel_w;
  spec->stride_h = view.stride_h, spec->stride_w = view.stride_w;
  spec->dilation_h = view.dilation_h, spec->dilation_w = view.dilation_w;
  spec->pad_top = view.pad_top, spec->pad_left = view.pad_left;
  spec->pad_bottom = view.pad_bottom, spec->pad_right = view.pad_right;
}

void fill_float_weights(write::LinearSpec* linear, Noise* noise) {
  const auto rows = static_cast<std::size_t>(linear->weights.rows);
  linear->weights.floats.resize(rows * static_cast<std::size_t>(linear->weights.row_elements));
  for (float& weight : linear->weights.floats) weight = noise->real();
  linear->float_bias.assign(rows, 0.5f);
}

/// As many as leave room for any sum: what the converter gives layers whose biases are real numbers.
std::int32_t most_fraction_bits(const write::LinearSpec& linear, std::int64_t largest_input) {
  constexpr std::int64_t kMost = std::int64_t{1} << 30;  // the bias has the other half
  const auto depth = static_cast<std::size_t>(linear.weights.row_elements);
  std::int64_t most = 1;
  for (std::size_t begin = 0; begin < linear.weights.integers.size(); begin += depth) {
    std::int64_t sum = 0;
    for (std::size_t i = begin; i < begin + depth; ++i) sum += std::abs(linear.weights.integers[i]);
    most = std::max(most, sum * largest_input);
  }
  std::int32_t bits = 0;
  while (bits < 16 && most << (bits + 1) <= kMost) ++bits;
  return bits;
}

/// Outputs have a standard deviation of about a sixth of their range.
void fill_integer_weights(write::LinearSpec* linear, LayerWidths widths, bool fraction, bool float_output,
                          Noise* noise) {
  const auto rows = static_cast<std::size_t>(linear->weights.rows);
  const std::int32_t half = 1 << (widths.weights - 1);
  const std::int32_t lo = widths.weights == 8 ? 1 - half : -half;
  linear->weights.integers.resize(rows * static_cast<std::size_t>(linear->weights.row_elements));
  for (std::int16_t& weight : linear->weights.integers)
    weight = static_cast<std::int16_t>(noise->integer(lo, half - 1));
  linear->weights.scales.assign(rows, 0.01f);
  if (fraction)
    linear->fraction_bits = most_fraction_bits(*linear, std::int64_t{1} << (widths.activations - 1));
  const std::int32_t unit = 1 << linear->fraction_bits;
  const double deviation = std::sqrt(linear->weights.row_elements) * std::ldexp(1 / 3.46, widths.weights) *
                           std::ldexp(1 / 3.46, widths.activations);
  for (std::size_t row = 0; row < rows; ++row) {
    linear->bias.push_back(noise->integer(-100, 100) * unit + (fraction ? noise->integer(0, unit - 1) : 0));
    const double steps = std::ldexp(38 + 4 * noise->real(), widths.activations - 8);
    linear->multiplier.push_back(static_cast<float>(steps / deviation / unit));
  }
  if (float_output) return;
  const std::int32_t levels = 1 << widths.activations;
  linear->lo.assign(rows, static_cast<std::int8_t>(-levels / 2));
  linear->hi.assign(rows, static_cast<std::int8_t>(levels / 2 - 1));
}

write::LinearSpec linear_spec(const schema::LinearView& view, LayerWidths widths, bool float_output,
                              Noise* noise) {
  write::LinearSpec spec;
  copy_window(&spec, view);
  spec.groups = view.groups;
  spec.weights.rows = view.weights.rows;
  spec.weights.row_elements = view.weights.row_elements;
  if (view.weights.format == WeightFormat::f32) {
    spec.weights.format = WeightFormat::f32;
    fill_float_weights(&spec, noise);
  } else {
    spec.weights.format = format_of(widths.weights);
    fill_integer_weights(&spec, widths, view.fraction_bits != 0, float_output, noise);
  }
  return spec;
}

write::PoolSpec pool_spec(const schema::PoolView& view) {
  write::PoolSpec spec;
  copy_window(&spec, view);
  spec.count_include_pad = view.count_include_pad;
  spec.multiplier = view.multiplier;
  spec.origin_shift = view.origin_shift;
  return spec;
}

/// Everything but the options of linear operators and the tensors.
write::OperatorSpec operator_spec(const schema::OperatorView& view, bool is_float) {
  write::OperatorSpec spec;
  spec.name = "layer";
  spec.kind = view.kind;
  spec.multiplier = view.multiplier;
  spec.float_lo = view.float_lo;
  spec.float_hi = view.float_hi;
  spec.axes = copy(view.axes);
  spec.indices = copy(view.indices);
  switch (view.kind) {
    case OperatorKind::max_pool_2d:
    case OperatorKind::average_pool_2d:
      spec.pool = pool_spec(view.pool);
      break;
    case OperatorKind::add:
      if (!is_float)
        spec.add = {view.add.multiplier_a, view.add.multiplier_b, view.add.bias, view.add.multiplier};
      break;
    case OperatorKind::softmax:
      if (!is_float) spec.softmax = {copy(view.softmax.table), view.softmax.numerator};
      break;
    case OperatorKind::log_softmax:
      if (is_float) break;
      spec.log_softmax = {copy(view.log_softmax.table), view.log_softmax.multiplier_x,
                          view.log_softmax.multiplier_log, view.log_softmax.shift};
      break;
    case OperatorKind::lookup:
      spec.lookup = {copy(view.lookup.entries)};
      break;
    case OperatorKind::prelu:
      if (!is_float) spec.prelu = {view.prelu.multiplier, view.prelu.slope_multiplier};
      break;
    case OperatorKind::function:
      spec.function = {view.function.function, view.function.alpha, view.function.beta};
      break;
    case OperatorKind::resize:
      spec.resize = {copy(view.resize.rows), copy(view.resize.columns), copy(view.resize.float_rows),
                     copy(view.resize.float_columns)};
      break;
    default:
      break;
  }
  return spec;
}

/// The input that nothing reads: a model has to have one.
void add_unread_input(write::ModelSpec* spec) {
  write::TensorSpec tensor;
  tensor.name = "unread";
  tensor.shape = {1, 1};
  tensor.scale = 1;
  tensor.lo = -128, tensor.hi = 127;
  spec->inputs = {static_cast<std::int32_t>(spec->tensors.size())};
  spec->tensors.push_back(std::move(tensor));
}

void set_range(write::TensorSpec* tensor, std::int32_t bits) {
  tensor->lo = -(1 << (bits - 1));
  tensor->hi = -tensor->lo - 1;
  tensor->zero_point = 0;
}

std::vector<std::uint8_t> sealed(const write::ModelSpec& spec, const std::string& what) {
  std::vector<std::uint8_t> bytes;
  try {
    bytes = write::serialize(spec);
  } catch (const converter::Error& error) {
    throw Failure{Exit::bad_input, what + ": " + error.what()};
  }
  return bytes;
}

}  // namespace

bool has_integer_weights(const schema::OperatorView& op) {
  return is_linear(op.kind) && op.linear.weights.format != WeightFormat::f32;
}

LayerWidths widths_of(const schema::VerifiedModel& model, std::int32_t index) {
  const schema::OperatorView op = model.op(index);
  if (!is_linear(op.kind)) return {0, 8};
  if (!has_integer_weights(op)) return {32, 32};
  const schema::TensorView input = model.tensor(op.inputs[0]);
  constexpr std::int32_t kBits[] = {8, 4, 3, 2, 2, 9};  // in the order of the formats
  return {kBits[static_cast<unsigned>(op.linear.weights.format)], bits_of_range(input.lo, input.hi)};
}

bool can_stand_alone(const schema::VerifiedModel& model, std::int32_t index) {
  const schema::OperatorView op = model.op(index);
  const auto is_wide = [&](std::int32_t tensor) { return model.tensor(tensor).type == ElementType::s16; };
  return std::none_of(op.inputs.begin(), op.inputs.end(), is_wide) &&
         std::none_of(op.outputs.begin(), op.outputs.end(), is_wide);
}

std::string key_of(const schema::VerifiedModel& model, std::int32_t index) {
  std::string text(schema::kMaxLayerKeyBytes, '\0');
  text.resize(schema::layer_key(model, index, text.data(), text.size()));
  return text;
}

std::int64_t macs_of(const schema::VerifiedModel& model, std::int32_t index) {
  const schema::OperatorView op = model.op(index);
  if (!is_linear(op.kind)) return 0;
  return model.tensor(op.outputs[0]).elements() * op.linear.weights.row_elements;
}

std::vector<std::uint8_t> layer_model(const schema::VerifiedModel& model, std::int32_t index,
                                      LayerWidths widths) {
  const schema::OperatorView op = model.op(index);
  const std::string what = "operator " + std::to_string(index) + " '" + std::string(op.name) + "'";
  if (!can_stand_alone(model, index)) {
    throw Failure{Exit::bad_input,
                  what + ": works on 16-bit elements, a layer of which can not be measured alone"};
  }
  const bool is_float = model.tensor(op.inputs[0]).type == ElementType::f32;
  const bool integer_weights = has_integer_weights(op);
  Noise noise;
  write::ModelSpec spec;
  spec.producer = "bulwark_bench";
  write::OperatorSpec made = operator_spec(op, is_float);
  for (const std::int32_t input : op.inputs) {
    const schema::TensorView view = model.tensor(input);
    made.inputs.push_back(static_cast<std::int32_t>(spec.tensors.size()));
    spec.tensors.push_back(tensor_spec(view, "input" + std::to_string(spec.tensors.size())));
    if (integer_weights) set_range(&spec.tensors.back(), widths.activations);
    fill_constant(&spec.tensors.back(), view.elements(), &noise);
  }
  const bool float_output = model.tensor(op.outputs[0]).type == ElementType::f32;
  if (is_linear(op.kind)) made.linear = linear_spec(op.linear, widths, float_output, &noise);
  made.outputs = {static_cast<std::int32_t>(spec.tensors.size())};
  spec.outputs = made.outputs;
  spec.tensors.push_back(tensor_spec(model.tensor(op.outputs[0]), "output"));
  if (integer_weights && !float_output) set_range(&spec.tensors.back(), widths.activations);
  add_unread_input(&spec);
  spec.operators.push_back(std::move(made));
  return sealed(spec, what);
}

std::vector<std::uint8_t> empty_model() {
  write::ModelSpec spec;
  spec.producer = "bulwark_bench";
  add_unread_input(&spec);
  spec.tensors.push_back(spec.tensors[0]);
  spec.tensors[1].name = "output";
  write::OperatorSpec clip;
  clip.name = "clip";
  clip.kind = OperatorKind::clip;
  clip.inputs = {0};
  clip.outputs = {1};
  spec.outputs = {1};
  spec.operators.push_back(std::move(clip));
  return sealed(spec, "the empty model");
}

}  // namespace bulwark::bench
