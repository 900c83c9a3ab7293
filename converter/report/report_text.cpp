// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "converter/report/model_report.h"
#include "converter/report/text.h"

namespace bulwark::converter::report {
namespace {

std::string number(const std::optional<float>& value) { return value ? fmt::format("{:.3g}", *value) : "-"; }

std::string from_input(const LayerReport& layer, double lipschitz::TensorBound::*part) {
  return layer.from_input ? fmt::format("{:.3g}", *layer.from_input.*part) : "-";
}

/// With --norms: what the bounds of the file lie between.
std::string norm_table(const ModelReport& report) {
  std::vector<std::vector<std::string>> rows = {{"layer", "reshaped kernel", "l2 >= (power iteration)",
                                                 "l2 <=", "l-inf", "l-inf from input", "rounding"}};
  for (const LayerReport& layer : report.layers) {
    if (!layer.reshaped_norm) continue;
    rows.push_back({shorten(layer.name, 32), fmt::format("{:.4g}", *layer.reshaped_norm),
                    fmt::format("{:.4g}", *layer.l2_lower), number(layer.l2_bound), number(layer.linf_norm),
                    from_input(layer, &lipschitz::TensorBound::linf),
                    from_input(layer, &lipschitz::TensorBound::rounding)});
  }
  return rows.size() == 1 ? std::string() : table(rows);
}

std::string tensor_text(const TensorReport& tensor) {
  std::string text = fmt::format("'{}' {} {}", tensor.name, schema::name(tensor.type), tensor.shape_text());
  if (schema::is_quantized(tensor.type)) {
    text +=
        fmt::format(", {} bits, scale {:.6g}, zero point {}", tensor.bits(), tensor.scale, tensor.zero_point);
  }
  return text;
}

std::string input_text(const ModelReport& report, const BoundaryReport& input) {
  std::string text = tensor_text(report.tensors[static_cast<std::size_t>(input.tensor)]);
  if (input.integer_door) {
    const bw_tensor_info& door = *input.integer_door;
    text += fmt::format("; or its integers: {} {}..{}, scale {:.6g}, zero point {}",
                        schema::name(static_cast<schema::ElementType>(door.type)), door.lo, door.hi,
                        door.scale, door.zero_point);
  }
  return text;
}

double ratio(std::int64_t a, std::int64_t b) {
  return b == 0 ? 0 : static_cast<double>(a) / static_cast<double>(b);
}

}  // namespace

std::string layer_table(const ModelReport& report) {
  std::vector<std::vector<std::string>> rows = {{"#", "layer", "kind", "window", "output", "weights", "bits",
                                                 "clamp", "bytes", "MACs", "l-inf", "l2 <=", "l2 from input",
                                                 "slack", "kernel", ""}};
  for (const LayerReport& layer : report.layers) {
    const TensorReport& output = report.output_of(layer);
    const bool integer = schema::is_quantized(output.type);
    rows.push_back(
        {std::to_string(layer.index), shorten(layer.name, 32), schema::name(layer.kind), layer.geometry,
         output.shape_text(), layer.weights.empty() ? "-" : layer.weights,
         integer ? std::to_string(output.bits()) : "f32",
         integer ? fmt::format("{}..{}{}", output.lo, output.hi, layer.per_channel_clamp ? "*" : "") : "-",
         std::to_string(layer.bytes), count_text(layer.macs), number(layer.linf_norm), number(layer.l2_bound),
         from_input(layer, &lipschitz::TensorBound::l2), number(layer.clip_slack),
         layer.kernel.empty() ? "-" : layer.kernel_text(), layer.bit_exact ? "" : "float, not bit-exact"});
  }
  return table(rows);
}

std::string to_text(const ModelReport& report) {
  std::string text =
      fmt::format("{}: {}, schema version {}, made by {}\n", report.path, byte_text(report.file_bytes),
                  report.schema_version, report.producer.empty() ? "unknown" : report.producer);
  text += fmt::format("content SHA-256  {}\n", report.sha256);
  text += report.bit_exact ? "bit-exact        yes: the same output bytes on every processor\n"
                           : "bit-exact        no: some layers compute on floats\n";
  for (const BoundaryReport& input : report.inputs)
    text += fmt::format("input            {}\n", input_text(report, input));
  for (const BoundaryReport& output : report.outputs) {
    text += fmt::format("output           {}\n",
                        tensor_text(report.tensors[static_cast<std::size_t>(output.tensor)]));
  }
  for (const StateReport& state : report.states) {
    text += fmt::format("state            {}, next '{}', {}\n",
                        tensor_text(report.tensors[static_cast<std::size_t>(state.tensor)]),
                        report.tensors[static_cast<std::size_t>(state.next)].name,
                        state.has_initial ? "begins as stored" : "begins at its zero point");
  }
  text += fmt::format("parameters       {} in {}; {} as float32 ({:.1f} times smaller)\n",
                      count_text(report.parameters()), byte_text(report.weight_bytes()),
                      byte_text(report.float_bytes()), ratio(report.float_bytes(), report.weight_bytes()));
  text += fmt::format("work             {} multiply-accumulates\n", count_text(report.macs()));
  text += fmt::format("on this machine  path {}, arena {}, packed weights {}\n", report.kernel_path,
                      byte_text(report.arena_bytes), byte_text(report.packed_bytes));
  if (report.packed) text += fmt::format("packed weights   {}\n", report.packed->text());
  text += report.golden_inputs > 0 ? "golden           one input and its outputs (bulwark run --golden)\n"
                                   : "golden           none\n";
  if (report.clip_eps > 0)
    text += fmt::format("clip bounds      hold for input changes of {:.3g} steps\n", report.clip_eps);
  if (!report.recipe.empty()) text += fmt::format("recipe           {}\n", report.recipe);
  for (const auto& [key, value] : report.metadata) text += fmt::format("{:<16} {}\n", key, value);
  text += fmt::format("\n{}", layer_table(report));
  if (const std::string norms = norm_table(report); !norms.empty()) text += fmt::format("\n{}", norms);
  if (report.amplification) text += fmt::format("\n{}", to_text(*report.amplification));
  return text;
}

}  // namespace bulwark::converter::report
