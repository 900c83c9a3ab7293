// SPDX-License-Identifier: Apache-2.0
// The drawings of a page, as <svg>.
#include <algorithm>
#include <cmath>

#include "bench/html.h"
#include "bench/text.h"

namespace bulwark::bench {
namespace {

constexpr double kWidth = 640, kHeight = 180, kLeft = 70, kRight = 16, kTop = 12, kBottom = 40;

struct Line {
  std::string label, colour;
  std::vector<std::pair<double, double>> points;
};

std::string frame(const std::string& content, const std::string& x_label, const std::string& y_label) {
  std::string svg =
      format("<svg class=\"chart\" viewBox=\"0 0 %.0f %.0f\" width=\"%.0f\" height=\"%.0f\" role=\"img\">\n",
             kWidth, kHeight, kWidth, kHeight);
  svg += format("<g class=\"grid\"><line x1=\"%.0f\" x2=\"%.0f\" y1=\"%.0f\" y2=\"%.0f\"/></g>\n", kLeft,
                kWidth - kRight, kHeight - kBottom, kHeight - kBottom);
  svg += content;
  svg += format("<text class=\"dim\" x=\"%.0f\" y=\"%.0f\" text-anchor=\"middle\">%s</text>\n",
                (kLeft + kWidth - kRight) / 2, kHeight - 6, html_escape(x_label).c_str());
  svg += format(
      "<text class=\"dim\" transform=\"translate(12 %.0f) rotate(-90)\" text-anchor=\"middle\">%s</text>\n",
      (kTop + kHeight - kBottom) / 2, html_escape(y_label).c_str());
  return svg + "</svg>\n";
}

std::string ends(double lo, double hi, bool horizontal) {
  if (horizontal) {
    return format(
        "<text x=\"%.0f\" y=\"%.0f\">%.5g</text><text x=\"%.0f\" y=\"%.0f\" "
        "text-anchor=\"end\">%.5g</text>\n",
        kLeft, kHeight - kBottom + 16, lo, kWidth - kRight, kHeight - kBottom + 16, hi);
  }
  return format(
      "<text x=\"%.0f\" y=\"%.0f\" text-anchor=\"end\">%.5g</text><text x=\"%.0f\" y=\"%.0f\" "
      "text-anchor=\"end\">%.5g</text>\n",
      kLeft - 6, kHeight - kBottom, lo, kLeft - 6, kTop + 10, hi);
}

std::string line_svg(const Line& line) {
  double x_hi = 0, lo = line.points[0].second, hi = lo;
  for (const auto& [x, y] : line.points) {
    x_hi = std::max(x_hi, x);
    lo = std::min(lo, y);
    hi = std::max(hi, y);
  }
  const double margin = std::max((hi - lo) * 0.1, std::abs(hi) * 0.02 + 1e-9);
  lo -= margin, hi += margin;
  std::string points;
  for (const auto& [x, y] : line.points) {
    points += format("%.1f,%.1f ", kLeft + x / std::max(x_hi, 1e-9) * (kWidth - kLeft - kRight),
                     kHeight - kBottom - (y - lo) / (hi - lo) * (kHeight - kTop - kBottom));
  }
  return frame(format("<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>\n",
                      points.c_str(), line.colour.c_str()) +
                   ends(0, x_hi, true) + ends(lo, hi, false),
               "seconds", line.label);
}

/// The slowest core's clock: the one that throttles.
double least_of(const JsonValue& list) {
  double least = INFINITY;
  for (const JsonValue& item : list.items()) least = std::min(least, item.as_number());
  return least;
}

}  // namespace

std::string histogram_svg(const JsonValue& report) {
  const std::string where = "histogram";
  const JsonValue& histogram = report.at("histogram", where);
  const std::vector<JsonValue>& counts = histogram.list("counts", where);
  const double begin = histogram.number("begin_ms", where), width = histogram.number("width_ms", where);
  double most = 1;
  for (const JsonValue& count : counts) most = std::max(most, count.as_number());
  const double bar = (kWidth - kLeft - kRight) / static_cast<double>(std::max<std::size_t>(counts.size(), 1));
  std::string bars;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const double height = counts[i].as_number() / most * (kHeight - kTop - kBottom);
    const double from = begin + width * static_cast<double>(i);
    bars += format(
        "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"#3b74e8\"><title>%.5g to %.5g ms: "
        "%.0f runs</title></rect>\n",
        kLeft + bar * static_cast<double>(i), kHeight - kBottom - height, std::max(bar - 1, 0.5), height,
        from, from + width, counts[i].as_number());
  }
  const double above = histogram.number("above", where);
  return frame(
      bars + ends(begin, begin + width * static_cast<double>(counts.size()), true) + ends(0, most, false),
      format("ms%s", above > 0 ? format("; %.0f runs took longer", above).c_str() : ""), "runs");
}

std::string timeline_svg(const JsonValue& report) {
  Line time{"median ms", "#3b74e8", {}}, heat{"\xc2\xb0\x43", "#e11d48", {}}, clock{"MHz", "#10a37f", {}};
  for (const JsonValue& second : report.list("timeline", "report")) {
    const double at = second.number("at_s", "timeline");
    time.points.emplace_back(at, second.number("median_ms", "timeline"));
    if (const JsonValue* celsius = second.find("celsius")) heat.points.emplace_back(at, celsius->as_number());
    if (const JsonValue* khz = second.find("khz"); khz != nullptr && !khz->items().empty()) {
      clock.points.emplace_back(at, least_of(*khz) / 1000);
    }
  }
  std::string svg;
  for (const Line* line : {&time, &heat, &clock}) {
    if (line->points.size() > 1) svg += line_svg(*line);
  }
  return svg;
}

}  // namespace bulwark::bench
