// SPDX-License-Identifier: Apache-2.0
#include "converter/import/common/resample.h"

#include <algorithm>
#include <cmath>

namespace bulwark::converter::importing {

std::vector<std::int64_t> LiteResize::nearest() const {
  const bool corners = align_corners && output > 1;
  const float scale = corners ? static_cast<float>(input - 1) / static_cast<float>(output - 1)
                              : static_cast<float>(input) / static_cast<float>(output);
  const float offset = half_pixel_centers ? 0.5f : 0.0f;
  std::vector<std::int64_t> indices;
  for (std::int64_t i = 0; i < output; ++i) {
    const float place = (static_cast<float>(i) + offset) * scale;
    const float whole = align_corners ? std::round(place) : std::floor(place);
    indices.push_back(std::clamp<std::int64_t>(static_cast<std::int64_t>(whole), 0, input - 1));
  }
  return indices;
}

std::vector<double> LiteResize::linear(bool quantized) const {
  const bool corners = align_corners && output > 1;
  const std::int64_t from = corners ? input - 1 : input, to = corners ? output - 1 : output;
  std::vector<double> positions;
  for (std::int64_t i = 0; i < output; ++i) {
    if (quantized) {
      const std::int64_t scale = (1024 * from + to / 2) / to;
      const std::int64_t place = half_pixel_centers ? i * scale + scale / 2 - 512 : i * scale;
      positions.push_back(static_cast<double>(place) / 1024);
    } else {
      const float scale = static_cast<float>(from) / static_cast<float>(to);
      const float place =
          half_pixel_centers ? (static_cast<float>(i) + 0.5f) * scale - 0.5f : static_cast<float>(i) * scale;
      positions.push_back(static_cast<double>(place));
    }
  }
  return clamped(std::move(positions), input);
}

std::vector<double> clamped(std::vector<double> positions, std::int64_t input) {
  for (double& p : positions) p = std::clamp(p, 0.0, static_cast<double>(input - 1));
  return positions;
}

}  // namespace bulwark::converter::importing
