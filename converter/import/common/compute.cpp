// SPDX-License-Identifier: Apache-2.0
#include "converter/import/common/compute.h"

#include <algorithm>

#include "converter/graph/evaluate.h"

namespace bulwark::converter::importing {
namespace {

constexpr std::int64_t kExactInFloat = std::int64_t{1} << 24;
constexpr std::int64_t kMostComputed = std::int64_t{1} << 24;  // elements

bool computes_at_import(Op op) {
  switch (op) {
    case Op::add:
    case Op::sub:
    case Op::mul:
    case Op::relu:
    case Op::clip:
    case Op::reshape:
    case Op::transpose:
    case Op::concat:
    case Op::pad:
    case Op::slice:
    case Op::gather:
    case Op::identity:
    case Op::quantize:
    case Op::cast:
      return true;
    default:
      return false;
  }
}

/// Integers that the float twin would round can not be computed with it.
bool is_exact(const Value& value) {
  return std::all_of(value.constant->ints.begin(), value.constant->ints.end(),
                     [](std::int64_t v) { return v >= -kExactInFloat && v <= kExactInFloat; });
}

}  // namespace

std::optional<Constant> compute_now(const Graph& graph, const Node& node, Budget& budget) {
  const Value& result = graph[node.outputs.at(0)];
  if (!computes_at_import(node.op) || element_count(result.shape) > kMostComputed) return std::nullopt;
  const bool known = std::all_of(node.inputs.begin(), node.inputs.end(), [&](ValueId id) {
    return id == kNoValue || (graph[id].constant && is_exact(graph[id]));
  });
  if (!known) return std::nullopt;
  budget.take(static_cast<std::uint64_t>(element_count(result.shape)) * sizeof(std::int64_t));
  std::vector<TensorData> held;
  std::vector<const TensorData*> arguments;
  held.reserve(node.inputs.size());
  for (const ValueId id : node.inputs) {
    if (id != kNoValue) held.push_back(tensor_of(graph[id]));
    arguments.push_back(id == kNoValue ? nullptr : &held.back());
  }
  const TensorData data = evaluate_node(graph, node, arguments).at(0);
  Constant constant;
  if (result.type == DType::f32) {
    constant.floats = data.data;
  } else {
    constant.ints.assign(data.data.begin(), data.data.end());
  }
  return constant;
}

}  // namespace bulwark::converter::importing
