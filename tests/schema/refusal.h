// SPDX-License-Identifier: Apache-2.0
// What the verifier says about bytes, read between guard pages.
#pragma once

#include <catch2/catch.hpp>
#include <cstring>
#include <string>

#include "tests/schema/model_builder.h"
#include "tests/support/guarded_buffer.h"

namespace bulwark::test {

inline schema::VerifyError verify(const Bytes& bytes, bool check_content_hash = false) {
  GuardedBuffer buffer(bytes.size(), GuardSide::back, schema::kFileAlignment);
  if (!bytes.empty()) std::memcpy(buffer.data(), bytes.data(), bytes.size());
  buffer.make_read_only();
  schema::VerifiedModel model;
  schema::VerifyError error;
  const schema::VerifyOptions options{check_content_hash};
  const bool ok = schema::VerifiedModel::verify({buffer.data(), bytes.size()}, options, &model, &error);
  CHECK(ok == (error.code == schema::VerifyCode::ok));
  CHECK(ok == (model.operator_count() > 0));
  return error;
}

/// The verdict of the whole verifier, content hash included, on a model as a writer would finish it.
inline void accepts(const ModelBuilder& builder) {
  const schema::VerifyError error = verify(builder.file(), true);
  CHECK(std::string(error.message) == "");
  CHECK(error.code == schema::VerifyCode::ok);
}

inline void refuses(const Bytes& bytes, schema::VerifyCode code, const std::string& message) {
  const schema::VerifyError error = verify(bytes);
  CHECK(static_cast<int>(error.code) == static_cast<int>(code));
  CHECK_THAT(std::string(error.message), Catch::Matchers::Contains(message));
}

inline void refuses(const ModelBuilder& builder, schema::VerifyCode code, const std::string& message) {
  refuses(builder.file(), code, message);
}

inline void invalid(const ModelBuilder& builder, const std::string& message) {
  refuses(builder, schema::VerifyCode::invalid, message);
}

}  // namespace bulwark::test
