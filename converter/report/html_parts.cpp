// SPDX-License-Identifier: Apache-2.0
// Bars, table and colours of the page.
#include <fmt/format.h>

#include <algorithm>

#include "converter/report/html.h"
#include "converter/report/text.h"

namespace bulwark::converter::report {
namespace {

std::string bar(std::int64_t value, std::int64_t largest, const std::string& text) {
  const double percent = largest == 0 ? 0 : 100.0 * static_cast<double>(value) / static_cast<double>(largest);
  return fmt::format(
      "<span class=\"bar\"><i style=\"width:{:.2f}%\"></i></span><span class=\"amount\">{}</span>", percent,
      text);
}

std::string cell(const std::string& text, const char* style = "") {
  return fmt::format("<td{}>{}</td>", *style ? fmt::format(" class=\"{}\"", style) : "", text);
}

std::string number(const std::optional<float>& value) { return value ? fmt::format("{:.3g}", *value) : "–"; }

/// As three numbers.
std::string from_input(const LayerReport& layer) {
  if (!layer.from_input) return "–";
  return fmt::format("{:.3g}, {:.3g}, {:.2g}", layer.from_input->l2, layer.from_input->linf,
                     layer.from_input->rounding);
}

}  // namespace

std::string escape(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += static_cast<unsigned char>(c) < 0x20 && c != '\n' ? '?' : c;
    }
  }
  return out;
}

std::string width_class(const ModelReport& report, const LayerReport& layer) {
  if (!layer.bit_exact || layer.weights == "f32") return "bf";
  if (layer.weights == "ternary") return "b2";
  if (layer.weights == "s9") return "b9";
  if (!layer.weights.empty()) return fmt::format("b{}", static_cast<int>(layer.weight_bits));
  const int bits = report.output_of(layer).bits();
  return bits == 0 ? "bn plain" : fmt::format("b{} plain", bits);
}

std::string width_text(const ModelReport& report, const LayerReport& layer) {
  if (!layer.bit_exact) return "float";
  const TensorReport& output = report.output_of(layer);
  const std::string activations = output.bits() == 0 ? "f32" : fmt::format("a{}", output.bits());
  if (layer.weights.empty()) return activations;
  const std::string weights = layer.weights == "ternary" ? "1.6" : layer.weights.substr(1);
  return fmt::format("w{} {}", weights, activations);
}

std::string bars_html(const ModelReport& report) {
  std::int64_t most_bytes = 0, most_macs = 0;
  for (const LayerReport& layer : report.layers) {
    most_bytes = std::max(most_bytes, layer.bytes);
    most_macs = std::max(most_macs, layer.macs);
  }
  std::string out =
      "<div class=\"bars\"><b>layer</b><b></b><b class=\"head\">bytes</b><b></b><b "
      "class=\"head\">MACs</b><b></b>\n";
  for (const LayerReport& layer : report.layers) {
    if (layer.bytes == 0 && layer.macs == 0) continue;
    out += fmt::format("<span class=\"label\" title=\"{}\">{}</span><span class=\"chip {}\">{}</span>{}{}\n",
                       escape(layer.name), escape(shorten(layer.name, 24)), width_class(report, layer),
                       width_text(report, layer), bar(layer.bytes, most_bytes, byte_text(layer.bytes)),
                       bar(layer.macs, most_macs, count_text(layer.macs)));
  }
  return out + "</div>\n";
}

std::string layer_table_html(const ModelReport& report) {
  std::string out =
      "<div "
      "class=\"scroll\"><table><thead><tr><th>#<th>layer<th>kind<th>window<th>output<th>width<th>weights<th>"
      "clamp<th>"
      "bytes<th>MACs<th title=\"largest row sum of |w|, real units\">l∞<th title=\"upper bound of the "
      "largest singular value\">l2 ≤<th title=\"Lipschitz constants from the model's input to here, and how "
      "far "
      "rounding can have moved an element: they explain, they certify nothing\">from the input: l2, l∞, "
      "rounding<th "
      "title=\"steps between the "
      "calibrated range and the "
      "clamp\">slack<th>kernel</tr></thead><tbody>\n";
  for (const LayerReport& layer : report.layers) {
    const TensorReport& output = report.output_of(layer);
    const bool integer = schema::is_quantized(output.type);
    out += "<tr>" + cell(std::to_string(layer.index), "n") + cell(escape(layer.name), "name") +
           cell(schema::name(layer.kind)) + cell(layer.geometry) + cell(output.shape_text()) +
           cell(fmt::format("<span class=\"chip {}\">{}</span>", width_class(report, layer),
                            width_text(report, layer))) +
           cell(layer.weights.empty() ? "–" : layer.weights) +
           cell(integer ? fmt::format("{}..{}{}", output.lo, output.hi,
                                      layer.per_channel_clamp ? " per channel" : "")
                        : "–") +
           cell(layer.bytes ? std::to_string(layer.bytes) : "–", "n") +
           cell(layer.macs ? count_text(layer.macs) : "–", "n") + cell(number(layer.linf_norm), "n") +
           cell(number(layer.l2_bound), "n") + cell(from_input(layer), "n") +
           cell(number(layer.clip_slack), "n") +
           cell(layer.bit_exact ? escape(layer.kernel_text())
                                : escape(layer.kernel) + " <span class=\"warn\">float: not bit-exact</span>",
                "kernel") +
           "</tr>\n";
  }
  return out + "</tbody></table></div>\n";
}

}  // namespace bulwark::converter::report
