// SPDX-License-Identifier: Apache-2.0
#include "converter/cli/terminal.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <nlohmann/json.hpp>

#include "converter/error.h"
#include "converter/io/file.h"

namespace bulwark::converter::cli {
void print(const std::string& text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0) {
    throw io_error(std::string("cannot write to standard output: ") + std::strerror(errno));
  }
}

void print(const nlohmann::ordered_json& document) {
  print(document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
}

Progress::Progress(std::string what) : what_(std::move(what)), terminal_(::isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
  if (last_percent_ >= 0) std::fputs("\r\033[K", stderr);
}

void Progress::operator()(std::size_t done, std::size_t total) {
  if (!terminal_ || total == 0) return;
  const int percent = static_cast<int>(done * 100 / total);
  if (percent == last_percent_) return;
  last_percent_ = percent;
  fmt::print(stderr, "\r\033[K{}: {}/{} ({} %)", what_, done, total, percent);
  std::fflush(stderr);
}

void write_text(const std::string& text, const std::string& file) {
  io::write_atomically({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}, file);
}

}  // namespace bulwark::converter::cli
