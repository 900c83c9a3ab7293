// SPDX-License-Identifier: Apache-2.0
// Parts of the page that inspect --html writes.
#pragma once

#include <string>

#include "converter/report/model_report.h"
#include "converter/report/style.h"

namespace bulwark::converter::report {

std::string escape(const std::string& text);  ///< for HTML and SVG, in text and in quoted attributes

/// CSS class that colours a layer by its width: weights where it has any, else activations. "b8", "b4", ..
/// "bf" for float.
std::string width_class(const ModelReport& report, const LayerReport& layer);
/// "w4 a4", "a8", "float"
std::string width_text(const ModelReport& report, const LayerReport& layer);

/// The network as <svg>.
std::string graph_svg(const ModelReport& report);
/// Bars of bytes and multiply-accumulates per layer.
std::string bars_html(const ModelReport& report);
std::string layer_table_html(const ModelReport& report);

}  // namespace bulwark::converter::report
