// SPDX-License-Identifier: Apache-2.0
// The graph under construction: what every ONNX name stands for, the names given so far, and the problems
// found.
#pragma once

#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "converter/graph/graph.h"
#include "converter/import/onnx/onnx_importer.h"
#include "converter/import/onnx/tensor.h"

namespace bulwark::converter::import_onnx {

class GraphBuilder {
 public:
  GraphBuilder(const onnx::ModelProto& model, std::string folder, const ImportOptions& options);

  Graph graph;
  std::vector<Problem> problems;
  Budget budget;
  std::int64_t macs = 0;  ///< of one run, so far
  std::string folder;     ///< of external data
  const ImportOptions& options;

  void report(const std::string& where, const std::string& what) { problems.push_back({where, what}); }

  /// The value an ONNX name stands for; initializers are read when first used. Throws Refusal or
  /// AlreadyReported.
  ValueId resolve(const std::string& name);
  /// A later node makes this name, or none does; resolve() then tells which.
  void define(const std::string& name, ValueId id) { symbols_[name].id = id; }
  /// Using the name is refused with this text the first time, in silence after that.
  void refuse(const std::string& name, const std::string& why) { symbols_[name] = {kNoValue, why}; }
  /// True when some node or graph output reads the name.
  bool is_used(const std::string& name) const { return used_.contains(name); }
  bool is_initializer(const std::string& name) const { return initializers_.contains(name); }

  std::string unique_node_name(const std::string& wanted) { return unique(wanted, node_names_); }
  std::string unique_value_name(const std::string& wanted) { return unique(wanted, value_names_); }

 private:
  struct Symbol {
    ValueId id = kNoValue;
    std::string refusal;
  };
  void declare(const onnx::GraphProto& source);
  void declare_once(const std::string& name, const std::string& where);
  /// `wanted`, or `wanted`_2, `wanted`_3, ...
  std::string unique(const std::string& wanted, std::set<std::string>& taken);

  std::unordered_map<std::string, Symbol> symbols_;
  std::unordered_map<std::string, const onnx::TensorProto*> initializers_;
  std::unordered_map<std::string, int> last_suffix_;
  std::set<std::string> value_names_, node_names_, used_;
};

}  // namespace bulwark::converter::import_onnx
