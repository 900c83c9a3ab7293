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
Node quantized_weights(Graph& graph, const Node& layer, int bits, const QuantizedWeights& quantized) {
  const Value weights = graph[layer.inputs[1]];
  std::vector<std::vector<std::int64_t>> rows;
  std::vector<float> scales;
  for (const QuantizedRow& row : quantized.rows) {
    rows.emplace_back(row.values.begin(), row.values.end());
    scales.push_back(static_cast<float>(row.scale));
  }
  const auto count = static_cast<std::int64_t>(rows.size());
  const DType type = bits == 8 ? DType::s8 : DType::s4;
  const ValueId stored = passes::add_constant(graph, weights.name + "_quantized", type, weights.shape,
                                              Constant{{}, RowLayout(graph, layer).join(rows)});
  const ValueId scale = passes::add_floats(graph, weights.name + "_scale", {count}, std::move(scales));
  const ValueId real = graph.add_value({weights.name + "_dequantized", DType::f32, weights.shape, {}});
  Node node = node_of(Op::dequantize, layer.name + "_weights", {stored, scale}, real);
  node.axis = passes::output_channel_axis(graph, layer);
  return node;
}

/// The layer's bias with something added to each output channel's result.
void add_to_bias(Graph& graph, Node& layer, const std::vector<float>& additions) {
  const bool present = layer.inputs.size() > 2 && layer.inputs[2] != kNoValue;
  const double beta = layer.op == Op::gemm ? static_cast<double>(layer.beta) : 1.0;
  std::vector<float> bias = additions;
  for (std::size_t c = 0; c < bias.size() && present; ++c) {
    const std::vector<float>& old = graph[layer.inputs[2]].constant.value().floats;
    bias[c] = static_cast<float>(beta * static_cast<double>(old[old.size() == 1 ? 0 : c]) +
                                 static_cast<double>(additions[c]));
  }
  layer.inputs.resize(3, kNoValue);
  layer.beta = layer.op == Op::gemm ? 1 : layer.beta;
  const auto count = static_cast<std::int64_t>(bias.size());
  layer.inputs[2] = passes::add_floats(graph, layer.name + "_corrected_bias", {count}, std::move(bias));
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

void quantize_constants(Graph& graph, const Placement& placement, const Corrections& corrections) {
  std::vector<Node> nodes;
  const std::vector<Node> source = graph.nodes;
  for (std::size_t i = 0; i < source.size(); ++i) {
    Node node = source[i];
    const LayerBits& bits = placement.bits[i];
    if (bits.activations != 0 && is_weighted(graph, node)) {
      nodes.push_back(quantized_weights(graph, node, bits.weights, corrections.weights.at(i)));
      node.inputs[1] = nodes.back().outputs[0];
      const auto additions = corrections.bias_additions.find(i);
      if (additions != corrections.bias_additions.end()) add_to_bias(graph, node, additions->second);
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

void write_quantizers(Graph& graph, const Placement& placement, const std::vector<Levels>& levels,
                      const Corrections& corrections) {
  quantize_constants(graph, placement, corrections);
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
