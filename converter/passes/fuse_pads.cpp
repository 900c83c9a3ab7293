// SPDX-License-Identifier: Apache-2.0
// pad -> conv and pad -> pool where the padding is what the window's own padding means: zero for conv and
// averages, minus infinity for maxima. A pad in front of quantize or dequantize first moves behind it:
// padding commutes with an elementwise function.
#include <algorithm>
#include <cmath>

#include "converter/passes/passes.h"
#include "converter/passes/rewrite.h"

namespace bulwark::converter::passes {
namespace {

void erase_node(Graph& graph, std::size_t index) {
  graph.nodes.erase(graph.nodes.begin() + static_cast<std::ptrdiff_t>(index));
}

/// Only spatial axes are padded, by nothing negative.
bool pads_space_only(const Node& pad, std::size_t rank, bool channels_last) {
  for (std::size_t i = 0; i < pad.pads.size(); ++i) {
    const std::size_t axis = i % rank;
    const bool spatial = axis != 0 && axis != (channels_last ? rank - 1 : 1);
    if (pad.pads[i] < 0 || (!spatial && pad.pads[i] != 0)) return false;
  }
  return true;
}

bool is_own_padding(const Node& pad, Node& window) {
  const bool unpadded = std::all_of(window.pads.begin(), window.pads.end(), [](auto p) { return p == 0; });
  switch (window.op) {
    case Op::conv:
      return pad.pad_value == 0.0f;
    case Op::max_pool:
      return pad.pad_value <= std::numeric_limits<float>::lowest() && !window.ceil_mode;
    case Op::average_pool:
      if (pad.pad_value != 0.0f || window.ceil_mode || !(unpadded || window.count_include_pad)) return false;
      window.count_include_pad = true;
      return true;
    default:
      return false;
  }
}

bool fuse_into_window(const Graph& graph, const Node& pad, Node& window) {
  const std::size_t rank = graph[pad.inputs[0]].shape.size();
  if (rank < 3 || window.inputs[0] != pad.outputs[0]) return false;
  if (!pads_space_only(pad, rank, window.channels_last) || !is_own_padding(pad, window)) return false;
  const std::size_t axes = rank - 2, first = window.channels_last ? 1 : 2;
  window.pads.resize(2 * axes, 0);
  for (std::size_t i = 0; i < axes; ++i) {
    window.pads[i] += pad.pads[first + i];
    window.pads[axes + i] += pad.pads[rank + first + i];
  }
  window.inputs[0] = pad.inputs[0];
  return true;
}

/// The pad's value after the elementwise node.
float padded_through(const Graph& graph, const Node& pad, const Node& next) {
  if (next.op == Op::quantize) return static_cast<float>(quantized_level(graph, next, pad.pad_value));
  const float scale = graph[next.inputs[1]].constant->floats.at(0);
  const ValueId zero = next.inputs.size() > 2 ? next.inputs[2] : kNoValue;
  const float zero_point = zero == kNoValue ? 0.0f : static_cast<float>(graph[zero].constant->ints.at(0));
  return (pad.pad_value - zero_point) * scale;
}

/// pad -> next becomes next -> pad.
void swap(Graph& graph, std::size_t pad_at, std::size_t next_at) {
  Node pad = graph.nodes[pad_at], next = graph.nodes[next_at];
  const Value& result = graph[next.outputs[0]];
  const ValueId between =
      graph.add_value({result.name + "_unpadded", result.type, graph[pad.inputs[0]].shape, {}});
  pad.pad_value = padded_through(graph, pad, next);
  pad.outputs = next.outputs;
  next.inputs[0] = pad.inputs[0];
  next.outputs = {between};
  pad.inputs[0] = between;
  graph.nodes[pad_at] = std::move(next);
  graph.nodes[next_at] = std::move(pad);
}

bool step(Graph& graph) {
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node pad = graph.nodes[i];
    if (pad.op != Op::pad || !single_use(graph, pad.outputs[0])) continue;
    const std::size_t at = static_cast<std::size_t>(graph.consumers_of(pad.outputs[0])[0]);
    Node& next = graph.nodes[at];
    if (fuse_into_window(graph, pad, next)) {
      erase_node(graph, i);
      return true;
    }
    const bool finite = std::isfinite(pad.pad_value);
    if (finite && next.inputs[0] == pad.outputs[0] && per_tensor(graph, next)) {
      swap(graph, i, at);
      return true;
    }
  }
  return false;
}

}  // namespace

void fuse_pads(Graph& graph) {
  while (step(graph)) {
  }
}

}  // namespace bulwark::converter::passes
