// SPDX-License-Identifier: Apache-2.0
// What an application does with a file it was given, through the public C API alone: load, plan, session,
// run.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "bulwark/bulwark.h"

namespace bulwark::test {

/// Memory a mutant may take and work it may do before it is left alone. Both end with a clean status, which
/// counts as a refusal.
inline constexpr std::size_t kMemoryLimit = std::size_t{64} << 20;
inline constexpr std::int64_t kMacLimit = std::int64_t{1} << 24;

/// Bytes at a 64-byte aligned address with nothing accessible behind them: under the address sanitizer a read
/// one byte past the end is reported.
class ExactBuffer {
 public:
  explicit ExactBuffer(std::span<const std::uint8_t> bytes);
  ~ExactBuffer();
  ExactBuffer(const ExactBuffer&) = delete;
  ExactBuffer& operator=(const ExactBuffer&) = delete;
  std::uint8_t* data() { return data_; }
  std::size_t size() const { return size_; }
  std::span<std::uint8_t> span() { return {data_, size_}; }

 private:
  std::uint8_t* data_;
  std::size_t size_;
};

struct Outcome {
  bw_status load = BW_STATUS_OK;
  bool ran = false;         ///< on every path
  bool paths_agree = true;  ///< integer outputs, byte for byte
  std::string message;      ///< of the load, when it was refused
};

/// Loads the model without its content hash, and runs it with one fixed input on every path this processor
/// has. Ends the program when a status is one that these calls can not give, or a refusal has no message.
Outcome load_and_run(std::span<const std::uint8_t> bytes);

/// Paths this processor can run.
const std::vector<const char*>& paths();

}  // namespace bulwark::test
