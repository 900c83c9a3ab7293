// SPDX-License-Identifier: Apache-2.0
// One ONNX node during import: its attributes and inputs with their checks, and the graph nodes it becomes.
// Everything throws Refusal with what is wrong; the driver adds the node's name.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "converter/import/common/shapes.h"
#include "converter/import/onnx/graph_builder.h"

namespace bulwark::converter::import_onnx {

class NodeContext {
 public:
  NodeContext(GraphBuilder& builder, const onnx::NodeProto& proto, std::string name, std::int64_t opset);

  std::int64_t opset() const { return opset_; }  ///< of the node's domain
  const std::string& type() const { return proto_.op_type(); }

  // Attributes. An attribute that is never asked for is refused by finish().
  bool has(const char* name) { return find(name) != nullptr; }
  std::int64_t integer(const char* name, std::int64_t fallback);
  float real(const char* name, float fallback);
  std::string string(const char* name, const std::string& fallback);
  std::vector<std::int64_t> integers(const char* name, const std::vector<std::int64_t>& fallback);
  std::vector<float> reals(const char* name);
  Value tensor(const char* name);
  void ignore(const char* name) { asked_.insert(name); }  ///< has no meaning in inference

  // Inputs. An empty name is an absent optional input.
  std::size_t input_count() const { return static_cast<std::size_t>(proto_.input_size()); }
  void expect_inputs(std::size_t least, std::size_t most);
  bool has_input(std::size_t i) const;
  ValueId input(std::size_t i);  ///< never an empty tensor
  const Value& value(ValueId id) const { return builder_.graph[id]; }
  const Shape& shape(ValueId id) const { return value(id).shape; }
  DType dtype(ValueId id) const { return value(id).type; }
  void expect_type(ValueId id, std::initializer_list<DType> types) const;
  void expect_rank(ValueId id, std::size_t least, std::size_t most) const;
  /// An input whose value is known now; `what` names it ("the shape").
  const Value& constant(std::size_t i, const char* what);
  std::vector<std::int64_t> constant_integers(std::size_t i, const char* what);
  std::int64_t constant_integer(std::size_t i, const char* what);
  float constant_real(std::size_t i, const char* what);

  // Results. What depends on constants alone and only moves or rescales data is computed at once.
  ValueId add_constant(Value value, const std::string& suffix);
  ValueId add(Node node, const Shape& shape, DType type,
              const std::string& suffix);  ///< an intermediate value
  std::size_t output_count() const { return static_cast<std::size_t>(proto_.output_size()); }
  void output(Node node, const Shape& shape, DType type, std::size_t k = 0);  ///< output k
  void output_constant(Value value);
  /// Counts work towards the limit of the file format.
  void count_macs(const Shape& output, std::int64_t depth);

  /// Refuses attributes that nobody asked for, and further outputs that somebody reads.
  void finish();

 private:
  const onnx::AttributeProto* find(const char* name, int type = 0, const char* type_name = "");
  ValueId emit(Node node, const Shape& shape, DType type, const std::string& value_name);

  GraphBuilder& builder_;
  const onnx::NodeProto& proto_;
  std::string name_;
  std::int64_t opset_;
  std::set<std::string> asked_;
  std::size_t outputs_made_ = 1;
};

}  // namespace bulwark::converter::import_onnx
