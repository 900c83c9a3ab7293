// SPDX-License-Identifier: Apache-2.0
#include "converter/report/chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "converter/report/html.h"

namespace bulwark::converter::report {
namespace {

constexpr double kWidth = 640, kHeight = 340, kLeft = 62, kRight = 16, kTop = 14, kBottom = 46;
constexpr const char* kColours[] = {"#3b74e8", "#10a37f", "#f59e0b", "#e11d48",
                                    "#7c3aed", "#0891b2", "#ca8a04", "#667085"};

struct Scale {
  double lo, hi, from, to;
  double operator()(double value) const { return from + (value - lo) / (hi - lo) * (to - from); }
};

/// 1, 2 or 5 times a power of ten that cuts the range into about five parts.
double tick_step(double range) {
  const double rough = range / 5, power = std::pow(10, std::floor(std::log10(rough)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (rough <= factor * power) return factor * power;
  }
  return 10 * power;
}

struct Bounds {
  double lo = std::numeric_limits<double>::infinity(), hi = -std::numeric_limits<double>::infinity();
  void take(double value) {
    lo = std::min(lo, value);
    hi = std::max(hi, value);
  }
  /// To a range that has round ticks in double precision.
  void widen() {
    if (!(lo <= hi)) lo = hi = 0;
    const double least = 1e-6 * std::max({1.0, std::abs(lo), std::abs(hi)});
    if (hi - lo >= least) return;
    lo -= least / 2;
    hi += least / 2;
  }
};

bool finite(const std::pair<double, double>& point) {
  return std::isfinite(point.first) && std::isfinite(point.second);
}

std::string axis(const Scale& scale, const Chart& chart, bool horizontal) {
  std::string out;
  const double step = tick_step(scale.hi - scale.lo);
  for (double tick = std::ceil(scale.lo / step - 1e-9) * step; tick <= scale.hi + step * 1e-9; tick += step) {
    const double at = scale(tick);
    const double shown = std::abs(tick) < step * 1e-9 ? 0 : tick;
    if (horizontal) {
      out += fmt::format(
          "<line x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1}\" y2=\"{2}\"/><text x=\"{0:.1f}\" y=\"{3}\" "
          "text-anchor=\"middle\">{4:.6g}</text>\n",
          at, kTop, kHeight - kBottom, kHeight - kBottom + 17, shown);
    } else {
      const std::string text =
          chart.percent ? fmt::format("{:.6g} %", 100 * shown) : fmt::format("{:.6g}", shown);
      out += fmt::format(
          "<line x1=\"{1}\" x2=\"{2}\" y1=\"{0:.1f}\" y2=\"{0:.1f}\"/><text x=\"{3}\" y=\"{4:.1f}\" "
          "text-anchor=\"end\">{5}</text>\n",
          at, kLeft, kWidth - kRight, kLeft - 7, at + 4, text);
    }
  }
  return out;
}

std::string line_svg(const ChartLine& line, const Scale& x, const Scale& y, const Chart& chart,
                     const char* colour) {
  std::string points, dots;
  for (const auto& point : line.points) {
    if (!finite(point)) continue;
    points += fmt::format("{:.1f},{:.1f} ", x(point.first), y(point.second));
    const std::string value =
        chart.percent ? fmt::format("{:.2f} %", 100 * point.second) : fmt::format("{:.6g}", point.second);
    dots += fmt::format(
        "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3.4\" fill=\"{}\"><title>{}: {:.6g}, {}</title></circle>\n",
        x(point.first), y(point.second), colour, escape(line.name), point.first, value);
  }
  if (line.dots_only) return dots;
  return fmt::format("<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"2\"/>\n", points,
                     colour) +
         dots;
}

std::string legend(const Chart& chart) {
  std::string out = "<div class=\"legend\">";
  for (std::size_t i = 0; i < chart.lines.size(); ++i) {
    out += fmt::format("<span class=\"chip\" style=\"--c:{}\">{}</span>", kColours[i % std::size(kColours)],
                       escape(chart.lines[i].name));
  }
  return out + "</div>\n";
}

}  // namespace

std::string chart_svg(const Chart& chart) {
  Bounds xs, ys;
  for (const ChartLine& line : chart.lines) {
    for (const auto& point : line.points) {
      if (!finite(point)) continue;
      xs.take(point.first);
      ys.take(point.second);
    }
  }
  if (chart.percent) {
    ys.take(0);
    ys.take(1);
  }
  xs.widen();
  ys.widen();
  const Scale x{xs.lo, xs.hi, kLeft, kWidth - kRight}, y{ys.lo, ys.hi, kHeight - kBottom, kTop};
  std::string out = legend(chart);
  out += fmt::format(
      "<svg class=\"chart\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" height=\"{1}\" role=\"img\">\n<g "
      "class=\"grid\">\n",
      kWidth, kHeight);
  out += axis(x, chart, true) + axis(y, chart, false) + "</g>\n";
  out += fmt::format("<text class=\"dim\" x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text>\n",
                     (kLeft + kWidth - kRight) / 2, kHeight - 8, escape(chart.x_label));
  out += fmt::format(
      "<text class=\"dim\" transform=\"translate(14 {}) rotate(-90)\" text-anchor=\"middle\">{}</text>\n",
      (kTop + kHeight - kBottom) / 2, escape(chart.y_label));
  for (std::size_t i = 0; i < chart.lines.size(); ++i) {
    out += line_svg(chart.lines[i], x, y, chart, kColours[i % std::size(kColours)]);
  }
  return out + "</svg>\n";
}

}  // namespace bulwark::converter::report
