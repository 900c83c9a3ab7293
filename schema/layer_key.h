// SPDX-License-Identifier: Apache-2.0
// One text for all operators that cost the same but for their bit widths: the rows of a latency table.
#pragma once

#include <cstddef>

#include "schema/verifier.h"

namespace bulwark::schema {

/// Holds every key and its terminating zero: 65 tensors and the longest list of axes.
inline constexpr std::size_t kMaxLayerKeyBytes = 8192;

/// Writes the key of operator `index` (0..operator_count()-1) and a zero; at most `capacity` bytes, cut off
/// where it is longer. Returns the whole key's length without the zero.
///
/// A key has the kind, the types and shapes of all inputs and of the output, then what else the cost hangs
/// on: the window of convolutions and pools, the axes, starts and steps of data movement, the name of a
/// float function. It has neither names, scales, zero points, clamps and constants, nor the widths of weights
/// and activations. For example
///
///   conv_2d s8[1,28,28,16] -> s8[1,14,14,32] kernel 3x3 stride 2x2 padding 0,0,1,1 dilation 1x1 groups 1
///   fully_connected s8[1,1280] -> s8[1,1000]
///   transpose s8[1,7,7,64] -> s8[1,64,7,7] axes 0,3,1,2
///
/// Padding is top, left, bottom, right.
std::size_t layer_key(const VerifiedModel& model, std::int32_t index, char* text, std::size_t capacity);

}  // namespace bulwark::schema
