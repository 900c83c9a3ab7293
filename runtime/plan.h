// SPDX-License-Identifier: Apache-2.0
// A plan: the steps of a model for one path, its packed weights, and where every tensor lies in a session's
// arena.
#pragma once

#include "kernels/common/types.h"
#include "runtime/bump.h"
#include "runtime/certificate/interval_plan.h"
#include "runtime/clips.h"
#include "runtime/handle.h"
#include "runtime/model.h"
#include "runtime/step.h"

namespace bulwark::runtime {

/// Where a tensor lies.
struct TensorPlace {
  enum class Storage : std::uint8_t { none, file, arena } storage = Storage::none;
  std::size_t offset = 0;  ///< in the arena
};

}  // namespace bulwark::runtime

struct bw_plan : bulwark::runtime::Handle {
  using Handle::Handle;
  ~bw_plan() { bulwark::runtime::release(model); }

  bw_model* model = nullptr;
  bulwark::kernels::Isa path = bulwark::kernels::Isa::reference;
  bool keep_intermediates = false;
  bulwark::runtime::Bump bump{allocator};
  bulwark::runtime::Array<bulwark::runtime::Step> steps;          ///< one per operator, in the file's order
  bulwark::runtime::Array<bulwark::runtime::TensorPlace> places;  ///< one per tensor
  /// Per model input, the buffer of its integer door; none where there is no door.
  bulwark::runtime::TensorPlace doors[bulwark::schema::kMaxNodeTensors];
  bulwark::runtime::IntervalPlan* intervals = nullptr;  ///< with certify, in the plan's memory
  const bulwark::runtime::ClipPlan* clips = nullptr;    ///< with count_clips, likewise
  bulwark::runtime::Block packed;
  std::size_t mapped_bytes = 0;  ///< of packed weights that are used in the file
  std::size_t arena_bytes = 0;
  std::size_t scratch_bytes = 0;  ///< of one thread, the largest of all steps
};

namespace bulwark::runtime {

/// Builds everything. plan.model is set; `options` is complete.
bw_status build_plan(bw_plan& plan, const bw_plan_options& options);

/// Lays out the arena: fills places, doors and arena_bytes, and turns reshapes that can share their input's
/// bytes into steps without a run function.
bw_status place_tensors(bw_plan& plan);

}  // namespace bulwark::runtime
