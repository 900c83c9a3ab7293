// SPDX-License-Identifier: Apache-2.0
#include "bench/html.h"

#include <algorithm>
#include <cstdio>

#include "bench/commands.h"
#include "bench/files.h"
#include "bench/text.h"
#include "converter/report/style.h"

namespace bulwark::bench {
namespace {

struct Report {
  std::string name;
  JsonValue json;

  std::string text(const char* key) const { return json.text(key, name); }
  double number(const char* key) const { return json.number(key, name); }
  std::string device() const { return json.at("device", name).text("name", name + ": device"); }
  std::string title() const {
    const std::string model = text("model");
    return model.substr(model.rfind('/') + 1) + " on " + device() + " (" + text("core") + ", " +
           text("path") + ")";
  }
};

std::string format_of(const JsonValue& json) {
  const JsonValue* kind = json.find("format");
  return kind != nullptr ? kind->as_text() : "";
}

Report parse(const NamedReport& source) {
  Report report{source.name, JsonValue::parse(source.json, source.name)};
  if (format_of(report.json) != "bulwark.bench" || report.json.whole("version", source.name) != 1) {
    throw Failure{Exit::bad_input,
                  source.name + ": is neither a report of bench nor a latency table, version 1"};
  }
  return report;
}

std::string cell(double value, const char* pattern_unit) {
  return format("<td class=\"n\">%.4g%s</td>", value, pattern_unit);
}

std::string energy_cell(const Report& report) {
  const JsonValue* energy = report.json.find("energy");
  return energy == nullptr ? "<td class=\"n\">-</td>"
                           : cell(1000 * energy->number("joules_per_run", report.name), " mJ");
}

bool is_timed(const Report& report) { return report.json.find("median_ms") != nullptr; }

/// The table and the bars over several reports, fastest first.
std::string comparison(std::vector<const Report*> reports) {
  std::stable_sort(reports.begin(), reports.end(), [](const Report* a, const Report* b) {
    return a->number("median_ms") < b->number("median_ms");
  });
  const double slowest = std::max(reports.back()->number("median_ms"), 1e-12);
  std::string html = "<section><h2>Median time of a run</h2><div class=\"bars\">\n";
  for (const Report* report : reports) {
    html += format(
        "<span class=\"label\">%s</span><span></span><div class=\"bar\"><i style=\"width:%.2f%%\"></i></div>"
        "<span class=\"amount\">%.4g ms</span><span></span><span></span>\n",
        html_escape(report->title()).c_str(), 100 * report->number("median_ms") / slowest,
        report->number("median_ms"));
  }
  html += "</div></section>\n<section><h2>Side by side</h2><div class=\"scroll\"><table><thead><tr>";
  for (const char* head : {"model", "device", "core", "path", "threads", "median", "p90", "p99", "deviation",
                           "load", "model size", "arena", "peak memory", "energy a run"}) {
    html += format("<th>%s</th>", head);
  }
  html += "</tr></thead><tbody>\n";
  for (const Report* report : reports) {
    html += "<tr><td class=\"name\">" + html_escape(report->text("model")) + "</td>";
    for (const std::string& text : {report->device(), report->text("core"), report->text("path")}) {
      html += "<td>" + html_escape(text) + "</td>";
    }
    html += cell(report->number("threads"), "") + cell(report->number("median_ms"), " ms") +
            cell(report->number("p90_ms"), " ms") + cell(report->number("p99_ms"), " ms") +
            cell(report->number("deviation_ms"), " ms") + cell(report->number("load_ms"), " ms") +
            cell(report->number("model_bytes") / 1024, " kB") +
            cell(report->number("arena_bytes") / 1024, " kB") +
            cell(report->number("peak_bytes") / 1024, " kB") + energy_cell(*report) + "</tr>\n";
  }
  return html + "</tbody></table></div></section>\n";
}

std::string cards(const Report& report) {
  std::string html = "<div class=\"cards\">";
  const auto card = [&](const std::string& value, const char* what) {
    html += "<div class=\"card\"><b>" + html_escape(value) + "</b><span>" + what + "</span></div>";
  };
  if (is_timed(report)) {
    card(format("%.4g ms", report.number("median_ms")), "median");
    card(format("%.4g / %.4g ms", report.number("p90_ms"), report.number("p99_ms")), "p90 / p99");
    card(format("%.4g ms", report.number("deviation_ms")), "standard deviation");
  }
  card(format("%.4g / %.4g ms", report.number("load_ms"), report.number("plan_ms")),
       "load and verify / plan");
  card(format("%.4g kB", report.number("model_bytes") / 1024), "model");
  card(format("%.4g kB", report.number("arena_bytes") / 1024), "arena");
  card(format("%.4g MB", report.number("peak_bytes") / 1048576), "process at most");
  if (const JsonValue* energy = report.json.find("energy")) {
    card(format("%.4g mJ", 1000 * energy->number("joules_per_run", report.name)), "energy of a run");
  }
  if (const JsonValue* throttling = report.json.find("throttling")) {
    card(format("%.3f times", throttling->number("slowdown", report.name)), "last tenth against first");
  }
  return html + "</div>\n";
}

/// Bars of time per step; nothing without a profile.
std::string layers(const Report& report) {
  const std::vector<JsonValue>& steps = report.json.list("steps", report.name);
  double most = 0, total = 0;
  for (const JsonValue& step : steps) {
    const JsonValue* us = step.find("mean_us");
    if (us == nullptr) return "";
    most = std::max(most, us->as_number());
    total += us->as_number();
  }
  if (most <= 0) return "";
  std::string html = "<section><h2>Layers</h2><div class=\"bars\">\n";
  for (const JsonValue& step : steps) {
    const double us = step.number("mean_us", report.name);
    html += format(
        "<span class=\"label\" title=\"%s\">%s</span><span class=\"chip\">%s</span><div class=\"bar\"><i "
        "style=\"width:%.2f%%\"></i></div>"
        "<span class=\"amount\">%.4g \xc2\xb5s, %.1f %%</span><span></span><span></span>\n",
        html_escape(step.text("kernel", report.name)).c_str(),
        html_escape(step.text("name", report.name)).c_str(),
        html_escape(step.text("kind", report.name)).c_str(), 100 * us / most, us, 100 * us / total);
  }
  return html + "</div></section>\n";
}

std::string origins(const Report& report) {
  std::string html = "<section><h2>How each number was found</h2><dl>";
  for (const auto& [name, value] : report.json.at("obtained", report.name).members()) {
    html += "<dt>" + html_escape(name) + "</dt><dd>" + html_escape(value.as_text()) + "</dd>";
  }
  return html + "</dl></section>\n";
}

std::string details(const Report& report) {
  const JsonValue& device = report.json.at("device", report.name);
  std::string html =
      "<h1>" + html_escape(report.title()) + "</h1><p class=\"sub\">" +
      html_escape(device.text("system", report.name) + ", " + device.text("machine", report.name) + ", " +
                  device.text("build", report.name) + "; threads: " +
                  report.json.at("threads", report.name).json() + ", cores: " + report.text("cores")) +
      "</p>\n" + cards(report);
  if (is_timed(report)) {
    html += "<section><h2>Times of runs</h2>" + histogram_svg(report.json) + "</section>\n";
    const std::string timeline = timeline_svg(report.json);
    if (!timeline.empty()) html += "<section><h2>Second by second</h2>" + timeline + "</section>\n";
    html += layers(report);
  }
  return html + origins(report);
}

}  // namespace

std::string html_escape(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

std::string report_page(const std::vector<NamedReport>& sources) {
  std::vector<Report> reports;
  std::vector<LatencyTable> tables;
  for (const NamedReport& source : sources) {
    if (format_of(JsonValue::parse(source.json, source.name)) == "bulwark.latency-table") {
      tables.push_back(LatencyTable::parse(source.json, source.name));
    } else {
      reports.push_back(parse(source));
    }
  }
  std::string html =
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Bulwark bench</title><style>";
  html += std::string(converter::report::kStyleSheet) + "</style></head><body><main>\n";
  std::vector<const Report*> timed;
  for (const Report& report : reports) {
    if (is_timed(report)) timed.push_back(&report);
  }
  if (timed.size() > 1) html += comparison(timed);
  for (const Report& report : reports) html += details(report);
  html += latency_tables_html(tables);
  return html + "</main></body></html>\n";
}

Exit page_command(const Arguments& arguments) {
  std::vector<NamedReport> reports;
  for (const std::string& file : arguments.reports) {
    const Bytes bytes = read_file(file);
    reports.push_back({file, std::string(bytes.begin(), bytes.end())});
  }
  const std::string page = report_page(reports);
  write_file_atomically(arguments.html, {reinterpret_cast<const std::uint8_t*>(page.data()), page.size()});
  std::printf("%s: %zu file(s)\n", arguments.html.c_str(), reports.size());
  return Exit::done;
}

}  // namespace bulwark::bench
