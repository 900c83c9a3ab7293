// SPDX-License-Identifier: Apache-2.0
#include "converter/cli/diff_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "converter/report/chart.h"
#include "converter/report/html.h"
#include "converter/report/text.h"

namespace bulwark::converter::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kNoticeable = 0.05;  // mean steps

double mean_steps(const Distance& distance) {
  return distance.step() > 0 ? distance.mean() / distance.step() : 0;
}

std::vector<std::string> cells(const Named& row) {
  const Distance& d = row.distance;
  return {fmt::format("{:.6g}", d.largest()),
          d.step() > 0 ? fmt::format("{:.2f}", d.largest_steps()) : "-",
          fmt::format("{:.3g}", d.mean()),
          d.step() > 0 ? fmt::format("{:.4f}", mean_steps(d)) : "-",
          fmt::format("{:.6f}", d.cosine()),
          d.labels() > 0 ? fmt::format("{} of {}", d.equal_labels(), d.labels()) : "-"};
}

const char* const kColumns[] = {"largest", "in steps", "mean", "mean steps", "cosine", "same label"};

std::string rows_text(const std::vector<Named>& rows, const char* heading) {
  std::vector<std::vector<std::string>> table = {{heading}};
  for (const char* column : kColumns) table[0].emplace_back(column);
  for (const Named& row : rows) {
    table.push_back({report::shorten(row.name, 48)});
    for (std::string& cell : cells(row)) table.back().push_back(std::move(cell));
  }
  return report::table(table);
}

Json rows_json(const std::vector<Named>& rows) {
  Json list = Json::array();
  for (const auto& [name, distance] : rows) {
    Json row = {{"name", name}};
    row.update(distance.to_json());
    list.push_back(row);
  }
  return list;
}

std::string rows_html(const std::vector<Named>& rows, const Named* growth) {
  std::string out = "<div class=\"scroll\"><table><thead><tr><th>tensor";
  for (const char* column : kColumns) out += fmt::format("<th>{}", column);
  out += "</tr></thead><tbody>\n";
  for (const Named& row : rows) {
    out += fmt::format("<tr><td class=\"name\">{}{}", report::escape(row.name),
                       &row == growth ? " <span class=\"warn\">grows here</span>" : "");
    for (const std::string& cell : cells(row)) out += fmt::format("<td class=\"n\">{}", cell);
    out += "</tr>\n";
  }
  return out + "</tbody></table></div>\n";
}

std::string chart(const Comparison& comparison, const char* label, double (*value)(const Distance&)) {
  report::ChartLine line{label, {}};
  for (std::size_t i = 0; i < comparison.layers.size(); ++i) {
    line.points.emplace_back(static_cast<double>(i), value(comparison.layers[i].distance));
  }
  return report::chart_svg({"layer, in the order of execution", label, {line}, false});
}

std::string growth_text(const Comparison& comparison) {
  const Named* growth = first_growth(comparison);
  if (growth == nullptr)
    return "no layer is a twentieth of a step away on average and twice as far as all before it";
  return fmt::format("the distance grows first at '{}': {:.4f} steps on average", growth->name,
                     mean_steps(growth->distance));
}

}  // namespace

const Named* first_growth(const Comparison& comparison) {
  double before = 0;
  for (const Named& layer : comparison.layers) {
    const double now = mean_steps(layer.distance);
    if (now >= kNoticeable && now >= 2 * before) return &layer;
    before = std::max(before, now);
  }
  return nullptr;
}

std::string to_text(const Comparison& comparison) {
  std::string text = rows_text(comparison.outputs, "output");
  if (!comparison.layers.empty()) {
    text += fmt::format("\n{}\n{}\n", rows_text(comparison.layers, "tensor"), growth_text(comparison));
  }
  return text;
}

Json to_json(const Comparison& comparison) {
  const Named* growth = first_growth(comparison);
  return {{"outputs", rows_json(comparison.outputs)},
          {"layers", rows_json(comparison.layers)},
          {"first_growth", growth ? Json(growth->name) : Json(nullptr)}};
}

std::string to_html(const Comparison& comparison, const std::string& a, const std::string& b) {
  const auto name = [](const std::string& path) {
    return report::escape(std::filesystem::path(path).filename().string());
  };
  std::string layers;
  if (!comparison.layers.empty()) {
    layers = fmt::format(
        "<section><h2>Mean distance of each layer, in steps</h2><p "
        "class=\"sub\">{}</p>{}</section>\n<section><h2>Cosine of each "
        "layer</h2>{}</section>\n<section><h2>Layers</h2>{}</section>\n",
        report::escape(growth_text(comparison)), chart(comparison, "mean steps", mean_steps),
        chart(comparison, "cosine", [](const Distance& d) { return d.cosine(); }),
        rows_html(comparison.layers, first_growth(comparison)));
  }
  return fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width\"><title>{0} against "
      "{1}</title><style>{2}</style></head><body><main>\n<h1>{0} against "
      "{1}</h1><p class=\"sub\">{3} "
      "run(s)</p>\n<section><h2>Outputs</h2>{4}</section>\n{5}</main></body></html>\n",
      name(a), name(b), report::kStyleSheet, comparison.runs, rows_html(comparison.outputs, nullptr), layers);
}

}  // namespace bulwark::converter::cli
