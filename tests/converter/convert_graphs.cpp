// SPDX-License-Identifier: Apache-2.0
#include "tests/converter/convert_graphs.h"

#include <algorithm>

namespace bulwark::test {

using converter::Constant;
using converter::element_count;
using converter::kNoValue;

ValueId GraphMaker::input(const Shape& shape, DType type) {
  graph.inputs.push_back(graph.add_value({"input" + std::to_string(graph.inputs.size()), type, shape, {}}));
  return graph.inputs.back();
}

ValueId GraphMaker::floats(const Shape& shape, std::vector<float> values) {
  return graph.add_value(
      {"constant" + std::to_string(graph.values.size()), DType::f32, shape, Constant{std::move(values), {}}});
}

ValueId GraphMaker::ints(const Shape& shape, DType type, std::vector<std::int64_t> values) {
  return graph.add_value(
      {"constant" + std::to_string(graph.values.size()), type, shape, Constant{{}, std::move(values)}});
}

ValueId GraphMaker::random(const Shape& shape, float range) {
  std::uniform_real_distribution<float> distribution(-range, range);
  std::vector<float> values(static_cast<std::size_t>(element_count(shape)));
  for (float& v : values) v = distribution(generator_);
  return floats(shape, std::move(values));
}

ValueId GraphMaker::random_ints(const Shape& shape, DType type, int lo, int hi) {
  std::uniform_int_distribution<int> distribution(lo, hi);
  std::vector<std::int64_t> values(static_cast<std::size_t>(element_count(shape)));
  for (std::int64_t& v : values) v = distribution(generator_);
  return ints(shape, type, std::move(values));
}

ValueId GraphMaker::add(Op op, std::vector<ValueId> inputs, const Shape& shape, Node node, DType type) {
  node.op = op;
  node.name = std::string(converter::name(op)) + std::to_string(graph.nodes.size());
  node.inputs = std::move(inputs);
  node.outputs = {graph.add_value({node.name + "_y", type, shape, {}})};
  graph.nodes.push_back(node);
  return node.outputs[0];
}

ValueId GraphMaker::quantize(ValueId x, float scale, int zero_point, DType type) {
  const ValueId s = floats({}, {scale}), z = ints({}, type, {zero_point});
  return add(Op::quantize, {x, s, z}, shape(x), {}, type);
}

ValueId GraphMaker::dequantize(ValueId x, float scale, int zero_point) {
  const ValueId s = floats({}, {scale}), z = ints({}, graph[x].type, {zero_point});
  return add(Op::dequantize, {x, s, z}, shape(x));
}

ValueId GraphMaker::weights(const Shape& shape, DType type, int lo, int hi, float scale, std::int64_t axis) {
  const std::int64_t channels = shape[static_cast<std::size_t>(axis)];
  std::vector<float> scales;
  for (std::int64_t c = 0; c < channels; ++c) {
    scales.push_back(scale * (1.0f + 0.25f * static_cast<float>(c % 5)));
  }
  Node node;
  node.axis = axis;
  const ValueId w = random_ints(shape, type, lo, hi), s = floats({channels}, std::move(scales));
  return add(Op::dequantize, {w, s}, shape, node);
}

ValueId GraphMaker::conv(ValueId x, ValueId w, ValueId b, std::int64_t stride, std::int64_t pad,
                         std::int64_t groups) {
  const Shape in = shape(x), kernel = shape(w);
  Node node;
  Shape out{in[0], kernel[0]};
  for (std::size_t i = 2; i < in.size(); ++i) {
    node.kernel.push_back(kernel[i]);
    node.strides.push_back(stride);
    node.dilations.push_back(1);
    out.push_back((in[i] + 2 * pad - kernel[i]) / stride + 1);
  }
  node.pads.assign(2 * (in.size() - 2), pad);
  node.groups = groups;
  std::vector<ValueId> inputs{x, w};
  if (b != kNoValue) inputs.push_back(b);
  return add(Op::conv, inputs, out, node);
}

ValueId GraphMaker::pool(Op op, ValueId x, std::int64_t kernel, std::int64_t stride, std::int64_t pad) {
  const Shape in = shape(x);
  Node node;
  Shape out{in[0], in[1]};
  for (std::size_t i = 2; i < in.size(); ++i) {
    node.kernel.push_back(kernel);
    node.strides.push_back(stride);
    node.dilations.push_back(1);
    out.push_back((in[i] + 2 * pad - kernel) / stride + 1);
  }
  node.pads.assign(2 * (in.size() - 2), pad);
  return add(op, {x}, out, node);
}

std::vector<TensorData> GraphMaker::sample(float lo, float hi) {
  std::vector<TensorData> tensors;
  for (const ValueId id : graph.inputs) {
    const bool real = graph[id].type == DType::f32;
    std::uniform_real_distribution<float> reals(lo, hi);
    std::uniform_int_distribution<int> levels(graph[id].type == DType::u8 ? 0 : -128,
                                              graph[id].type == DType::u8 ? 255 : 127);
    TensorData tensor{shape(id), std::vector<float>(static_cast<std::size_t>(element_count(shape(id))))};
    for (float& v : tensor.data) v = real ? reals(generator_) : static_cast<float>(levels(generator_));
    tensors.push_back(std::move(tensor));
  }
  return tensors;
}

std::size_t count(const Graph& graph, Op op) {
  return static_cast<std::size_t>(
      std::count_if(graph.nodes.begin(), graph.nodes.end(), [&](const Node& node) { return node.op == op; }));
}

}  // namespace bulwark::test
