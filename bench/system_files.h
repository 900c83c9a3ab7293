// SPDX-License-Identifier: Apache-2.0
// What the system tells about itself in small files: /proc and /sys, or a copy of them under another root.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace bulwark::bench {

class SystemFiles {
 public:
  /// `root` stands before every path; empty: the system's own.
  explicit SystemFiles(std::string root = {}) : root_(std::move(root)) {}

  /// The first bytes (64 KB at most) of a file without its trailing blanks and zeros; nothing where there is
  /// none or it may not be read.
  std::optional<std::string> text(const std::string& path) const;
  /// The whole number that a file holds.
  std::optional<long long> number(const std::string& path) const;
  /// Names in a folder that begin with `prefix`, those with numbers in their order; empty where there is
  /// none.
  std::vector<std::string> names(const std::string& folder, const std::string& prefix) const;

 private:
  std::string root_;
};

/// "0-3,7" -> 0, 1, 2, 3, 7. Empty where the text is no such list or names a core above 1023.
std::vector<int> parse_core_list(const std::string& text);

}  // namespace bulwark::bench
