// SPDX-License-Identifier: Apache-2.0
// Versioned option structs: struct_size says how much of the struct the caller's header knew.
#pragma once

#include <cstdint>
#include <cstring>

#include "runtime/status.h"

namespace bulwark::runtime {

inline constexpr std::uint32_t kMaxOptionsBytes = 4096;

/// Fills *options with the defaults and then with what the caller gave (null: nothing). `name` is for the
/// message.
template <typename Options>
bw_status read_options(const Options* given, void (*init)(Options*), const char* name, Options* options) {
  init(options);
  if (given == nullptr) return BW_STATUS_OK;
  const std::uint32_t size = given->struct_size;
  if (size < sizeof(std::uint32_t) || size > kMaxOptionsBytes) {
    return fail(BW_STATUS_INVALID_ARGUMENT, "%s.struct_size is %u: call %s_init first", name, size, name);
  }
  std::memcpy(options, given, size < sizeof(Options) ? size : sizeof(Options));
  options->struct_size = sizeof(Options);
  return BW_STATUS_OK;
}

}  // namespace bulwark::runtime
