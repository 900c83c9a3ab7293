// SPDX-License-Identifier: Apache-2.0
// Samples for the quantization of a float model, and the plan of its widths.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "converter/graph/evaluate.h"
#include "converter/io/npy.h"
#include "converter/quantize/quantize.h"

namespace bulwark::converter::cli {

/// The reals that uint8 values stand for: scale * (value + offset).
struct Levels {
  double scale = 1.0 / 255;
  double offset = 0;
};

/// The reals that a network takes for uint8 pictures: (value - mean) / std, one entry or one per channel;
/// empty: not known.
struct Normalization {
  std::vector<double> mean, std;
};

/// The file itself, or the .npy files of a folder in the order of their names. Throws Error.
std::vector<std::string> calibration_files(const std::string& source);

/// `sources` has one .npy file or folder of them per input; a folder's files are read in the order of their
/// names, each one when it is needed. Axes as in io::match_samples. For uint8 arrays the quantizer of the
/// input gets the range of all 256 values (options.input_ranges). Throws Error; uint8 arrays need a
/// normalization.
quantize::Samples load_calibration(const Graph& graph, const std::vector<std::string>& sources,
                                   const Normalization& normalization, quantize::QuantizeOptions* options);

/// The samples in an array for one input of a graph; `file` is for messages.
std::vector<TensorData> graph_samples(const Value& input, const io::Npy& array, const std::string& file,
                                      const Levels& levels);

/// {"layers": {"conv1": {"weights": 4, "activations": 4}, ..}}; names are those of the graph's layers
/// with weights and sums. Throws Error (bad_input) naming every unknown layer and wrong value.
std::map<std::string, quantize::LayerBits> load_bit_plan(const Graph& graph, const std::string& file,
                                                         const quantize::LayerBits& otherwise);

}  // namespace bulwark::converter::cli
