// SPDX-License-Identifier: Apache-2.0
// A file mapped read-only into memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "bulwark/bulwark.h"

namespace bulwark::runtime {

/// The mapping starts on a page, so it has the alignment a model needs. The file must not be truncated while
/// it is mapped: replace a model by renaming a new file over it.
class FileMapping {
 public:
  FileMapping() = default;
  FileMapping(const FileMapping&) = delete;
  FileMapping& operator=(const FileMapping&) = delete;
  ~FileMapping();

  /// Regular files of 1 .. schema::kMaxFileBytes bytes; anything else gets a status and a message that names
  /// the path.
  bw_status map(const char* path);
  std::span<const std::uint8_t> bytes() const { return {static_cast<const std::uint8_t*>(data_), size_}; }

 private:
  bw_status map_descriptor(const char* path, int descriptor);

  void* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace bulwark::runtime
