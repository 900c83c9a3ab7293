// SPDX-License-Identifier: Apache-2.0
// Line charts as <svg>, in the colours of the style sheet.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace bulwark::converter::report {

struct ChartLine {
  std::string name;
  std::vector<std::pair<double, double>> points;  ///< ascending in x
  bool dots_only = false;
};

struct Chart {
  std::string x_label, y_label;
  std::vector<ChartLine> lines;
  bool percent = false;  ///< y is a share of 1, drawn from 0 to 100 %
};

/// Axes with round ticks, one colour per line, a legend, and every point's numbers as a tooltip. Infinite and
/// NaN points are left out.
std::string chart_svg(const Chart& chart);

}  // namespace bulwark::converter::report
