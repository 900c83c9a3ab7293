// SPDX-License-Identifier: Apache-2.0
// Files given as inputs, as the bytes of one or more runs.
#pragma once

#include <string>

#include "bench/engine.h"
#include "bench/files.h"

namespace bulwark::bench {

/// The samples of one input. Either source bytes, or the integers of the input's integer door.
struct Samples {
  bool integers = false;
  std::size_t sample_bytes = 0;
  std::size_t count = 0;
  Bytes data;  ///< count * sample_bytes
};

/// Reads the file for input `index`. Raw bytes: whole samples of the input's own type. .npy: the input's
/// shape (dimensions of 1 may be left out or added), with any number of samples along the first axis; float32
/// for a float input; int8 or uint8 for an integer input or a float input with an integer door, where uint8
/// means the 256 levels (q = x + lo). Throws Failure.
Samples load_samples(const Model& model, std::int32_t index, const std::string& file);

/// Hands sample `i` to the session.
void set_sample(Session& session, std::int32_t index, const Samples& samples, std::size_t i);

/// The files of --input, one for every input of the model, all with the same number of samples. Throws
/// Failure.
std::vector<Samples> load_inputs(const Model& model, const Arguments& arguments);
/// Hands sample `i` of every input to the session.
void set_samples(Session& session, const std::vector<Samples>& inputs, std::size_t i);

}  // namespace bulwark::bench
