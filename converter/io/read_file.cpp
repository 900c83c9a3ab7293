// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "converter/error.h"
#include "converter/io/file.h"
#include "converter/io/file_descriptor.h"

namespace bulwark::converter::io {

std::vector<std::uint8_t> read_file(const std::string& path) {
  // Without O_NONBLOCK, opening a named pipe would wait for a writer.
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file) throw io_error("cannot open '" + path + "': " + std::strerror(errno));
  struct stat status = {};
  if (::fstat(file.get(), &status) != 0)
    throw io_error("cannot read '" + path + "': " + std::strerror(errno));
  if (S_ISDIR(status.st_mode)) throw io_error("cannot read '" + path + "': it is a folder");
  if (!S_ISREG(status.st_mode)) throw io_error("cannot read '" + path + "': it is not a regular file");

  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(status.st_size));
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t n = ::read(file.get(), bytes.data() + done, bytes.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw io_error("cannot read '" + path + "': " + std::strerror(errno));
    if (n == 0) throw io_error("cannot read '" + path + "': it shrank while it was read");
    done += static_cast<std::size_t>(n);
  }
  return bytes;
}

}  // namespace bulwark::converter::io
