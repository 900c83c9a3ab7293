// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "converter/report/model_report.h"

namespace bulwark::converter::report {
namespace {

using Json = nlohmann::ordered_json;

Json optional(const std::optional<float>& value) { return value ? Json(*value) : Json(nullptr); }

Json optional(const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); }

Json bound_json(const std::optional<lipschitz::TensorBound>& bound) {
  if (!bound) return nullptr;
  return {{"l2", bound->l2}, {"linf", bound->linf}, {"rounding", bound->rounding}};
}

Json tensor_json(const TensorReport& tensor) {
  Json json = {{"name", tensor.name}, {"type", schema::name(tensor.type)}, {"shape", tensor.shape}};
  if (schema::is_quantized(tensor.type)) {
    json.update({{"bits", tensor.bits()},
                 {"scale", tensor.scale},
                 {"zero_point", tensor.zero_point},
                 {"lo", tensor.lo},
                 {"hi", tensor.hi}});
  }
  if (tensor.constant) json["constant"] = true;
  return json;
}

Json layer_json(const ModelReport& report, const LayerReport& layer) {
  const TensorReport& output = report.output_of(layer);
  Json json = {{"index", layer.index},
               {"name", layer.name},
               {"kind", schema::name(layer.kind)},
               {"inputs", layer.inputs},
               {"outputs", layer.outputs},
               {"shape", output.shape},
               {"geometry", layer.geometry},
               {"bit_exact", layer.bit_exact},
               {"activation_type", schema::name(output.type)},
               {"activation_bits", output.bits()},
               {"lo", output.lo},
               {"hi", output.hi},
               {"bytes", layer.bytes},
               {"macs", layer.macs},
               {"kernel", layer.kernel},
               {"passed_over", layer.passed_over.empty() ? Json() : Json(layer.passed_over)},
               {"fused_in", layer.fused_in < 0 ? Json() : Json(layer.fused_in)},
               {"linf_norm", optional(layer.linf_norm)},
               {"l2_bound", optional(layer.l2_bound)},
               {"clip_slack", optional(layer.clip_slack)},
               {"from_input", bound_json(layer.from_input)}};
  if (layer.reshaped_norm)
    json.update({{"reshaped_norm", optional(layer.reshaped_norm)}, {"l2_lower", optional(layer.l2_lower)}});
  if (!layer.weights.empty()) {
    json.update({{"weight_format", layer.weights},
                 {"weight_bits", layer.weight_bits},
                 {"parameters", layer.parameters},
                 {"fraction_bits", layer.fraction_bits},
                 {"weights_in_file", layer.weights_in_file},
                 {"per_channel_clamp", layer.per_channel_clamp}});
  }
  return json;
}

Json boundary_json(const ModelReport& report, const BoundaryReport& boundary) {
  Json json = tensor_json(report.tensors[static_cast<std::size_t>(boundary.tensor)]);
  if (boundary.integer_door) {
    const bw_tensor_info& door = *boundary.integer_door;
    json["integer_door"] = {{"type", schema::name(static_cast<schema::ElementType>(door.type))},
                            {"scale", door.scale},
                            {"zero_point", door.zero_point},
                            {"lo", door.lo},
                            {"hi", door.hi}};
  }
  return json;
}

}  // namespace

nlohmann::ordered_json to_json(const ModelReport& report) {
  Json json = {{"model", report.path},
               {"file_bytes", report.file_bytes},
               {"schema_version", report.schema_version},
               {"producer", report.producer},
               {"content_sha256", report.sha256},
               {"bit_exact", report.bit_exact},
               {"parameters", report.parameters()},
               {"weight_bytes", report.weight_bytes()},
               {"float_bytes", report.float_bytes()},
               {"macs", report.macs()},
               {"path", report.kernel_path},
               {"arena_bytes", report.arena_bytes},
               {"packed_bytes", report.packed_bytes},
               {"clip_eps", report.clip_eps},
               {"recipe", report.recipe},
               {"golden", {{"inputs", report.golden_inputs}, {"outputs", report.golden_outputs}}}};
  json["packed"] = nullptr;
  if (const auto& packed = report.packed) {
    json["packed"] = {{"paths", packed->paths},
                      {"entries", packed->entries},
                      {"bytes", packed->bytes},
                      {"used_layers", packed->used_layers},
                      {"used_bytes", packed->used_bytes}};
  }
  json["metadata"] = Json::object();
  for (const auto& [key, value] : report.metadata) json["metadata"][key] = value;
  for (const char* key : {"inputs", "outputs", "states", "layers", "tensors"}) json[key] = Json::array();
  for (const BoundaryReport& input : report.inputs) json["inputs"].push_back(boundary_json(report, input));
  for (const BoundaryReport& output : report.outputs)
    json["outputs"].push_back(boundary_json(report, output));
  for (const StateReport& state : report.states) {
    json["states"].push_back(
        {{"tensor", state.tensor}, {"next", state.next}, {"has_initial", state.has_initial}});
  }
  for (const LayerReport& layer : report.layers) json["layers"].push_back(layer_json(report, layer));
  for (const TensorReport& tensor : report.tensors) json["tensors"].push_back(tensor_json(tensor));
  if (report.amplification) json["amplification"] = to_json(*report.amplification);
  return json;
}

}  // namespace bulwark::converter::report
