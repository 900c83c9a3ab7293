// SPDX-License-Identifier: Apache-2.0
#include "converter/passes/rewrite.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace bulwark::converter::passes {

bool is_constant(const Graph& graph, ValueId id) { return id != kNoValue && graph[id].constant.has_value(); }

const Node* producer(const Graph& graph, ValueId id) {
  const std::int32_t index = graph.producer_of(id);
  return index < 0 ? nullptr : &graph.nodes[static_cast<std::size_t>(index)];
}

bool single_use(const Graph& graph, ValueId id) {
  if (graph.is_output(id)) return false;
  std::ptrdiff_t uses = 0;
  for (const Node& node : graph.nodes) uses += std::count(node.inputs.begin(), node.inputs.end(), id);
  return uses == 1;
}

void replace_uses(Graph& graph, ValueId from, ValueId to, bool outputs) {
  for (Node& node : graph.nodes) std::replace(node.inputs.begin(), node.inputs.end(), from, to);
  if (outputs) std::replace(graph.outputs.begin(), graph.outputs.end(), from, to);
}

bool per_tensor(const Graph& graph, const Node& node) {
  return (node.op == Op::quantize || node.op == Op::dequantize) &&
         element_count(graph[node.inputs.at(1)].shape) == 1;
}

ValueId bound_per_channel(const Graph& graph, const Node& node) {
  if (node.op != Op::minimum || is_constant(graph, node.inputs[0]) || !is_constant(graph, node.inputs[1]))
    return kNoValue;
  const Value& bound = graph[node.inputs[1]];
  const Shape& shape = graph[node.outputs[0]].shape;
  const bool fits = bound.type == DType::f32 && !shape.empty() && !bound.shape.empty() &&
                    bound.shape.back() == shape.back() && element_count(bound.shape) == shape.back() &&
                    graph[node.inputs[0]].shape == shape;
  return fits ? node.inputs[1] : kNoValue;
}

bool moves_only(Op op) { return op == Op::reshape || op == Op::transpose || op == Op::identity; }

bool selects_only(Op op) { return moves_only(op) || op == Op::slice || op == Op::gather; }

bool is_binary(Op op) {
  switch (op) {
    case Op::add:
    case Op::sub:
    case Op::mul:
    case Op::div:
    case Op::maximum:
    case Op::minimum:
    case Op::prelu:
      return true;
    default:
      return false;
  }
}

bool is_reduction(Op op) {
  return op == Op::reduce_sum || op == Op::reduce_mean || op == Op::reduce_max || op == Op::reduce_min;
}

ValueId add_constant(Graph& graph, const std::string& name, DType type, Shape shape, Constant constant) {
  return graph.add_value({name, type, std::move(shape), std::move(constant)});
}

ValueId add_floats(Graph& graph, const std::string& name, Shape shape, std::vector<float> values) {
  return add_constant(graph, name, DType::f32, std::move(shape), Constant{std::move(values), {}});
}

namespace {

TensorData as_tensor(const Value& value) {
  const Constant& constant = *value.constant;
  if (value.type == DType::f32) return {value.shape, constant.floats};
  TensorData tensor{value.shape, std::vector<float>(constant.ints.size())};
  std::transform(constant.ints.begin(), constant.ints.end(), tensor.data.begin(),
                 [](std::int64_t v) { return static_cast<float>(v); });
  return tensor;
}

}  // namespace

bool is_constant_or_dequantized(const Graph& graph, ValueId id) {
  if (id == kNoValue || is_constant(graph, id)) return id != kNoValue;
  const Node* node = producer(graph, id);
  return node && node->op == Op::dequantize && is_constant(graph, node->inputs[0]);
}

std::optional<TensorData> constant_data(const Graph& graph, ValueId id) {
  if (!is_constant_or_dequantized(graph, id)) return std::nullopt;
  if (is_constant(graph, id)) return as_tensor(graph[id]);
  const Node& node = *producer(graph, id);
  std::vector<TensorData> tensors;
  for (const ValueId input : node.inputs) {
    tensors.push_back(input == kNoValue ? TensorData{} : as_tensor(graph[input]));
  }
  std::vector<const TensorData*> arguments;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    arguments.push_back(node.inputs[i] == kNoValue ? nullptr : &tensors[i]);
  }
  return evaluate_node(graph, node, arguments)[0];
}

Constant gather(const Constant& constant, const std::vector<std::int64_t>& indices) {
  Constant out;
  const auto pick = [&](const auto& from, auto& to) {
    if (from.empty()) return;
    to.reserve(indices.size());
    for (const std::int64_t i : indices) to.push_back(from[static_cast<std::size_t>(i)]);
  };
  pick(constant.floats, out.floats);
  pick(constant.ints, out.ints);
  return out;
}

