// SPDX-License-Identifier: Apache-2.0
// A model's pictures as integers that can be changed one by one, as attacks need them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "converter/attack/square.h"
#include "converter/cli/input_data.h"

namespace bulwark::converter::cli {

/// The integers of a model's one input.
struct Door {
  bool integer_door;
  bw_tensor_info info;  ///< S8 or U8

  std::vector<std::int16_t> levels(std::span<const std::uint8_t> bytes) const;
  static std::vector<std::uint8_t> bytes(std::span<const std::int16_t> levels);
};

/// Throws Error (bad_input) when `data` is not integers or the batch is not 1; `verb` is for messages.
Door find_door(const Model& model, const InputData& data, const char* verb);

/// A picture's axes: [1, C, H, W] or [1, H, W, C], whichever has the smaller end; anything else is one row.
attack::PictureShape picture_shape(const bw_tensor_info& info);

/// Runs the model on a picture; the values of output 0 as they stand.
std::vector<float> scores(Session& session, const Door& door, bw_type output,
                          std::span<const std::uint8_t> bytes);

/// Throws Error (bad_input) that names the files when sample i was moved by more than eps steps.
void check_moved(std::span<const std::int16_t> clean, std::span<const std::int16_t> moved, int eps,
                 std::int64_t i, const std::string& clean_file, const std::string& moved_file);

/// Lead of the label over the best other class; not positive where another one is first. A tie is lost where
/// another class stands before the label.
double lead(const std::vector<float>& values, std::int64_t label);

}  // namespace bulwark::converter::cli
