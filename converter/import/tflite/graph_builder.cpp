// SPDX-License-Identifier: Apache-2.0
#include "converter/import/tflite/graph_builder.h"

#include <fmt/format.h>

#include "converter/import/common/shapes.h"

namespace bulwark::converter::import_tflite {

std::string variable_name(const wire::Operator& var_handle) {
  const auto* options = var_handle.builtin_options_as<wire::VarHandleOptions>();
  if (!options) throw Refusal("lacks its options");
  return clean_text(options->container()) + "/" + clean_text(options->shared_name());
}

GraphBuilder::GraphBuilder(const wire::Model& model, const wire::SubGraph& source,
                           std::span<const std::uint8_t> file)
    : model_(model), source_(source), file_(file), symbols_(source.tensors()->size()) {}

const wire::Tensor& GraphBuilder::tensor(TensorNumber number) const {
  if (number < 0 || static_cast<std::size_t>(number) >= symbols_.size()) {
    throw Refusal(fmt::format("uses tensor {}, the subgraph has {}", number, symbols_.size()));
  }
  return *source_.tensors()->Get(static_cast<flatbuffers::uoffset_t>(number));
}

const std::string& GraphBuilder::name(TensorNumber number) {
  const auto known = names_.find(number);
  if (known != names_.end()) return known->second;
  const std::string own = clean_text(tensor(number).name());
  return names_[number] = unique_value_name(own.empty() ? fmt::format("tensor_{}", number) : own);
}

void GraphBuilder::declare(TensorNumber number) {
  tensor(number);
  if (at(number).declared) throw Refusal(fmt::format("'{}' is given twice", name(number)));
  at(number).declared = true;
}

ValueId GraphBuilder::read(TensorNumber number) {
  const wire::Tensor& source = tensor(number);
  const std::optional<DType> type = element_type(source.type());
  if (!type) throw Refusal(fmt::format("has type {}, which is not supported", type_name(source.type())));
  const Shape shape = shape_of(source);
  const std::span<const std::uint8_t> bytes = buffer_bytes(model_, file_, source.buffer());
  const bool empty = std::find(shape.begin(), shape.end(), 0) != shape.end();
  if (bytes.empty() && !empty) throw Refusal("is given by no input, constant or operator");
  return graph.add_value({name(number), *type, shape, read_constant(source, shape, bytes, budget)});
}

ValueId GraphBuilder::stored(TensorNumber number) {
  tensor(number);
  Symbol& symbol = at(number);
  if (symbol.id != kNoValue) return symbol.id;
  if (symbol.refused) throw AlreadyReported{};
  symbol.refused = true;  // in silence from now on, unless all goes well
  if (tensor(number).type() == wire::TensorType::RESOURCE || tensor(number).is_variable()) {
    throw Refusal(fmt::format("uses the variable '{}', which this operator does not take", name(number)));
  }
  if (symbol.declared) {
    throw Refusal(
        fmt::format("uses '{}' before it is made (operators out of order, or a cycle)", name(number)));
  }
  try {
    symbol.id = read(number);
  } catch (const Refusal& refusal) {
    throw Refusal(fmt::format("'{}' {}", name(number), refusal.what()));
  }
  return symbol.id;
}

const Levels& GraphBuilder::levels(TensorNumber number, const Shape& shape) {
  const auto known = levels_.find(number);
  if (known != levels_.end()) return known->second;
  try {
    return levels_[number] = levels_of(tensor(number), shape, budget);
  } catch (const Refusal& refusal) {
    levels_.erase(number);
    throw Refusal(fmt::format("'{}' {}", name(number), refusal.what()));
  }
}

void GraphBuilder::note_levels(TensorNumber number, ValueId id) {
  const auto* stored = tensor(number).quantization();
  if (!stored || !stored->scale() || stored->scale()->size() != 1) return;
  const Levels& own = levels(number, graph[id].shape);
  graph[id].scale = own.scales[0];
  graph[id].zero_point = static_cast<std::int32_t>(own.zero_points[0]);
}

Node GraphBuilder::quantization_node(Op op, TensorNumber number, const Shape& shape, ValueId x) {
  const Levels& own = levels(number, shape);
  LevelConstants& constants = level_constants_[number];
  if (constants.scale == kNoValue) {
    const Shape count = own.per_axis() ? Shape{static_cast<std::int64_t>(own.scales.size())} : Shape{};
    const DType type = element_type(tensor(number).type()).value_or(DType::s32);
    constants.scale = add_constant(DType::f32, count, {own.scales, {}}, name(number) + ".scale");
    constants.zero_point = add_constant(type, count, {{}, own.zero_points}, name(number) + ".zero_point");
  }
  Node node;
  node.op = op;
  node.inputs = {x, constants.scale, constants.zero_point};
  node.axis = own.axis;
  return node;
}

ValueId GraphBuilder::real(TensorNumber number) {
  const ValueId id = stored(number);
  if (graph[id].type == DType::f32) return id;
  ValueId known = at(number).real;
  if (known != kNoValue) return known;
  if (graph[id].type == DType::s32 || graph[id].type == DType::s64 || graph[id].type == DType::boolean) {
    throw Refusal(fmt::format("'{}' has type {}, only float32, int8 and uint8 are supported", name(number),
                              bulwark::converter::name(graph[id].type)));
  }
  const Shape shape = graph[id].shape;
  Node node = quantization_node(Op::dequantize, number, shape, id);
  node.name = unique_node_name(name(number) + ".dequantize");
  node.source_type = "DEQUANTIZE";
  known = graph.add_value({unique_value_name(name(number) + ".dequantized"), DType::f32, shape, {}});
  node.outputs = {known};
  graph.nodes.push_back(std::move(node));
  return at(number).real = known;
}

const std::string& GraphBuilder::variable_key(TensorNumber number) {
  const wire::Tensor& source = tensor(number);
  const auto handle = handles_.find(number);
  if (handle != handles_.end()) return handle->second;
  if (!source.is_variable()) throw Refusal(fmt::format("'{}' is not a variable", name(number)));
  return handles_[number] = fmt::format("tensor {}", number);
}

Value GraphBuilder::form_of(TensorNumber number) {
  const wire::Tensor& source = tensor(number);
  const std::optional<DType> type = element_type(source.type());
  if (!type || (*type != DType::f32 && *type != DType::s8 && *type != DType::u8 && *type != DType::s16)) {
    throw Refusal(
        fmt::format("the variable '{}' has type {}, only float32, int8, uint8 and int16 are supported",
                    name(number), type_name(source.type())));
  }
  Value form{name(number), *type, shape_of(source), {}};
  check_activation(form.shape);
  if (*type == DType::f32) return form;
  const Levels& own = levels(number, form.shape);
  if (own.per_axis()) throw Refusal(fmt::format("the variable '{}' has a scale per channel", name(number)));
  form.scale = own.scales[0];
  form.zero_point = static_cast<std::int32_t>(own.zero_points[0]);
  return form;
}

void GraphBuilder::run_initializer(std::int32_t subgraph) {
  if (subgraph < 1 || static_cast<std::size_t>(subgraph) >= model_.subgraphs()->size()) {
    throw Refusal(fmt::format("calls subgraph {}, the file has {}", subgraph, model_.subgraphs()->size()));
  }
  const wire::SubGraph& source = *model_.subgraphs()->Get(static_cast<flatbuffers::uoffset_t>(subgraph));
  GraphBuilder own(model_, source, file_);
  for (const wire::Operator* op : *source.operators()) {
    const std::string type = operator_name(model_, *op);
    const auto input = [&](flatbuffers::uoffset_t i) {
      if (!op->inputs() || op->inputs()->size() <= i)
        throw Refusal(fmt::format("subgraph {}: {} lacks input {}", subgraph, type, i));
      return op->inputs()->Get(i);
    };
    switch (operator_code(model_, *op)) {
      case wire::BuiltinOperator::VAR_HANDLE:
        if (!op->outputs() || op->outputs()->size() != 1)
          throw Refusal(fmt::format("subgraph {}: VAR_HANDLE has no output", subgraph));
        own.tensor(op->outputs()->Get(0));
        own.define_handle(op->outputs()->Get(0), variable_name(*op));
        break;
      case wire::BuiltinOperator::ASSIGN_VARIABLE: {
        const Value& value = own.graph[own.stored(input(1))];
        budget.take(static_cast<std::uint64_t>(element_count(value.shape)) * sizeof(std::int64_t));
        variables.initialize(own.variable_key(input(0)), value);
        break;
      }
      default:
        throw Refusal(fmt::format(
            "subgraph {} gives variables their first values with {}, only constants are supported", subgraph,
            type));
    }
  }
}

ValueId GraphBuilder::add_constant(DType type, Shape shape, Constant constant, const std::string& wanted) {
  return graph.add_value({unique_value_name(wanted), type, std::move(shape), std::move(constant)});
}

std::string GraphBuilder::unique(const std::string& wanted, std::set<std::string>& taken) {
  std::string made = wanted;
  if (taken.insert(made).second) return made;
  int& suffix = last_suffix_.try_emplace(wanted, 1).first->second;  // remembered: many may share a name
  do {
    made = fmt::format("{}_{}", wanted, ++suffix);
  } while (!taken.insert(made).second);
  return made;
}

}  // namespace bulwark::converter::import_tflite
