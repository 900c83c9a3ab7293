// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <limits>

#include "converter/error.h"
#include "converter/import/onnx/onnx_importer.h"
#include "converter/import/onnx/operators.h"
#include "schema/limits.h"

namespace bulwark::converter::import_onnx {
namespace {

constexpr std::int64_t kOldestOpset = 7, kNewestOpset = 25;
constexpr int kMostNodes = 2 * schema::kMaxOperators;  // quantize and dequantize nodes disappear
constexpr std::size_t kMostProblems = 100;

std::string known_domain(const std::string& domain) { return domain == "ai.onnx" ? "" : domain; }

class Importer {
 public:
  Importer(const onnx::ModelProto& model, const std::string& folder, const ImportOptions& options)
      : model_(model), builder_(model, folder, options) {}

  Graph run(const std::string& name) {
    builder_.graph.name = model_.graph().name().empty() ? name : model_.graph().name();
    builder_.graph.producer = model_.producer_name();
    read_opsets();
    check_features();
    for (const auto& input : model_.graph().input()) {
      if (!builder_.is_initializer(input.name())) import_input(input);
    }
    for (int i = 0; i < model_.graph().node_size(); ++i) import_node(i);
    for (const auto& output : model_.graph().output()) import_output(output.name());
    if (builder_.graph.inputs.empty() && builder_.problems.empty()) builder_.report("graph", "has no inputs");
    if (!builder_.problems.empty()) throw all_problems();
    return std::move(builder_.graph);
  }

 private:
  void read_opsets();
  void check_features();
  void import_input(const onnx::ValueInfoProto& info);
  void import_node(int index);
  void import_output(const std::string& name);
  std::int64_t dimension(const onnx::TensorShapeProto& shape, int axis, const std::string& input);
  void refuse_outputs(const onnx::NodeProto& proto);
  void dispatch(const onnx::NodeProto& proto, const std::string& name);
  Error all_problems() const;

