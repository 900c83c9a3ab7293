// SPDX-License-Identifier: Apache-2.0
#include "converter/cli/search_report.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "converter/report/chart.h"
#include "converter/report/html.h"
#include "converter/report/text.h"

namespace bulwark::converter::cli {
namespace {

using Json = nlohmann::ordered_json;

int input_bits(const search::BitSearch& search, const search::Layer& layer, const search::Plan& plan) {
  if (layer.input < 0) return 8;
  return plan.at(search.groups()[static_cast<std::size_t>(layer.input)].writers[0]).activations;
}

Json damage_json(const search::Damage& damage) {
  Json json = {{"divergence", damage.divergence}, {"agreement", damage.agreement}};
  if (damage.accuracy) json["accuracy"] = *damage.accuracy;
  if (damage.attacked_loss) {
    json.update({{"attacked_loss", *damage.attacked_loss}, {"attacked_accuracy", *damage.attacked_accuracy}});
  }
  if (damage.certified)
    json.update({{"certified_margin", damage.certified->margin}, {"certified", damage.certified->share}});
  return json;
}

Json found_json(const FoundPlan& found, const FoundPlan& fixed) {
  Json json = {{"latency", found.costs[search::kLatency]},
               {"latency_share", found.costs[search::kLatency] / fixed.costs[search::kLatency]},
               {"weight_bytes", found.costs[search::kSize]}};
  if (fixed.costs[search::kEnergy] > 0) json["energy_nj"] = found.costs[search::kEnergy];
  json["predicted_damage"] = found.predicted;
  if (found.damage) json.update(damage_json(*found.damage));
  json["plan"] = plan_json(found.plan);
  return json;
}

/// What was asked for besides the divergence.
std::string more_text(const search::Damage& damage) {
  std::string text;
  if (damage.accuracy) text += fmt::format("; right {:.1f} %", 100 * *damage.accuracy);
  if (damage.attacked_accuracy)
    text += fmt::format("; right under attack {:.1f} %", 100 * *damage.attacked_accuracy);
  if (damage.certified)
    text += fmt::format("; certified {:.1f} %, lead {:.3g}", 100 * damage.certified->share,
                        damage.certified->margin);
  return text;
}

std::string layers_text(const search::BitSearch& search, const search::Plan& plan) {
  std::vector<std::vector<std::string>> rows = {{"layer", "weights", "reads", "writes", "parameters"}};
  for (const search::Layer& layer : search.layers()) {
    if (!layer.weighted) continue;
    rows.push_back({report::shorten(layer.name, 40), std::to_string(plan.at(layer.name).weights),
                    std::to_string(input_bits(search, layer, plan)),
                    std::to_string(plan.at(layer.name).activations), std::to_string(layer.parameters)});
  }
  return report::table(rows);
}

std::string front_text(const SearchResult& result) {
  std::vector<std::vector<std::string>> rows = {
      {"latency, " + result.unit, "of 8 bits", "weight bytes", "predicted", "divergence", "same label"}};
  for (const FoundPlan& found : result.front) {
    rows.push_back({fmt::format("{:.0f}", found.costs[0]),
                    fmt::format("{:.3f}", found.costs[0] / result.fixed.costs[0]),
                    fmt::format("{:.0f}", found.costs[1]), fmt::format("{:.4g}", found.predicted),
                    fmt::format("{:.4g}", found.damage->divergence),
                    fmt::format("{:.1f} %", 100 * found.damage->agreement)});
  }
  return report::table(rows);
}

/// One bar up for the weights of every layer and one down for what it reads.
std::string bits_svg(const search::BitSearch& search, const search::Plan& plan) {
  constexpr int kStep = 12, kBar = 26, kGap = 10, kAxis = 130, kLabel = 110;
  std::string bars;
  int x = 50;
  for (const search::Layer& layer : search.layers()) {
    if (!layer.weighted) continue;
    const int weights = plan.at(layer.name).weights, reads = input_bits(search, layer, plan);
    const std::string name = report::escape(layer.name);
    bars += fmt::format(
        "<g><title>{0}: weights {1} bits, reads {2} bits</title>"
        "<rect class=\"b{1}\" fill=\"var(--c)\" x=\"{3}\" y=\"{4}\" width=\"{5}\" height=\"{6}\"/>"
        "<rect class=\"b{2}\" fill=\"var(--c)\" x=\"{3}\" y=\"{7}\" width=\"{5}\" height=\"{8}\" "
        "opacity=\"0.6\"/>"
        "<text x=\"{9}\" y=\"{10}\" text-anchor=\"middle\" font-size=\"11\">{1}</text>"
        "<text x=\"{9}\" y=\"{11}\" text-anchor=\"middle\" font-size=\"11\">{2}</text>"
        "<text transform=\"translate({9} {12}) rotate(60)\" font-size=\"11\">{13}</text></g>\n",
        name, weights, reads, x, kAxis - kStep * weights, kBar, kStep * weights, kAxis, kStep * reads,
        x + kBar / 2, kAxis - kStep * weights - 3, kAxis + kStep * reads + 12, kAxis + kStep * 8 + 24,
        report::escape(report::shorten(layer.name, 18)));
    x += kBar + kGap;
  }
  return fmt::format(
      "<svg viewBox=\"0 0 {0} {1}\" width=\"{0}\" role=\"img\" aria-label=\"bits of every layer\">"
      "<text x=\"0\" y=\"{2}\" font-size=\"11\">weights</text><text x=\"0\" y=\"{3}\" "
      "font-size=\"11\">reads</text>{4}</svg>\n",
      x + 60, kAxis + kStep * 8 + 24 + kLabel, kAxis - 20, kAxis + 30, bars);
}

report::Chart front_chart(const SearchResult& result, const char* label, bool percent,
                          double (*value)(const FoundPlan&)) {
  report::ChartLine line{fmt::format("{} method, by latency", result.front_method), {}, false},
      best{fmt::format("chosen, {} method", result.method), {}, true}, fixed{"8 bits everywhere", {}, true};
  for (const FoundPlan& found : result.front) line.points.emplace_back(found.costs[0], value(found));
  if (result.best.damage) best.points.emplace_back(result.best.costs[0], value(result.best));
  if (result.fixed.damage) fixed.points.emplace_back(result.fixed.costs[0], value(result.fixed));
  return {fmt::format("latency, {} ({})", result.unit, result.core), label, {line, best, fixed}, percent};
}

std::string rewards_html(const SearchResult& result) {
  if (result.rewards.empty()) return "";
  report::ChartLine line{"reward", {}, false};
  for (std::size_t i = 0; i < result.rewards.size(); ++i)
    line.points.emplace_back(static_cast<double>(i + 1), result.rewards[i]);
  return fmt::format(
      "<section><h2>The agent's reward</h2>{}</section>\n",
      report::chart_svg({"episode", "minus predicted damage, of the cheapest plan", {line}, false}));
}

}  // namespace

Json plan_json(const search::Plan& plan) {
  Json layers = Json::object();
  for (const auto& [name, bits] : plan)
    layers[name] = {{"weights", bits.weights}, {"activations", bits.activations}};
  return {{"layers", layers}};
}

Json to_json(const SearchResult& result) {
  Json json{{"source", result.source},   {"core", result.core},
            {"path", result.path},       {"unit", result.unit},
            {"method", result.method},   {"seconds", result.seconds},
            {"samples", result.samples}, {"sensitivities_measured", result.sensitivities}};
  json["fixed_8_bits"] = found_json(result.fixed, result.fixed);
  json["best"] = found_json(result.best, result.fixed);
  json["sensitivity"] = result.sensitivity;
  json["candidates"] = Json::array();
  for (const FoundPlan& found : result.candidates) {
    json["candidates"].push_back(found_json(found, result.fixed));
    json["candidates"].back().erase("plan");
  }
  if (!result.rewards.empty()) json["rewards"] = result.rewards;
  json["front_method"] = result.front_method;
  json["front"] = Json::array();
  for (const FoundPlan& found : result.front) json["front"].push_back(found_json(found, result.fixed));
  return json;
}

std::string to_text(const SearchResult& result, const search::BitSearch& search) {
  std::string text = fmt::format("{} on {} ({}), {} method, chosen in {:.3f} s\n\n", result.source,
                                 result.core, result.path, result.method, result.seconds);
  text += layers_text(search, result.best.plan);
  text += fmt::format("\nlatency {:.0f} {}, {:.3f} of fixed 8 bits; weights {:.0f} bytes, {:.3f}\n",
                      result.best.costs[0], result.unit, result.best.costs[0] / result.fixed.costs[0],
                      result.best.costs[1], result.best.costs[1] / result.fixed.costs[1]);
  if (result.best.damage) {
    const search::Damage &best = *result.best.damage, &fixed = *result.fixed.damage;
    text += fmt::format(
        "on {} samples, the best of {} measured: divergence from the float model {:.4g} (8 bits: {:.4g}), "
        "same "
        "label {:.1f} % ({:.1f} %){}\n\n",
        result.samples, result.candidates.size(), best.divergence, fixed.divergence, 100 * best.agreement,
        100 * fixed.agreement, more_text(best));
  } else {
    text += fmt::format("predicted damage {:.4g}, not measured\n\n", result.best.predicted);
  }
  if (result.front.empty()) return text;
  return text + fmt::format("plans of the {} method:\n", result.front_method) + front_text(result);
}

std::string to_html(const SearchResult& result, const search::BitSearch& search) {
  const std::string title = report::escape(result.source + " on " + result.core);
  return fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width\"><title>{0}</title><style>{1}</style></head><body><main>\n<h1>{0}</h1>"
      "<p class=\"sub\">{2} method; latency {3:.3f} and weights {4:.3f} of the model with 8 bits everywhere; "
      "compared with the float model on {5} samples</p>\n<section><h2>Bits of every layer</h2>{6}</section>\n"
      "<section><h2>Share of samples with the float model's label</h2>{7}</section>\n"
      "<section><h2>Divergence from the float model</h2>{8}</section>\n{9}</main></body></html>\n",
      title, report::kStyleSheet, result.method, result.best.costs[0] / result.fixed.costs[0],
      result.best.costs[1] / result.fixed.costs[1], result.samples, bits_svg(search, result.best.plan),
      report::chart_svg(
          front_chart(result, "same label", true, [](const FoundPlan& f) { return f.damage->agreement; })),
      report::chart_svg(front_chart(result, "divergence, nats", false,
                                    [](const FoundPlan& f) { return f.damage->divergence; })),
      rewards_html(result));
}

}  // namespace bulwark::converter::cli
