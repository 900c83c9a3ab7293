// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "converter/error.h"
#include "converter/import/tflite/operators.h"
#include "converter/import/tflite/tflite_importer.h"
#include "schema/limits.h"

namespace bulwark::converter::import_tflite {
namespace {

constexpr std::size_t kMostOperators = schema::kMaxOperators;
constexpr std::size_t kMostNodes = 2 * schema::kMaxOperators;  // quantize and dequantize nodes disappear
constexpr std::size_t kMostProblems = 100;

class Importer {
 public:
  Importer(const wire::Model& model, std::span<const std::uint8_t> file)
      : model_(model), source_(*model.subgraphs()->Get(0)), builder_(model, source_, file) {}

  Graph run(const std::string& name) {
    builder_.graph.name = name;
    builder_.graph.producer = clean_text(model_.description());
    check_features();
    find_operators();
    for (const TensorNumber number : *source_.inputs()) import_input(number);
    for (std::size_t i = 0; i < imports_.size(); ++i) declare_outputs(i);
    check_tensors();
    for (std::size_t i = 0; i < imports_.size(); ++i) import_operator(i);
    for (const TensorNumber number : *source_.outputs()) import_output(number);
    if (!builder_.problems.empty()) throw all_problems();
    builder_.variables.finish(builder_.graph);
    return std::move(builder_.graph);
  }

 private:
  void check_features();
  void find_operators();
  void declare_outputs(std::size_t i);
  void check_tensors();
  void check_tensor(TensorNumber number, bool variables = false);
  std::set<std::int32_t> initializers() const;
  void import_input(TensorNumber number);
  void import_operator(std::size_t i);
  void import_output(TensorNumber number);
  const wire::Operator& op(std::size_t i) const {
    return *source_.operators()->Get(static_cast<flatbuffers::uoffset_t>(i));
  }
  std::string where(std::size_t i);
  std::string tensor_text(TensorNumber number);
  Error all_problems() const;

