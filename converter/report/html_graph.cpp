// SPDX-License-Identifier: Apache-2.0
// The drawing of the network.
#include <fmt/format.h>

#include <map>
#include <set>

#include "converter/report/graph_layout.h"
#include "converter/report/html.h"
#include "converter/report/text.h"

namespace bulwark::converter::report {
namespace {

using schema::OperatorKind;

constexpr double kNodeWidth = 252;
constexpr double kNameCharacter = 7.6;  // width of a bold letter, on the wide side
constexpr double kTallNode = 66, kFlatNode = 28;
constexpr std::size_t kBoundary = static_cast<std::size_t>(-1);

/// A layer, an input or an output.
struct Drawn {
  std::size_t layer = kBoundary;
  std::int32_t tensor = -1;
};

bool moves_data(OperatorKind kind) {
  switch (kind) {
    case OperatorKind::reshape:
    case OperatorKind::transpose:
    case OperatorKind::quantize:
    case OperatorKind::dequantize:
    case OperatorKind::requantize:
    case OperatorKind::clip:
      return true;
    default:
      return false;
  }
}

class Drawing {
 public:
  explicit Drawing(const ModelReport& report) : report_(report) {
    add_nodes();
    add_edges();
    lay_out(&layout_);
  }

  std::string svg() const {
    std::string out = fmt::format(
        "<svg class=\"graph\" xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:.0f} {1:.0f}\" "
        "width=\"{0:.0f}\" "
        "height=\"{1:.0f}\" role=\"img\" aria-label=\"The network\">\n",
        layout_.width, layout_.height);
    out +=
        "<defs><marker id=\"arrow\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" "
        "markerHeight=\"7\" "
        "orient=\"auto-start-reverse\"><path d=\"M0 0.5 L7.5 4 L0 7.5 Z\"/></marker></defs>\n";
    for (std::size_t i = 0; i < layout_.edges.size(); ++i) out += edge_svg(i);
    for (std::size_t i = 0; i < drawn_.size(); ++i) out += node_svg(i);
    return out + "</svg>\n";
  }

 private:
  void add_node(Drawn drawn, double height) {
    drawn_.push_back(drawn);
    layout_.nodes.push_back({kNodeWidth, height, {}});
  }

  void add_nodes() {
    for (const BoundaryReport& input : report_.inputs) {
      writer_[input.tensor] = drawn_.size();
      add_node({kBoundary, input.tensor}, kFlatNode);
    }
    for (std::size_t i = 0; i < report_.layers.size(); ++i) {
      const LayerReport& layer = report_.layers[i];
      for (const std::int32_t tensor : layer.outputs) writer_[tensor] = drawn_.size();
      add_node({i, -1}, moves_data(layer.kind) ? kFlatNode : kTallNode);
    }
    for (const BoundaryReport& output : report_.outputs) add_node({kBoundary, output.tensor}, kFlatNode);
  }

  void add_edge(std::int32_t tensor, std::size_t to) {
    const auto writer = writer_.find(tensor);
    if (writer == writer_.end() || !known_.insert({writer->second, to}).second) return;
    layout_.edges.push_back({writer->second, to, {}, false});
    tensors_.push_back(tensor);
  }

  void add_edges() {
    for (std::size_t i = 0; i < drawn_.size(); ++i) {
      if (drawn_[i].layer != kBoundary) {
        for (const std::int32_t tensor : report_.layers[drawn_[i].layer].inputs) add_edge(tensor, i);
      } else if (i >= report_.inputs.size()) {
        add_edge(drawn_[i].tensor, i);
      }
    }
  }

  std::string tensor_title(std::int32_t index) const {
    const TensorReport& tensor = report_.tensors[static_cast<std::size_t>(index)];
    std::string text = fmt::format("{}\n{} {}", tensor.name, schema::name(tensor.type), tensor.shape_text());
    if (schema::is_quantized(tensor.type)) {
      text += fmt::format("\n{} bits: {}..{}\nscale {:.6g}, zero point {}", tensor.bits(), tensor.lo,
                          tensor.hi, tensor.scale, tensor.zero_point);
    }
    return escape(text);
  }

  /// Vertical at both ends of every piece, so that the pieces join smoothly.
  static std::string curve(const std::vector<Point>& points) {
    std::string path = fmt::format("M{:.1f} {:.1f}", points[0].x, points[0].y);
    for (std::size_t i = 1; i < points.size(); ++i) {
      const Point &a = points[i - 1], &b = points[i];
      const double middle = (a.y + b.y) / 2;
      path += a.x == b.x ? fmt::format(" L{:.1f} {:.1f}", b.x, b.y)
                         : fmt::format(" C{:.1f} {:.1f} {:.1f} {:.1f} {:.1f} {:.1f}", a.x, middle, b.x,
                                       middle, b.x, b.y);
    }
    return path;
  }

  std::string edge_svg(std::size_t i) const {
    const LayoutEdge& edge = layout_.edges[i];
    const std::string path = curve(edge.points);
    return fmt::format(
        "<g class=\"edge{0}\"><title>{1}</title><path class=\"touch\" d=\"{2}\"/><path class=\"line\" "
        "d=\"{2}\" "
        "marker-end=\"url(#arrow)\"/></g>\n",
        edge.passes_layers ? " skip" : "", tensor_title(tensors_[i]), path);
  }

