// SPDX-License-Identifier: Apache-2.0
// The command line: a verb, one model file, and options.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace bulwark::bench {

/// What --table measures, and by what.
struct TableArguments {
  std::string file;
  std::vector<std::int32_t> weights = {8, 4, 3, 2};
  std::vector<std::int32_t> activations = {8, 7, 6, 5, 4, 3, 2};
  /// A program that prints what one run of the model file behind it costs; empty: the clock.
  std::string cost_command;
  std::string unit, core, obtained;  ///< of that program's costs
  bool energy = false;               ///< without a program: nanojoules, not nanoseconds
};

struct Arguments {
  std::string verb;
  std::string model;
  std::vector<std::string> reports;  ///< of page
  std::vector<std::string> inputs;
  std::string output_dir;
  std::string path;
  std::string cores;  ///< empty: any
  std::string system_root;
  std::int32_t threads = 1;
  std::int32_t repeat = 1;
  double warmup_seconds = 3;
  double min_seconds = 2;
  double sustain_seconds = 0;
  std::string compare_model, compare_path;
  std::string output, html;  ///< files for the report
  bool json = false, profile = false, markers = false;
  bool load_markers = false;  ///< markers around load, plan and session instead of a run
  /// What stands between the markers is a certified run of this radius; -1: a plain one.
  std::int32_t certify_eps = -1;
  bool certify_first = false;
  bool skip_hash = false, fuse = true;
  bool measure = false;  ///< of predict
  TableArguments table;
};

/// Reads the arguments behind the program's name. Throws Failure (usage) that names the argument.
Arguments parse_arguments(int count, char** values);

/// What --help prints.
extern const char* const kUsage;

}  // namespace bulwark::bench