  const wire::Model& model_;
  const wire::SubGraph& source_;
  GraphBuilder builder_;
  std::vector<const Operator*> imports_;  ///< by operator of the file; null where there is none
  std::set<TensorNumber> checked_;
};

/// "operator 3 (CONV_2D) of subgraph 0, output 'name'"
std::string Importer::where(std::size_t i) {
  std::string text = fmt::format("operator {} ({}) of subgraph 0", i, operator_name(model_, op(i)));
  const auto* outputs = op(i).outputs();
  if (!outputs || outputs->size() == 0) return text;
  return text + ", output " + tensor_text(outputs->Get(0));
}

std::string Importer::tensor_text(TensorNumber number) {
  const bool exists = number >= 0 && static_cast<std::size_t>(number) < source_.tensors()->size();
  return exists ? fmt::format("'{}'", builder_.name(number)) : std::to_string(number);
}

/// Subgraphs that run once, before everything else.
std::set<std::int32_t> Importer::initializers() const {
  std::set<std::int32_t> found;
  for (const wire::Operator* op : *source_.operators()) {
    const auto* options = op->builtin_options_as<wire::CallOnceOptions>();
    if (options && operator_code(model_, *op) == wire::BuiltinOperator::CALL_ONCE)
      found.insert(options->init_subgraph_index());
  }
  return found;
}

void Importer::check_features() {
  if (source_.operators()->size() > kMostOperators) {
    builder_.report("subgraph 0", fmt::format("has {} operators, at most {} are supported",
                                              source_.operators()->size(), kMostOperators));
    throw all_problems();
  }
  const std::size_t doors = source_.inputs()->size() + source_.outputs()->size();
  if (doors > 2 * static_cast<std::size_t>(schema::kMaxNodeTensors)) {
    builder_.report("subgraph 0", fmt::format("has {} inputs and outputs", doors));
    throw all_problems();
  }
  const std::set<std::int32_t> known = initializers();
  for (std::size_t i = 1; i < model_.subgraphs()->size(); ++i) {
    if (known.count(static_cast<std::int32_t>(i))) continue;
    const wire::SubGraph& other = *model_.subgraphs()->Get(static_cast<flatbuffers::uoffset_t>(i));
    builder_.report(fmt::format("subgraph {} '{}'", i, clean_text(other.name())),
                    "only the main subgraph is supported (no control flow, no functions)");
    if (builder_.problems.size() >= kMostProblems) break;
  }
  if (source_.inputs()->size() == 0) builder_.report("subgraph 0", "has no inputs");
  if (source_.outputs()->size() == 0) builder_.report("subgraph 0", "has no outputs");
}

/// The first thing a user wants to know: everything that is not supported, at once.
void Importer::find_operators() {
  for (std::size_t i = 0; i < source_.operators()->size(); ++i) {
    const std::vector<Operator>& table = operators();
    const bool exists = op(i).opcode_index() < model_.operator_codes()->size();
    const auto found = std::find_if(table.begin(), table.end(), [&](const Operator& known) {
      return exists && known.code == operator_code(model_, op(i));
    });
    imports_.push_back(found == table.end() ? nullptr : &*found);
    if (found == table.end()) builder_.report(where(i), "is not supported");
  }
}

void Importer::declare_outputs(std::size_t i) {
  const auto* outputs = op(i).outputs();
  if (!outputs) return;
  if (outputs->size() > static_cast<std::size_t>(schema::kMaxNodeTensors)) {
    builder_.report(where(i), fmt::format("has {} outputs", outputs->size()));
    return;
  }
  for (const TensorNumber number : *outputs) {
    try {
      builder_.declare(number);
    } catch (const Refusal& refusal) {
      builder_.report(where(i), refusal.what());
    }
  }
}

/// Types and forms that no operator takes, told once per tensor instead of by every operator that reads it.
void Importer::check_tensors() {
  for (std::size_t i = 0; i < imports_.size(); ++i) {
    if (!imports_[i]) continue;
    for (const auto* list : {op(i).inputs(), op(i).outputs()}) {
      if (!list || list->size() > static_cast<std::size_t>(schema::kMaxNodeTensors)) continue;
      for (const TensorNumber number : *list) check_tensor(number, imports_[i]->has_variables);
    }
  }
}

void Importer::check_tensor(TensorNumber number, bool variables) {
  const bool exists = number >= 0 && static_cast<std::size_t>(number) < source_.tensors()->size();
  if (!exists) return;
  const wire::Tensor& tensor = builder_.tensor(number);
  const bool of_variables = tensor.is_variable() || tensor.type() == wire::TensorType::RESOURCE ||
                            tensor.type() == wire::TensorType::INT16;
  if (variables && of_variables) return;
  if (!checked_.insert(number).second) return;
  const bool computed = builder_.is_declared(number);
  std::string what;
  if (tensor.type() == wire::TensorType::INT16) {
    what = "has type INT16: 16-bit activations are not supported";
  } else if (!element_type(tensor.type())) {
    what = fmt::format("has type {}, which is not supported", type_name(tensor.type()));
  } else if (computed &&
             (tensor.type() == wire::TensorType::FLOAT16 || tensor.type() == wire::TensorType::INT4)) {
    what = fmt::format("has type {}, which is supported for constants alone", type_name(tensor.type()));
  } else if (tensor.sparsity()) {
    what = "is stored sparse, which is not supported";
  } else if (tensor.is_variable()) {
    what = "is a variable, which its operator does not take";
  }
  if (what.empty()) return;
  builder_.report(fmt::format("tensor {} '{}'", number, builder_.name(number)), what);
  builder_.refuse(number);
}

void Importer::import_input(TensorNumber number) {
  try {
    builder_.declare(number);
    const wire::Tensor& tensor = builder_.tensor(number);
    check_tensor(number);
    const std::optional<DType> type = element_type(tensor.type());
    if (!type || *type == DType::s16) return;  // reported by check_tensor
    const Shape shape = shape_of(tensor);
    check_activation(shape);
    const ValueId id = builder_.graph.add_value({builder_.name(number), *type, shape, {}});
    if (*type == DType::s8 || *type == DType::u8) builder_.note_levels(number, id);
    builder_.graph.inputs.push_back(id);
    builder_.define(number, id);
  } catch (const Refusal& refusal) {
    builder_.report(fmt::format("input {}", tensor_text(number)), refusal.what());
    if (number >= 0 && static_cast<std::size_t>(number) < source_.tensors()->size()) builder_.refuse(number);
  }
}

void Importer::import_operator(std::size_t i) {
  const auto refuse_outputs = [&] {
    const auto* outputs = op(i).outputs();
    if (!outputs || outputs->size() > static_cast<std::size_t>(schema::kMaxNodeTensors)) return;
    for (const TensorNumber number : *outputs) {
      if (number >= 0 && static_cast<std::size_t>(number) < source_.tensors()->size())
        builder_.refuse(number);
    }
  };
  if (!imports_[i]) return refuse_outputs();
  try {
    NodeContext context(builder_, op(i), imports_[i]->code, operator_name(model_, op(i)));
    imports_[i]->import(context);
    if (builder_.graph.nodes.size() > kMostNodes) {
      throw Refusal(fmt::format("the model becomes more than {} nodes", kMostNodes));
    }
    return;
  } catch (const Refusal& refusal) {
    builder_.report(where(i), refusal.what());
  } catch (const AlreadyReported&) {
  }
  refuse_outputs();
}

void Importer::import_output(TensorNumber number) {
  std::vector<ValueId>& outputs = builder_.graph.outputs;
  try {
    const ValueId id = builder_.stored(number);
    if (std::find(outputs.begin(), outputs.end(), id) != outputs.end()) throw Refusal("is given twice");
    outputs.push_back(id);
  } catch (const Refusal& refusal) {
    builder_.report(fmt::format("output {}", tensor_text(number)), refusal.what());
  } catch (const AlreadyReported&) {
  }
}

Error Importer::all_problems() const {
  std::string message;
  const std::size_t shown = std::min(builder_.problems.size(), kMostProblems);
  for (std::size_t i = 0; i < shown; ++i) {
    const Problem& problem = builder_.problems[i];
    message += fmt::format("{}{}: {}", i ? "\n" : "", problem.where, problem.what);
  }
  if (shown < builder_.problems.size()) {
    message += fmt::format("\nand {} more", builder_.problems.size() - shown);
  }
  return bad_input(message);
}

}  // namespace

bool is_tflite(const std::uint8_t* bytes, std::size_t size) {
  return size >= 8 && std::equal(bytes + 4, bytes + 8, wire::ModelIdentifier());
}

Graph import_bytes(const std::vector<std::uint8_t>& bytes, const std::string& name) {
  return Importer(verified_model(bytes, name), bytes).run(name);
}

}  // namespace bulwark::converter::import_tflite
