// SPDX-License-Identifier: Apache-2.0
// Samples with their labels, as eval, certify and attack take them.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "converter/cli/input_data.h"

namespace bulwark::converter::cli {

struct LabelledData {
  InputData data;
  std::vector<std::int64_t> labels;  ///< one per sample, each 0 .. classes - 1
  std::int64_t batch = 1;            ///< samples of one run
  std::int64_t samples = 0;
  std::int64_t classes = 0;
};

/// Throws Error (bad_input) when the model has more than one input, when output 0 is not the scores of at
/// most 4096 classes, and when data and labels do not fit it or each other. `verb` is for messages.
LabelledData load_labelled(const Model& model, const std::string& data, const std::string& labels,
                           const char* verb);

/// The options --data and --labels.
void add_labelled_data(CLI::App* verb, std::string* data, std::string* labels);

}  // namespace bulwark::converter::cli