  std::string node_svg(std::size_t i) const {
    return drawn_[i].layer == kBoundary ? boundary_svg(i) : layer_svg(i, report_.layers[drawn_[i].layer]);
  }

  std::string boundary_svg(std::size_t i) const {
    const LayoutNode& node = layout_.nodes[i];
    const TensorReport& tensor = report_.tensors[static_cast<std::size_t>(drawn_[i].tensor)];
    return fmt::format(
        "<g class=\"boundary\"><title>{}</title><rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.0f}\" "
        "height=\"{:.0f}\" rx=\"14\"/>"
        "<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{} <tspan class=\"dim\">{} "
        "{}</tspan></text></g>\n",
        tensor_title(drawn_[i].tensor), node.centre.x - kNodeWidth / 2, node.centre.y - node.height / 2,
        kNodeWidth, node.height, node.centre.x, node.centre.y + 4, escape(shorten(tensor.name, 16)),
        schema::name(tensor.type), tensor.shape_text());
  }

  std::string layer_title(const LayerReport& layer) const {
    std::string text = fmt::format("{}\n{} {}", layer.name, schema::name(layer.kind), layer.geometry);
    if (!layer.weights.empty()) {
      text +=
          fmt::format("\n{} parameters, weights {}, {} bytes", layer.parameters, layer.weights, layer.bytes);
    }
    if (layer.macs > 0) text += fmt::format("\n{} multiply-accumulates", layer.macs);
    if (layer.linf_norm) text += fmt::format("\nl-infinity norm {:.4g}", *layer.linf_norm);
    if (layer.clip_slack) text += fmt::format("\nclip slack {:.4g} steps", *layer.clip_slack);
    if (!layer.kernel.empty()) text += "\nkernel " + layer.kernel;
    if (!layer.bit_exact) text += "\ncomputes on floats: not bit-exact";
    return escape(text) + "\n\n" + tensor_title(layer.outputs[0]);
  }

  double badge_width(const LayerReport& layer) const {
    return 12 + 6.4 * static_cast<double>(width_text(report_, layer).size());
  }

  std::string badge_svg(const LayerReport& layer, double right, double middle) const {
    const double width = badge_width(layer);
    return fmt::format(
        "<rect class=\"badge\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"17\" rx=\"8.5\"/><text "
        "class=\"badge-text\" x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>",
        right - width, middle - 8.5, width, right - width / 2, middle + 3.8, width_text(report_, layer));
  }

  std::string layer_svg(std::size_t i, const LayerReport& layer) const {
    const LayoutNode& node = layout_.nodes[i];
    const double left = node.centre.x - kNodeWidth / 2, top = node.centre.y - node.height / 2;
    const std::string shape = report_.output_of(layer).shape_text();
    std::string out = fmt::format(
        "<g class=\"node {}\"><title>{}</title><rect class=\"box\" x=\"{:.1f}\" y=\"{:.1f}\" "
        "width=\"{:.0f}\" height=\"{:.0f}\" "
        "rx=\"7\"/><path class=\"band\" d=\"M{:.1f} {:.1f} h-1 a6 6 0 0 0 -6 6 v{:.1f} a6 6 0 0 0 6 6 h1 "
        "z\"/>",
        width_class(report_, layer), layer_title(layer), left, top, kNodeWidth, node.height, left + 7.5,
        top + 0.5, node.height - 13);
    out += badge_svg(layer, left + kNodeWidth - 9, node.height == kFlatNode ? node.centre.y : top + 17);
    if (node.height == kFlatNode) {
      out += fmt::format(
          "<text class=\"kind\" x=\"{:.1f}\" y=\"{:.1f}\">{} <tspan class=\"dim\">{}</tspan></text>",
          left + 16, node.centre.y + 4, schema::name(layer.kind), shape);
      return out + "</g>\n";
    }
    const auto name_length =
        static_cast<std::size_t>((kNodeWidth - 32 - badge_width(layer)) / kNameCharacter);
    out += fmt::format("<text class=\"name\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text>", left + 16, top + 21,
                       escape(shorten(layer.name, name_length)));
    out += fmt::format(
        "<text class=\"kind\" x=\"{:.1f}\" y=\"{:.1f}\">{} <tspan class=\"dim\">{}</tspan></text>", left + 16,
        top + 38, schema::name(layer.kind), layer.geometry);
    std::string facts = shape;
    if (layer.bytes > 0) facts += fmt::format(" · {}", byte_text(layer.bytes));
    if (layer.macs > 0) facts += fmt::format(" · {} MACs", count_text(layer.macs));
    out += fmt::format("<text class=\"dim\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text>", left + 16, top + 55, facts);
    return out + "</g>\n";
  }

  const ModelReport& report_;
  GraphLayout layout_;
  std::vector<Drawn> drawn_;
  std::vector<std::int32_t> tensors_;           // of each edge
  std::map<std::int32_t, std::size_t> writer_;  // tensor -> node
  std::set<std::pair<std::size_t, std::size_t>> known_;
};

}  // namespace

std::string graph_svg(const ModelReport& report) { return Drawing(report).svg(); }

}  // namespace bulwark::converter::report
