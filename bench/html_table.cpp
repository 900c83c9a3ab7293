// SPDX-License-Identifier: Apache-2.0
// Latency tables on a page: what fewer bits buy, by layer and by network.
#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "bench/html.h"
#include "bench/text.h"

namespace bulwark::bench {
namespace {

constexpr LayerWidths kShown[] = {{8, 8}, {8, 4}, {4, 8}, {4, 4}, {3, 3}, {2, 8}, {2, 4}, {2, 2}};

std::string name_of(LayerWidths widths) { return format("w%d a%d", widths.weights, widths.activations); }

bool depends_on_bits(const TableLayer& layer) { return layer.costs.size() > 1; }

std::string count_text(double count) {
  if (count >= 1e6) return format("%.2f M", count / 1e6);
  return count >= 1e3 ? format("%.1f k", count / 1e3) : format("%.0f", count);
}

/// Every network of the table, with every layer that depends on bits at the same widths; nothing for those
/// that lack one of them.
std::map<std::string, double> networks_at(const LatencyTable& table, LayerWidths widths) {
  std::map<std::string, std::optional<double>> sums;
  for (const TableLayer& layer : table.layers) {
    const LayerCost* cost =
        depends_on_bits(layer) || layer.costs.empty() ? layer.exact(widths) : layer.costs.data();
    for (const LayerUser& user : layer.used_by) {
      std::optional<double>& sum = sums.try_emplace(user.model, table.per_run).first->second;
      sum = cost != nullptr && sum ? std::optional(*sum + cost->cost) : std::nullopt;
    }
  }
  std::map<std::string, double> found;
  for (const auto& [model, sum] : sums) {
    if (sum) found.emplace(model, *sum);
  }
  return found;
}

/// Networks of the same layers, as often used, are one: "net-w8 and 3 more".
struct Network {
  std::string model, title;
};

std::vector<Network> distinct_networks(const std::vector<LatencyTable>& tables) {
  std::map<std::string, std::string> layers;  // by model: the keys of all tables, as often as used
  for (const LatencyTable& table : tables) {
    for (const TableLayer& layer : table.layers) {
      for (const LayerUser& user : layer.used_by) layers[user.model] += table.core + layer.key + "\n";
    }
  }
  std::map<std::string, std::vector<std::string>> alike;
  for (const auto& [model, keys] : layers) alike[keys].push_back(model);
  std::vector<Network> networks;
  for (const auto& [keys, models] : alike) {
    networks.push_back({models[0], models.size() == 1
                                       ? models[0]
                                       : format("%s and %zu more", models[0].c_str(), models.size() - 1)});
  }
  std::sort(networks.begin(), networks.end(),
            [](const Network& a, const Network& b) { return a.model < b.model; });
  return networks;
}

std::string cell(const LatencyTable& table, const std::string& model, LayerWidths widths) {
  const auto all = networks_at(table, widths), wide = networks_at(table, kShown[0]);
  const auto cost = all.find(model), base = wide.find(model);
  if (cost == all.end() || base == wide.end()) return "<td class=\"n\">-</td>";
  return format("<td class=\"n\">%s, %.0f %%</td>", count_text(cost->second).c_str(),
                100 * cost->second / base->second);
}

/// One row per network and widths, one column per table; the second figure is the share of w8 a8.
std::string networks_html(const std::vector<LatencyTable>& tables) {
  std::string html =
      "<section><h2>Whole networks, every layer at the same widths</h2><div "
      "class=\"scroll\"><table><thead><tr><th>network</th><th>widths</th>";
  for (const LatencyTable& table : tables) {
    html += "<th>" + html_escape(table.core + ", " + table.path + ", " + table.unit) + "</th>";
  }
  html += "</tr></thead><tbody>\n";
  for (const Network& network : distinct_networks(tables)) {
    for (const LayerWidths widths : kShown) {
      html +=
          "<tr><td class=\"name\">" + html_escape(network.title) + "</td><td>" + name_of(widths) + "</td>";
      for (const LatencyTable& table : tables) html += cell(table, network.model, widths);
      html += "</tr>\n";
    }
  }
  return html + "</tbody></table></div></section>\n";
}

/// Green where fewer bits are cheaper, red where they cost more; the colour is as strong as the difference.
std::string share_cell(double share, const std::string& kernel) {
  const int strength = std::min(80, static_cast<int>(120 * std::abs(1 - share)));
  return format(
      "<td class=\"n\" title=\"%s\" style=\"background:color-mix(in srgb,%s %d%%,transparent)\">%.0f %%</td>",
      html_escape(kernel).c_str(), share <= 1 ? "#10a37f" : "#e11d48", strength, 100 * share);
}

std::string layers_html(const LatencyTable& table) {
  std::string html =
      "<section><h2>" + html_escape("Layers on " + table.core + " (" + table.path + ")") +
      "</h2><p class=\"sub\">" +
      html_escape(table.obtained + "; shares are of w8 a8" + (table.complete ? "" : "; not complete")) +
      "</p><div class=\"scroll\"><table><thead><tr><th>layer</th><th>MACs</th><th>" +
      html_escape(table.unit) + "</th>";
  for (const LayerWidths widths : kShown) html += "<th>" + name_of(widths) + "</th>";
  html += "</tr></thead><tbody>\n";
  for (const TableLayer& layer : table.layers) {
    const LayerCost* wide = depends_on_bits(layer) ? layer.exact(kShown[0]) : nullptr;
    if (layer.costs.empty()) continue;
    html += "<tr><td class=\"kernel\">" + html_escape(layer.key) + "</td>" +
            format("<td class=\"n\">%s</td><td class=\"n\">%s</td>",
                   count_text(static_cast<double>(layer.macs)).c_str(),
                   count_text((wide != nullptr ? *wide : layer.costs[0]).cost).c_str());
    for (const LayerWidths widths : kShown) {
      const LayerCost* cost = wide != nullptr && wide->cost > 0 ? layer.exact(widths) : nullptr;
      html += cost != nullptr ? share_cell(cost->cost / wide->cost, cost->kernel) : "<td class=\"n\">-</td>";
    }
    html += "</tr>\n";
  }
  return html + "</tbody></table></div></section>\n";
}

}  // namespace

std::string latency_tables_html(const std::vector<LatencyTable>& tables) {
  if (tables.empty()) return "";
  std::string html = "<h1>Latency tables</h1>\n" + networks_html(tables);
  for (const LatencyTable& table : tables) html += layers_html(table);
  return html;
}

}  // namespace bulwark::bench
