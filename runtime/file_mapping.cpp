// SPDX-License-Identifier: Apache-2.0
#include "runtime/file_mapping.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "runtime/status.h"
#include "schema/limits.h"

namespace bulwark::runtime {

FileMapping::~FileMapping() {
  if (data_ != nullptr) munmap(data_, size_);
}

bw_status FileMapping::map(const char* path) {
  // Without O_NONBLOCK, opening a named pipe would wait for a writer.
  const int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return fail(BW_STATUS_IO, "%s: %s", path, std::strerror(errno));
  const bw_status status = map_descriptor(path, descriptor);
  close(descriptor);
  return status;
}

bw_status FileMapping::map_descriptor(const char* path, int descriptor) {
  struct stat info;
  if (fstat(descriptor, &info) != 0) return fail(BW_STATUS_IO, "%s: %s", path, std::strerror(errno));
  if (S_ISDIR(info.st_mode)) return fail(BW_STATUS_IO, "%s: is a directory", path);
  if (!S_ISREG(info.st_mode)) return fail(BW_STATUS_IO, "%s: is not a regular file", path);
  if (info.st_size <= 0) return fail(BW_STATUS_NOT_A_MODEL, "%s: the file is empty", path);
  if (static_cast<std::uint64_t>(info.st_size) > schema::kMaxFileBytes) {
    return fail(BW_STATUS_TOO_LARGE, "%s: the file has %lld bytes, the limit is %llu", path,
                static_cast<long long>(info.st_size), static_cast<unsigned long long>(schema::kMaxFileBytes));
  }
  const std::size_t size = static_cast<std::size_t>(info.st_size);
  void* data = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
  if (data == MAP_FAILED) {
    return fail(errno == ENOMEM ? BW_STATUS_OUT_OF_MEMORY : BW_STATUS_IO, "%s: can not be mapped: %s", path,
                std::strerror(errno));
  }
  data_ = data;
  size_ = size;
  return BW_STATUS_OK;
}

}  // namespace bulwark::runtime
