// SPDX-License-Identifier: Apache-2.0
// The graph under construction: what every tensor of the file stands for, the names given so far, and the
// problems found.
#pragma once

#include <map>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "converter/graph/graph.h"
#include "converter/import/tflite/tensor.h"
#include "converter/import/tflite/variables.h"

namespace bulwark::converter::import_tflite {

using TensorNumber = std::int32_t;  ///< index of a tensor in the subgraph; -1: an optional one that is absent

/// The variable of a VAR_HANDLE: its container and name. Throws Refusal.
std::string variable_name(const wire::Operator& var_handle);

class GraphBuilder {
 public:
  GraphBuilder(const wire::Model& model, const wire::SubGraph& source, std::span<const std::uint8_t> file);

  Graph graph;
  std::vector<Problem> problems;
  Budget budget;
  std::int64_t macs = 0;  ///< of one run, so far
  Variables variables;

  void report(const std::string& where, const std::string& what) { problems.push_back({where, what}); }

  /// Throws Refusal where there is no such tensor.
  const wire::Tensor& tensor(TensorNumber number) const;
  /// The tensor's own name, made unique; the names of `reserve_name` come first.
  const std::string& name(TensorNumber number);

  /// Says that an input of the model or an operator gives this tensor. Throws Refusal when another one does.
  void declare(TensorNumber number);
  bool is_declared(TensorNumber number) const { return at(number).declared; }
  /// The tensor now stands for this value.
  void define(TensorNumber number, ValueId id) { at(number).id = id; }
  /// Using the tensor is refused in silence: the reason is reported already.
  void refuse(TensorNumber number) { at(number).refused = true; }

  /// The value as it is stored: integers stay integers. Constants are read when first used. Throws Refusal or
  /// AlreadyReported.
  ValueId stored(TensorNumber number);
  /// The value as real numbers: integers with a scale go through a dequantize node, made once.
  ValueId real(TensorNumber number);
  const Levels& levels(TensorNumber number, const Shape& shape);

  /// Notes the tensor's scale and zero point, where it has one of each, on the value that stands for it.
  void note_levels(TensorNumber number, ValueId id);

  /// A quantize node that writes the tensor, or a dequantize node for its integers.
  Node quantization_node(Op op, TensorNumber number, const Shape& shape, ValueId x);

  /// The tensor is a handle of the resource variable `key`.
  void define_handle(TensorNumber number, const std::string& key) { handles_[number] = key; }
  /// The key of the variable that the tensor is, or is a handle of. Throws Refusal where it is neither.
  const std::string& variable_key(TensorNumber number);
  /// The tensor as it is read from a variable: no constant.
  Value form_of(TensorNumber number);
  /// Runs a subgraph that gives variables their first values: handles and assigned constants, nothing else.
  void run_initializer(std::int32_t subgraph);

  ValueId add_constant(DType type, Shape shape, Constant constant, const std::string& name);
  std::string unique_node_name(const std::string& wanted) { return unique(wanted, node_names_); }
  std::string unique_value_name(const std::string& wanted) { return unique(wanted, value_names_); }

 private:
  struct Symbol {
    ValueId id = kNoValue, real = kNoValue;
    bool declared = false, refused = false;
  };
  struct LevelConstants {
    ValueId scale = kNoValue, zero_point = kNoValue;
  };
  const Symbol& at(TensorNumber number) const { return symbols_.at(static_cast<std::size_t>(number)); }
  Symbol& at(TensorNumber number) { return symbols_.at(static_cast<std::size_t>(number)); }
  ValueId read(TensorNumber number);
  std::string unique(const std::string& wanted, std::set<std::string>& taken);

  const wire::Model& model_;
  const wire::SubGraph& source_;
  std::span<const std::uint8_t> file_;
  std::vector<Symbol> symbols_;
  std::map<TensorNumber, Levels> levels_;
  std::map<TensorNumber, LevelConstants> level_constants_;
  std::unordered_map<TensorNumber, std::string> names_;
  std::map<TensorNumber, std::string> handles_;
  std::unordered_map<std::string, int> last_suffix_;
  std::set<std::string> value_names_, node_names_;
};

}  // namespace bulwark::converter::import_tflite
