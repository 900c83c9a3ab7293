// SPDX-License-Identifier: Apache-2.0
// How large the parts of a model may be. They bound the work and the memory that any file can ask for.
#pragma once

#include <cstdint>

namespace bulwark::schema {

inline constexpr std::int32_t kSchemaVersion = 1;
inline constexpr std::uint64_t kMinFileBytes = 16;
inline constexpr std::uint64_t kMaxFileBytes = std::uint64_t{1} << 30;
inline constexpr std::uint32_t kFlatbufferDepth = 16;
inline constexpr std::uint32_t kFlatbufferTables = 65536;
inline constexpr std::uint64_t kFileAlignment = 16;  ///< the address of a file in memory

inline constexpr std::int32_t kMaxRank = 6;
inline constexpr std::int32_t kMaxTensors = 32768;
inline constexpr std::int32_t kMaxOperators = 16384;
inline constexpr std::int32_t kMaxNodeTensors = 64;  ///< inputs or outputs of one operator, or of the model
inline constexpr std::int32_t kMaxDimension = 1 << 24;
inline constexpr std::int64_t kMaxTensorBytes = std::int64_t{1} << 28;
inline constexpr std::int64_t kMaxActivationBytes = std::int64_t{1} << 30;  ///< sum over all tensors
inline constexpr std::int64_t kMaxMacs = std::int64_t{1} << 38;             ///< of one run: about an hour on a slow core
inline constexpr std::int32_t kMaxKernelExtent = 4096;                      ///< kernel, stride, dilation, padding
inline constexpr std::int32_t kMaxNameBytes = 1024;
inline constexpr std::int32_t kMaxFractionBits = 16;

}  // namespace bulwark::schema
