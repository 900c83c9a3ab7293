// SPDX-License-Identifier: Apache-2.0
// One TFLite operator during import: its options and tensors with their checks, and the graph nodes it
// becomes. Everything throws Refusal with what is wrong; the driver adds the operator's number, kind and
// output.
//
// TFLite computes on integers with a scale; the graph computes on real numbers. So an operator reads its
// inputs with real(), makes one node on real numbers and hands it to output(), which adds the fused
// activation and, where the output tensor is quantized, the quantize node. Operators that only move elements
// read input() and end with output_moved(): integers stay integers. What depends on constants alone is
// computed at once.
#pragma once

#include <string>
#include <vector>

#include "converter/import/common/shapes.h"
#include "converter/import/tflite/graph_builder.h"

namespace bulwark::converter::import_tflite {

class NodeContext {
 public:
  NodeContext(GraphBuilder& builder, const wire::Operator& source, wire::BuiltinOperator code,
              const std::string& type);

  wire::BuiltinOperator code() const { return code_; }

  /// The operator's own options table. Throws Refusal where it has none.
  template <typename Table>
  const Table& options() const {
    const Table* table = find_options<Table>();
    if (!table) throw Refusal("lacks its options");
    return *table;
  }
  /// The same, null where it has none: every field then has its default.
  template <typename Table>
  const Table* find_options() const {
    return source_.builtin_options_as<Table>();
  }

  // Inputs.
  std::size_t input_count() const { return inputs_.size(); }
  void expect_inputs(std::size_t least, std::size_t most) const;
  bool has_input(std::size_t i) const { return i < inputs_.size() && inputs_[i] >= 0; }
  ValueId input(std::size_t i);  ///< as stored; never an empty tensor
  ValueId real(std::size_t i);   ///< as real numbers: float32, or dequantized int8 and uint8
  /// Scales and zero points of a quantized input.
  const Levels& levels(std::size_t i);
  const Value& value(ValueId id) const { return builder_.graph[id]; }
  const Shape& shape(ValueId id) const { return value(id).shape; }
  DType dtype(ValueId id) const { return value(id).type; }
  void expect_type(ValueId id, std::initializer_list<DType> types) const;
  void expect_rank(ValueId id, std::size_t least, std::size_t most) const;
  /// An input whose value is known now; `what` names it ("the shape").
  const Value& constant(std::size_t i, const char* what);
  std::vector<std::int64_t> constant_integers(std::size_t i, const char* what);
  std::int64_t constant_integer(std::size_t i, const char* what);

  // Variables.
  GraphBuilder& builder() { return builder_; }
  const wire::Operator& source() const { return source_; }
  TensorNumber input_tensor(std::size_t i) const;
  /// What the variable tensor of input i holds now, and what it holds from now on.
  ValueId variable(std::size_t i);
  void assign_variable(std::size_t i, ValueId value);

  // Results.
  std::size_t output_count() const { return outputs_.size(); }
  DType output_type(std::size_t k = 0) const;
  ValueId add_constant(DType type, Shape shape, Constant constant, const std::string& suffix);
  ValueId add(Node node, Shape shape, DType type, const std::string& suffix);  ///< an intermediate value
  /// Output k is the node's result on real numbers after `activation`, quantized where the tensor is. With
  /// `reshaped` it has that shape in the end.
  void output(Node node, Shape shape, wire::Activation activation = wire::Activation::NONE, std::size_t k = 0,
              const Shape* reshaped = nullptr);
  /// Output k is a value on real numbers, quantized where the tensor is.
  void output_real(ValueId x, std::size_t k = 0);
  /// Output k is the node's result in the type of its first input, whose elements it moves.
  void output_moved(Node node, Shape shape, std::size_t k = 0);
  /// Output k is the node's result, of this type.
  void output_typed(Node node, Shape shape, DType type, std::size_t k = 0);
  void output_constant(DType type, Shape shape, Constant constant, std::size_t k = 0);
  /// Counts work towards the limit of the file format.
  void count_macs(const Shape& output, std::int64_t depth);

  Graph& graph() { return builder_.graph; }
  Budget& budget() { return builder_.budget; }

  TensorNumber output_tensor(std::size_t k) const;

 private:
  ValueId emit(Node node, Shape shape, DType type, const std::string& value_name);
  void finish_output(Node node, Shape shape, DType type, std::size_t k);
  std::string node_name(std::size_t k, const std::string& suffix);

  GraphBuilder& builder_;
  const wire::Operator& source_;
  wire::BuiltinOperator code_;
  std::string type_;
  std::vector<TensorNumber> inputs_, outputs_;
};

}  // namespace bulwark::converter::import_tflite
