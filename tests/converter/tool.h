// SPDX-License-Identifier: Apache-2.0
// Starts the built `bulwark` as a user would.
#pragma once

#include <string>
#include <vector>

namespace bulwark::test {

struct Outcome {
  int code = -1;    ///< exit code, or 128 + signal
  std::string out;  ///< what came on stdout
  std::string err;  ///< and on stderr
};

struct ToolOptions {
  long file_size_limit = -1;   ///< bytes that a file may grow to: a full disk; -1: no limit
  std::string stdout_to;       ///< a file in place of the captured stdout
  unsigned kill_after_us = 0;  ///< SIGKILL after this time; 0: let it end
};

Outcome bulwark(const std::vector<std::string>& arguments, const ToolOptions& options = {});

}  // namespace bulwark::test
