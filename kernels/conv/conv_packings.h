// SPDX-License-Identifier: Apache-2.0
// How the kernels of conv_kernels.inc pack their constants, and which problems they take: portable code, so
// that every processor packs for every other one. Its functions are defined in conv_packings.cpp alone: none
// is compiled for an instruction set.
#pragma once

#include "kernels/conv/dot_packing.h"
#include "kernels/conv/spread_packing.h"
#include "kernels/conv/tile_packing.h"
#include "kernels/conv/winograd.h"

namespace bulwark::kernels::conv {

/// Tiles of kPixels times 4 channels whose arithmetic is exact where kProducts products fit 16 bits.
template <std::int32_t kPixels, std::int32_t kProducts>
struct TilePacking {
  static constexpr TileShape kShape{kPixels, 4};
  static constexpr PackShape kPack{4};
  static bool supports(const LinearProblem& problem);
  static std::size_t packed_size(const LinearProblem& problem);
  static void pack(const LinearProblem& problem, const LinearConstants& constants, std::int16_t* staging,
                   void* packed);
};

/// Tiles with dot product instructions.
template <std::int32_t kUnit, std::int32_t kCopies>
struct DotPacking {
  static constexpr DotLayout kLayout{kUnit, kCopies};
  static bool supports(const LinearProblem& problem);
  static std::size_t packed_size(const LinearProblem& problem);
  static void pack(const LinearProblem& problem, const LinearConstants& constants, std::int16_t* staging,
                   void* packed);
  static bool matches(const LinearProblem& problem, const LinearConstants& constants, std::int16_t* staging,
                      void* spare, const void* packed);
};

/// Tiles over spread rows, by one of the rules of spread_packing.h.
template <typename Rule>
struct SpreadPacking : Rule {
  static bool supports(const LinearProblem& problem);
  static std::size_t packed_size(const LinearProblem& problem);
  static void pack(const LinearProblem& problem, const LinearConstants& constants, std::int16_t* staging,
                   void* packed);
  static bool matches(const LinearProblem& problem, const LinearConstants& constants, std::int16_t* staging,
                      void* spare, const void* packed);
};

/// Winograd's transform on AArch64.
struct WinogradNeonPacking {
  static bool supports(const LinearProblem& problem);
  static std::size_t packed_size(const LinearProblem& problem);
  static void pack(const LinearProblem& problem, const LinearConstants& constants, std::int16_t* staging,
                   void* packed);
};

}  // namespace bulwark::kernels::conv
