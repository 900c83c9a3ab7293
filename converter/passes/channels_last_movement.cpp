// SPDX-License-Identifier: Apache-2.0
// The layout pass at reshapes, transposes and matrix products.
#include <numeric>

#include "converter/passes/channels_last.h"
#include "converter/passes/passes.h"
#include "converter/passes/rewrite.h"

namespace bulwark::converter::passes {
namespace {

/// True when both forms have their elements in the same order: one channel, or one place.
bool keeps_order_last(const Shape& shape) {
  return shape.size() < 3 || shape[1] == 1 || element_count(shape) == shape[0] * shape[1];
}

}  // namespace

/// A transpose of a last form is one transpose of another permutation, or none.
bool ChannelsLast::rewrite_transpose(Node& node) {
  if (node.op != Op::transpose || !has_last(node.inputs[0])) return false;
  const ValueId x = node.inputs[0], y = node.outputs[0];
  std::vector<std::int64_t> from_first(graph_[x].shape.size());
  std::iota(from_first.begin(), from_first.end(), std::int64_t{0});
  if (from_first.size() > 2) {
    // Axis a of the source stands at place[a] of the last form.
    std::vector<std::int64_t> place = from_first;
    place[1] = static_cast<std::int64_t>(place.size()) - 1;
    for (std::size_t a = 2; a < place.size(); ++a) place[a] = static_cast<std::int64_t>(a) - 1;
    from_first = place;
  }
  std::vector<std::int64_t> perm;
  for (const std::int64_t axis : node.perm) perm.push_back(from_first[static_cast<std::size_t>(axis)]);
  made_[static_cast<std::size_t>(y)] = true;
  move(last(x), y, perm);
  return true;
}

/// Flattening a picture to one row per batch keeps its last form: whoever reads it gets a permuted row.
bool ChannelsLast::rewrite_reshape(Node& node) {
  if (node.op != Op::reshape) return false;
  const ValueId x = node.inputs[0], y = node.outputs[0];
  const Shape in = graph_[x].shape, out = graph_[y].shape;
  if (has_last(x) && keeps_order_last(in)) {
    made_[static_cast<std::size_t>(y)] = true;
    reshape(last(x), y);
    return true;
  }
  if (has_last(x) && in.size() > 2 && out.size() == 2 && out[0] == in[0]) {
    const Shape picture(in.begin() + 1, in.end());
    std::vector<std::int64_t> perm(picture.size());
    std::iota(perm.begin(), perm.end(), std::int64_t{1});
    perm.back() = 0;
    const ValueId source = last(x);
    const ValueId flat = declare_flat(y, {kNoValue, transpose_indices(picture, perm), picture});
    reshape(source, flat);
    return true;
  }
  const auto flat = flat_.find(x);
  if (flat == flat_.end() || out != in) return false;
  reshape(flat->second.value, declare_flat(y, flat->second));
  return true;
}

bool ChannelsLast::rewrite_matrix(Node& node) {
  if ((node.op != Op::gemm && node.op != Op::matmul) || node.trans_a) return false;
  const auto flat = flat_.find(node.inputs[0]);
  if (flat == flat_.end() || graph_[node.inputs[1]].shape.size() != 2) return false;
  const ValueId weights = permuted_weights(node.inputs[1], node.trans_b ? 1 : 0, flat->second.order);
  if (weights == kNoValue) return false;
  node.inputs[0] = flat->second.value;
  node.inputs[1] = weights;
  if (node.inputs.size() > 2 && node.inputs[2] != kNoValue) node.inputs[2] = first(node.inputs[2]);
  made_[static_cast<std::size_t>(node.outputs[0])] = true;
  emit(std::move(node));
  return true;
}

/// The weights, constant or dequantized, with the slices along `axis` in another order.
ValueId ChannelsLast::permuted_weights(ValueId weights, std::int64_t axis,
                                       const std::vector<std::int64_t>& order) {
  const Value value = graph_[weights];
  const auto reorder = [&](const Value& from) {
    return gather(*from.constant, reorder_indices(from.shape, axis, order));
  };
  ValueId made = kNoValue;
  if (value.constant) {
    made = add_constant(graph_, value.name + "_channels_last", value.type, value.shape, reorder(value));
  } else {
    if (!is_constant_or_dequantized(graph_, weights)) return kNoValue;
    Node dequantize = *producer(graph_, weights);
    if (!per_tensor(graph_, dequantize) && dequantize.axis == axis) return kNoValue;
    const Value stored = graph_[dequantize.inputs[0]];
    dequantize.inputs[0] =
        add_constant(graph_, stored.name + "_channels_last", stored.type, stored.shape, reorder(stored));
    made = graph_.add_value({value.name + "_channels_last", value.type, value.shape, {}});
    dequantize.outputs = {made};
    dequantize.name += "_channels_last";
    emit(std::move(dequantize));
  }
  made_.resize(graph_.values.size(), true);
  return made;
}

void to_channels_last(Graph& graph) { ChannelsLast(graph).run(); }

}  // namespace bulwark::converter::passes
