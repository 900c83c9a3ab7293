// SPDX-License-Identifier: Apache-2.0
// Prepare functions of operators on 16-bit elements; the operators of 8-bit ones hand over to them.
#pragma once

#include "runtime/ops/operator.h"

namespace bulwark::runtime {

bool prepare_quantize_wide(Preparation& preparation, Step& step);
bool prepare_add_wide(Preparation& preparation, Step& step);
bool prepare_mul_wide(Preparation& preparation, Step& step);
bool prepare_lookup_wide(Preparation& preparation, Step& step);

}  // namespace bulwark::runtime
