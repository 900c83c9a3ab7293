// SPDX-License-Identifier: Apache-2.0
// A session: the memory and the threads of one run at a time. Everything, this struct included, lies in one
// block.
#pragma once

#include <atomic>

#include "runtime/plan.h"
#include "runtime/thread_pool.h"

namespace bulwark::runtime {

/// Offsets of the parts of a session's block, each a multiple of kAlignment.
struct SessionLayout {
  std::int32_t parts = 1;  ///< into how many parts work is split: the threads
  std::uint64_t tensors = 0, states = 0, step_ns = 0, arena = 0, scratch = 0;
  std::uint64_t clip_counts = 0;                                            ///< with count_clips
  std::uint64_t intervals = 0, lower = 0, upper = 0, interval_buffers = 0;  ///< with certify
  std::uint64_t scratch_stride = 0;
  std::uint64_t bytes = 0;
};

}  // namespace bulwark::runtime

struct bw_session {
  explicit bw_session(const bulwark::runtime::Allocator& from) : allocator(from) {}
  /// Closes the steps' states and joins the threads; keeps the plan.
  ~bw_session();

  bulwark::runtime::Allocator allocator;
  bool own_memory = true;  ///< false: the caller's
  std::size_t bytes = 0;
  bw_plan* plan = nullptr;
  void** tensors = nullptr;             ///< address of every tensor, null for one that nothing uses
  std::int64_t* step_ns = nullptr;      ///< null without profile
  std::int64_t* clip_counts = nullptr;  ///< per ClipStep and channel; null without count_clips
  void** states = nullptr;              ///< per step, what its open made
  void** intervals = nullptr;           ///< addresses of IntervalAddress, null without certify
  std::uint8_t* scratch = nullptr;
  std::size_t scratch_stride = 0;
  std::int32_t parts = 1;
  bw_parallel parallel = {};
  bw_step_observer observer = {};  ///< call is null without one
  bulwark::runtime::InputDoors inputs[bulwark::schema::kMaxNodeTensors];
  mutable std::atomic<bool> in_use{false};
  bulwark::runtime::ThreadPool pool;
};

namespace bulwark::runtime {

/// Marks the session as in use while it lives; `claimed` is false when another thread has it.
class SessionClaim {
 public:
  explicit SessionClaim(const bw_session& session) : session_(session) {
    claimed = !session.in_use.exchange(true, std::memory_order_acquire);
  }
  SessionClaim(const SessionClaim&) = delete;
  SessionClaim& operator=(const SessionClaim&) = delete;
  ~SessionClaim() {
    if (claimed) session_.in_use.store(false, std::memory_order_release);
  }
  bool claimed;

 private:
  const bw_session& session_;
};

/// Runs all steps, then gives every state its next value. The session is claimed.
void run_steps(bw_session& session);
/// One step of the plan.
void run_step(const bw_session& session, const Step& step);
/// One step of plan.intervals, on the interval addresses.
void run_interval_step(const bw_session& session, const Step& step);

/// Gives every state its initial value. The session is claimed, or not yet anybody's.
void reset_states(bw_session& session);

/// Address and size of a tensor of the session.
struct Buffer {
  void* data;
  std::size_t bytes;
};
Buffer tensor_buffer(const bw_session& session, std::int32_t tensor);

/// Sizes of a session for a plan and complete options. BW_STATUS_INVALID_ARGUMENT: threads outside 0..64, a
/// pool without run.
bw_status lay_out_session(const bw_plan& plan, const bw_session_options& options, SessionLayout* layout);

/// Makes a session in `memory` of layout.bytes bytes. On failure the memory is untouched property of the
/// caller.
bw_status construct_session(bw_plan& plan, const bw_session_options& options, const SessionLayout& layout,
                            void* memory, bw_session** session);

}  // namespace bulwark::runtime
