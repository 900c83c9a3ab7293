// SPDX-License-Identifier: Apache-2.0
#include "schema/verifier.h"

#include <cstring>

#include "schema/packed.h"
#include "schema/report.h"
#include "schema/semantics/semantics.h"
#include "schema/sha256.h"
#include "schema/structure.h"

namespace bulwark::schema {
namespace {

/// `bytes` are those of the model, without packed weights.
bool check_content_hash(std::span<const std::uint8_t> bytes, const fb::Model& model, VerifyError* error) {
  const View<std::uint8_t> stored = view(model.content_sha256());
  std::uint8_t digest[kSha256Bytes];
  content_hash(bytes, static_cast<std::size_t>(stored.data() - bytes.data()), digest);
  if (std::memcmp(digest, stored.data(), kSha256Bytes) == 0) return true;
  return fail(error, VerifyCode::corrupted, "corrupted: the content does not match its SHA-256");
}

}  // namespace

bool VerifiedModel::verify(std::span<const std::uint8_t> bytes, const VerifyOptions& options,
                           VerifiedModel* model, VerifyError* error) {
  *error = {};
  const fb::Model* root = nullptr;
  if (!verify_structure(bytes, &root, error)) return false;
  if (root->content_sha256()->size() != kSha256Bytes) {
    return fail(error, VerifyCode::invalid, "content_sha256 has %u bytes, must be %zu",
                root->content_sha256()->size(), kSha256Bytes);
  }
  const auto model_bytes = bytes.first(root->file_bytes());
  if (options.check_content_hash && !check_content_hash(model_bytes, *root, error)) return false;
  Context context{*root, model_bytes.size(), error};
  if (options.room_for_extremes != nullptr && check_counts(context)) {
    context.extremes = options.room_for_extremes(options.context, count(root->operators()));
  }
  if (!verify_semantics(context)) return false;
  const fb::PackedWeights* packed = nullptr;
  if (model_bytes.size() < bytes.size() && !verify_packed(bytes, model_bytes.size(), *root, &packed, error)) {
    return false;
  }
  model->bytes_ = bytes;
  model->root_ = root;
  model->packed_ = packed;
  return true;
}

}  // namespace bulwark::schema
