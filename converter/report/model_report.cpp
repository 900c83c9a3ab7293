// SPDX-License-Identifier: Apache-2.0
#include "converter/report/model_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>

#include "converter/lipschitz/norms.h"
#include "converter/report/text.h"

namespace bulwark::converter::report {
namespace {

using schema::ElementType;
using schema::OperatorKind;
using schema::OperatorView;
using schema::VerifiedModel;
using schema::WeightFormat;

template <typename T>
std::vector<T> copy(schema::View<T> view) {
  return {view.begin(), view.end()};
}

double stored_bits(WeightFormat format) {
  switch (format) {
    case WeightFormat::s8:
      return 8;
    case WeightFormat::s4:
      return 4;
    case WeightFormat::s3:
      return 3;
    case WeightFormat::s2:
      return 2;
    case WeightFormat::ternary:
      return 1.6;
    case WeightFormat::s9:
      return 16;
    case WeightFormat::f32:
      return 32;
  }
  return 0;
}

/// Of linear operators and pools, which name their windows alike.
template <typename Window>
std::string window_text(const Window& window) {
  std::string text = fmt::format("{}×{}", window.kernel_h, window.kernel_w);
  if (window.stride_h != 1 || window.stride_w != 1) {
    text += window.stride_h == window.stride_w
                ? fmt::format(", stride {}", window.stride_h)
                : fmt::format(", stride {}×{}", window.stride_h, window.stride_w);
  }
  if (window.dilation_h != 1 || window.dilation_w != 1) {
    text += fmt::format(", dilation {}×{}", window.dilation_h, window.dilation_w);
  }
  const int pads[] = {window.pad_top, window.pad_left, window.pad_bottom, window.pad_right};
  if (pads[0] == pads[1] && pads[1] == pads[2] && pads[2] == pads[3]) {
    if (pads[0] != 0) text += fmt::format(", pad {}", pads[0]);
  } else {
    text += fmt::format(", pad {}/{}/{}/{}", pads[0], pads[1], pads[2], pads[3]);
  }
  return text;
}

std::int64_t linear_bytes(const schema::LinearView& linear) {
  return static_cast<std::int64_t>(linear.weights.data.size_bytes() + linear.weights.scales.size_bytes() +
                                   linear.bias.size_bytes() + linear.multiplier.size_bytes() +
                                   linear.lo.size_bytes() + linear.hi.size_bytes() +
                                   linear.float_bias.size_bytes());
}

void describe_linear(const OperatorView& op, std::int64_t output_elements, LayerReport* layer) {
  const schema::LinearView& linear = op.linear;
  if (op.kind == OperatorKind::conv_2d) {
    layer->geometry = window_text(linear);
    if (linear.groups != 1) layer->geometry += fmt::format(", groups {}", linear.groups);
  } else {
    layer->geometry = fmt::format("{} → {}", linear.weights.row_elements, linear.weights.rows);
  }
  layer->weights = schema::name(linear.weights.format);
  layer->weight_bits = stored_bits(linear.weights.format);
  const std::int64_t rows = linear.weights.rows;
  layer->parameters =
      rows * linear.weights.row_elements +
      static_cast<std::int64_t>(linear.bias.empty() ? linear.float_bias.size() : linear.bias.size());
  layer->bytes = linear_bytes(linear);
  layer->macs = output_elements * linear.weights.row_elements;
  layer->per_channel_clamp = linear.lo.size() > 1 || linear.hi.size() > 1;
  layer->fraction_bits = linear.fraction_bits;
}

bool is_arithmetic(OperatorKind kind) {
  switch (kind) {
    case OperatorKind::conv_2d:
    case OperatorKind::fully_connected:
    case OperatorKind::average_pool_2d:
    case OperatorKind::add:
    case OperatorKind::softmax:
    case OperatorKind::log_softmax:
    case OperatorKind::mul:
    case OperatorKind::sub:
    case OperatorKind::div:
    case OperatorKind::maximum:
    case OperatorKind::minimum:
    case OperatorKind::prelu:
    case OperatorKind::function:
    case OperatorKind::reduce_sum:
    case OperatorKind::reduce_max:
    case OperatorKind::reduce_min:
    case OperatorKind::resize:
      return true;
    default:
      return false;
  }
}

LayerReport describe_layer(const VerifiedModel& model, std::int32_t index) {
  const OperatorView op = model.op(index);
  LayerReport layer;
  layer.index = index;
  layer.name = op.name;
  layer.kind = op.kind;
  layer.inputs = copy(op.inputs);
  layer.outputs = copy(op.outputs);
  layer.bit_exact = !is_arithmetic(op.kind) || model.tensor(op.inputs[0]).type != ElementType::f32;
  switch (op.kind) {
    case OperatorKind::conv_2d:
    case OperatorKind::fully_connected:
      describe_linear(op, model.tensor(op.outputs[0]).elements(), &layer);
      break;
    case OperatorKind::max_pool_2d:
    case OperatorKind::average_pool_2d:
      layer.geometry = window_text(op.pool);
      break;
    case OperatorKind::softmax:
      layer.bytes = static_cast<std::int64_t>(op.softmax.table.size_bytes());
      break;
    case OperatorKind::log_softmax:
      layer.bytes = static_cast<std::int64_t>(op.log_softmax.table.size_bytes());
      break;
    case OperatorKind::time_filter:
      layer.bytes =
          static_cast<std::int64_t>(op.time_filter.weights.size_bytes() + op.time_filter.bias.size_bytes());
      layer.macs = model.tensor(op.inputs[0]).elements();
      layer.geometry = fmt::format("{} steps", model.tensor(op.inputs[0]).shape[1]);
      break;
    case OperatorKind::lookup: {
      if (!op.wide_lookup.entries.empty()) {
        layer.bytes = static_cast<std::int64_t>(op.wide_lookup.entries.size_bytes());
        layer.geometry = "interpolated";
        break;
      }
      const schema::TensorView input = model.tensor(op.inputs[0]);
      const int direction = op.lookup.direction(input.lo, input.hi);
      layer.bytes = static_cast<std::int64_t>(op.lookup.entries.size_bytes());
      layer.geometry = direction > 0 ? "rising" : direction < 0 ? "falling" : "rises and falls";
      break;
    }
    case OperatorKind::function:
      layer.geometry = schema::name(op.function.function);
      break;
    case OperatorKind::reduce_sum:
    case OperatorKind::reduce_max:
    case OperatorKind::reduce_min:
    case OperatorKind::transpose:
      layer.geometry = fmt::format("axes {}", fmt::join(op.axes, ","));
      break;
    case OperatorKind::concat:
    case OperatorKind::gather:
    case OperatorKind::arg_max:
    case OperatorKind::arg_min:
      layer.geometry = fmt::format("axis {}", fmt::join(op.axes, ","));
      break;
    default:
      break;
  }
  return layer;
}

std::vector<TensorReport> describe_tensors(const VerifiedModel& model) {
  std::vector<TensorReport> tensors;
  for (std::int32_t i = 0; i < model.tensor_count(); ++i) {
    const schema::TensorView view = model.tensor(i);
    tensors.push_back({std::string(view.name), view.type, copy(view.shape), view.scale, view.zero_point,
                       view.lo, view.hi, !view.constant.empty()});
  }
  return tensors;
}

std::optional<float> known(float value) { return value >= 0 ? std::optional(value) : std::nullopt; }

void add_robustness(const VerifiedModel& model, ModelReport* report) {
  for (std::int32_t i = 0; i < model.robustness_layer_count(); ++i) {
    const schema::LayerRobustnessView row = model.robustness_layer(i);
    if (row.operator_index < 0 || row.operator_index >= model.operator_count()) continue;
    LayerReport& layer = report->layers[static_cast<std::size_t>(row.operator_index)];
    layer.linf_norm = known(row.linf_norm);
    layer.l2_bound = known(row.l2_bound);
    layer.clip_slack = known(row.clip_slack);
  }
  const auto bounds = lipschitz::network_bounds(model);
  for (LayerReport& layer : report->layers)
    layer.from_input = bounds[static_cast<std::size_t>(layer.outputs.at(0))];
}

void add_plan(const bw_plan* plan, ModelReport* report) {
  report->kernel_path = bw_plan_path(plan);
  report->arena_bytes = static_cast<std::int64_t>(bw_plan_arena_bytes(plan));
  report->packed_bytes = static_cast<std::int64_t>(bw_plan_packed_bytes(plan));
  std::map<std::string, bw_step_info> steps;
  for (std::int32_t i = 0; i < bw_plan_step_count(plan); ++i) {
    bw_step_info step = {};
    if (bw_plan_step_info(plan, i, &step) != BW_STATUS_OK) continue;
    if (step.runs_in == i) step.runs_in = -1;
    steps[step.operator_name] = step;
  }
  for (LayerReport& layer : report->layers) {
    const auto found = steps.find(layer.name);
    if (found == steps.end()) continue;
    layer.kernel = found->second.kernel;
    if (found->second.passed_over != nullptr) layer.passed_over = found->second.passed_over;
    layer.fused_in = found->second.runs_in;
    layer.weights_in_file = found->second.weights_in_file == 1;
  }
}

std::optional<PackedReport> describe_packed(const VerifiedModel& model, const bw_plan* plan,
                                            const std::vector<LayerReport>& layers) {
  if (model.packed_count() == 0) return std::nullopt;
  PackedReport packed;
  packed.paths = model.packed_paths();
  packed.entries = model.packed_count();
  for (std::int32_t i = 0; i < model.packed_count(); ++i)
    packed.bytes += static_cast<std::int64_t>(model.packed(i).data.size());
  packed.used_bytes = static_cast<std::int64_t>(bw_plan_mapped_bytes(plan));
  packed.used_layers =
      std::count_if(layers.begin(), layers.end(), [](const auto& l) { return l.weights_in_file; });
  return packed;
}

void add_boundary(const VerifiedModel& verified, const bw_model* model, ModelReport* report) {
  for (std::size_t i = 0; i < verified.inputs().size(); ++i) {
    BoundaryReport input{verified.inputs()[i], std::nullopt};
    bw_tensor_info info = {};
    if (report->tensors[static_cast<std::size_t>(input.tensor)].type == ElementType::f32 &&
        bw_model_input_integer_info(model, static_cast<std::int32_t>(i), &info) == BW_STATUS_OK) {
      input.integer_door = info;
    }
    report->inputs.push_back(input);
  }
  for (const std::int32_t tensor : verified.outputs()) report->outputs.push_back({tensor, std::nullopt});
  for (std::int32_t i = 0; i < verified.state_count(); ++i) {
    const schema::StateView state = verified.state(i);
    report->states.push_back({state.tensor, state.next, !state.initial.empty()});
  }
}

template <typename Field>
std::int64_t sum(const std::vector<LayerReport>& layers, Field field) {
  return std::accumulate(layers.begin(), layers.end(), std::int64_t{0},
                         [&](std::int64_t total, const LayerReport& layer) { return total + layer.*field; });
}

}  // namespace

std::string LayerReport::kernel_text() const {
  std::string text = kernel;
  if (!passed_over.empty()) text += fmt::format(" ({} is no faster here)", passed_over);
  return fused_in < 0 ? text : fmt::format("{}, fused in {}", text, fused_in);
}

std::string PackedReport::text() const {
  return fmt::format("{} in {} entries for {}; used in place here by {} layers, {}", byte_text(bytes),
                     entries, paths, used_layers, byte_text(used_bytes));
}

std::string TensorReport::shape_text() const { return fmt::format("{}", fmt::join(shape, "×")); }

int TensorReport::bits() const {
  if (type == ElementType::f32) return 0;
  int bits = 1;
  while ((1 << bits) < hi - lo + 1) ++bits;
  return bits;
}

std::int64_t ModelReport::parameters() const { return sum(layers, &LayerReport::parameters); }
std::int64_t ModelReport::macs() const { return sum(layers, &LayerReport::macs); }
std::int64_t ModelReport::weight_bytes() const { return sum(layers, &LayerReport::bytes); }
const TensorReport& ModelReport::output_of(const LayerReport& layer) const {
  return tensors[static_cast<std::size_t>(layer.outputs.at(0))];
}

ModelReport make_report(const schema::VerifiedModel& verified, const bw_model* model, const bw_plan* plan,
                        std::string path) {
  ModelReport report;
  report.path = std::move(path);
  report.file_bytes = static_cast<std::int64_t>(verified.bytes().size());
  report.schema_version = verified.schema_version();
  report.producer = verified.producer();
  report.sha256 = fmt::format("{:02x}", fmt::join(verified.content_sha256(), ""));
  report.recipe = verified.recipe();
  report.clip_eps = verified.clip_eps();
  report.bit_exact = bw_model_is_bit_exact(model) == 1;
  report.tensors = describe_tensors(verified);
  for (std::int32_t i = 0; i < verified.operator_count(); ++i)
    report.layers.push_back(describe_layer(verified, i));
  for (std::int32_t i = 0; i < verified.metadata_count(); ++i) {
    report.metadata.emplace_back(verified.metadata(i).key, verified.metadata(i).value);
  }
  if (verified.has_golden()) {
    report.golden_inputs = verified.golden_input_count();
    report.golden_outputs = verified.golden_output_count();
  }
  add_robustness(verified, &report);
  add_boundary(verified, model, &report);
  add_plan(plan, &report);
  report.packed = describe_packed(verified, plan, report.layers);
  return report;
}

void add_norm_checks(const schema::VerifiedModel& verified, ModelReport* report) {
  for (LayerReport& layer : report->layers) {
    const schema::OperatorView op = verified.op(layer.index);
    if (op.linear.weights.data.empty()) continue;
    const lipschitz::LinearMap map = lipschitz::linear_map(verified, op);
    layer.reshaped_norm = lipschitz::reshaped_norm(map);
    layer.l2_lower = lipschitz::l2_lower_bound(map);
  }
}

}  // namespace bulwark::converter::report
