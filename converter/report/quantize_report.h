// SPDX-License-Identifier: Apache-2.0
// What quantization did to each layer, for people and for programs.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "converter/quantize/report.h"

namespace bulwark::converter::report {

std::string to_text(const quantize::QuantizeReport& report);
nlohmann::ordered_json to_json(const quantize::QuantizeReport& report);

}  // namespace bulwark::converter::report
