// SPDX-License-Identifier: Apache-2.0
// Fuzz target: load, plan, session and run on every path; integer outputs must agree.
#include <cstdlib>

#include "tests/fuzz/load_and_run.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (!bulwark::test::load_and_run({data, size}).paths_agree) std::abort();
  return 0;
}
