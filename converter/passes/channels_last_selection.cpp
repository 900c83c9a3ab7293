// SPDX-License-Identifier: Apache-2.0
// The layout pass at slices, gathers, resizing and indices of extremes.
#include <algorithm>

#include "converter/passes/channels_last.h"
#include "converter/passes/passes.h"
#include "converter/passes/rewrite.h"

namespace bulwark::converter::passes {
namespace {

/// Where axis `axis` of the source stands in the last form.
std::int64_t place_in_last(std::int64_t axis, std::size_t rank) {
  if (rank <= 2 || axis == 0) return axis;
  return axis == 1 ? static_cast<std::int64_t>(rank) - 1 : axis - 1;
}

/// The numbers of a list with one entry per axis, in the order of the last form.
std::vector<std::int64_t> in_last_order(std::vector<std::int64_t> list) {
  if (list.size() > 2) std::rotate(list.begin() + 1, list.begin() + 2, list.end());
  return list;
}

}  // namespace

bool ChannelsLast::rewrite_selection(Node& node) {
  const bool extreme = node.op == Op::arg_max || node.op == Op::arg_min;
  if (node.op != Op::slice && node.op != Op::gather && node.op != Op::resize && !extreme) return false;
  const ValueId x = node.inputs[0];
  if (!has_last(x)) return false;
  const std::size_t rank = graph_[x].shape.size();
  if (extreme) {
    if (node.axis != 1) return false;  // the channels: the places keep their order
    node.axis = place_in_last(1, rank);
    node.inputs[0] = last(x);
    made_[static_cast<std::size_t>(node.outputs[0])] = true;
    emit(std::move(node));
    return true;
  }
  if (node.op == Op::slice) {
    node.starts = in_last_order(node.starts);
    node.steps = in_last_order(node.steps);
  } else if (node.op == Op::gather) {
    node.axis = place_in_last(node.axis, rank);
  } else {
    if (std::find(node.axes.begin(), node.axes.end(), 1) != node.axes.end()) return false;
    for (std::int64_t& axis : node.axes) axis = place_in_last(axis, rank);
  }
  node.inputs[0] = last(x);
  node.outputs[0] = declare_last(node.outputs[0]);
  emit(std::move(node));
  return true;
}

}  // namespace bulwark::converter::passes
