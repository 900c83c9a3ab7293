// SPDX-License-Identifier: Apache-2.0
#include "converter/error.h"
#include "converter/io/file.h"
#include "converter/write/writer.h"
#include "schema/verifier.h"

namespace bulwark::converter::write {

void write_bytes_atomically(const std::vector<std::uint8_t>& bytes, const std::string& path) {
  io::write_atomically(bytes, path);
}

void write_file(const ModelSpec& spec, const std::string& path) { write_model(serialize(spec), path); }

void write_model(const std::vector<std::uint8_t>& bytes, const std::string& path) {
  schema::VerifiedModel model;
  schema::VerifyError error;
  if (!schema::VerifiedModel::verify(bytes, {}, &model, &error)) {
    throw bad_input("the converted model breaks a rule of the format and was not written: " +
                    std::string(error.message));
  }
  write_bytes_atomically(bytes, path);
}

}  // namespace bulwark::converter::write
