// SPDX-License-Identifier: Apache-2.0
#include "bench/model_file.h"

#include <cstring>

#include "bench/failure.h"
#include "bench/files.h"
#include "bench/json_value.h"

namespace bulwark::bench {

ModelFile::ModelFile(const std::string& path) {
  const Bytes file = read_file(path);
  memory_.resize(file.size() + schema::kFileAlignment);
  const auto address = reinterpret_cast<std::uintptr_t>(memory_.data());
  std::uint8_t* begin =
      memory_.data() + (schema::kFileAlignment - address % schema::kFileAlignment) % schema::kFileAlignment;
  if (!file.empty()) std::memcpy(begin, file.data(), file.size());
  schema::VerifyError error;
  if (!schema::VerifiedModel::verify({begin, file.size()}, {}, &model_, &error)) {
    throw Failure{Exit::bad_input, path + ": " + error.message};
  }
}

std::string device_name_of(const std::string& json, const std::string& where) {
  return JsonValue::parse(json, where + ": device").text("name", where + ": device");
}

}  // namespace bulwark::bench
