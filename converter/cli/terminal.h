// SPDX-License-Identifier: Apache-2.0
// What verbs print: reports on stdout, progress on stderr where that is a terminal.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace bulwark::converter::cli {

/// Writes text to stdout; every byte has left the program when it returns. Throws Error (io).
void print(const std::string& text);
/// One JSON document. Numbers that JSON lacks (infinity) become null.
void print(const nlohmann::ordered_json& document);

/// A line that counts, rewritten in place; nothing unless stderr is a terminal.
class Progress {
 public:
  explicit Progress(std::string what);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  void operator()(std::size_t done, std::size_t total);

 private:
  std::string what_;
  bool terminal_;
  int last_percent_ = -1;
};

/// Writes a report to a file, as io::write_atomically does. Throws Error (io).
void write_text(const std::string& text, const std::string& file);

}  // namespace bulwark::converter::cli
