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

/// `file` is .npy (told by its name or its first bytes) or raw little-endian in C order, then of `raw_type`
/// and with one or more times the elements of `raw_shape`. Throws Error.
io::Npy read_array(const std::string& file, io::NpyType raw_type, const std::vector<std::int64_t>& raw_shape);

/// Arrays of one type, joined along the first axis; `name` is for messages. A single one is kept as it is.
io::Npy concatenate(const std::vector<io::Npy>& arrays, const std::string& name);

/// Float arrays go to a float input; uint8 arrays to an 8-bit one as its 256 levels (q = x + lowest level),
/// also behind a float input that is quantized first; int8 arrays to an int8 one. Axes as in
/// io::match_samples. Throws Error (bad_input) telling what is expected; `file` is for messages.
InputData load_input(const Model& model, std::int32_t index, const io::Npy& array, const std::string& file);
InputData load_input(const Model& model, std::int32_t index, const std::string& file);

/// The number of runs that all inputs hold. Throws Error (bad_input) naming the files when they differ.
std::int64_t common_runs(const std::vector<InputData>& inputs, const std::vector<std::string>& files);

io::NpyType npy_type(bw_type type);

/// All inputs of a model, one file each. Throws usage_error naming the inputs when their number differs, and
/// bad_input when the files hold different numbers of samples.
std::vector<InputData> load_inputs(const Model& model, const std::vector<std::string>& files,
                                   const char* option = "--input");

/// Gives run i of every input to the session and runs it.
void run_on(Session& session, std::span<const InputData> inputs, std::int64_t i);

}  // namespace bulwark::converter::cli
