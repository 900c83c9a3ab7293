// SPDX-License-Identifier: Apache-2.0
// Ctrl-C ends a long measurement early, with its report, instead of the program.
#pragma once

#include <csignal>

namespace bulwark::bench {

/// While it lives, SIGINT is noted and nothing else. One at a time.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;
  bool interrupted() const;

 private:
  struct sigaction before_ = {};
};

}  // namespace bulwark::bench
