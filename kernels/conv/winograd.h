// SPDX-License-Identifier: Apache-2.0
// 3x3 convolutions of stride 1 by Winograd's F(4x4, 3x3) (Lavin and Gray, arXiv 1509.09308) in exact
// integers: a tile of 4x4 outputs takes 36 products per input channel in place of 144.
//
//   Y = A^T [sum over channels of (G w G^T) * (B^T x B)] A          * : place by place
//
//   B^T   4  0 -5  0  1  0     G   6  0  0     A^T   1  4  4  1  1  0    24 y
//         0  4  4 -1 -1  0         1  1  1           0  2 -2  1 -1  0    12 y
//         0 -4  4  1 -1  0         1 -1  1           0  1  1  1  1  0     6 y
//         0 -2 -1  2  1  0         1  2  4           0  1 -1  2 -2  1     6 y
//         0  2 -1 -2  1  0         1 -2  4
//         0  4  0 -5  0  1         0  0  6
//
// Rows of B^T sum up to 10 in magnitude, rows of G to 7: transformed inputs (100 * 128) and weights
// (49 * 255) fit 16 bits, and every transform is exact in them. Sums may leave int32, but stay exact modulo
// 2^32, where 9 has an inverse: Y is 9 * 2^shift times the convolution with a shift of at most 6, so the
// convolution itself comes out as long as 64 times its value fits int32. More input channels than keep it so
// are summed in parts, which are added behind the transform.
//
// Tiles of outputs are the pixels of another convolution, tile_problem(), whose windows of 6x6 are 4 apart.
// Packed constants are one record for each 16 output channels,
//
//   kWinogradHeader bytes of constants, as the instruction set likes them
//   for each of the 36 places: int16 weights[input channel][16], or in pairs [input channels / 2][16][2]
//
// then kWinogradSlack bytes that may be read but not used. Input channels are filled up to a multiple of 8
// with zero weights, output channels to 16 with zero constants. They take 8 bytes for each weight of the
// file's, and the sums and inputs of a block of tiles take the thread's scratch:
//
//   int16 inputs[4 tiles each][8 channels each][place][tile][channel]
//   int32 sums[4 tiles each][place][tile][16 output channels]
//   the window of a tile that reaches over the input's edge
//   int32 parts[tile][16 outputs, 16 output channels], if there is more than one part
#pragma once

#include "kernels/common/linear_registry.h"
#include "kernels/conv/conv_blocks.h"

namespace bulwark::kernels::conv {

inline constexpr std::int32_t kWinogradTile = 4, kWinogradWindow = 6, kWinogradPlaces = 36;
inline constexpr std::int32_t kWinogradGroup = 4;  ///< tiles that are multiplied at a time
inline constexpr TileShape kWinogradShape{kWinogradGroup, 16};
inline constexpr std::int32_t kWinogradChannels = kWinogradShape.channels;
inline constexpr std::int32_t kWinogradDepth = 8;
inline constexpr std::int64_t kWinogradHeader = 256;
/// Of the header, for each 4 channels, on AArch64: int32 bias[4], float multiplier[4], int8 lo[16], int8
/// hi[16] with channel i at i, i + 4, ... as they lie in a vector of outputs.
inline constexpr std::int64_t kWinogradQuarter = kWinogradHeader / 4;
inline constexpr std::int64_t kWinogradSlack = 64;
inline constexpr std::int64_t kWinogradWeights = std::int64_t{8} << 20;  ///< bytes
/// Elements of the transformed inputs of a group for one step of depth, and of its sums.
inline constexpr std::int64_t kWinogradStep = kWinogradPlaces * kWinogradGroup * kWinogradDepth;
inline constexpr std::int64_t kWinogradSums = kWinogradPlaces * kWinogradGroup * kWinogradChannels;
/// Elements of a tile's parts.
inline constexpr std::int64_t kWinogradParts = kWinogradTile * kWinogradTile * kWinogradChannels;

static constexpr std::int64_t winograd_steps(const LinearProblem& p) {
  return (p.in_c + kWinogradDepth - 1) / kWinogradDepth;
}
static constexpr std::int64_t winograd_records(const LinearProblem& p) {
  return (std::int64_t{p.out_c} + kWinogradChannels - 1) / kWinogradChannels;
}
/// Weights of a record for one place.
static constexpr std::int64_t winograd_place_weights(const LinearProblem& p) {
  return winograd_steps(p) * kWinogradDepth * kWinogradChannels;
}
static constexpr std::int64_t winograd_record_bytes(const LinearProblem& p) {
  return kWinogradHeader +
         winograd_place_weights(p) * kWinogradPlaces * static_cast<std::int64_t>(sizeof(std::int16_t));
}

/// Steps of depth of a part, of which the last one may have fewer.
std::int64_t winograd_part_steps(const LinearProblem& problem);

LinearProblem tile_problem(const LinearProblem& problem);
Blocking winograd_blocking(const LinearProblem& tiles);

/// Offsets of the parts of the scratch.
struct WinogradScratch {
  std::int64_t sums, window, parts, size;
};
WinogradScratch winograd_scratch(const LinearProblem& problem);

/// Whether the transform is quicker than matrix products without dot product, and its weights no
/// larger than kWinogradWeights.
bool winograd_supports(const LinearProblem& problem);
std::size_t winograd_packed_size(const LinearProblem& problem);
/// The weights of all records, `pairs` as in the layout; the rest is 0.
void pack_winograd_weights(const LinearProblem& problem, const LinearConstants& constants, bool pairs,
                           std::int16_t* staging, void* packed);

}  // namespace bulwark::kernels::conv
