// SPDX-License-Identifier: Apache-2.0
// How large the parts of a model may be. They bound the work and the memory that any file can ask for, and
// keep every size that follows from them inside the 32-bit size_t of small processors.
#pragma once

#include <cstdint>

namespace bulwark::schema {

inline constexpr std::int32_t kSchemaVersion = 1;
inline constexpr std::uint64_t kMinFileBytes = 16;
inline constexpr std::uint64_t kMaxFileBytes = std::uint64_t{1} << 30;
inline constexpr std::uint32_t kFlatbufferDepth = 16;
inline constexpr std::uint32_t kFlatbufferTables = 65536;
inline constexpr std::uint64_t kFileAlignment = 16;  ///< the address of a file in memory
/// Packed weights and the section that holds them, from the start of the file.
inline constexpr std::uint64_t kPackedAlignment = 64;
inline constexpr std::int32_t kMaxPackedOperators = 32768;

inline constexpr std::int32_t kMaxRank = 6;
inline constexpr std::int32_t kMaxTensors = 8192;
inline constexpr std::int32_t kMaxOperators = 8192;
inline constexpr std::int32_t kMaxNodeTensors = 64;  ///< inputs or outputs of one operator, or of the model
inline constexpr std::int32_t kMaxDimension = 1 << 24;
inline constexpr std::int64_t kMaxTensorBytes = std::int64_t{1} << 28;
inline constexpr std::int64_t kMaxActivationBytes = std::int64_t{1} << 30;  ///< sum over all tensors
inline constexpr std::int64_t kMaxWeights = std::int64_t{1} << 28;          ///< sum over all linear operators
inline constexpr std::int32_t kMaxRowElements = 1 << 24;                    ///< weights of one output channel
inline constexpr std::int32_t kMaxGroups = 65536;
/// Multiplications and window taps of one run: about an hour on a slow core.
inline constexpr std::int64_t kMaxMacs = std::int64_t{1} << 38;
inline constexpr std::int32_t kMaxKernelExtent = 4096;  ///< kernel, stride, dilation, padding
inline constexpr std::int32_t kMaxFractionBits = 16;
inline constexpr std::uint32_t kMaxSoftmaxEntry = 1u << 20;
inline constexpr std::uint32_t kMaxLogSoftmaxMultiplier = 1u << 31;
inline constexpr std::int32_t kMaxLogSoftmaxShift = 32;
inline constexpr std::int32_t kWideLookupEntries = 1025;
inline constexpr std::uint32_t kMaxSoftmaxNumerator = 1u << 26;

inline constexpr std::int32_t kMaxNameBytes =
    1024;  ///< of tensors, operators, metadata keys and the producer
inline constexpr std::int32_t kMaxTextBytes = 65536;  ///< metadata values and the recipe
inline constexpr std::int32_t kMaxMetadata = 1024;

}  // namespace bulwark::schema
