// SPDX-License-Identifier: Apache-2.0
#include "converter/import/onnx/node_context.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "converter/import/common/compute.h"
#include "schema/limits.h"

namespace bulwark::converter::import_onnx {

NodeContext::NodeContext(GraphBuilder& builder, const onnx::NodeProto& proto, std::string name,
                         std::int64_t opset)
    : builder_(builder), proto_(proto), name_(std::move(name)), opset_(opset) {}

const onnx::AttributeProto* NodeContext::find(const char* name, int type, const char* type_name) {
  asked_.insert(name);
  for (const auto& attribute : proto_.attribute()) {
    if (attribute.name() != name) continue;
    if (type != 0 && attribute.type() != type) {
      throw Refusal(fmt::format("attribute '{}' is not {}", name, type_name));
    }
    return &attribute;
  }
  return nullptr;
}

std::int64_t NodeContext::integer(const char* name, std::int64_t fallback) {
  const auto* attribute = find(name, onnx::AttributeProto::INT, "an integer");
  return attribute ? attribute->i() : fallback;
}

float NodeContext::real(const char* name, float fallback) {
  const auto* attribute = find(name, onnx::AttributeProto::FLOAT, "a number");
  if (attribute && std::isnan(attribute->f()))
    throw Refusal(fmt::format("attribute '{}' is not a number (NaN)", name));
  return attribute ? attribute->f() : fallback;
}

std::string NodeContext::string(const char* name, const std::string& fallback) {
  const auto* attribute = find(name, onnx::AttributeProto::STRING, "a string");
  return attribute ? attribute->s() : fallback;
}

std::vector<std::int64_t> NodeContext::integers(const char* name, const std::vector<std::int64_t>& fallback) {
  const auto* attribute = find(name, onnx::AttributeProto::INTS, "a list of integers");
  if (!attribute) return fallback;
  return {attribute->ints().begin(), attribute->ints().end()};
}

std::vector<float> NodeContext::reals(const char* name) {
  const auto* attribute = find(name, onnx::AttributeProto::FLOATS, "a list of numbers");
  if (!attribute) return {};
  return {attribute->floats().begin(), attribute->floats().end()};
}

Value NodeContext::tensor(const char* name) {
  const auto* attribute = find(name, onnx::AttributeProto::TENSOR, "a tensor");
  if (!attribute || !attribute->has_t()) throw Refusal(fmt::format("attribute '{}' is not a tensor", name));
  try {
    return read_tensor(attribute->t(), builder_.folder, builder_.budget);
  } catch (const Refusal& refusal) {
    throw Refusal(fmt::format("attribute '{}' {}", name, refusal.what()));
  }
}

void NodeContext::expect_inputs(std::size_t least, std::size_t most) {
  if (input_count() < least || input_count() > most) {
    throw Refusal(fmt::format("has {} inputs, should have {}", input_count(),
                              least == most ? std::to_string(least) : fmt::format("{} to {}", least, most)));
  }
}

bool NodeContext::has_input(std::size_t i) const {
  return i < input_count() && !proto_.input(static_cast<int>(i)).empty();
}

ValueId NodeContext::input(std::size_t i) {
  if (!has_input(i)) throw Refusal(fmt::format("input {} is missing", i));
  const ValueId id = builder_.resolve(proto_.input(static_cast<int>(i)));
  if (element_count(shape(id)) == 0) throw Refusal(fmt::format("'{}' is empty", value(id).name));
  return id;
}

void NodeContext::expect_type(ValueId id, std::initializer_list<DType> types) const {
  if (std::find(types.begin(), types.end(), dtype(id)) != types.end()) return;
  std::string wanted;
  for (const DType type : types)
    wanted += (wanted.empty() ? "" : " or ") + std::string(bulwark::converter::name(type));
  throw Refusal(fmt::format("'{}' has type {}, only {} is supported", value(id).name,
                            bulwark::converter::name(dtype(id)), wanted));
}

void NodeContext::expect_rank(ValueId id, std::size_t least, std::size_t most) const {
  const std::size_t rank = shape(id).size();
  if (rank >= least && rank <= most) return;
  throw Refusal(fmt::format("'{}' has {} dimensions, only {} are supported", value(id).name, rank,
                            least == most ? std::to_string(least) : fmt::format("{} to {}", least, most)));
}

const Value& NodeContext::constant(std::size_t i, const char* what) {
  if (!has_input(i)) throw Refusal(fmt::format("{} is missing", what));
  const Value& v = value(builder_.resolve(proto_.input(static_cast<int>(i))));
  if (!v.constant) throw Refusal(fmt::format("{} ('{}') is not a constant", what, v.name));
  return v;
}

std::vector<std::int64_t> NodeContext::constant_integers(std::size_t i, const char* what) {
  const Value& v = constant(i, what);
  if (v.type == DType::f32) throw Refusal(fmt::format("{} ('{}') holds no integers", what, v.name));
  if (v.shape.size() > 1) throw Refusal(fmt::format("{} ('{}') is not a list", what, v.name));
  return v.constant->ints;
}

std::int64_t NodeContext::constant_integer(std::size_t i, const char* what) {
  const std::vector<std::int64_t> list = constant_integers(i, what);
  if (list.size() != 1) throw Refusal(fmt::format("{} is not one integer", what));
  return list[0];
}

float NodeContext::constant_real(std::size_t i, const char* what) {
  const Value& v = constant(i, what);
  if (element_count(v.shape) != 1) throw Refusal(fmt::format("{} ('{}') is not one number", what, v.name));
  return v.type == DType::f32 ? v.constant->floats[0] : static_cast<float>(v.constant->ints[0]);
}

ValueId NodeContext::add_constant(Value value, const std::string& suffix) {
  value.name = builder_.unique_value_name(name_ + "." + suffix);
  return builder_.graph.add_value(std::move(value));
}

ValueId NodeContext::emit(Node node, const Shape& shape, DType type, const std::string& value_name) {
  Graph& graph = builder_.graph;
  check_activation(shape);
  node.source_type = proto_.op_type();
  Value result;
  result.name = value_name;
  result.type = type;
  result.shape = shape;
  const ValueId id = graph.add_value(std::move(result));
  node.outputs = {id};
  graph[id].constant = compute_now(graph, node, builder_.budget);
  if (!graph[id].constant) graph.nodes.push_back(std::move(node));
  return id;
}

ValueId NodeContext::add(Node node, const Shape& shape, DType type, const std::string& suffix) {
  node.name = builder_.unique_node_name(name_ + "." + suffix);
  return emit(std::move(node), shape, type, builder_.unique_value_name(name_ + "." + suffix));
}

void NodeContext::output(Node node, const Shape& shape, DType type, std::size_t k) {
  if (k >= output_count()) throw Refusal("has no output");
  const std::string& target = proto_.output(static_cast<int>(k));
  outputs_made_ = std::max(outputs_made_, k + 1);
  if (target.empty()) {
    if (k > 0) return;  // nobody wants it
    throw Refusal("has no output");
  }
  node.name = k == 0 ? name_ : builder_.unique_node_name(name_ + "." + std::to_string(k));
  builder_.define(target, emit(std::move(node), shape, type, target));
}

void NodeContext::output_constant(Value value) {
  if (proto_.output_size() == 0 || proto_.output(0).empty()) throw Refusal("has no output");
  value.name = proto_.output(0);
  builder_.define(proto_.output(0), builder_.graph.add_value(std::move(value)));
}

void NodeContext::count_macs(const Shape& output, std::int64_t depth) {
  check_activation(output);
  const std::int64_t count = element_count(output);
  if (depth > (schema::kMaxMacs - builder_.macs) / count) {
    throw Refusal("the model needs more multiplications than a file may");
  }
  builder_.macs += count * depth;
}

void NodeContext::finish() {
  for (const auto& attribute : proto_.attribute()) {
    if (!asked_.contains(attribute.name())) {
      throw Refusal(fmt::format("attribute '{}' is not supported", attribute.name()));
    }
  }
  for (int i = static_cast<int>(outputs_made_); i < proto_.output_size(); ++i) {
    const std::string& name = proto_.output(i);
    if (!name.empty() && builder_.is_used(name)) {
      throw Refusal(fmt::format("output {} ('{}') is used, which is not supported", i, name));
    }
  }
}

}  // namespace bulwark::converter::import_onnx
