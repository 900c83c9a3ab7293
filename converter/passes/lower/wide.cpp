// SPDX-License-Identifier: Apache-2.0
// Values of 16-bit integers: the cells of recurrent networks. Every quantize node to int16 becomes an
// operator on s16 tensors, or, where its input is computed in float, an operator that quantizes.
#include <algorithm>
#include <cmath>

#include "converter/passes/lower/lowering.h"
#include "converter/passes/lower/weights.h"
#include "converter/passes/pointwise.h"
#include "converter/passes/rewrite.h"
#include "schema/limits.h"

namespace bulwark::converter::passes::lowering {
namespace {

constexpr std::int32_t kLowest = -32768, kHighest = 32767;

std::int32_t level_of(float x, const Grid& grid) {
  const double steps = static_cast<double>(x) / static_cast<double>(grid.scale);
  if (std::isnan(steps)) return grid.lo;
  return static_cast<std::int32_t>(
      std::nearbyint(std::clamp(steps, static_cast<double>(grid.lo), static_cast<double>(grid.hi))));
}

/// A quantize or dequantize node with one scale and no zero point.
bool is_plain(const Graph& graph, const Node& node) {
  if (!per_tensor(graph, node)) return false;
  const ValueId zero = node.inputs.size() > 2 ? node.inputs[2] : kNoValue;
  return zero == kNoValue || graph[zero].constant->ints.at(0) == 0;
}

/// Narrows the range to what relu and clip leave; gives the value behind them.
ValueId behind_clamps(const Graph& graph, ValueId id, Grid& grid) {
  for (const Node* p = producer(graph, id); p && (p->op == Op::relu || p->op == Op::clip);
       p = producer(graph, id)) {
    const float lo = p->op == Op::relu ? 0.0f : p->clip_lo;
    const float hi = p->op == Op::relu ? std::numeric_limits<float>::infinity() : p->clip_hi;
    const std::int32_t low = level_of(lo, grid), high = std::max(low, level_of(hi, grid));
    grid.lo = std::clamp(grid.lo, low, high);
    grid.hi = std::clamp(grid.hi, low, high);
    id = p->inputs[0];
  }
  return id;
}

}  // namespace

std::optional<TensorIndex> Lowering::wide(ValueId id) {
  const Node* node = producer(id);
  if (!node || node->op != Op::dequantize || !is_plain(graph_, *node)) return std::nullopt;
  const Value& stored = graph_[node->inputs[0]];
  if (stored.type != DType::s16 || stored.constant) return std::nullopt;
  const TensorIndex tensor = integer(node->inputs[0]).tensor;
  if (grid_of(tensor).scale != graph_[node->inputs[1]].constant->floats.at(0)) return std::nullopt;
  return tensor;
}

IntegerTensor Lowering::quantize_wide(const Node& node, ValueId result) {
  Target target;
  target.name = tensor_name(result);
  target.node_name = node.name;
  target.grid = {1, 0, kLowest, kHighest};
  if (!is_plain(graph_, node)) {
    problem(node, "quantizes to 16 bits with a zero point or with a scale per channel");
    return {add_tensor(target.name, write::ElementType::s16, graph_[result].shape, target.grid), 0};
  }
  target.grid.scale = graph_[node.inputs[1]].constant->floats.at(0);
  const ValueId core = behind_clamps(graph_, node.inputs[0], target.grid);
  if (const std::optional<TensorIndex> tensor = compute_wide(core, target)) return {*tensor, 0};
  const TensorIndex source = real(core);
  const TensorIndex tensor =
      add_tensor(target.name, write::ElementType::s16, graph_[result].shape, target.grid);
  emit(write::OperatorKind::quantize, node.name, {source}, tensor);
  return {tensor, 0};
}

std::optional<TensorIndex> Lowering::compute_wide(ValueId core, const Target& target) {
  const Node* node = producer(core);
  if (!node) return std::nullopt;
  if (const std::optional<TensorIndex> result = wide_lookup(core, target)) return result;
  if (node->op == Op::add) return wide_sum(*node, target);
  if (node->op == Op::mul) return wide_product(*node, target, write::ElementType::s16);
  return std::nullopt;
}

/// Entries at every 64th level, between which the operator interpolates.
std::optional<TensorIndex> Lowering::wide_lookup(ValueId core, const Target& target) {
  const ValueId source = sources_[static_cast<std::size_t>(core)];
  if (source == core) return std::nullopt;
  const std::optional<TensorIndex> x = wide(source);
  if (!x) return std::nullopt;
  std::vector<float> reals;
  for (std::int32_t i = 0; i < schema::kWideLookupEntries; ++i) {
    reals.push_back(static_cast<float>(64 * i + kLowest) * grid_of(*x).scale);
  }
  write::WideLookupSpec lookup;
  for (const float y : evaluate_pointwise(graph_, source, core, std::move(reals))) {
    lookup.entries.push_back(static_cast<std::int16_t>(level_of(y, target.grid)));
  }
  const TensorIndex result = add_tensor(target.name, write::ElementType::s16, shape_of(*x), target.grid);
  emit(write::OperatorKind::lookup, producer(core)->name, {*x}, result).wide_lookup = std::move(lookup);
  return result;
}

std::optional<TensorIndex> Lowering::wide_sum(const Node& node, const Target& target) {
  const std::optional<TensorIndex> a = wide(node.inputs[0]), b = wide(node.inputs[1]);
  if (!a || !b || shape_of(*a) != shape_of(*b)) return std::nullopt;
  if (!grid_of(*a).same_levels(target.grid) || !grid_of(*b).same_levels(target.grid)) return std::nullopt;
  const TensorIndex result = add_tensor(target.name, write::ElementType::s16, shape_of(*a), target.grid);
  emit(write::OperatorKind::add, node.name, {*a, *b}, result);
  return result;
}

std::optional<TensorIndex> Lowering::wide_product(const Node& node, const Target& target,
                                                  write::ElementType type) {
  const std::optional<TensorIndex> a = wide(node.inputs[0]), b = wide(node.inputs[1]);
  if (!a || !b || shape_of(*a) != shape_of(*b)) return std::nullopt;
  const TensorIndex result = add_tensor(target.name, type, shape_of(*a), target.grid);
  const double scale = static_cast<double>(grid_of(*a).scale) * static_cast<double>(grid_of(*b).scale);
  emit(write::OperatorKind::mul, node.name, {*a, *b}, result).multiplier =
      multiplier_of(scale / static_cast<double>(target.grid.scale));
  return result;
}

/// A convolution over all of [batch, time, features], with groups of `rank` features.
std::optional<TensorIndex> Lowering::time_filter(const Node& node, const Target& target) {
  const std::optional<TensorIndex> x = node.op == Op::conv ? wide(node.inputs[0]) : std::nullopt;
  const Node* w = x ? producer(node.inputs[1]) : nullptr;
  if (!w || w->op != Op::dequantize || !is_plain(graph_, *w) || !node.channels_last) return std::nullopt;
  const Value& weights = graph_[w->inputs[0]];
  const Shape in = shape_of(*x), out = graph_[node.outputs[0]].shape;
  const bool fits = weights.constant && in.size() == 3 && out.size() == 3 && out[1] == 1 &&
                    weights.shape == Shape{out[2], in[2] / out[2], in[1]} && node.groups == out[2];
  const std::optional<LinearBias> bias =
      fits ? linear_bias(graph_, node, static_cast<std::int32_t>(out[2])) : std::nullopt;
  if (!bias) return std::nullopt;
  const double w_scale = static_cast<double>(graph_[w->inputs[1]].constant->floats.at(0));
  const double step = static_cast<double>(grid_of(*x).scale) * w_scale;
  write::TimeFilterSpec filter;
  const std::int64_t time = in[1], features = in[2];
  for (std::int64_t t = 0; t < time; ++t) {
    for (std::int64_t f = 0; f < features; ++f) {
      const std::int64_t level = weights.constant->ints[static_cast<std::size_t>(f * time + t)];
      if (level < kLowest || level > kHighest) return std::nullopt;
      filter.weights.push_back(static_cast<std::int16_t>(level));
    }
  }
  for (const double b : bias->real) {
    filter.bias.push_back(
        static_cast<std::int32_t>(std::clamp(std::nearbyint(b / step), -2147483648.0, 2147483647.0)));
  }
  const TensorIndex result = add_tensor(target.name, write::ElementType::s8, {in[0], out[2]}, target.grid);
  write::OperatorSpec& op = emit(write::OperatorKind::time_filter, node.name, {*x}, result);
  op.time_filter = std::move(filter);
  op.multiplier = multiplier_of(step / static_cast<double>(target.grid.scale));
  return reshape(result, out, target.name + "_places");
}

}  // namespace bulwark::converter::passes::lowering
