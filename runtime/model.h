// SPDX-License-Identifier: Apache-2.0
// A verified model and what the public API tells about it.
#pragma once

#include "runtime/file_mapping.h"
#include "runtime/handle.h"
#include "schema/verifier.h"

struct bw_model : bulwark::runtime::Handle {
  using Handle::Handle;

  bulwark::runtime::FileMapping mapping;  ///< empty for a model in the caller's memory
  bulwark::schema::VerifiedModel file;
  bulwark::runtime::Array<bulwark::schema::WeightExtremes> weight_extremes;  ///< one per operator
  bool bit_exact = false;
  /// Per model input: the quantize operator that alone reads it, or -1. Its output is the input's integer
  /// door.
  std::int32_t door_operator[bulwark::schema::kMaxNodeTensors];
};

namespace bulwark::runtime {

/// Verifies `bytes` and fills in the model. `label` names the source in messages ("model.bwk: ..."), "" for
/// memory.
bw_status verify_model(bw_model& model, std::span<const std::uint8_t> bytes, bool check_hash,
                       const char* label);

/// False when the operator's result may differ between builds (float arithmetic).
bool is_bit_exact(const schema::VerifiedModel& file, const schema::OperatorView& op);

/// Public description of a tensor.
bw_tensor_info tensor_info(const schema::TensorView& tensor);

}  // namespace bulwark::runtime
