// SPDX-License-Identifier: Apache-2.0
#include "converter/cli/labels.h"

#include <cmath>
#include <cstring>

#include "schema/model_view.h"

namespace bulwark::converter::cli {

namespace {

template <typename T>
std::vector<float> converted(std::span<const std::uint8_t> bytes) {
  std::vector<float> values(bytes.size() / sizeof(T));
  for (std::size_t i = 0; i < values.size(); ++i) {
    T value;
    std::memcpy(&value, bytes.data() + i * sizeof(T), sizeof(T));
    values[i] = static_cast<float>(value);
  }
  return values;
}

}  // namespace

std::size_t element_bytes(bw_type type) {
  return schema::element_size(static_cast<schema::ElementType>(type));
}

std::vector<float> as_floats(std::span<const std::uint8_t> bytes, bw_type type) {
  switch (type) {
    case BW_TYPE_S8:
      return converted<std::int8_t>(bytes);
    case BW_TYPE_U8:
      return converted<std::uint8_t>(bytes);
    case BW_TYPE_S16:
      return converted<std::int16_t>(bytes);
    case BW_TYPE_S32:
      return converted<std::int32_t>(bytes);
    case BW_TYPE_S64:
      return converted<std::int64_t>(bytes);
    default:
      return converted<float>(bytes);
  }
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
  if (type == BW_TYPE_S32 || type == BW_TYPE_S64) {  // the model itself gives labels
    return {values.begin(), values.end()};
  }
  std::vector<std::int64_t> labels;
  for (std::size_t i = 0; i < static_cast<std::size_t>(batch); ++i) {
    labels.push_back(argmax(std::span(values).subspan(i * classes, classes)));
  }
  return labels;
}

}  // namespace bulwark::converter::cli
