// SPDX-License-Identifier: Apache-2.0
#include "bench/system_files.h"

#include <dirent.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <memory>

namespace bulwark::bench {
namespace {

constexpr std::size_t kMaxText = 65536;
constexpr int kMaxCore = 1023;

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
  void operator()(DIR* folder) const { closedir(folder); }
};

}  // namespace

std::optional<std::string> SystemFiles::text(const std::string& path) const {
  const std::unique_ptr<std::FILE, Close> file(std::fopen((root_ + path).c_str(), "rb"));
  if (!file) return std::nullopt;
  std::string text(kMaxText, '\0');
  // Some of these files fail on reading, not on opening: a sensor that is switched off.
  text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  if (std::ferror(file.get()) != 0) return std::nullopt;
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.pop_back();
  return text;
}

std::optional<long long> SystemFiles::number(const std::string& path) const {
  const std::optional<std::string> digits = text(path);
  if (!digits || digits->empty()) return std::nullopt;
  char* end = nullptr;
  errno = 0;
  const long long value = std::strtoll(digits->c_str(), &end, 10);
  if (*end != '\0' || errno != 0) return std::nullopt;
  return value;
}

std::vector<std::string> SystemFiles::names(const std::string& folder, const std::string& prefix) const {
  std::vector<std::string> names;
  const std::unique_ptr<DIR, Close> open(opendir((root_ + folder).c_str()));
  if (!open) return names;
  while (const dirent* entry = readdir(open.get())) {
    const std::string name = entry->d_name;
    if (name != "." && name != ".." && name.starts_with(prefix)) names.push_back(name);
  }
  std::sort(names.begin(), names.end(), [&](const std::string& a, const std::string& b) {
    const long x = std::atol(a.c_str() + prefix.size()), y = std::atol(b.c_str() + prefix.size());
    return x != y ? x < y : a < b;
  });
  return names;
}

std::vector<int> parse_core_list(const std::string& text) {
  std::vector<int> cores;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    int first = -1, last = -1, used = 0;
    const std::string part = text.substr(at, end - at);
    const auto length = static_cast<int>(part.size());
    if (std::sscanf(part.c_str(), "%d%n", &first, &used) == 1 && used == length) {
      last = first;
    } else if (std::sscanf(part.c_str(), "%d-%d%n", &first, &last, &used) != 2 || used != length) {
      return {};
    }
    if (first < 0 || last < first || last > kMaxCore) return {};
    for (int core = first; core <= last; ++core) cores.push_back(core);
    at = end + 1;
  }
  std::sort(cores.begin(), cores.end());
  cores.erase(std::unique(cores.begin(), cores.end()), cores.end());
  return cores;
}

}  // namespace bulwark::bench
