// SPDX-License-Identifier: Apache-2.0
// How long sweeps may take: BULWARK_TEST_BUDGET=quick (the default) or full.
#pragma once

#include <cstdlib>
#include <cstring>

namespace bulwark::test {

inline bool full_budget() {
  const char* budget = std::getenv("BULWARK_TEST_BUDGET");
  return budget != nullptr && std::strcmp(budget, "full") == 0;
}

/// A sweep's number of cases: `quick`, or `full` when asked for.
inline int cases(int quick, int full) { return full_budget() ? full : quick; }

}  // namespace bulwark::test
