// SPDX-License-Identifier: Apache-2.0
// Reports of bench as one page that refers to nothing outside itself.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "bench/json_value.h"
#include "bench/latency_table.h"

namespace bulwark::bench {

struct NamedReport {
  std::string name;  ///< of the file, for messages
  std::string json;
};

/// One or more reports of bench, and latency tables: with several reports, a table and bars that compare them
/// first. Throws Failure (bad_input) that names the file and what it lacks.
std::string report_page(const std::vector<NamedReport>& reports);

std::string html_escape(const std::string& text);

/// Parts of the page.
std::string latency_tables_html(const std::vector<LatencyTable>& tables);
std::string histogram_svg(const JsonValue& report);
/// Median time of each second and, where they are shown, temperature and clock below it.
std::string timeline_svg(const JsonValue& report);

}  // namespace bulwark::bench
