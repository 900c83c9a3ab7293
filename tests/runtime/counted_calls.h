// SPDX-License-Identifier: Apache-2.0
// Calls into the C library that the linker redirects for this program (--wrap, see tests/CMakeLists.txt),
// counted and made to fail.
#pragma once

#include <cstdint>

namespace bulwark::test {

/// Calls of malloc, calloc, realloc, posix_memalign and operator new so far, from any thread.
std::int64_t allocation_calls();

/// The n-th call of pthread_create from now on fails, and all after it; 0: none. Returns how many were made
/// since the last call.
std::int64_t fail_pthread_create(std::int64_t nth);

}  // namespace bulwark::test
