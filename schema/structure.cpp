// SPDX-License-Identifier: Apache-2.0
#include "schema/structure.h"

#include <cinttypes>
#include <cstring>

#include "schema/report.h"

namespace bulwark::schema {
namespace {

constexpr std::size_t kIdentifierOffset = 4, kIdentifierBytes = 4;

bool check_frame(std::span<const std::uint8_t> bytes, VerifyError* error) {
  if (bytes.size() < kMinFileBytes) {
    return fail(error, VerifyCode::not_a_model, "not a model: %zu bytes, the smallest file has %" PRIu64,
                bytes.size(), kMinFileBytes);
  }
  if (bytes.size() > kMaxFileBytes) {
    return fail(error, VerifyCode::too_large, "the file has %zu bytes, at most %" PRIu64 " are allowed",
                bytes.size(), kMaxFileBytes);
  }
  if (reinterpret_cast<std::uintptr_t>(bytes.data()) % kFileAlignment != 0) {
    return fail(error, VerifyCode::misaligned, "the model's address is not a multiple of %" PRIu64,
                kFileAlignment);
  }
  const char* identifier = reinterpret_cast<const char*>(bytes.data()) + kIdentifierOffset;
  const char* ours = fb::ModelIdentifier();
  if (std::memcmp(identifier, ours, kIdentifierBytes) == 0) return true;
  if (std::memcmp(identifier, ours, kIdentifierBytes - 1) == 0) {
    return fail(error, VerifyCode::unsupported_version, "file format '%.4s', this library reads '%s'",
                identifier, ours);
  }
  return fail(error, VerifyCode::not_a_model, "not a model: the identifier at byte 4 is not '%s'", ours);
}

/// The version and size stand in the root table. They are read before the rest is verified, so that a file of
/// another version or a cut-off file is called just that.
bool check_root(std::span<const std::uint8_t> bytes, VerifyError* error) {
  flatbuffers::Verifier verifier = make_verifier(bytes);
  if (verifier.VerifyOffset(std::size_t{0}) == 0) {
    return fail(error, VerifyCode::malformed, "malformed: the root table lies outside the file");
  }
  const auto& table = *flatbuffers::GetRoot<flatbuffers::Table>(bytes.data());
  if (!table.VerifyTableStart(verifier) ||
      !table.VerifyField<std::int32_t>(verifier, fb::Model::VT_SCHEMA_VERSION, sizeof(std::int32_t)) ||
      !table.VerifyField<std::uint32_t>(verifier, fb::Model::VT_FILE_BYTES, sizeof(std::uint32_t))) {
    return fail(error, VerifyCode::malformed, "malformed: the root table is broken or cut off");
  }
  const fb::Model& model = *fb::GetModel(bytes.data());
  if (model.schema_version() != kSchemaVersion) {
    return fail(error, VerifyCode::unsupported_version,
                "schema version %" PRId32 ", this library reads %" PRId32, model.schema_version(),
                kSchemaVersion);
  }
  if (model.file_bytes() < kMinFileBytes || model.file_bytes() > bytes.size()) {
    return fail(error, VerifyCode::malformed,
                "cut off or not sealed: the file has %zu bytes and says %" PRIu32, bytes.size(),
                model.file_bytes());
  }
  return true;
}

bool all_offsets_inside(std::span<const std::uint8_t> bytes, const fb::Model& model) {
  const fb::Robustness* robustness = model.robustness();
  const fb::Golden* golden = model.golden();
  return offsets_inside(bytes, model.tensors()) && offsets_inside(bytes, model.operators()) &&
         offsets_inside(bytes, model.metadata()) && offsets_inside(bytes, model.states()) &&
         (robustness == nullptr || offsets_inside(bytes, robustness->layers())) &&
         (golden == nullptr ||
          (offsets_inside(bytes, golden->inputs()) && offsets_inside(bytes, golden->outputs())));
}

}  // namespace

flatbuffers::Verifier make_verifier(std::span<const std::uint8_t> bytes) {
  flatbuffers::Verifier::Options options;
  options.max_depth = kFlatbufferDepth;
  options.max_tables = kFlatbufferTables;
  return flatbuffers::Verifier(bytes.data(), bytes.size(), options);
}

bool verify_structure(std::span<const std::uint8_t> bytes, const fb::Model** model, VerifyError* error) {
  if (!check_frame(bytes, error) || !check_root(bytes, error)) return false;
  bytes = bytes.first(fb::GetModel(bytes.data())->file_bytes());
  flatbuffers::Verifier verifier = make_verifier(bytes);
  if (!verifier.VerifyBuffer<fb::Model>(fb::ModelIdentifier()) ||
      !all_offsets_inside(bytes, *fb::GetModel(bytes.data()))) {
    return fail(error, VerifyCode::malformed,
                "malformed: a table, vector or string is missing or lies outside the file");
  }
  *model = fb::GetModel(bytes.data());
  return true;
}

}  // namespace bulwark::schema
