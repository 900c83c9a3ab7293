// SPDX-License-Identifier: Apache-2.0
// NumPy .npy files of the three types a model takes: little-endian, C order, format 1.0 to 3.0.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bench/files.h"
#include "bulwark/bulwark.h"

namespace bulwark::bench {

struct Npy {
  bw_type type = BW_TYPE_F32;
  std::vector<std::int64_t> shape;
  Bytes data;
};

bool looks_like_npy(const Bytes& bytes);
/// Throws Failure (bad_input) that begins with `path`.
Npy parse_npy(const Bytes& bytes, const std::string& path);
/// Format 1.0, data at a multiple of 64 bytes.
Bytes format_npy(const Npy& array);

}  // namespace bulwark::bench
