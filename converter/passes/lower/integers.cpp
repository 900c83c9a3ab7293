// SPDX-License-Identifier: Apache-2.0
// Values of integer types, and float values that integers stand for exactly.
#include <algorithm>
#include <cmath>

#include "converter/passes/lower/lowering.h"
#include "converter/passes/rewrite.h"

namespace bulwark::converter::passes::lowering {
namespace {

std::int32_t zero_point_of(const Graph& graph, const Node& node) {
  const ValueId zero = node.inputs.size() > 2 ? node.inputs[2] : kNoValue;
  return zero == kNoValue ? 0 : static_cast<std::int32_t>(graph[zero].constant->ints.at(0));
}

float scale_of(const Graph& graph, const Node& node) { return graph[node.inputs[1]].constant->floats.at(0); }

std::int32_t level_of(float bound, std::int32_t lo, std::int32_t hi) {
  return static_cast<std::int32_t>(
      std::lround(std::clamp(bound, static_cast<float>(lo), static_cast<float>(hi))));
}

/// The range after one more clamp to [lo, hi].
void cut(Grid& grid, std::int32_t lo, std::int32_t hi) {
  grid.lo = std::clamp(grid.lo, lo, hi);
  grid.hi = std::clamp(grid.hi, lo, hi);
}

bool fits_s8(std::int64_t level) { return level >= -128 && level <= 127; }

}  // namespace

IntegerTensor Lowering::integer(ValueId id) {
  const auto known = integers_.find(id);
  if (known != integers_.end()) return known->second;
  IntegerTensor result;
  const Node* node = producer(id);
  if (!node) {
    result = integer_input(id);
  } else if (node->op == Op::quantize) {
    result = quantize(*node, id, {});
  } else if (node->op == Op::clip && graph_[id].type != DType::s16) {
    std::vector<const Node*> clips{node};
    const Node* source = producer(node->inputs[0]);
    while (source && source->op == Op::clip && single_use(source->outputs[0])) {
      clips.push_back(source);
      source = producer(source->inputs[0]);
    }
    const bool direct = source && source->op == Op::quantize && single_use(source->outputs[0]);
    if (direct) {
      result = quantize(*source, id, clips);
    } else {
      const IntegerTensor inner = integer(node->inputs[0]);
      const Grid grid = grid_of(inner.tensor);
      const auto bound = [&](float b) { return level_of(b - static_cast<float>(inner.shift), -128, 127); };
      Grid cut_grid = grid;
      cut(cut_grid, bound(node->clip_lo), bound(node->clip_hi));
      result = {clip(inner.tensor, cut_grid.lo, cut_grid.hi, tensor_name(id)), inner.shift};
    }
  } else {
    result = move_integer(*node);
  }
  integers_[id] = result;
  return result;
}

IntegerTensor Lowering::integer_input(ValueId id) {
  const Value& value = graph_[id];
  const TensorIndex input = inputs_.at(id);
  if (value.type == DType::u8) {
    Grid grid = grid_of(input);
    grid.zero_point -= 128;
    grid.lo = -128;
    grid.hi = 127;
    const TensorIndex tensor = add_tensor(value.name + "_s8", write::ElementType::s8, value.shape, grid);
    emit(write::OperatorKind::requantize, value.name + "_s8", {input}, tensor);
    return {tensor, 128};
  }
  if (value.type == DType::s8) return {input, 0};
  const TypeRange range = type_range(value.type);
  return {clip(input, static_cast<std::int32_t>(range.lo), static_cast<std::int32_t>(range.hi),
               value.name + "_cut"),
          0};
}

/// Data movement, maxima and widening casts on integers.
IntegerTensor Lowering::move_integer(const Node& node) {
  const std::string name = tensor_name(node.outputs[0]);
  const IntegerTensor x = integer(node.inputs[0]);
  const bool movable =
      node.op == Op::reshape || node.op == Op::identity || node.op == Op::slice || node.op == Op::concat;
  if (at(x.tensor).type == write::ElementType::s16 && !movable) {
    problem(node, "is not supported on 16-bit integers");
    return x;
  }
  switch (node.op) {
    case Op::reshape:
    case Op::transpose:
    case Op::identity:
    case Op::slice:
    case Op::gather:
      return {moved(node, x.tensor), x.shift};
    case Op::resize:
      return {resized(node, x.tensor, name), x.shift};
    case Op::max_pool:
    case Op::global_max_pool:
      return {pooled(node, x.tensor, write::OperatorKind::max_pool_2d, nullptr, name), x.shift};
    case Op::pad:
      if (node.pad_value == static_cast<float>(grid_of(x.tensor).zero_point + x.shift)) {
        return {pad(x.tensor, node.pads, name), x.shift};
      }
      return {padded_level(node, x, name), x.shift};
    case Op::cast: {
      const TypeRange from = type_range(graph_[node.inputs[0]].type),
                      to = type_range(graph_[node.outputs[0]].type);
      if (to.lo <= from.lo && from.hi <= to.hi) return x;
      break;
    }
    case Op::concat: {
      std::vector<TensorIndex> tensors;
      Grid grid = grid_of(x.tensor);
      for (const ValueId id : node.inputs) {
        const IntegerTensor part = integer(id);
        const Grid own = grid_of(part.tensor);
        if (part.shift != x.shift || !own.same_levels(grid)) {
          problem(node, "its integer inputs differ in scale or zero point");
          return x;
        }
        grid.lo = std::min(grid.lo, own.lo);
        grid.hi = std::max(grid.hi, own.hi);
        tensors.push_back(part.tensor);
      }
      return {concat(tensors, node.axis, grid, graph_[node.outputs[0]].shape, name, node.name), x.shift};
    }
    default:
      break;
  }
  problem(node, "is not supported on integers");
  return x;
}

/// Padding with a level that is not the zero point; the range grows to hold it.
TensorIndex Lowering::padded_level(const Node& node, const IntegerTensor& x, const std::string& name) {
  const TypeRange type = type_range(graph_[node.inputs[0]].type);
  const float level = node.pad_value - static_cast<float>(x.shift);
  const bool whole = node.pad_value == std::nearbyint(node.pad_value) &&
                     node.pad_value >= static_cast<float>(type.lo) &&
                     node.pad_value <= static_cast<float>(type.hi);
  const Grid own = grid_of(x.tensor);
  if (!whole || level < static_cast<float>(own.lo) || level > static_cast<float>(own.hi)) {
    problem(node, "pads with " + std::to_string(node.pad_value) + ", which its input can not hold");
    return x.tensor;
  }
  return pad_with(x.tensor, node.pads, level, name);
}

/// q = clips(saturate(rne(chain(core) / scale) + zero_point)), where chain is relu and clip: all of them
/// become the clamp.
IntegerTensor Lowering::quantize(const Node& node, ValueId result, std::vector<const Node*> clips) {
  if (graph_[node.outputs[0]].type == DType::s16) return quantize_wide(node, result);
  const TypeRange type = type_range(graph_[node.outputs[0]].type);
  if (!per_tensor(graph_, node) || type.hi > 255) {
    problem(node, type.hi > 255 ? "quantizes to more than 8 bits" : "one scale per channel of an activation");
    return {add_tensor(tensor_name(result), write::ElementType::s8, graph_[result].shape), 0};
  }
  Target target;
  target.grid = {scale_of(graph_, node), zero_point_of(graph_, node), static_cast<std::int32_t>(type.lo),
                 static_cast<std::int32_t>(type.hi)};
  target.name = tensor_name(result);
  target.node_name = node.name;
  std::vector<const Node*> chain;
  ValueId core = node.inputs[0];
  const auto clamps = [&](const Node& p) {
    return p.op == Op::relu || p.op == Op::clip || bound_per_channel(graph_, p) != kNoValue;
  };
  const Node* outermost = nullptr;  // bound per channel
  for (const Node* p = producer(core); p && clamps(*p); p = producer(core)) {
    if (p->op == Op::minimum) {
      if (outermost) break;
      outermost = p;
    }
    chain.push_back(p);
    core = p->inputs[0];
  }
  const Node* source_node = producer(core);
  const bool linear = source_node && (source_node->op == Op::conv || source_node->op == Op::gemm);
  if (outermost && !linear) {  // only a linear operator has a clamp for each channel
    chain.erase(std::find(chain.begin(), chain.end(), outermost), chain.end());
    core = outermost->outputs[0];
    outermost = nullptr;
  }
  for (std::size_t i = chain.size(); i-- > 0;) {
    if (chain[i] == outermost) continue;
    const bool relu = chain[i]->op == Op::relu;
    const auto level = [&](float x) { return static_cast<std::int32_t>(quantized_level(graph_, node, x)); };
    cut(target.grid, level(relu ? 0.0f : chain[i]->clip_lo),
        relu ? static_cast<std::int32_t>(type.hi) : level(chain[i]->clip_hi));
  }
  for (std::size_t i = clips.size(); i-- > 0;) {
    const std::int32_t lo = static_cast<std::int32_t>(type.lo), hi = static_cast<std::int32_t>(type.hi);
    cut(target.grid, level_of(clips[i]->clip_lo, lo, hi), level_of(clips[i]->clip_hi, lo, hi));
  }
  // Unsigned levels that fit s8 as they are stay as they are; others move down by 128.
  const std::int32_t shift =
      target.grid.hi > 127 || target.grid.zero_point > 127 || (type.hi > 127 && clips.empty()) ? 128 : 0;
  target.grid.zero_point -= shift;
  target.grid.lo -= shift;
  target.grid.hi -= shift;
  if (outermost) {
    for (const float bound : graph_[outermost->inputs[1]].constant->floats) {
      const auto level = static_cast<std::int32_t>(quantized_level(graph_, node, bound)) - shift;
      target.channel_hi.push_back(std::clamp(level, target.grid.lo, target.grid.hi));
    }
  }

  std::optional<TensorIndex> tensor = compute(core, target);
  if (!tensor && outermost) {
    core = node.inputs[0];
    target.channel_hi.clear();
  }
  if (!tensor) {
    const std::optional<TensorIndex> source = exact(core);
    if (source) tensor = requantize(*source, target);
  }
  if (!tensor) {
    const TensorIndex source = real(core);  // the chain's clamps are in the target
    tensor = add_tensor(target.name, write::ElementType::s8, graph_[result].shape, target.grid);
    emit(write::OperatorKind::quantize, node.name, {source}, *tensor);
  }
  return {*tensor, shift};
}

std::optional<TensorIndex> Lowering::exact(ValueId id) {
  const auto known = exact_.find(id);
  if (known != exact_.end()) return known->second;
  const std::optional<TensorIndex> result = exact_uncached(id);
  exact_[id] = result;
  return result;
}

std::optional<TensorIndex> Lowering::exact_uncached(ValueId id) {
  const Node* node = producer(id);
  if (!node) return std::nullopt;
  switch (node->op) {
    case Op::dequantize:
      return exact_dequantize(*node);
    case Op::cast:
      return exact_cast(*node);
    case Op::relu:
    case Op::clip:
      return exact_clip(*node);
    case Op::concat:
      return exact_concat(*node);
    case Op::reshape:
    case Op::transpose:
    case Op::identity:
    case Op::slice:
    case Op::gather:
      if (const std::optional<TensorIndex> x = exact(node->inputs[0])) return moved(*node, *x);
      return std::nullopt;
    case Op::max_pool:
    case Op::global_max_pool:
      if (const std::optional<TensorIndex> x = exact(node->inputs[0])) {
        return pooled(*node, *x, write::OperatorKind::max_pool_2d, nullptr, tensor_name(id));
      }
      return std::nullopt;
    case Op::reduce_max:
    case Op::reduce_min:
      if (const std::optional<TensorIndex> x = exact(node->inputs[0])) {
        return reduced(*node, *x, grid_of(*x), tensor_name(id));
      }
      return std::nullopt;
    case Op::pad:
      if (const std::optional<TensorIndex> x = exact(node->inputs[0])) {
        const Grid grid = grid_of(*x);
        const double level =
            static_cast<double>(node->pad_value) / static_cast<double>(grid.scale) + grid.zero_point;
        if (node->pad_value != 0.0f) {
          if (level != std::nearbyint(level) || level < grid.lo || level > grid.hi) return std::nullopt;
          return pad_with(*x, node->pads, static_cast<float>(level), tensor_name(id));
        }
        if (grid.lo <= grid.zero_point && grid.zero_point <= grid.hi)
          return pad(*x, node->pads, tensor_name(id));
      }
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

std::optional<TensorIndex> Lowering::exact_dequantize(const Node& node) {
  if (!per_tensor(graph_, node)) return std::nullopt;
  const std::int32_t zero = zero_point_of(graph_, node);
  const Value& stored = graph_[node.inputs[0]];
  if (stored.type == DType::s16) return std::nullopt;  // wide.cpp
  Grid grid{scale_of(graph_, node), zero, -128, 127};
  if (stored.constant) {
    const std::int32_t shift = stored.type == DType::u8 ? 128 : 0;
    grid.zero_point -= shift;
    std::vector<std::int32_t> levels;
    for (const std::int64_t level : stored.constant->ints) {
      if (!fits_s8(level - shift)) return std::nullopt;
      levels.push_back(static_cast<std::int32_t>(level) - shift);
    }
    if (!fits_s8(grid.zero_point) || !(grid.scale > 0)) return std::nullopt;
    return add_constant_tensor(stored.name, stored.shape, grid, levels);
  }
  const IntegerTensor x = integer(node.inputs[0]);
  grid.zero_point -= x.shift;
  const Grid own = grid_of(x.tensor);
  if (grid.same_levels(own)) return x.tensor;
  if (grid.zero_point != own.zero_point || !(grid.scale > 0)) return std::nullopt;
  grid.lo = own.lo;
  grid.hi = own.hi;
  return regrid(x.tensor, grid, tensor_name(node.outputs[0]));
}

/// An integer as a real number: levels with a scale of 1.
std::optional<TensorIndex> Lowering::exact_cast(const Node& node) {
  const TypeRange from = type_range(graph_[node.inputs[0]].type);
  if (graph_[node.outputs[0]].type != DType::f32 || from.hi > 255) return std::nullopt;
  const IntegerTensor x = integer(node.inputs[0]);
  return grid_of(x.tensor).same_levels({1.0f, -x.shift}) ? std::optional(x.tensor) : std::nullopt;
}

/// The same levels read with another scale.
TensorIndex Lowering::regrid(TensorIndex tensor, const Grid& grid, const std::string& name) {
  const TensorIndex result = add_tensor(name, write::ElementType::s8, shape_of(tensor), grid);
  emit(write::OperatorKind::requantize, name, {tensor}, result);
  return result;
}

/// relu and clip where their bounds are levels of the input.
std::optional<TensorIndex> Lowering::exact_clip(const Node& node) {
  const std::optional<TensorIndex> x = exact(node.inputs[0]);
  if (!x) return std::nullopt;
  const Grid grid = grid_of(*x);
  const auto level = [&](float bound, std::int32_t otherwise, std::int32_t* out) {
    *out = otherwise;
    if (std::isinf(bound)) return true;
    const double exact_level = static_cast<double>(bound) / static_cast<double>(grid.scale) + grid.zero_point;
    *out = level_of(static_cast<float>(exact_level), -100000, 100000);
    return std::abs(exact_level - *out) < 1e-9;
  };
  std::int32_t lo = 0, hi = 0;
  const bool relu = node.op == Op::relu;
  if (!level(relu ? 0.0f : node.clip_lo, grid.lo, &lo) ||
      !level(relu ? std::numeric_limits<float>::infinity() : node.clip_hi, grid.hi, &hi)) {
    return std::nullopt;
  }
  if (lo > grid.hi || hi < grid.lo || lo > hi) return std::nullopt;  // the result is no level of the input
  lo = std::max(lo, grid.lo);
  hi = std::min(hi, grid.hi);
  if (lo == grid.lo && hi == grid.hi) return x;
  return clip(*x, lo, hi, tensor_name(node.outputs[0]));
}

std::optional<TensorIndex> Lowering::exact_concat(const Node& node) {
  std::vector<TensorIndex> tensors;
  Grid grid;
  for (const ValueId id : node.inputs) {
    const std::optional<TensorIndex> x = exact(id);
    if (!x) return std::nullopt;
    const Grid own = grid_of(*x);
    if (tensors.empty()) grid = own;
    if (!own.same_levels(grid)) return std::nullopt;
    grid.lo = std::min(grid.lo, own.lo);
    grid.hi = std::max(grid.hi, own.hi);
    tensors.push_back(*x);
  }
  const ValueId y = node.outputs[0];
  return concat(tensors, node.axis, grid, graph_[y].shape, tensor_name(y), node.name);
}

}  // namespace bulwark::converter::passes::lowering
