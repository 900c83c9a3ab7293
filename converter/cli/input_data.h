// SPDX-License-Identifier: Apache-2.0
// Files given as inputs, brought into the bytes that a model takes.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "converter/cli/engine.h"
#include "converter/io/npy.h"

namespace bulwark::converter::cli {

/// One or more runs' worth of one input.
struct InputData {
  bool integer_door = false;
  std::int64_t runs = 0;
  std::size_t run_bytes = 0;
  std::vector<std::uint8_t> bytes;  ///< runs * run_bytes

  std::span<const std::uint8_t> run(std::int64_t i) const {
    return std::span(bytes).subspan(static_cast<std::size_t>(i) * run_bytes, run_bytes);
  }
};

/// `file` is .npy (told by its first bytes) or raw little-endian in the input's own type. Float arrays go to
/// a float input; uint8 arrays to an 8-bit one as its 256 levels (q = x + lowest level), also behind a float
/// input that is quantized first; int8 arrays to an int8 one. Axes as in io::match_samples. Throws Error
/// (bad_input) telling what is expected.
InputData load_input(const Model& model, std::int32_t index, const std::string& file);
InputData load_input(const Model& model, std::int32_t index, const io::Npy& array, const std::string& file);

/// All inputs of a model, one file each. Throws usage_error naming the inputs when their number differs, and
/// bad_input when the files hold different numbers of samples.
std::vector<InputData> load_inputs(const Model& model, const std::vector<std::string>& files);

/// Gives run i of every input to the session and runs it.
void run_on(Session& session, std::span<const InputData> inputs, std::int64_t i);

}  // namespace bulwark::converter::cli
