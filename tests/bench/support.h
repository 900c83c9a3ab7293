// SPDX-License-Identifier: Apache-2.0
// Folders, models and captured output for the tests of bench.
#pragma once

#include <catch2/catch.hpp>
#include <functional>
#include <string>
#include <vector>

#include "bench/arguments.h"
#include "bench/failure.h"
#include "converter/write/model_spec.h"

namespace bulwark::test {

/// A folder of its own, gone at the end.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }
  /// Writes a file, with the folders above it.
  std::string write(const std::string& name, const std::string& text) const;
  std::string write(const std::string& name, const converter::write::ModelSpec& spec) const;
  std::string read(const std::string& name) const;

 private:
  std::string path_;
};

/// What `run` prints on stdout.
std::string printed(const std::function<void()>& run);

/// The whole tool in this process: what it prints. `code` is its exit code, `error` its message.
struct Outcome {
  bench::Exit code = bench::Exit::done;
  std::string output, error;
};
Outcome tool(const std::vector<std::string>& arguments);

/// The message of the failure that `run` ends in; fails the test when it does not, or with another code.
std::string failure(bench::Exit code, const std::function<void()>& run);

/// /proc and /sys of a phone with two small and two large cores, a battery, zones and clocks.
void make_phone(const Folder& root);

}  // namespace bulwark::test
