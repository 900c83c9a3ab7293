// SPDX-License-Identifier: Apache-2.0
// Integer weights -> the packed rows of a file.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "converter/write/model_spec.h"

namespace bulwark::converter::write {

/// The bytes of all rows (schema/model.fbs, Weights). Throws Error (bad_input), naming `layer`, when the
/// number of weights is not rows * row_elements or a weight lies outside its format.
std::vector<std::uint8_t> pack_weights(const WeightsSpec& weights, const std::string& layer);

}  // namespace bulwark::converter::write
