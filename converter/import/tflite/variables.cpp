// SPDX-License-Identifier: Apache-2.0
#include "converter/import/tflite/variables.h"

#include <fmt/format.h>

#include "converter/import/common/refusal.h"
#include "converter/import/common/shapes.h"

namespace bulwark::converter::import_tflite {
namespace {

using importing::Refusal;
using importing::text;

void check_form(const char* action, const Value& held, const Value& form) {
  if (held.type == form.type && held.shape == form.shape) return;
  throw Refusal(fmt::format("{} '{}' as {} {}, it holds {} {}", action, form.name, name(form.type),
                            text(form.shape), name(held.type), text(held.shape)));
}

void check_levels(const Value& held, const Value& form) {
  const bool known = held.type != DType::f32 && held.scale > 0 && form.scale > 0;
  if (!known || (held.scale == form.scale && held.zero_point == form.zero_point)) return;
  throw Refusal(
      fmt::format("the variable read as '{}' has a scale of {} and a zero point of {} there and {} and {} "
                  "where it is assigned",
                  form.name, form.scale, form.zero_point, held.scale, held.zero_point));
}

}  // namespace

void Variables::initialize(const std::string& key, Value value) {
  std::optional<Value>& initial = variables_[key].initial;
  if (initial) throw Refusal(fmt::format("gives variable '{}' a second first value", key));
  initial = std::move(value);
}

ValueId Variables::read(Graph& graph, const std::string& key, const Value& form, bool starts_empty) {
  Variable& variable = variables_[key];
  if (variable.current != kNoValue) {
    check_form("reads", graph[variable.current], form);
    check_levels(graph[variable.current], form);
    return variable.current;
  }
  if (variable.state != kNoValue) {
    check_form("reads", graph[variable.state], form);
    check_levels(graph[variable.state], form);
    return variable.state;
  }
  if (variable.initial) {
    check_form("reads", *variable.initial, form);
  } else if (!starts_empty) {
    throw Refusal(fmt::format("reads variable '{}' before anything is assigned to it", key));
  }
  return variable.state = graph.add_value(form);
}

void Variables::assign(const Graph& graph, const std::string& key, ValueId value) {
  Variable& variable = variables_[key];
  if (variable.state != kNoValue) {
    check_form("assigns", graph[variable.state], graph[value]);
    check_levels(graph[value], graph[variable.state]);
  }
  variable.current = value;
}

void Variables::finish(Graph& graph) const {
  for (const auto& [key, variable] : variables_) {
    if (variable.state == kNoValue) continue;
    Value& state = graph[variable.state];
    if (variable.current == kNoValue && variable.initial) {
      state.constant = variable.initial->constant;
      continue;
    }
    graph.inputs.push_back(variable.state);
    graph.outputs.push_back(variable.current == kNoValue ? variable.state : variable.current);
    graph.states.push_back({variable.initial ? variable.initial->constant : std::nullopt});
  }
}

}  // namespace bulwark::converter::import_tflite
