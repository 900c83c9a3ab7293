// SPDX-License-Identifier: Apache-2.0
// Models written by hand, for tests of the writer and of the tool.
#pragma once

#include "converter/write/model_spec.h"

namespace bulwark::test {

/// "x" f32 [1, 1, 4, 4] -> quantize -> reshape to NHWC -> conv1 (3x3, 3 channels) -> reshape -> fc ->
/// "logits" f32 [1, 4]. All integers; weights of conv1 are s8, those of fc s4.
converter::write::ModelSpec conv_model();

/// One operator of every kind between "x" f32 [1, 2, 6, 6] and "y" f32 [1, 5].
converter::write::ModelSpec every_operator_model();

/// Float layers: "x" f32 [1, 4, 4, 1] -> conv1 (3x3, 2 channels, ReLU) -> "y" quantized to s8 [1, 4, 4, 2].
converter::write::ModelSpec float_model();

}  // namespace bulwark::test
