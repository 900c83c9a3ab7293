// SPDX-License-Identifier: Apache-2.0
// What a converted model's layers give on calibration data, for clip bounds.
#pragma once

#include <string>
#include <vector>

#include "converter/cli/terminal.h"
#include "converter/quantize/samples.h"
#include "converter/write/model_spec.h"

namespace bulwark::converter::cli {

/// Runs the model as the runtime will, on samples of a float source or (where there are none) on the files or
/// folders, one per input, as `run --input` takes them, and puts the clip bounds for input changes of `eps`
/// steps into the spec. Samples of a model with states are one sequence. Returns a note for the report.
/// Throws Error.
std::string add_clip_bounds(write::ModelSpec* spec, std::int32_t eps, const quantize::Samples& samples,
                            const std::vector<std::string>& sources, Progress* progress);

}  // namespace bulwark::converter::cli
