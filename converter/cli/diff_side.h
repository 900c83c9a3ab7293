// SPDX-License-Identifier: Apache-2.0
// The two things that diff compares: a model run by the runtime, the float twin of a source, or recorded
// outputs.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "converter/cli/calibration.h"
#include "converter/cli/engine.h"
#include "converter/io/npy.h"

namespace bulwark::converter::cli {

/// A tensor of one run in real units.
struct SideTensor {
  std::string name;
  std::vector<std::int64_t> shape;
  std::vector<double> values;
  double step = 0;  ///< scale of an integer tensor, also behind a dequantized one; 0 for float
  std::vector<std::int64_t> flattened;  ///< [N, H, W, C] of what this is the flat form of; else empty
};

/// How a raw recorded output is to be read: as the output of the other side.
struct OutputFormat {
  std::string name;
  io::NpyType type = io::NpyType::f32;
  std::vector<std::int64_t> shape;
  double scale = 1;
  double zero_point = 0;
};

/// What an input file is to be read as when it is raw.
struct InputFormat {
  io::NpyType type = io::NpyType::f32;
  std::vector<std::int64_t> shape;
  Levels levels;  ///< the reals that uint8 values stand for
};

class Side {
 public:
  virtual ~Side() = default;
  /// Empty for recorded outputs.
  virtual std::vector<InputFormat> input_formats() const { return {}; }
  virtual std::vector<OutputFormat> output_formats() const { return {}; }
  /// One array per input; the number of runs in them.
  virtual std::int64_t set_inputs(const std::vector<io::Npy>& arrays,
                                  const std::vector<std::string>& files) = 0;
  virtual std::vector<SideTensor> run(std::int64_t i) = 0;
  /// Every tensor of the run before, by name; empty when only outputs are known.
  virtual std::map<std::string, SideTensor> tensors() { return {}; }
  /// The names of a model's tensors in the file's order; empty for other sides.
  virtual std::vector<std::string> tensor_order() { return {}; }
};

std::unique_ptr<Side> make_model_side(const std::string& path, bool keep_intermediates);
/// `levels`: one per input, for uint8 arrays on float inputs.
std::unique_ptr<Side> make_graph_side(const std::string& path, const std::vector<Levels>& levels);
/// A folder of output<i>.npy, output<i>.bin or case<k>_out<i>.bin, or one .npy file with output 0. `cases`
/// are the k of the runs, -1 for files that are not numbered.
std::unique_ptr<Side> make_reference_side(const std::string& path, const std::vector<OutputFormat>& formats,
                                          const std::vector<std::int64_t>& cases);

}  // namespace bulwark::converter::cli
