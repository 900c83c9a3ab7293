// SPDX-License-Identifier: Apache-2.0
#include "schema/seal.h"

#include "schema/report.h"
#include "schema/sha256.h"
#include "schema/views.h"

namespace bulwark::schema {

bool seal(std::span<std::uint8_t> bytes, VerifyError* error) {
  if (bytes.size() < kMinFileBytes || bytes.size() > kMaxFileBytes) {
    return fail(error, VerifyCode::too_large, "can not seal %zu bytes", bytes.size());
  }
  flatbuffers::Verifier verifier(bytes.data(), bytes.size(), kFlatbufferDepth, kFlatbufferTables);
  if (!verifier.VerifyBuffer<fb::Model>(fb::ModelIdentifier())) {
    return fail(error, VerifyCode::malformed, "can not seal: not a finished model buffer");
  }
  const auto* model = fb::GetModel(bytes.data());
  auto* table = flatbuffers::GetMutableRoot<flatbuffers::Table>(bytes.data());
  const auto size = static_cast<std::uint32_t>(bytes.size());
  if (!table->SetField<std::uint32_t>(fb::Model::VT_FILE_BYTES, size, 0)) {
    return fail(error, VerifyCode::invalid,
                "can not seal: file_bytes is not stored (give it a value other than 0)");
  }
  if (model->content_sha256()->size() != kSha256Bytes) {
    return fail(error, VerifyCode::invalid, "can not seal: content_sha256 has %u bytes, must be %zu",
                model->content_sha256()->size(), kSha256Bytes);
  }
  const auto offset = static_cast<std::size_t>(model->content_sha256()->Data() - bytes.data());
  std::uint8_t digest[kSha256Bytes];
  content_hash(bytes, offset, digest);
  std::copy(digest, digest + kSha256Bytes, bytes.begin() + static_cast<std::ptrdiff_t>(offset));
  return true;
}

}  // namespace bulwark::schema
