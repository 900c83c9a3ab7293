// SPDX-License-Identifier: Apache-2.0
// Packs the weights of a plan, or proves that those in the file are the same and uses them in place.
#pragma once

#include "runtime/ops/operator.h"
#include "runtime/plan.h"

namespace bulwark::runtime {

/// The buffers that packing needs for a while.
class PackBuffers {
 public:
  /// For operators of at most these sizes, and `spare` bytes of packed weights. False when memory is out.
  [[nodiscard]] bool allocate(const Allocator& allocator, const PackTotals& totals, std::uint64_t spare);
  const PackWorkspace& workspace() const { return workspace_; }
  std::uint8_t* spare() const { return spare_; }

 private:
  Block block_;
  PackWorkspace workspace_ = {};
  std::uint8_t* spare_ = nullptr;
};

/// The last part of building a plan: fills plan.packed and plan.mapped_bytes.
bw_status pack_weights(bw_plan& plan, PackTotals& totals);

/// Whether a step of a finished plan uses packed weights of the file.
bool weights_in_file(const Step& step);

}  // namespace bulwark::runtime
