// SPDX-License-Identifier: Apache-2.0
// Types that every kernel family shares. The kernels folder includes nothing of the other folders.
#pragma once

#include <cstddef>
#include <cstdint>

namespace bulwark::kernels {

/// Instruction-set family of a kernel, and name of a path (`BULWARK_PATH`). A path uses the kernels of its
/// own family first and falls back along: i8mm -> dotprod -> neon -> reference; vnni -> avx2 -> reference.
/// neon is 64-bit and 32-bit ARM's; neon_any and armv7 are its names in registry lines (built_isas.h).
enum class Isa : std::uint8_t { reference, neon, dotprod, i8mm, avx2, vnni, neon_any = neon, armv7 = neon };

/// Kinds of processors, as bits, and those that a registry line's instruction set exists on.
namespace processors {
inline constexpr std::uint8_t arm64 = 1, arm32 = 2, x86 = 4;
inline constexpr std::uint8_t reference = arm64 | arm32 | x86, neon = arm64, armv7 = arm32,
                              neon_any = arm64 | arm32, dotprod = arm64, i8mm = arm64, avx2 = x86, vnni = x86;
}  // namespace processors

/// How the weights of one output channel (a row) are stored in a model file. Rows start on a byte boundary;
/// within a byte the first element sits in the least significant bits.
enum class WeightFormat : std::uint8_t {
  s8,       ///< one byte each, -128..127
  s4,       ///< two in a byte, two's complement, -8..7
  s3,       ///< eight in three bytes (24 bits, little-endian), two's complement, -4..3
  s2,       ///< four in a byte, two's complement, -2..1
  ternary,  ///< five in a byte, base 3: sum of (w_i + 1) * 3^i, -1..1; byte values 243..255 are invalid
  s9,       ///< int16 little-endian, -255..255: re-centred weights of legacy uint8 models
};

/// What a linear kernel writes.
enum class OutputType : std::uint8_t { s8, f32 };

/// Whether the core executes in program order (Cortex-A53/A55 class); selects between tuned variants of a
/// kernel.
enum class CoreClass : std::uint8_t { unknown, in_order, out_of_order };

}  // namespace bulwark::kernels
