// SPDX-License-Identifier: Apache-2.0
// Packed constants of the matrix-product kernels: one record per tile of output channels of a group,
//
//   int32 bias[channels], float multiplier[channels],
//   int8 lo[16], int8 hi[16]     channel i at i, i + channels, ...: as a tile's outputs lie in a vector
//   int8 weights[depth / 16][channels][16]     depth rounded up to a multiple of 16 with zeros
//
// then 64 bytes that may be read but not used. Channels behind a group's last one have constants of 0.
#pragma once

#include "kernels/common/linear.h"

namespace bulwark::kernels::conv {

/// Weights of one channel that lie together: the depth of a step.
inline constexpr std::size_t kPackUnit = 16;

struct PackShape {
  std::int32_t channels;  ///< of a tile
};

constexpr std::size_t header_size(PackShape shape) {
  return static_cast<std::size_t>(shape.channels) * 8 + 32;
}
std::uint64_t record_size(const LinearProblem& problem, PackShape shape);
std::uint64_t tiles_size(const LinearProblem& problem, PackShape shape);

/// Weight formats other than s9. tiles_size() bytes.
void pack_tiles(const LinearProblem& problem, const LinearConstants& constants, PackShape shape,
                std::int16_t* staging, void* packed);

}  // namespace bulwark::kernels::conv
