// SPDX-License-Identifier: Apache-2.0
// Instructions that do nothing on any processor and tell a counting emulator where a measurement begins and
// ends. Nothing on other architectures.
#pragma once

namespace bulwark::bench {

inline void marker_begin() {
#if defined(__aarch64__)
  asm volatile("hint #100" ::: "memory");
#endif
}

inline void marker_end() {
#if defined(__aarch64__)
  asm volatile("hint #101" ::: "memory");
#endif
}

}  // namespace bulwark::bench
