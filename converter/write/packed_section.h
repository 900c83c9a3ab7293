// SPDX-License-Identifier: Apache-2.0
// Weights packed ahead of time, behind a model (schema/packed.fbs).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace bulwark::converter::write {

struct PackedSpec {
  std::int32_t operator_index = 0;
  std::string kernel;
  std::vector<std::uint8_t> data;
};

/// What serialize() made, followed by these in the order of operator and kernel; equal pairs are written
/// once. `paths` says for whom they are: "neon". Throws Error (bad_input) where a file would grow too large.
std::vector<std::uint8_t> append_packed(std::vector<std::uint8_t> model, const std::string& paths,
                                        std::vector<PackedSpec> packed);

}  // namespace bulwark::converter::write
