// SPDX-License-Identifier: Apache-2.0
// The fingerprint of a device: what figures of two runs must share to be compared.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bench/system_files.h"

namespace bulwark::bench {

struct Core {
  int index = 0;
  std::string name;        ///< "cortex-a53"; "unknown" where the system does not tell
  long long max_khz = 0;   ///< 0 where the system does not tell
  long long capacity = 0;  ///< relative speed, 1024 for the fastest; 0 where the system does not tell
};

struct Device {
  std::string name;      ///< of the board or the processor
  std::string system;    ///< "Linux 6.1.0"
  std::string machine;   ///< "aarch64"
  std::string governor;  ///< of core 0's frequency; empty where there is none
  std::int64_t memory_bytes = 0;
  std::vector<Core> cores;  ///< online
  std::string build;        ///< version, compiler and processor family of this program

  std::string json() const;
  /// Of all given cores when they are alike, else their names joined by '+'. No indices: of all.
  std::string core_name(const std::vector<int>& indices) const;
};

Device find_device(const SystemFiles& files);

/// "cortex-a53" from the implementer and part of an ARM core, else "0x41-0xd03".
std::string arm_core_name(unsigned implementer, unsigned part);

/// Indices of the cores that `text` names: a list ("0,2-3"), or "big" or "little": those of the largest and
/// smallest capacity (or clock). Throws Failure (usage) when it is none of these, names a core that is not
/// online, or all cores are alike.
std::vector<int> choose_cores(const Device& device, const std::string& text);

/// Ties this thread, and those it makes, to the cores. Throws Failure (bad_input) when the system refuses.
void pin_to(const std::vector<int>& cores);

}  // namespace bulwark::bench
