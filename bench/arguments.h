// SPDX-License-Identifier: Apache-2.0
// The command line: a verb, one model file, and options.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace bulwark::bench {

struct Arguments {
  std::string verb;
  std::string model;
  std::vector<std::string> inputs;
  std::string output_dir;
  std::string path;
  std::int32_t threads = 1;
  std::int32_t repeat = 1;
  double warmup_seconds = 0.5;
  double min_seconds = 2;
  bool json = false, profile = false, markers = false;
  bool load_markers = false;  ///< markers around load, plan and session instead of a run
  bool skip_hash = false, fuse = true;
};

/// Reads the arguments behind the program's name. Throws Failure (usage) that names the argument.
Arguments parse_arguments(int count, char** values);

/// What --help prints.
extern const char* const kUsage;

}  // namespace bulwark::bench
