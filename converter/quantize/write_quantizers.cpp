// SPDX-License-Identifier: Apache-2.0
#include "converter/quantize/write_quantizers.h"

#include <algorithm>
#include <cmath>

#include "converter/passes/rewrite.h"

namespace bulwark::converter::quantize {
namespace {

Node node_of(Op op, const std::string& name, std::vector<ValueId> inputs, ValueId output) {
  Node node;
  node.op = op;
  node.name = name;
  node.source_type = "calibration";
  node.inputs = std::move(inputs);
  node.outputs = {output};
  return node;
}

ValueId scalar(Graph& graph, const std::string& name, DType type, std::int64_t value) {
  return passes::add_constant(graph, name, type, {}, Constant{{}, {value}});
}

/// quantize -> [clip] -> dequantize from `from` to `to`. The integers take the name `name`.
std::vector<Node> quantizer(Graph& graph, const std::string& name, ValueId from, ValueId to,
                            const Levels& levels, int bits) {
  const DType type = bits == 4 ? DType::u4 : DType::u8;
  const Shape shape = graph[from].shape;
  const ValueId scale = passes::add_floats(graph, name + "_scale", {}, {levels.scale});
  const ValueId zero = scalar(graph, name + "_zero_point", type, levels.zero_point);
  const bool cut = bits != 4 && bits != 8;
  ValueId integers = graph.add_value({cut ? name + "_uncut" : name, type, shape, {}});
  std::vector<Node> nodes{node_of(Op::quantize, name + "_quantize", {from, scale, zero}, integers)};
  if (cut) {
    const ValueId narrow = graph.add_value({name, type, shape, {}});
    nodes.push_back(node_of(Op::clip, name + "_cut", {integers}, narrow));
    nodes.back().clip_lo = 0;
    nodes.back().clip_hi = std::ldexp(1.0f, bits) - 1;
    integers = narrow;
  }
  nodes.push_back(node_of(Op::dequantize, name + "_dequantize", {integers, scale, zero}, to));
  return nodes;
}

/// An input is read through its quantizer.
void quantize_input(Graph& graph, ValueId id, const Levels& levels, int bits) {
  const Value value = graph[id];
  const ValueId real = graph.add_value({value.name + "_dequantized", DType::f32, value.shape, {}});
  passes::replace_uses(graph, id, real);
  const std::vector<Node> nodes = quantizer(graph, value.name + "_quantized", id, real, levels, bits);
  graph.nodes.insert(graph.nodes.begin(), nodes.begin(), nodes.end());
}

/// The layer writes a value of its own; the quantizer writes the value that the others read.
void quantize_result(Graph& graph, ValueId id, const Levels& levels, int bits) {
  const std::size_t at = static_cast<std::size_t>(graph.producer_of(id));
  const std::string name = graph[id].name;
  const bool output = graph.is_output(id);
  const ValueId raw = graph.add_value({name + "_float", DType::f32, graph[id].shape, {}});
  std::vector<ValueId>& written = graph.nodes[at].outputs;
  std::replace(written.begin(), written.end(), id, raw);
  if (!output) graph[id].name += "_dequantized";
  const std::vector<Node> nodes =
      quantizer(graph, output ? name + "_quantized" : name, raw, id, levels, bits);
  graph.nodes.insert(graph.nodes.begin() + static_cast<std::ptrdiff_t>(at) + 1, nodes.begin(), nodes.end());
}

/// Weights as integers behind a dequantize node with one scale per output channel. Returns that node.
Node quantized_weights(Graph& graph, const Node& layer, int bits) {
  const Value weights = graph[layer.inputs[1]];
  const std::int64_t axis = passes::output_channel_axis(graph, layer);
  std::int64_t inner = 1;
  for (std::size_t i = static_cast<std::size_t>(axis) + 1; i < weights.shape.size(); ++i)
    inner *= weights.shape[i];
  const std::int64_t count = weights.shape[static_cast<std::size_t>(axis)];
  const std::vector<float>& floats = weights.constant.value().floats;
  const auto row_of = [&](std::size_t i) {
    return static_cast<std::size_t>(static_cast<std::int64_t>(i) / inner % count);
  };
  std::vector<std::vector<float>> rows(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < floats.size(); ++i) rows[row_of(i)].push_back(floats[i]);
  std::vector<QuantizedRow> quantized;
  double largest = 0;
  for (const std::vector<float>& row : rows) {
    quantized.push_back(quantize_row(row, weight_limit(bits), bits <= 4));
    largest = std::max(largest, quantized.back().scale);
  }
  std::vector<float> scales;
  for (const QuantizedRow& row : quantized) {
    const double scale = row.scale > 0 ? row.scale : largest;  // an empty channel: any scale will do
    scales.push_back(scale > 0 ? static_cast<float>(scale) : 1.0f);
  }
  Constant integers;
  std::vector<std::size_t> next(rows.size(), 0);
  for (std::size_t i = 0; i < floats.size(); ++i) {
    const std::size_t row = row_of(i);
    integers.ints.push_back(quantized[row].values[next[row]++]);
  }
  const DType type = bits == 8 ? DType::s8 : DType::s4;
  const ValueId stored =
      passes::add_constant(graph, weights.name + "_quantized", type, weights.shape, std::move(integers));
  const ValueId scale = passes::add_floats(graph, weights.name + "_scale", {count}, std::move(scales));
  const ValueId real = graph.add_value({weights.name + "_dequantized", DType::f32, weights.shape, {}});
  Node node = node_of(Op::dequantize, layer.name + "_weights", {stored, scale}, real);
  node.axis = axis;
  return node;
}

/// A constant operand of an add, per tensor.
Node quantized_operand(Graph& graph, const Node& layer, std::size_t input) {
  const Value value = graph[layer.inputs[input]];
  const QuantizedRow row = quantize_row(value.constant.value().floats, weight_limit(8), false);
  const std::string name = value.name + "_of_" + layer.name;
  const ValueId stored = passes::add_constant(graph, name + "_quantized", DType::s8, value.shape,
                                              Constant{{}, {row.values.begin(), row.values.end()}});
  const ValueId scale =
      passes::add_floats(graph, name + "_scale", {}, {row.scale > 0 ? static_cast<float>(row.scale) : 1.0f});
  const ValueId real = graph.add_value({name + "_dequantized", DType::f32, value.shape, {}});
  return node_of(Op::dequantize, name + "_dequantize", {stored, scale}, real);
}

void quantize_constants(Graph& graph, const Placement& placement) {
  std::vector<Node> nodes;
  const std::vector<Node> source = graph.nodes;
  for (std::size_t i = 0; i < source.size(); ++i) {
    Node node = source[i];
    const LayerBits& bits = placement.bits[i];
    if (bits.activations != 0 && is_weighted(graph, node)) {
      nodes.push_back(quantized_weights(graph, node, bits.weights));
      node.inputs[1] = nodes.back().outputs[0];
    } else if (bits.activations != 0) {
      for (std::size_t k = 0; k < node.inputs.size(); ++k) {
        if (!passes::is_constant(graph, node.inputs[k])) continue;
        nodes.push_back(quantized_operand(graph, node, k));
        node.inputs[k] = nodes.back().outputs[0];
      }
    }
    nodes.push_back(std::move(node));
  }
  graph.nodes = std::move(nodes);
}

}  // namespace

void write_quantizers(Graph& graph, const Placement& placement, const std::vector<Levels>& levels) {
  quantize_constants(graph, placement);
  for (std::size_t g = 0; g < placement.groups.size(); ++g) {
    const Group& group = placement.groups[g];
    for (const ValueId id : group.origins) {
      if (graph.producer_of(id) < 0) {
        quantize_input(graph, id, levels[g], group.bits);
      } else {
        quantize_result(graph, id, levels[g], group.bits);
      }
    }
  }
}

}  // namespace bulwark::converter::quantize
