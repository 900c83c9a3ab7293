// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <filesystem>
#include <map>
#include <set>

#include "converter/report/html.h"
#include "converter/report/text.h"

namespace bulwark::converter::report {
namespace {

std::string card(const std::string& value, const std::string& label) {
  return fmt::format("<div class=\"card\"><b>{}</b><span>{}</span></div>\n", value, label);
}

std::string cards(const ModelReport& report) {
  const double times = report.weight_bytes() == 0 ? 0
                                                  : static_cast<double>(report.float_bytes()) /
                                                        static_cast<double>(report.weight_bytes());
  return "<div class=\"cards\">\n" + card(byte_text(report.file_bytes), "file") +
         card(byte_text(report.weight_bytes()),
              fmt::format("parameters; {} as float32", byte_text(report.float_bytes()))) +
         card(fmt::format("{:.1f}×", times), "smaller than float32") +
         card(count_text(report.macs()), "multiply-accumulates") +
         card(byte_text(report.arena_bytes), "activations at run time") +
         card(escape(report.kernel_path),
              fmt::format("kernels here; {} packed", byte_text(report.packed_bytes))) +
         (report.packed
              ? card(byte_text(report.packed->bytes),
                     fmt::format("packed for {}; {} used in place here", escape(report.packed->paths),
                                 byte_text(report.packed->used_bytes)))
              : std::string()) +
         "</div>\n";
}

/// The widths that occur, in the colours of the drawing.
std::string legend(const ModelReport& report) {
  std::map<std::string, std::set<std::string>> formats;
  for (const LayerReport& layer : report.layers) {
    if (layer.weights.empty() && layer.bit_exact) continue;
    formats[width_class(report, layer)].insert(layer.bit_exact ? layer.weights : "float, not bit-exact");
  }
  std::string out = "<div class=\"legend\">";
  for (const auto& [style, names] : formats) {
    out += fmt::format("<span class=\"chip {}\">{}{}</span>", style, fmt::join(names, ", "),
                       style == "bf" ? "" : " weights");
  }
  return out +
         "<span>w: bits of the weights, a: bits of the output. Violet lines skip layers. Point at anything "
         "for its "
         "numbers.</span></div>\n";
}

std::string tensor_html(const TensorReport& tensor) {
  std::string text =
      fmt::format("<b>{}</b> {} {}", escape(tensor.name), schema::name(tensor.type), tensor.shape_text());
  if (schema::is_quantized(tensor.type)) {
    text += fmt::format(", {}..{}, scale {:.6g}, zero point {}", tensor.lo, tensor.hi, tensor.scale,
                        tensor.zero_point);
  }
  return text;
}

std::string input_html(const ModelReport& report, const BoundaryReport& input) {
  std::string text = tensor_html(report.tensors[static_cast<std::size_t>(input.tensor)]);
  if (input.integer_door) {
    const bw_tensor_info& door = *input.integer_door;
    text += fmt::format("; or its integers {} {}..{}, scale {:.6g}, zero point {}",
                        schema::name(static_cast<schema::ElementType>(door.type)), door.lo, door.hi,
                        door.scale, door.zero_point);
  }
  return text;
}

std::string item(const std::string& term, const std::string& text) {
  return fmt::format("<dt>{}</dt><dd>{}</dd>\n", term, text);
}

std::string details(const ModelReport& report) {
  std::string out = "<section><h2>File</h2><dl>\n";
  for (const BoundaryReport& input : report.inputs) out += item("input", input_html(report, input));
  for (const BoundaryReport& output : report.outputs) {
    out += item("output", tensor_html(report.tensors[static_cast<std::size_t>(output.tensor)]));
  }
  for (const StateReport& state : report.states)
    out += item("state", tensor_html(report.tensors[static_cast<std::size_t>(state.tensor)]));
  out += item("golden data", report.golden_inputs > 0 ? "one input and its outputs" : "none");
  if (report.clip_eps > 0)
    out += item("clip bounds", fmt::format("hold for input changes of {:.3g} steps", report.clip_eps));
  if (!report.recipe.empty()) out += item("recipe", escape(report.recipe));
  for (const auto& [key, value] : report.metadata) out += item(escape(key), escape(value));
  out += item("schema version", std::to_string(report.schema_version));
  out += item("content SHA-256", report.sha256);
  return out + "</dl></section>\n";
}

}  // namespace

std::string to_html(const ModelReport& report) {
  const std::string name = escape(std::filesystem::path(report.path).filename().string());
  std::string out = fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width,initial-scale=1\"><title>{0}</title><style>{1}</style></"
      "head><body><main>\n<h1>{0} "
      "<span class=\"{2}\">{3}</span></h1>\n<p class=\"sub\">{4} layers, made by {5}</p>\n",
      name, kStyleSheet, report.bit_exact ? "exact" : "float",
      report.bit_exact ? "bit-exact" : "not bit-exact", report.layers.size(),
      report.producer.empty() ? "unknown" : escape(report.producer));
  out += cards(report);
  out += "<div class=\"split\"><section><h2>Network</h2>\n" + legend(report) + "<div class=\"canvas\">" +
         graph_svg(report) + "</div></section>\n<div><section><h2>Where the bytes and the work are</h2>\n" +
         bars_html(report) + "</section>\n" + details(report) + "</div></div>\n";
  if (report.amplification) out += to_html(*report.amplification);
  out += "<section><h2>Layers</h2>\n" + layer_table_html(report) + "</section>\n</main></body></html>\n";
  return out;
}

}  // namespace bulwark::converter::report
