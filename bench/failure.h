// SPDX-License-Identifier: Apache-2.0
// Exit codes of the tool, and the one way to leave it early.
#pragma once

#include <string>

namespace bulwark::bench {

enum class Exit : int { done = 0, no = 1, usage = 2, bad_input = 3, io = 4 };

/// Thrown anywhere below main, which prints the message as one line on stderr and leaves with the code.
struct Failure {
  Exit code;
  std::string message;
};

}  // namespace bulwark::bench
