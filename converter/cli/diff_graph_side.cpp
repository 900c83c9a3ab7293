// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "converter/cli/diff_side.h"
#include "converter/convert.h"
#include "converter/error.h"
#include "converter/graph/stream.h"

namespace bulwark::converter::cli {
namespace {

io::NpyType npy_type(DType type) {
  switch (type) {
    case DType::f32:
      return io::NpyType::f32;
    case DType::u4:
    case DType::u8:
      return io::NpyType::u8;
    case DType::s4:
    case DType::s8:
      return io::NpyType::s8;
    case DType::s16:  // no input or output of a model
    case DType::s32:
      return io::NpyType::s32;
    case DType::s64:
      return io::NpyType::s64;
    case DType::boolean:
      return io::NpyType::boolean;
  }
  return io::NpyType::f32;
}

struct Quantization {
  double scale = 0, zero_point = 0;  ///< scale 0: not known
};

double constant_scalar(const Graph& graph, ValueId id) {
  if (id == kNoValue || !graph[id].constant) return 0;
  const Constant& constant = *graph[id].constant;
  if (constant.floats.size() == 1) return constant.floats[0];
  return constant.ints.size() == 1 ? static_cast<double>(constant.ints[0]) : 0;
}

/// Scale and zero point of an integer value: those of the quantize node it comes from, through nodes that
/// keep them, else those of a dequantize node that reads it.
Quantization quantization_of(const Graph& graph, ValueId id) {
  const auto from = [&](const Node& node) {
    return Quantization{constant_scalar(graph, node.inputs[1]),
                        node.inputs.size() > 2 ? constant_scalar(graph, node.inputs[2]) : 0};
  };
  for (const std::int32_t reader : graph.consumers_of(id)) {
    const Node& node = graph.nodes[static_cast<std::size_t>(reader)];
    if (node.op == Op::dequantize && node.inputs[0] == id) return from(node);
  }
  for (std::int32_t writer = graph.producer_of(id); writer >= 0; writer = graph.producer_of(id)) {
    const Node& node = graph.nodes[static_cast<std::size_t>(writer)];
    if (node.op == Op::quantize) return from(node);
    if (node.inputs.empty() || graph[node.inputs[0]].type == DType::f32) break;
    id = node.inputs[0];
  }
  return {};
}

/// The step of the integers that a float value was made from; 0 when it was computed.
double step_behind(const Graph& graph, ValueId id) {
  for (std::int32_t writer = graph.producer_of(id); writer >= 0; writer = graph.producer_of(id)) {
    const Node& node = graph.nodes[static_cast<std::size_t>(writer)];
    if (node.op == Op::dequantize) return constant_scalar(graph, node.inputs[1]);
    if (node.op != Op::reshape && node.op != Op::transpose && node.op != Op::identity) return 0;
    id = node.inputs[0];
  }
  return 0;
}

class GraphSide : public Side {
 public:
  GraphSide(const std::string& path, std::vector<Levels> levels)
      : graph_(import_source(path)), stream_(graph_), levels_(std::move(levels)) {
    levels_.resize(graph_.own_inputs());
  }

  std::vector<InputFormat> input_formats() const override {
    std::vector<InputFormat> formats;
    for (std::size_t i = 0; i < graph_.own_inputs(); ++i) {
      const Value& value = graph_[graph_.inputs[i]];
      formats.push_back({npy_type(value.type), value.shape, levels_[i]});
    }
    return formats;
  }

  std::vector<OutputFormat> output_formats() const override {
    std::vector<OutputFormat> formats;
    for (std::size_t k = 0; k < graph_.own_outputs(); ++k) {
      const ValueId id = graph_.outputs[k];
      const Value& value = graph_[id];
      const Quantization quantization = quantization_of(graph_, id);
      const bool known = value.type != DType::f32 && quantization.scale > 0;
      formats.push_back({value.name, npy_type(value.type), value.shape, known ? quantization.scale : 1.0,
                         known ? quantization.zero_point : 0.0});
    }
    return formats;
  }

  std::int64_t set_inputs(const std::vector<io::Npy>& arrays,
                          const std::vector<std::string>& files) override {
    for (std::size_t i = 0; i < arrays.size(); ++i) {
      inputs_.push_back(graph_samples(graph_[graph_.inputs[i]], arrays[i], files[i], levels_[i]));
      if (inputs_[i].size() != inputs_[0].size()) {
        throw bad_input(fmt::format("'{}' holds {} sample(s), '{}' holds {}", files[i], inputs_[i].size(),
                                    files[0], inputs_[0].size()));
      }
    }
    return static_cast<std::int64_t>(inputs_[0].size());
  }

  std::vector<SideTensor> run(std::int64_t i) override {
    std::vector<TensorData> inputs;
    for (const auto& samples : inputs_) inputs.push_back(samples[static_cast<std::size_t>(i)]);
    tensors_.clear();
    const std::vector<TensorData> outputs = stream_.run(
        std::move(inputs), [this](const Graph&, ValueId id, const TensorData& data) { keep(id, data); });
    std::vector<SideTensor> found;
    for (std::size_t k = 0; k < outputs.size(); ++k)
      found.push_back(side_tensor(graph_.outputs[k], outputs[k]));
    return found;
  }

  std::map<std::string, SideTensor> tensors() override { return tensors_; }

 private:
  SideTensor side_tensor(ValueId id, const TensorData& data) const {
    SideTensor tensor{graph_[id].name, data.shape, {data.data.begin(), data.data.end()}, 0, {}};
    if (graph_[id].type == DType::f32) {
      tensor.step = step_behind(graph_, id);
      return tensor;
    }
    const Quantization quantization = quantization_of(graph_, id);
    if (quantization.scale <= 0) return tensor;
    tensor.step = quantization.scale;
    for (double& value : tensor.values) value = quantization.scale * (value - quantization.zero_point);
    return tensor;
  }

  /// Integers whose scale is not known can not be compared.
  void keep(ValueId id, const TensorData& data) {
    if (graph_[id].type != DType::f32 && quantization_of(graph_, id).scale <= 0) return;
    tensors_.insert_or_assign(graph_[id].name, side_tensor(id, data));
  }

  const Graph graph_;
  Stream stream_;
  std::vector<Levels> levels_;
  std::vector<std::vector<TensorData>> inputs_;
  std::map<std::string, SideTensor> tensors_;
};

}  // namespace

std::unique_ptr<Side> make_graph_side(const std::string& path, const std::vector<Levels>& levels) {
  return std::make_unique<GraphSide>(path, levels);
}

}  // namespace bulwark::converter::cli
