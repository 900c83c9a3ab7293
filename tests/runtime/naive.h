// SPDX-License-Identifier: Apache-2.0
// An evaluator that follows schema/NUMERICS.md literally, one loop per operator, sharing no code with kernels
// and runtime.
#pragma once

#include <cstdint>
#include <vector>

#include "tests/runtime/network.h"

namespace bulwark::test {

using Bytes = std::vector<std::uint8_t>;

/// The bytes of every tensor of the model, given those of its inputs.
std::vector<Bytes> evaluate_naively(const ModelSpec& spec, const std::vector<Bytes>& inputs);

}  // namespace bulwark::test
