// SPDX-License-Identifier: Apache-2.0
#include "converter/cli/labels.h"

#include <cmath>
#include <cstring>

namespace bulwark::converter::cli {

std::size_t element_bytes(bw_type type) { return type == BW_TYPE_F32 ? sizeof(float) : 1; }

std::vector<float> as_floats(std::span<const std::uint8_t> bytes, bw_type type) {
  std::vector<float> values(bytes.size() / element_bytes(type));
  if (type == BW_TYPE_F32) {
    std::memcpy(values.data(), bytes.data(), values.size() * sizeof(float));
    return values;
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = type == BW_TYPE_S8 ? static_cast<float>(static_cast<std::int8_t>(bytes[i]))
                                   : static_cast<float>(bytes[i]);
  }
  return values;
}

std::int64_t argmax(std::span<const float> values) {
  std::size_t best = 0;
  for (std::size_t i = 1; i < values.size(); ++i) {
    if (values[i] > values[best] || std::isnan(values[best])) best = i;
  }
  return static_cast<std::int64_t>(best);
}

std::vector<std::int64_t> predicted_labels(std::span<const std::uint8_t> output, bw_type type,
                                           std::int64_t batch) {
  const std::vector<float> values = as_floats(output, type);
  const std::size_t classes = values.size() / static_cast<std::size_t>(batch);
  std::vector<std::int64_t> labels;
  for (std::size_t i = 0; i < static_cast<std::size_t>(batch); ++i) {
    labels.push_back(argmax(std::span(values).subspan(i * classes, classes)));
  }
  return labels;
}

}  // namespace bulwark::converter::cli
