// SPDX-License-Identifier: Apache-2.0
#include "converter/report/certificates.h"

#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "converter/report/chart.h"
#include "converter/report/html.h"
#include "converter/report/text.h"

namespace bulwark::converter::report {
namespace {

double share(std::int64_t part, const CertifyReport& report) {
  return report.samples.empty() ? 0 : static_cast<double>(part) / static_cast<double>(report.samples.size());
}

std::string percent(std::int64_t part, const CertifyReport& report) {
  return fmt::format("{:.2f} %", 100 * share(part, report));
}

std::int64_t clean_right(const CertifyReport& report) {
  std::int64_t right = 0;
  for (const CertifiedSample& sample : report.samples) right += sample.label == sample.predicted ? 1 : 0;
  return right;
}

const char* const kScope =
    "Certified: proved for the integers that run, on every processor, for the tensor that is handed in. Not "
    "certified does not "
    "mean attacked; certified does not mean right.";

}  // namespace

std::vector<CertifyCounts> counts(const CertifyReport& report) {
  std::vector<CertifyCounts> all;
  for (const int eps : report.eps) {
    CertifyCounts one;
    one.eps = eps;
    for (const CertifiedSample& sample : report.samples) {
      const bool right = sample.label == sample.predicted;
      const bool proved = sample.eps >= eps && eps > 0;
      (proved ? right ? one.right : one.wrong : right ? one.open_right : one.open_wrong) += 1;
    }
    all.push_back(one);
  }
  return all;
}

std::string to_csv(const CertifyReport& report) {
  std::string out = "index,label,predicted,certified_eps,margin\n";
  for (std::size_t i = 0; i < report.samples.size(); ++i) {
    const CertifiedSample& sample = report.samples[i];
    out += fmt::format("{},{},{},{},{:.9g}\n", i, sample.label, sample.predicted, sample.eps, sample.margin);
  }
  return out;
}

std::string to_text(const CertifyReport& report) {
  std::string text = fmt::format("{} samples, clean accuracy {}, path {}\n\n", report.samples.size(),
                                 percent(clean_right(report), report), report.path);
  std::vector<std::vector<std::string>> rows = {{"eps", "certified and right", "certified and wrong",
                                                 "not certified, right", "not certified, wrong",
                                                 "right where certified", "elsewhere"}};
  for (const CertifyCounts& at : counts(report)) {
    const auto among = [](std::int64_t right, std::int64_t wrong) {
      return right + wrong == 0 ? std::string("-")
                                : fmt::format("{:.1f} %", 100.0 * static_cast<double>(right) /
                                                              static_cast<double>(right + wrong));
    };
    rows.push_back({std::to_string(at.eps), percent(at.right, report), percent(at.wrong, report),
                    percent(at.open_right, report), percent(at.open_wrong, report), among(at.right, at.wrong),
                    among(at.open_right, at.open_wrong)});
  }
  return text + table(rows) + "\n" + kScope + "\n";
}

nlohmann::ordered_json to_json(const CertifyReport& report) {
  nlohmann::ordered_json levels = nlohmann::ordered_json::array();
  for (const CertifyCounts& at : counts(report)) {
    levels.push_back({{"eps", at.eps},
                      {"certified_right", at.right},
                      {"certified_wrong", at.wrong},
                      {"not_certified_right", at.open_right},
                      {"not_certified_wrong", at.open_wrong},
                      {"certified_accuracy", share(at.right, report)},
                      {"coverage", share(at.certified(), report)}});
  }
  return {{"model", report.model},
          {"path", report.path},
          {"samples", report.samples.size()},
          {"clean_accuracy", share(clean_right(report), report)},
          {"levels", levels}};
}

std::string to_html(const CertifyReport& report) {
  const std::string name = std::filesystem::path(report.model).filename().string();
  Chart chart{"radius of the box, in steps of the input", "share of the samples", {}, true};
  ChartLine right{"certified and right", {{0, share(clean_right(report), report)}}}, covered{"certified", {}};
  std::string rows;
  for (const CertifyCounts& at : counts(report)) {
    if (at.eps > 0) {
      right.points.emplace_back(at.eps, share(at.right, report));
      covered.points.emplace_back(at.eps, share(at.certified(), report));
    }
    rows += fmt::format(
        "<tr><td class=\"n\">{}<td class=\"n\">{}<td class=\"n\">{}<td class=\"n\">{}<td "
        "class=\"n\">{}</tr>\n",
        at.eps, percent(at.right, report), percent(at.wrong, report), percent(at.open_right, report),
        percent(at.open_wrong, report));
  }
  chart.lines = {right, covered};
  return fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width\"><title>{0}: "
      "certificates</title><style>{1}</style></head><body><main>\n<h1>{0}</h1><p "
      "class=\"sub\">{2} samples, clean accuracy {3}, path {4}</p>\n<section><h2>Certified accuracy against "
      "eps</h2>\n{5}</section>\n<section><h2>Coverage</h2><div "
      "class=\"scroll\"><table><thead><tr><th>eps<th>certified and "
      "right<th>certified and wrong<th>not certified, right<th>not certified, "
      "wrong</tr></thead><tbody>\n{6}</tbody></table></div>"
      "<p class=\"sub\">{7}</p></section>\n</main></body></html>\n",
      escape(name), kStyleSheet, report.samples.size(), percent(clean_right(report), report),
      escape(report.path), chart_svg(chart), rows, kScope);
}

}  // namespace bulwark::converter::report
