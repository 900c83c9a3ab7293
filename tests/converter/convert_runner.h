// SPDX-License-Identifier: Apache-2.0
// Runs a ModelSpec the way a user would: written, verified, loaded, planned, run.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bulwark/bulwark.h"
#include "converter/graph/evaluate.h"
#include "converter/write/model_spec.h"

namespace bulwark::test {

class Runner {
 public:
  explicit Runner(const converter::write::ModelSpec& spec);
  ~Runner();
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  /// Values of the model's inputs in C order, integers as numbers; outputs likewise.
  std::vector<converter::TensorData> run(const std::vector<converter::TensorData>& inputs);
  /// Fills the integer door of input 0, then runs.
  std::vector<converter::TensorData> run_integers(const std::vector<std::int8_t>& levels);
  bool has_integer_door() const;
  /// After a run: levels minus zero point of an integer tensor of the file; nothing when it has none of that
  /// name.
  std::optional<std::vector<float>> steps(const std::string& tensor) const;
  bool bit_exact() const { return bw_model_is_bit_exact(model_) == 1; }

 private:
  std::vector<converter::TensorData> outputs();

  std::vector<std::uint8_t> bytes_;
  std::unique_ptr<std::uint8_t[]> memory_;
  bw_model* model_ = nullptr;
  bw_plan* plan_ = nullptr;
  bw_session* session_ = nullptr;
};

/// Largest |a - b| over all outputs.
float largest_distance(const std::vector<converter::TensorData>& a,
                       const std::vector<converter::TensorData>& b);

/// Path below the shared models, or "" (with a warning) where there are none.
std::string shared_model(const std::string& name);

}  // namespace bulwark::test