std::vector<std::int64_t> transpose_indices(const Shape& shape, const std::vector<std::int64_t>& perm) {
  const std::size_t rank = shape.size();
  std::vector<std::int64_t> strides(rank, 1), index(rank, 0);
  for (std::size_t i = rank; i-- > 1;) strides[i - 1] = strides[i] * shape[i];
  const Shape out = permuted(shape, perm);
  std::vector<std::int64_t> indices(static_cast<std::size_t>(element_count(shape)));
  std::int64_t at = 0;
  for (std::int64_t& source : indices) {
    source = at;
    for (std::size_t i = rank; i-- > 0;) {
      const std::int64_t step = strides[static_cast<std::size_t>(perm[i])];
      at += step;
      if (++index[i] < out[i]) break;
      at -= step * out[i];
      index[i] = 0;
    }
  }
  return indices;
}

std::vector<std::int64_t> reorder_indices(const Shape& shape, std::int64_t axis,
                                          const std::vector<std::int64_t>& order) {
  std::int64_t outer = 1, inner = 1;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (static_cast<std::int64_t>(i) < axis) outer *= shape[i];
    if (static_cast<std::int64_t>(i) > axis) inner *= shape[i];
  }
  const std::int64_t count = static_cast<std::int64_t>(order.size());
  std::vector<std::int64_t> indices;
  indices.reserve(static_cast<std::size_t>(outer * count * inner));
  for (std::int64_t o = 0; o < outer; ++o) {
    for (const std::int64_t slice : order) {
      for (std::int64_t i = 0; i < inner; ++i) indices.push_back((o * count + slice) * inner + i);
    }
  }
  return indices;
}

std::vector<std::int64_t> broadcast_indices(const Shape& small, const Shape& large) {
  if (small.size() > large.size()) return {};
  const std::size_t skipped = large.size() - small.size();
  for (std::size_t i = 0; i < small.size(); ++i) {
    if (small[i] != 1 && small[i] != large[skipped + i]) return {};
  }
  std::vector<std::int64_t> indices(static_cast<std::size_t>(element_count(large)));
  for (std::size_t i = 0; i < indices.size(); ++i) {
    std::int64_t rest = static_cast<std::int64_t>(i), index = 0, step = 1;
    for (std::size_t a = large.size(); a-- > skipped; rest /= large[a]) {
      const std::int64_t d = small[a - skipped];
      index += (d == 1 ? 0 : rest % large[a]) * step;
      step *= d;
    }
    indices[i] = index;
  }
  return indices;
}

Shape permuted(const Shape& shape, const std::vector<std::int64_t>& perm) {
  Shape out;
  for (const std::int64_t axis : perm) out.push_back(shape.at(static_cast<std::size_t>(axis)));
  return out;
}

std::vector<std::int64_t> inverse(const std::vector<std::int64_t>& perm) {
  std::vector<std::int64_t> out(perm.size());
  for (std::size_t i = 0; i < perm.size(); ++i) {
    out.at(static_cast<std::size_t>(perm[i])) = static_cast<std::int64_t>(i);
  }
  return out;
}

bool is_identity_permutation(const std::vector<std::int64_t>& perm) {
  for (std::size_t i = 0; i < perm.size(); ++i) {
    if (perm[i] != static_cast<std::int64_t>(i)) return false;
  }
  return true;
}

std::int64_t output_channel_axis(const Graph& graph, const Node& node) {
  if (node.op == Op::conv || (node.op == Op::gemm && node.trans_b)) return 0;
  if (node.op == Op::conv_transpose) return 1;
  return static_cast<std::int64_t>(graph[node.inputs.at(1)].shape.size()) - 1;
}

std::int64_t quantized_level(const Graph& graph, const Node& quantize, float x) {
  const TypeRange range = type_range(graph[quantize.outputs[0]].type);
  const float scale = graph[quantize.inputs[1]].constant->floats.at(0);
  const ValueId zero = quantize.inputs.size() > 2 ? quantize.inputs[2] : kNoValue;
  const std::int64_t zero_point = zero == kNoValue ? 0 : graph[zero].constant->ints.at(0);
  const float steps = x / scale;
  if (std::isnan(steps)) return range.lo;
  const double level = std::nearbyint(static_cast<double>(steps)) + static_cast<double>(zero_point);
  return static_cast<std::int64_t>(
      std::clamp(level, static_cast<double>(range.lo), static_cast<double>(range.hi)));
}

}  // namespace bulwark::converter::passes
