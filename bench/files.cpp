// SPDX-License-Identifier: Apache-2.0
#include "bench/files.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "bench/failure.h"

namespace bulwark::bench {
namespace {

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, Close>;

[[noreturn]] void io_failure(const std::string& path) {
  throw Failure{Exit::io, path + ": " + std::strerror(errno)};
}

}  // namespace

Bytes read_file(const std::string& path) {
  const File file(std::fopen(path.c_str(), "rb"));
  if (!file) io_failure(path);
  Bytes bytes;
  std::uint8_t chunk[65536];
  while (const std::size_t got = std::fread(chunk, 1, sizeof chunk, file.get())) {
    bytes.insert(bytes.end(), chunk, chunk + got);
  }
  if (std::ferror(file.get()) != 0) io_failure(path);
  return bytes;
}

void write_file(const std::string& path, std::span<const std::uint8_t> bytes) {
  File file(std::fopen(path.c_str(), "wb"));
  if (!file) io_failure(path);
  const bool written = std::fwrite(bytes.data(), 1, bytes.size(), file.get()) == bytes.size();
  // Closing writes the last bytes, so it can fail too.
  if (std::fclose(file.release()) != 0 || !written) io_failure(path);
}

void write_file_atomically(const std::string& path, std::span<const std::uint8_t> bytes) {
  const std::string partial = path + ".part" + std::to_string(getpid());
  try {
    write_file(partial, bytes);
  } catch (const Failure&) {
    std::remove(partial.c_str());
    throw;
  }
  if (std::rename(partial.c_str(), path.c_str()) == 0) return;
  const int reason = errno;
  std::remove(partial.c_str());
  errno = reason;
  io_failure(path);
}

std::uint64_t file_bytes(const std::string& path) {
  struct stat info;
  return stat(path.c_str(), &info) == 0 ? static_cast<std::uint64_t>(info.st_size) : 0;
}

bool file_exists(const std::string& path) {
  struct stat info;
  return stat(path.c_str(), &info) == 0;
}

void make_folder(const std::string& path) {
  for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
    const std::string folder = path.substr(0, end);
    if (mkdir(folder.c_str(), 0777) != 0 && errno != EEXIST) io_failure(folder);
    if (end == std::string::npos) break;
  }
  struct stat info;
  if (stat(path.c_str(), &info) != 0) io_failure(path);
  if (!S_ISDIR(info.st_mode)) throw Failure{Exit::io, path + ": is not a folder"};
}

}  // namespace bulwark::bench
