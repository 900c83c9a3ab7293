// SPDX-License-Identifier: Apache-2.0
// What a streaming model remembers from run to run: resource variables, and tensors that are variables and
// that their operator updates in place. Both become states of the graph.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "converter/graph/graph.h"

namespace bulwark::converter::import_tflite {

class Variables {
 public:
  /// Gives the variable a value before the first run. Throws Refusal when it has one.
  void initialize(const std::string& key, Value value);
  /// What the variable holds at this point of a run. `form` has the name, type, shape, scale and zero point
  /// with which it is read; `starts_empty`: without a first value it begins at its zero point. Throws
  /// Refusal.
  ValueId read(Graph& graph, const std::string& key, const Value& form, bool starts_empty);
  /// From now on, and in the next run, the variable holds this value. Throws Refusal.
  void assign(const Graph& graph, const std::string& key, ValueId value);
  /// Writes the states into the graph, behind its own inputs and outputs. Variables that nothing assigns are
  /// constants.
  void finish(Graph& graph) const;

 private:
  struct Variable {
    std::optional<Value> initial;
    ValueId state = kNoValue, current = kNoValue;
  };
  std::map<std::string, Variable> variables_;
};

}  // namespace bulwark::converter::import_tflite
