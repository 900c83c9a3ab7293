// SPDX-License-Identifier: Apache-2.0
#include "converter/write/pack_weights.h"

#include <bit>
#include <cstring>

#include "converter/error.h"
#include "kernels/common/weights.h"
#include "schema/limits.h"

namespace bulwark::converter::write {
namespace {

static_assert(std::endian::native == std::endian::little, "float weights are copied as they lie in memory");

Error weights_error(const std::string& layer, const std::string& what) {
  return bad_input("weights of '" + layer + "': " + what);
}

void check_count(const WeightsSpec& weights, const std::string& layer) {
  const std::size_t have =
      weights.format == WeightFormat::f32 ? weights.floats.size() : weights.integers.size();
  if (weights.rows <= 0 || weights.row_elements <= 0) throw weights_error(layer, "there are none");
  const std::uint64_t need =
      static_cast<std::uint64_t>(weights.rows) * static_cast<std::uint64_t>(weights.row_elements);
  if (have != need) {
    throw weights_error(layer, std::to_string(have) + " values, " + std::to_string(need) + " expected");
  }
}

}  // namespace

std::vector<std::uint8_t> pack_weights(const WeightsSpec& weights, const std::string& layer) {
  check_count(weights, layer);
  if (weights.format == WeightFormat::f32) {
    std::vector<std::uint8_t> bytes(weights.floats.size() * sizeof(float));
    std::memcpy(bytes.data(), weights.floats.data(), bytes.size());
    return bytes;
  }
  const auto format = static_cast<kernels::WeightFormat>(weights.format);
  const kernels::WeightRange range = kernels::weight_range(format);
  for (const std::int16_t w : weights.integers) {
    if (w < range.lo || w > range.hi) {
      throw weights_error(layer, std::to_string(w) + " does not fit format " + schema::name(weights.format));
    }
  }
  const auto elements = static_cast<std::size_t>(weights.row_elements);
  const std::uint64_t row_bytes = kernels::weight_row_bytes(format, elements);
  const std::uint64_t total = row_bytes * static_cast<std::uint64_t>(weights.rows);
  if (total > schema::kMaxFileBytes) throw weights_error(layer, "more than 2^30 bytes");
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(total));
  for (std::size_t row = 0; row < static_cast<std::size_t>(weights.rows); ++row) {
    kernels::pack_weight_row(format, weights.integers.data() + row * elements, elements,
                             bytes.data() + row * static_cast<std::size_t>(row_bytes));
  }
  return bytes;
}

}  // namespace bulwark::converter::write
