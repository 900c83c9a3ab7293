// SPDX-License-Identifier: Apache-2.0
// A model file in memory, verified.
#pragma once

#include <string>
#include <vector>

#include "schema/verifier.h"

namespace bulwark::bench {

class ModelFile {
 public:
  /// Throws Failure (io, bad_input) that names the file.
  explicit ModelFile(const std::string& path);
  ModelFile(const ModelFile&) = delete;
  ModelFile& operator=(const ModelFile&) = delete;
  const schema::VerifiedModel& model() const { return model_; }
  std::span<const std::uint8_t> bytes() const { return model_.bytes(); }

 private:
  std::vector<std::uint8_t> memory_;
  schema::VerifiedModel model_;
};

/// The member "name" of a device's fingerprint.
std::string device_name_of(const std::string& json, const std::string& where);

}  // namespace bulwark::bench
