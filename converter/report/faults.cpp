// SPDX-License-Identifier: Apache-2.0
#include "converter/report/faults.h"

#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "converter/report/chart.h"
#include "converter/report/html.h"
#include "converter/report/text.h"

namespace bulwark::converter::report {
namespace {

double share(std::int64_t part, std::int64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

std::string percent(std::int64_t part, std::int64_t whole) {
  return whole == 0 ? "-" : fmt::format("{:.1f} %", 100 * share(part, whole));
}

std::vector<std::vector<std::string>> rows_of(const FaultReport& report) {
  const bool weights = report.flips == "weights";
  std::vector<std::vector<std::string>> rows = {
      {"rate", weights ? "flips per model" : "flips per run", "refused files", "right without bounds",
       "right with bounds", "runs noticed", "runs with another label", "of them noticed"}};
  for (const FaultLevel& level : report.levels) {
    rows.push_back({fmt::format("{:.3g}", level.rate),
                    fmt::format("{:.1f}", share(level.flips, weights ? level.trials : level.runs)),
                    weights ? fmt::format("{} of {}", level.refused, level.trials) : "-",
                    percent(level.right_without, level.runs), percent(level.right_with, level.runs),
                    percent(level.noticed, level.runs), percent(level.changed, level.runs),
                    percent(level.changed_noticed, level.changed)});
  }
  return rows;
}

std::string summary(const FaultReport& report) {
  return fmt::format(
      "{} samples, random flips in {}, clip bounds for input changes of {:g} steps, seed {}, path {}",
      report.samples, report.flips, report.clip_eps, report.seed, report.path);
}

/// Of the rates above 0.
Chart chart_of(const FaultReport& report) {
  Chart chart{"share of bits that flip, as a power of ten", "share of the runs", {}, true};
  ChartLine without{"right without bounds", {}}, with{"right with bounds", {}}, noticed{"noticed", {}};
  for (const FaultLevel& level : report.levels) {
    if (level.rate == 0 || level.runs == 0) continue;
    const double x = std::log10(level.rate);
    without.points.emplace_back(x, share(level.right_without, level.runs));
    with.points.emplace_back(x, share(level.right_with, level.runs));
    noticed.points.emplace_back(x, share(level.noticed, level.runs));
  }
  chart.lines = {without, with, noticed};
  return chart;
}

}  // namespace

std::string to_text(const FaultReport& report) { return summary(report) + "\n\n" + table(rows_of(report)); }

nlohmann::ordered_json to_json(const FaultReport& report) {
  nlohmann::ordered_json levels = nlohmann::ordered_json::array();
  for (const FaultLevel& level : report.levels) {
    levels.push_back({{"rate", level.rate},
                      {"trials", level.trials},
                      {"refused", level.refused},
                      {"flips", level.flips},
                      {"runs", level.runs},
                      {"accuracy_without_bounds", share(level.right_without, level.runs)},
                      {"accuracy_with_bounds", share(level.right_with, level.runs)},
                      {"noticed", level.noticed},
                      {"changed", level.changed},
                      {"changed_noticed", level.changed_noticed}});
  }
  return {{"model", report.model}, {"path", report.path},
          {"flips", report.flips}, {"clip_eps", report.clip_eps},
          {"seed", report.seed},   {"samples", report.samples},
          {"levels", levels}};
}

std::string to_html(const FaultReport& report) {
  std::string rows;
  for (const std::vector<std::string>& row : rows_of(report)) {
    const char* cell_tag = rows.empty() ? "<th>" : "<td class=\"n\">";
    std::string line = "<tr>";
    for (const std::string& cell : row) line += cell_tag + escape(cell);
    rows += line + "</tr>\n";
  }
  return fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width\"><title>{0}: "
      "faults</title><style>{1}</style></head><body><main>\n<h1>{0}</h1>"
      "<p class=\"sub\">{2}</p>\n<section><h2>Accuracy against faults</h2>\n{3}</section>\n<section><div "
      "class=\"scroll\"><table><tbody>\n{4}</tbody></table></div></section>\n</main></body></html>\n",
      escape(std::filesystem::path(report.model).filename().string()), kStyleSheet, escape(summary(report)),
      chart_svg(chart_of(report)), rows);
}

}  // namespace bulwark::converter::report
