// SPDX-License-Identifier: Apache-2.0
#include "converter/cli/door.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "converter/cli/labels.h"
#include "converter/error.h"

namespace bulwark::converter::cli {

std::vector<std::int16_t> Door::levels(std::span<const std::uint8_t> bytes) const {
  std::vector<std::int16_t> out;
  for (const std::uint8_t byte : bytes) {
    out.push_back(info.type == BW_TYPE_S8 ? static_cast<std::int16_t>(static_cast<std::int8_t>(byte))
                                          : std::int16_t{byte});
  }
  return out;
}

std::vector<std::uint8_t> Door::bytes(std::span<const std::int16_t> levels) {
  std::vector<std::uint8_t> out;
  for (const std::int16_t level : levels) out.push_back(static_cast<std::uint8_t>(level));
  return out;
}

Door find_door(const Model& model, const InputData& data, const char* verb) {
  const auto info = model.integer_input(0);
  if (!info || (model.input(0).type == BW_TYPE_F32 && !data.integer_door)) {
    throw bad_input(
        fmt::format("'{}': {} changes integers: the model needs an integer input, or a float input that is "
                    "quantized first and uint8 samples",
                    model.path(), verb));
  }
  if (info->shape[0] != 1)
    throw bad_input(fmt::format("'{}': {} needs a batch of 1, not {}", model.path(), verb, info->shape[0]));
  return {data.integer_door, *info};
}

attack::PictureShape picture_shape(const bw_tensor_info& info) {
  attack::PictureShape shape;
  if (info.rank == 4) {
    shape.channels_last = info.shape[3] < info.shape[1];
    shape.channels = shape.channels_last ? info.shape[3] : info.shape[1];
    shape.height = shape.channels_last ? info.shape[1] : info.shape[2];
    shape.width = shape.channels_last ? info.shape[2] : info.shape[3];
    return shape;
  }
  for (int i = 1; i < info.rank; ++i) shape.width *= info.shape[i];
  return shape;
}

std::vector<float> scores(Session& session, const Door& door, bw_type output,
                          std::span<const std::uint8_t> bytes) {
  session.set_input(0, door.integer_door, bytes);
  session.run();
  return as_floats(session.output(0), output);
}

void check_moved(std::span<const std::int16_t> clean, std::span<const std::int16_t> moved, int eps,
                 std::int64_t i, const std::string& clean_file, const std::string& moved_file) {
  for (std::size_t k = 0; k < clean.size(); ++k) {
    if (std::abs(clean[k] - moved[k]) <= eps) continue;
    throw bad_input(fmt::format("'{}': picture {} is {} steps from '{}' at element {}, more than --eps {}",
                                moved_file, i, std::abs(clean[k] - moved[k]), clean_file, k, eps));
  }
}

double lead(const std::vector<float>& values, std::int64_t label) {
  double best = -INFINITY;
  bool tie_lost = false;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (static_cast<std::int64_t>(i) == label) continue;
    tie_lost = tie_lost ||
               (values[i] == values[static_cast<std::size_t>(label)] && static_cast<std::int64_t>(i) < label);
    best = std::max(best, static_cast<double>(values[i]));
  }
  const double margin = values[static_cast<std::size_t>(label)] - best;
  return margin == 0 && !tie_lost ? 1e-30 : margin;
}

}  // namespace bulwark::converter::cli
