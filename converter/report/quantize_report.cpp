// SPDX-License-Identifier: Apache-2.0
#include "converter/report/quantize_report.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "converter/report/text.h"

namespace bulwark::converter::report {
namespace {

using Json = nlohmann::ordered_json;
using quantize::ResultError;

std::string decibels(double value) {
  if (value >= 300) return "exact";
  return fmt::format("{:.1f}", value);
}

std::string steps(const ResultError& error) {
  if (!(error.mean_steps > 0)) return "-";
  return fmt::format("{:.3f}", error.mean_steps);
}

std::string bits_of(const quantize::LayerError& layer) {
  if (layer.activation_bits == 0) return fmt::format("{}/f32", layer.weight_bits);
  return fmt::format("{}/{}", layer.weight_bits, layer.activation_bits);
}

Json result_json(const ResultError& error) {
  Json json = {{"sqnr_db", error.sqnr_db}};
  if (error.mean_steps > 0) json["mean_steps"] = error.mean_steps;
  return json;
}

std::string made_by(const quantize::LayerError& layer) {
  return fmt::format("{}{}", layer.optimized ? "second order" : "nearest",
                     layer.bias_corrected ? ", bias" : "");
}

}  // namespace

std::string to_text(const quantize::QuantizeReport& report) {
  std::vector<std::vector<std::string>> rows = {{"layer", "bits w/a", "weights dB", "nearest: dB",
                                                 "mean steps", "as written: dB", "mean steps", "rounding"}};
  for (const quantize::LayerError& layer : report.layers) {
    rows.push_back({shorten(layer.name, 40), bits_of(layer), decibels(layer.weight_sqnr_db),
                    decibels(layer.before.sqnr_db), steps(layer.before), decibels(layer.after.sqnr_db),
                    steps(layer.after), made_by(layer)});
  }
  std::string text = fmt::format(
      "Error of each layer's results against the float network, those of the layers before it included\n"
      "({} calibration sample(s), {} of them for rounding, biases and this table; dB: signal to "
      "noise):\n\n{}",
      report.samples, report.correction_samples, table(rows));
  rows = {{"activation", "bits", "from", "to", "dB", "clipped"}};
  for (const quantize::ActivationError& activation : report.activations) {
    rows.push_back({shorten(activation.name, 40), std::to_string(activation.bits),
                    fmt::format("{:.4g}", activation.lo), fmt::format("{:.4g}", activation.hi),
                    decibels(activation.sqnr_db), fmt::format("{:.3f} %", 100 * activation.clipped)});
  }
  text += fmt::format("\n{}", table(rows));
  if (!report.equalized.empty()) text += fmt::format("\nequalized: {}\n", fmt::join(report.equalized, ", "));
  for (const std::string& note : report.notes) text += fmt::format("note: {}\n", note);
  return text;
}

Json to_json(const quantize::QuantizeReport& report) {
  Json json = {{"samples", report.samples},     {"correction_samples", report.correction_samples},
               {"layers", Json::array()},       {"activations", Json::array()},
               {"equalized", report.equalized}, {"notes", report.notes}};
  for (const quantize::LayerError& layer : report.layers) {
    json["layers"].push_back({{"name", layer.name},
                              {"weight_bits", layer.weight_bits},
                              {"activation_bits", layer.activation_bits},
                              {"weight_sqnr_db", layer.weight_sqnr_db},
                              {"optimized_rounding", layer.optimized},
                              {"bias_corrected", layer.bias_corrected},
                              {"nearest", result_json(layer.before)},
                              {"written", result_json(layer.after)}});
  }
  for (const quantize::ActivationError& activation : report.activations) {
    json["activations"].push_back({{"name", activation.name},
                                   {"bits", activation.bits},
                                   {"lo", activation.lo},
                                   {"hi", activation.hi},
                                   {"sqnr_db", activation.sqnr_db},
                                   {"clipped", activation.clipped}});
  }
  return json;
}

}  // namespace bulwark::converter::report
