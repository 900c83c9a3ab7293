// SPDX-License-Identifier: Apache-2.0
// The label that an output stands for.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "bulwark/bulwark.h"

namespace bulwark::converter::cli {

std::size_t element_bytes(bw_type type);
/// The values of an output as they stand, integers not dequantized.
std::vector<float> as_floats(std::span<const std::uint8_t> bytes, bw_type type);
/// Index of the largest value; of equal ones, the first. NaN is never the largest.
std::int64_t argmax(std::span<const float> values);
/// One label for each of the `batch` equal parts of the output.
std::vector<std::int64_t> predicted_labels(std::span<const std::uint8_t> output, bw_type type,
                                           std::int64_t batch);

}  // namespace bulwark::converter::cli
