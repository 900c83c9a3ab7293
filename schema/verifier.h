// SPDX-License-Identifier: Apache-2.0
// The only door to a model: bytes in, a VerifiedModel or an error out. Two steps, structure (FlatBuffers,
// with our own limits) and semantics (every rule of NUMERICS.md and limits.h). There is no other way to make
// a VerifiedModel.
#pragma once

#include "schema/limits.h"
#include "schema/model_view.h"

namespace bulwark::schema {

enum class VerifyCode : std::uint8_t {
  ok,
  misaligned,           ///< the buffer's address is not a multiple of kFileAlignment
  not_a_model,          ///< too short, or the identifier is not BWK1
  unsupported_version,  ///< older or newer schema version
  malformed,            ///< the structure is broken or cut off
  too_large,            ///< a limit of limits.h is exceeded
  invalid,              ///< a semantic rule is broken
  corrupted,            ///< the content does not match its SHA-256
};

/// What is wrong and where: "operator 3 'conv1': stride_h is 0, must be 1..4096".
struct VerifyError {
  VerifyCode code = VerifyCode::ok;
  char message[320] = "";
};

struct VerifyOptions {
  bool check_content_hash = true;
  /// Keeps what verification finds out on the way: asked once for an entry per operator; those of integer
  /// linear operators are filled in. Null, or null returned: nothing is kept.
  WeightExtremes* (*room_for_extremes)(void* context, std::int32_t operators) = nullptr;
  void* context = nullptr;
};

/// A proven view. Copyable; the bytes must outlive it and must not change.
class VerifiedModel {
 public:
  /// Checks everything; makes no allocation, never aborts, time linear in the file's size. On failure returns
  /// false and fills *error.
  static bool verify(std::span<const std::uint8_t> bytes, const VerifyOptions& options, VerifiedModel* model,
                     VerifyError* error);

  /// An empty model: no tensors, no operators.
  VerifiedModel() = default;

  std::span<const std::uint8_t> bytes() const { return bytes_; }
  std::int32_t schema_version() const;
  std::string_view producer() const;
  View<std::int32_t> inputs() const;
  View<std::int32_t> outputs() const;
  std::int32_t tensor_count() const;
  TensorView tensor(std::int32_t index) const;  ///< index in 0..tensor_count()-1
  std::int32_t operator_count() const;
  OperatorView op(std::int32_t index) const;  ///< index in 0..operator_count()-1
  View<std::uint8_t> content_sha256() const;  ///< 32 bytes

  std::int32_t state_count() const;
  StateView state(std::int32_t i) const;  ///< i in 0..state_count()-1

  bool has_golden() const;
  std::int32_t golden_input_count() const;
  GoldenTensorView golden_input(std::int32_t i) const;
  std::int32_t golden_output_count() const;
  GoldenTensorView golden_output(std::int32_t i) const;

  std::int32_t robustness_layer_count() const;  ///< 0 without a robustness table
  LayerRobustnessView robustness_layer(std::int32_t i) const;
  float clip_eps() const;
  std::string_view recipe() const;

  std::int32_t metadata_count() const;
  KeyValueView metadata(std::int32_t i) const;

  /// Packed weights behind the model: well-formed, but their bytes are not checked against the model's
  /// weights.
  std::int32_t packed_count() const;  ///< 0 without
  PackedView packed(std::int32_t i) const;
  std::string_view packed_paths() const;
  /// Those of one operator and kernel; empty when there are none.
  View<std::uint8_t> find_packed(std::int32_t op, std::string_view kernel) const;

 private:
  std::span<const std::uint8_t> bytes_;
  const void* root_ = nullptr;
  const void* packed_ = nullptr;
};

}  // namespace bulwark::schema