  const onnx::ModelProto& model_;
  GraphBuilder builder_;
  std::map<std::string, std::int64_t> opsets_;
};

void Importer::read_opsets() {
  for (const auto& entry : model_.opset_import()) {
    if (!opsets_.emplace(known_domain(entry.domain()), entry.version()).second) {
      builder_.report("opset_import", fmt::format("domain '{}' is given twice", entry.domain()));
    }
  }
  const auto onnx = opsets_.find("");
  if (onnx == opsets_.end()) {
    builder_.report("opset_import", "the model does not say which ONNX operator set it uses");
  } else if (onnx->second < kOldestOpset || onnx->second > kNewestOpset) {
    builder_.report("opset_import", fmt::format("ONNX operator set {} is not supported, only {} to {}",
                                                onnx->second, kOldestOpset, kNewestOpset));
  }
}

void Importer::check_features() {
  const onnx::GraphProto& graph = model_.graph();
  if (graph.node_size() > kMostNodes) {
    builder_.report("graph",
                    fmt::format("has {} nodes, at most {} are supported", graph.node_size(), kMostNodes));
    throw all_problems();
  }
  if (graph.sparse_initializer_size() > 0) builder_.report("graph", "sparse initializers are not supported");
  if (graph.output_size() == 0) builder_.report("graph", "has no outputs");
  if (graph.input_size() + graph.output_size() > 2 * schema::kMaxNodeTensors) {
    builder_.report("graph", "has too many inputs and outputs");
  }
}

std::int64_t Importer::dimension(const onnx::TensorShapeProto& shape, int axis, const std::string& input) {
  const auto& d = shape.dim(axis);
  if (d.has_dim_value()) return d.dim_value();
  const auto& chosen = builder_.options.dimensions;
  for (const std::string& key : {d.dim_param(), fmt::format("{}:{}", input, axis)}) {
    if (const auto found = chosen.find(key); !key.empty() && found != chosen.end()) return found->second;
  }
  if (axis == 0) return 1;
  throw Refusal(fmt::format("dimension {} ('{}') has no size; only the first, the batch, may be open", axis,
                            d.dim_param()));
}

void Importer::import_input(const onnx::ValueInfoProto& info) {
  const std::string& name = info.name();
  if (const auto bound = builder_.options.bound_inputs.find(name);
      bound != builder_.options.bound_inputs.end()) {
    Value value = bound->second;
    value.name = name;
    builder_.define(name, builder_.graph.add_value(std::move(value)));
    return;
  }
  try {
    if (!info.type().has_tensor_type())
      throw Refusal("is not a tensor (sequences, maps and optionals are not supported)");
    const auto& tensor = info.type().tensor_type();
    const std::optional<DType> type = element_type(tensor.elem_type());
    if (!type) {
      // Reported by the node that reads it, which is what has to change.
      const std::string why =
          fmt::format("has type {}, which is not supported", type_name(tensor.elem_type()));
      if (!builder_.is_used(name)) throw Refusal(why);
      builder_.refuse(name, fmt::format("input '{}' {}", name, why));
      return;
    }
    if (!tensor.has_shape()) throw Refusal("has no shape");
    Value value;
    value.name = name;
    value.type = *type;
    if (tensor.shape().dim_size() > schema::kMaxRank) {
      throw Refusal(fmt::format("has {} dimensions, at most {} are supported", tensor.shape().dim_size(),
                                schema::kMaxRank));
    }
    for (int i = 0; i < tensor.shape().dim_size(); ++i)
      value.shape.push_back(dimension(tensor.shape(), i, name));
    check_activation(value.shape);
    const ValueId id = builder_.graph.add_value(std::move(value));
    builder_.graph.inputs.push_back(id);
    builder_.define(name, id);
  } catch (const Refusal& refusal) {
    builder_.report(fmt::format("input '{}'", name), refusal.what());
    builder_.refuse(name, "");
  }
}

/// What reads them is not to be reported again.
void Importer::refuse_outputs(const onnx::NodeProto& proto) {
  for (const std::string& name : proto.output()) {
    if (!name.empty()) builder_.refuse(name, "");
  }
}

void Importer::dispatch(const onnx::NodeProto& proto, const std::string& name) {
  const std::string domain = known_domain(proto.domain());
  const auto opset = opsets_.find(domain);
  const std::int64_t version = opset == opsets_.end() ? 1 : opset->second;
  const std::vector<Operator>& table = operators();
  const auto found = std::find_if(table.begin(), table.end(), [&](const Operator& op) {
    return op.domain == domain && op.type == proto.op_type();
  });
  if (found == table.end()) {
    const bool is_function = std::any_of(
        model_.functions().begin(), model_.functions().end(),
        [&](const auto& f) { return f.name() == proto.op_type() && known_domain(f.domain()) == domain; });
    if (is_function)
      throw Refusal("is a function of the model; functions are not supported, export with them inlined");
    throw Refusal(fmt::format("operator {} of {} {} is not supported", proto.op_type(),
                              domain.empty() ? "ONNX" : fmt::format("domain '{}'", domain), version));
  }
  std::set<std::string> names;
  for (const auto& attribute : proto.attribute()) {
    if (!names.insert(attribute.name()).second) {
      throw Refusal(fmt::format("attribute '{}' is given twice", attribute.name()));
    }
    if (!attribute.ref_attr_name().empty()) {
      throw Refusal(fmt::format("attribute '{}' refers to a function's", attribute.name()));
    }
  }
  NodeContext context(builder_, proto, name, version);
  found->import(context);
  context.finish();
}

void Importer::import_node(int index) {
  const onnx::NodeProto& proto = model_.graph().node(index);
  const std::string wanted =
      proto.name().empty() ? fmt::format("{}_{}", proto.op_type(), index) : proto.name();
  const std::string name = builder_.unique_node_name(wanted);
  try {
    dispatch(proto, name);
    return;
  } catch (const Refusal& refusal) {
    builder_.report(fmt::format("node '{}' ({})", name, proto.op_type()), refusal.what());
  } catch (const AlreadyReported&) {
  }
  refuse_outputs(proto);
}

void Importer::import_output(const std::string& name) {
  std::vector<ValueId>& outputs = builder_.graph.outputs;
  try {
    const ValueId id = builder_.resolve(name);
    if (std::find(outputs.begin(), outputs.end(), id) != outputs.end()) throw Refusal("is given twice");
    outputs.push_back(id);
  } catch (const Refusal& refusal) {
    builder_.report(fmt::format("output '{}'", name), refusal.what());
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
  if (shown < builder_.problems.size())
    message += fmt::format("\nand {} more", builder_.problems.size() - shown);
  return bad_input(message);
}

std::string read_whole_file(const std::string& path) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  std::ifstream file(path, std::ios::binary);
  if (error || !file || !std::filesystem::is_regular_file(path, error)) {
    throw io_error(fmt::format("'{}' can not be read", path));
  }
  if (size > static_cast<std::uintmax_t>(std::numeric_limits<int>::max())) {
    throw bad_input(fmt::format("'{}' is larger than 2 GiB, which no ONNX file is", path));
  }
  std::string bytes(size, '\0');
  file.read(bytes.data(), static_cast<std::streamsize>(size));
  if (!file) throw io_error(fmt::format("'{}' can not be read", path));
  return bytes;
}

Graph import_model(const void* data, std::size_t size, const std::string& name, const std::string& folder,
                   const ImportOptions& options) {
  onnx::ModelProto model;
  if (size > static_cast<std::size_t>(std::numeric_limits<int>::max()) ||
      !model.ParseFromArray(data, static_cast<int>(size))) {
    throw bad_input(fmt::format("'{}' is not an ONNX model, or it is cut off", name));
  }
  if (!model.has_graph()) throw bad_input(fmt::format("'{}' is not an ONNX model: it has no graph", name));
  return Importer(model, folder, options).run(name);
}

}  // namespace

Graph import_file(const std::string& path, const ImportOptions& options) {
  const std::string bytes = read_whole_file(path);
  const std::filesystem::path file(path);
  const std::string folder = file.has_parent_path() ? file.parent_path().string() : ".";
  return import_model(bytes.data(), bytes.size(), file.filename().string(), folder, options);
}

Graph import_bytes(const std::vector<std::uint8_t>& bytes, const std::string& name,
                   const ImportOptions& options) {
  return import_model(bytes.data(), bytes.size(), name, "", options);
}

Value read_tensor_file(const std::string& path) {
  const std::string bytes = read_whole_file(path);
  onnx::TensorProto tensor;
  if (!tensor.ParseFromString(bytes)) throw bad_input(fmt::format("'{}' is not an ONNX tensor", path));
  try {
    Budget budget;
    return read_tensor(tensor, "", budget);
  } catch (const Refusal& refusal) {
    throw bad_input(fmt::format("tensor '{}' of '{}' {}", tensor.name(), path, refusal.what()));
  }
}

}  // namespace bulwark::converter::import_onnx
