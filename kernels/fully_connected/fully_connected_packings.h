// SPDX-License-Identifier: Apache-2.0
// How the kernels of fully_connected_kernels.inc pack their constants, and which problems they take: portable
// code, so that every processor packs for every other one. Its functions are defined in
// fully_connected_packings.cpp alone: none is compiled for an instruction set.
#pragma once

#include "kernels/conv/conv_packings.h"

namespace bulwark::kernels::fully_connected {

/// Panels of 8 channels (fully_connected_packing.h), then kAhead bytes that may be read but not used.
template <std::int32_t kBits, std::size_t kAhead>
struct PanelPacking {
  static bool supports(const LinearProblem& problem);
  static std::size_t packed_size(const LinearProblem& problem);
  static void pack(const LinearProblem& problem, const LinearConstants& constants, std::int16_t* staging,
                   void* packed);
  static bool matches(const LinearProblem& problem, const LinearConstants& constants, std::int16_t* staging,
                      void* spare, const void* packed);
};

/// One row times 4-bit codes of two channels in a byte: panels of 16 channels, each
///   int32 bias[16], float multiplier[16], int8 lo[16], hi[16],
///   for each 16 inputs, for each of 8 channels: 16 bytes, byte i the codes of input i, 16 h + l:
///   l = weight - offset of channel j, h = weight - offset - 8 of channel 8 + j
struct CodesPacking {
  static constexpr std::int32_t kPanel = 16, kGroup = 16;
  static constexpr std::size_t kHeader = 160, kMultiplier = 64, kLo = 128, kHi = 144, kGroupBytes = 128;
  static constexpr std::int64_t panels(const LinearProblem& p) {
    return (std::int64_t{p.out_c} + kPanel - 1) / kPanel;
  }
  static constexpr std::int64_t groups(const LinearProblem& p) { return (p.depth() + kGroup - 1) / kGroup; }
  static constexpr std::size_t panel_bytes(const LinearProblem& p) {
    return kHeader + static_cast<std::size_t>(groups(p)) * kGroupBytes;
  }
  static bool supports(const LinearProblem& problem);
  static std::size_t packed_size(const LinearProblem& problem);
  static void pack(const LinearProblem& problem, const LinearConstants& constants, std::int16_t* staging,
                   void* packed);
};

/// As a convolution of a line of pixels (rows_as_pixels.h), quicker than kernels of one or two rows from
/// kLeastRows on. Conv is a packing of convolutions.
template <typename Conv, std::int32_t kLeastRows>
struct RowsPacking {
  static bool supports(const LinearProblem& problem);
  static std::size_t packed_size(const LinearProblem& problem);
  static void pack(const LinearProblem& problem, const LinearConstants& constants, std::int16_t* staging,
                   void* packed);
  static bool matches(const LinearProblem& problem, const LinearConstants& constants, std::int16_t* staging,
                      void* spare, const void* packed);
};

}  // namespace bulwark::kernels::fully_connected
