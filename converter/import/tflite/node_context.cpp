// SPDX-License-Identifier: Apache-2.0
#include "converter/import/tflite/node_context.h"

#include <fmt/format.h>

#include <algorithm>

#include "converter/import/common/compute.h"
#include "converter/passes/rewrite.h"
#include "schema/limits.h"

namespace bulwark::converter::import_tflite {
namespace {

std::vector<TensorNumber> list(const flatbuffers::Vector<std::int32_t>* stored, const char* what) {
  if (!stored) return {};
  if (stored->size() > static_cast<std::size_t>(schema::kMaxNodeTensors)) {
    throw Refusal(
        fmt::format("has {} {}, at most {} are supported", stored->size(), what, schema::kMaxNodeTensors));
  }
  return {stored->begin(), stored->end()};
}

/// The node of a fused activation; nothing for none.
std::optional<Node> activation_node(wire::Activation activation, ValueId x) {
  Node node;
  node.op = Op::clip;
  node.inputs = {x};
  switch (activation) {
    case wire::Activation::NONE:
      return std::nullopt;
    case wire::Activation::RELU:
      node.op = Op::relu;
      return node;
    case wire::Activation::RELU6:
      node.clip_lo = 0;
      node.clip_hi = 6;
      return node;
    case wire::Activation::RELU_N1_TO_1:
      node.clip_lo = -1;
      node.clip_hi = 1;
      return node;
    default:
      break;
  }
  const char* name = wire::EnumNameActivation(activation);
  throw Refusal(fmt::format("fused activation {} is not supported",
                            *name ? name : std::to_string(static_cast<int>(activation))));
}

}  // namespace

NodeContext::NodeContext(GraphBuilder& builder, const wire::Operator& source, wire::BuiltinOperator code,
                         const std::string& type)
    : builder_(builder),
      source_(source),
      code_(code),
      type_(type),
      inputs_(list(source.inputs(), "inputs")),
      outputs_(list(source.outputs(), "outputs")) {
  while (!inputs_.empty() && inputs_.back() < 0) inputs_.pop_back();
}

void NodeContext::expect_inputs(std::size_t least, std::size_t most) const {
  if (input_count() < least || input_count() > most) {
    throw Refusal(fmt::format("has {} inputs, should have {}", input_count(),
                              least == most ? std::to_string(least) : fmt::format("{} to {}", least, most)));
  }
}

ValueId NodeContext::input(std::size_t i) {
  if (!has_input(i)) throw Refusal(fmt::format("input {} is missing", i));
  const ValueId id = builder_.stored(inputs_[i]);
  if (element_count(shape(id)) == 0) throw Refusal(fmt::format("'{}' is empty", value(id).name));
  return id;
}

ValueId NodeContext::real(std::size_t i) {
  input(i);
  return builder_.real(inputs_[i]);
}

const Levels& NodeContext::levels(std::size_t i) { return builder_.levels(inputs_.at(i), shape(input(i))); }

void NodeContext::expect_type(ValueId id, std::initializer_list<DType> types) const {
  if (std::find(types.begin(), types.end(), dtype(id)) != types.end()) return;
  std::string wanted;
  for (const DType type : types) wanted += (wanted.empty() ? "" : " or ") + std::string(name(type));
  throw Refusal(
      fmt::format("'{}' has type {}, only {} is supported", value(id).name, name(dtype(id)), wanted));
}

void NodeContext::expect_rank(ValueId id, std::size_t least, std::size_t most) const {
  const std::size_t rank = shape(id).size();
  if (rank >= least && rank <= most) return;
  throw Refusal(fmt::format("'{}' has {} dimensions, only {} are supported", value(id).name, rank,
                            least == most ? std::to_string(least) : fmt::format("{} to {}", least, most)));
}

const Value& NodeContext::constant(std::size_t i, const char* what) {
  if (!has_input(i)) throw Refusal(fmt::format("{} is missing", what));
  const Value& v = value(builder_.stored(inputs_[i]));
  if (!v.constant) throw Refusal(fmt::format("{} ('{}') is not a constant", what, v.name));
  return v;
}

std::vector<std::int64_t> NodeContext::constant_integers(std::size_t i, const char* what) {
  const Value& v = constant(i, what);
  if (v.type == DType::f32) throw Refusal(fmt::format("{} ('{}') holds no integers", what, v.name));
  return v.constant->ints;
}

std::int64_t NodeContext::constant_integer(std::size_t i, const char* what) {
  const std::vector<std::int64_t> values = constant_integers(i, what);
  if (values.size() != 1) throw Refusal(fmt::format("{} is not one integer", what));
  return values[0];
}

TensorNumber NodeContext::input_tensor(std::size_t i) const {
  if (!has_input(i)) throw Refusal(fmt::format("input {} is missing", i));
  builder_.tensor(inputs_[i]);
  return inputs_[i];
}

ValueId NodeContext::variable(std::size_t i) {
  const TensorNumber number = input_tensor(i);
  return builder_.variables.read(builder_.graph, builder_.variable_key(number), builder_.form_of(number),
                                 true);
}

void NodeContext::assign_variable(std::size_t i, ValueId value) {
  builder_.variables.assign(builder_.graph, builder_.variable_key(input_tensor(i)), value);
}

TensorNumber NodeContext::output_tensor(std::size_t k) const {
  if (k >= outputs_.size()) throw Refusal(fmt::format("has {} outputs, should have more", outputs_.size()));
  builder_.tensor(outputs_[k]);
  return outputs_[k];
}

DType NodeContext::output_type(std::size_t k) const {
  const wire::Tensor& tensor = builder_.tensor(output_tensor(k));
  const std::optional<DType> type = element_type(tensor.type());
  if (!type) {
    throw Refusal(fmt::format("'{}' has type {}, which is not supported", builder_.name(outputs_[k]),
                              type_name(tensor.type())));
  }
  return *type;
}

ValueId NodeContext::add_constant(DType type, Shape shape, Constant constant, const std::string& suffix) {
  return builder_.add_constant(type, std::move(shape), std::move(constant),
                               builder_.name(output_tensor(0)) + "." + suffix);
}

std::string NodeContext::node_name(std::size_t k, const std::string& suffix) {
  const std::string& own = builder_.name(output_tensor(k));
  return builder_.unique_node_name(suffix.empty() ? own : own + "." + suffix);
}

ValueId NodeContext::emit(Node node, Shape shape, DType type, const std::string& value_name) {
  check_activation(shape);
  node.source_type = type_;
  Graph& graph = builder_.graph;
  const ValueId id = graph.add_value({value_name, type, shape, {}});
  node.outputs = {id};
  graph[id].constant = compute_now(graph, node, builder_.budget);
  if (!graph[id].constant) graph.nodes.push_back(std::move(node));
  return id;
}

ValueId NodeContext::add(Node node, Shape shape, DType type, const std::string& suffix) {
  node.name = node_name(0, suffix);
  return emit(std::move(node), shape, type,
              builder_.unique_value_name(builder_.name(output_tensor(0)) + "." + suffix));
}

/// The node writes output k itself.
void NodeContext::finish_output(Node node, Shape shape, DType type, std::size_t k) {
  const TensorNumber tensor = output_tensor(k);
  builder_.define(tensor, emit(std::move(node), shape, type, builder_.name(tensor)));
}

void NodeContext::output(Node node, Shape shape, wire::Activation activation, std::size_t k,
                         const Shape* reshaped) {
  const std::string own = builder_.name(output_tensor(k));
  const bool quantized = output_type(k) != DType::f32;
  const bool moves = reshaped && *reshaped != shape;
  const std::optional<Node> clamp = activation_node(activation, kNoValue);
  node.name = node_name(k, "");
  if (!clamp && !quantized && !moves) return finish_output(std::move(node), shape, DType::f32, k);
  ValueId x = emit(std::move(node), shape, DType::f32,
                   builder_.unique_value_name(own + (clamp ? ".linear" : ".real")));
  if (clamp) {
    Node cut = *clamp;
    cut.inputs = {x};
    cut.name = node_name(k, "activation");
    if (!quantized && !moves) return finish_output(std::move(cut), shape, DType::f32, k);
    x = emit(std::move(cut), shape, DType::f32, builder_.unique_value_name(own + ".real"));
  }
  if (!moves) return output_real(x, k);
  if (quantized) {
    Node quantize = builder_.quantization_node(Op::quantize, output_tensor(k), shape, x);
    quantize.name = node_name(k, "quantize");
    x = emit(std::move(quantize), shape, output_type(k), builder_.unique_value_name(own + ".rows"));
  }
  Node reshape;
  reshape.op = Op::reshape;
  reshape.inputs = {x};
  reshape.name = node_name(k, "reshape");
  finish_output(std::move(reshape), *reshaped, dtype(x), k);
}

void NodeContext::output_real(ValueId x, std::size_t k) {
  const TensorNumber tensor = output_tensor(k);
  const DType type = output_type(k);
  Node node;
  if (type == DType::f32) {
    node.op = Op::identity;
    node.inputs = {x};
    node.name = node_name(k, "copy");
  } else {
    if (type != DType::s8 && type != DType::u8) {
      throw Refusal(fmt::format("'{}' has type {}, only float32, int8 and uint8 are supported",
                                builder_.name(tensor), name(type)));
    }
    if (builder_.levels(tensor, shape(x)).per_axis()) {
      throw Refusal(
          fmt::format("'{}' has a scale per channel, which is for weights alone", builder_.name(tensor)));
    }
    node = builder_.quantization_node(Op::quantize, tensor, shape(x), x);
    node.name = node_name(k, "quantize");
  }
  finish_output(std::move(node), shape(x), type, k);
}

void NodeContext::output_moved(Node node, Shape shape, std::size_t k) {
  const DType type = dtype(node.inputs.at(0));
  if (output_type(k) != type) {
    throw Refusal(fmt::format("'{}' has type {}, its input has {}", builder_.name(output_tensor(k)),
                              name(output_type(k)), name(type)));
  }
  node.name = node_name(k, "");
  finish_output(std::move(node), shape, type, k);
}

void NodeContext::output_typed(Node node, Shape shape, DType type, std::size_t k) {
  node.name = node_name(k, "");
  finish_output(std::move(node), std::move(shape), type, k);
}

void NodeContext::output_constant(DType type, Shape shape, Constant constant, std::size_t k) {
  const TensorNumber tensor = output_tensor(k);
  builder_.define(
      tensor, builder_.graph.add_value({builder_.name(tensor), type, std::move(shape), std::move(constant)}));
}

void NodeContext::count_macs(const Shape& output, std::int64_t depth) {
  check_activation(output);
  const std::int64_t count = element_count(output);
  if (depth > (schema::kMaxMacs - builder_.macs) / count) {
    throw Refusal("the model needs more multiplications than a file may");
  }
  builder_.macs += count * depth;
}

}  // namespace bulwark::converter::import_tflite
