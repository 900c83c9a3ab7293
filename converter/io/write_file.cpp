// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "converter/error.h"
#include "converter/io/file.h"
#include "converter/io/file_descriptor.h"

namespace bulwark::converter::io {
namespace {

Error write_error(const std::string& path, const std::string& reason) {
  return io_error("cannot write '" + path + "': " + reason);
}

/// Where the bytes go: links resolved, and nothing there but a regular file.
std::string resolve_target(const std::string& path) {
  if (path.empty()) throw write_error(path, "the name is empty");
  struct stat status = {};
  if (::lstat(path.c_str(), &status) != 0) {
    if (errno == ENOENT) return path;
    throw write_error(path, std::strerror(errno));
  }
  std::string target = path;
  if (S_ISLNK(status.st_mode)) {
    std::error_code failure;
    target = std::filesystem::canonical(path, failure).string();
    if (failure || ::stat(target.c_str(), &status) != 0) throw write_error(path, "it is a broken link");
  }
  if (S_ISDIR(status.st_mode)) throw write_error(path, "it is a folder");
  if (!S_ISREG(status.st_mode)) throw write_error(path, "it is not a regular file");
  return target;
}

/// A new file in the folder of `target`, removed again unless it is renamed into place.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& target) : name_(unused_name(target)), file_(create(name_)) {}
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    if (file_ || written_) ::unlink(name_.c_str());
  }

  explicit operator bool() const { return static_cast<bool>(file_); }

  bool write(std::span<const std::uint8_t> bytes) {
    while (!bytes.empty()) {
      const ssize_t n = ::write(file_.get(), bytes.data(), bytes.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return false;
      bytes = bytes.subspan(static_cast<std::size_t>(n));
    }
    written_ = true;
    return ::fsync(file_.get()) == 0 && file_.close();
  }

  bool rename_to(const std::string& target) {
    if (::rename(name_.c_str(), target.c_str()) != 0) return false;
    written_ = false;
    return true;
  }

 private:
  static std::string unused_name(const std::string& target) {
    const std::filesystem::path path(target);
    const std::string stem = fmt::format(".{}.tmp-{}-", path.filename().string().substr(0, 200), ::getpid());
    for (int i = 0;; ++i) {
      const std::string name = (path.parent_path() / (stem + std::to_string(i))).string();
      struct stat status = {};
      if (::lstat(name.c_str(), &status) != 0) return name;
    }
  }

  static int create(const std::string& name) {
    return ::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
  }

  std::string name_;
  FileDescriptor file_;
  bool written_ = false;
};

/// Makes the new name durable. The file is in place already, so a system that can not do this is no failure.
void sync_folder(const std::string& target) {
  const std::filesystem::path parent = std::filesystem::path(target).parent_path();
  const std::string folder = parent.empty() ? std::string(".") : parent.string();
  const FileDescriptor file(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (file) ::fsync(file.get());
}

}  // namespace

void write_atomically(std::span<const std::uint8_t> bytes, const std::string& path) {
  const std::string target = resolve_target(path);
  TemporaryFile file(target);
  if (!file || !file.write(bytes) || !file.rename_to(target)) throw write_error(path, std::strerror(errno));
  sync_folder(target);
}

void make_folder(const std::string& path) {
  std::error_code failure;
  std::filesystem::create_directories(path, failure);
  if (failure) throw io_error("cannot make the folder '" + path + "': " + failure.message());
  if (!std::filesystem::is_directory(path))
    throw io_error("cannot make the folder '" + path + "': a file has that name");
}

}  // namespace bulwark::converter::io
