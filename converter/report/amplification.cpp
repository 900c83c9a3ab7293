// SPDX-License-Identifier: Apache-2.0
#include "converter/report/amplification.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "converter/report/chart.h"
#include "converter/report/html.h"
#include "converter/report/text.h"

namespace bulwark::converter::report {
namespace {

double over(double part, double whole) { return whole > 0 ? part / whole : 0; }

std::string summary(const Amplification& a) {
  const RelativeChange times = a.ratio();
  return fmt::format(
      "{} samples, eps {}: from the input to the last layer an attacked change ({}) grows {:.2f} times and "
      "changes {} label(s), random noise {:.2f} times and {} label(s).",
      a.samples, a.eps, a.attack, times.attacked, a.attacked_flips, times.noise, a.noise_flips);
}

}  // namespace

RelativeChange Amplification::ratio() const {
  if (layers.empty()) return {};
  const RelativeChange& last = layers.back().change;
  return {over(last.noise, input.noise), over(last.attacked, input.attacked)};
}

nlohmann::ordered_json to_json(const Amplification& a) {
  const RelativeChange times = a.ratio();
  nlohmann::ordered_json layers = nlohmann::ordered_json::array();
  for (const AmplifiedLayer& layer : a.layers) {
    layers.push_back(
        {{"name", layer.name}, {"noise", layer.change.noise}, {"attacked", layer.change.attacked}});
  }
  return {{"eps", a.eps},
          {"samples", a.samples},
          {"attack", a.attack},
          {"noise_label_changes", a.noise_flips},
          {"attacked_label_changes", a.attacked_flips},
          {"input", {{"noise", a.input.noise}, {"attacked", a.input.attacked}}},
          {"growth", {{"noise", times.noise}, {"attacked", times.attacked}}},
          {"layers", layers}};
}

std::string to_text(const Amplification& a) {
  std::vector<std::vector<std::string>> rows = {{"relative change of", "noise", "attacked"}};
  const auto add = [&](const std::string& name, const RelativeChange& change) {
    rows.push_back(
        {shorten(name, 40), fmt::format("{:.4f}", change.noise), fmt::format("{:.4f}", change.attacked)});
  };
  add("the input", a.input);
  for (const AmplifiedLayer& layer : a.layers) add(layer.name, layer.change);
  return summary(a) + "\n\n" + table(rows);
}

std::string to_html(const Amplification& a) {
  Chart chart{"layer, 0: the input", "relative change of its output", {}, false};
  ChartLine attacked{"attacked", {{0, a.input.attacked}}}, noise{"random noise", {{0, a.input.noise}}};
  for (std::size_t i = 0; i < a.layers.size(); ++i) {
    const double at = static_cast<double>(i + 1);
    attacked.points.emplace_back(at, a.layers[i].change.attacked);
    noise.points.emplace_back(at, a.layers[i].change.noise);
  }
  chart.lines = {attacked, noise};
  return "<section><h2>How a change of the input grows</h2><p class=\"sub\">" + escape(summary(a)) +
         "</p>\n" + chart_svg(chart) + "</section>\n";
}

}  // namespace bulwark::converter::report
