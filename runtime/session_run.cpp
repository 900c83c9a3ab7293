// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <chrono>
#include <cstring>

#include "runtime/session.h"

namespace bulwark::runtime {
namespace {

// Waking a sleeping thread takes about as long as this many multiply-accumulates.
constexpr std::int64_t kWorkPerPart = std::int64_t{1} << 17;

std::int32_t parts_for(const bw_session& session, const Step& step, const void* state) {
  if (state != nullptr) return 1;  // a backend's object is one piece of work
  const std::int64_t worthwhile = std::max<std::int64_t>(step.work / kWorkPerPart, 1);
  return static_cast<std::int32_t>(
      std::min({std::int64_t{session.parts}, worthwhile, std::max<std::int64_t>(step.items, 1)}));
}

struct SplitStep {
  const bw_session& session;
  const Step& step;
  void* const* tensors;
  void* state;
  std::int32_t parts;
};

// Part `index` of a split: a contiguous range of work items.
void run_part(void* context, std::int32_t index) {
  const SplitStep& split = *static_cast<const SplitStep*>(context);
  const std::int64_t items = split.step.items;
  const StepCall call{split.step,
                      split.tensors,
                      split.session.inputs,
                      split.state,
                      split.session.scratch + split.session.scratch_stride * static_cast<std::size_t>(index),
                      items * index / split.parts,
                      items * (index + 1) / split.parts};
  split.step.run(call);
}

void run_on(const bw_session& session, const Step& step, void* const* tensors, void* state) {
  if (step.run == nullptr) return;
  SplitStep split{session, step, tensors, state, parts_for(session, step, state)};
  if (split.parts == 1) {
    run_part(&split, 0);
  } else {
    session.parallel.run(session.parallel.context, split.parts, run_part, &split);
  }
}

void count_clips(const bw_session& session, const Step& step) {
  const ClipStep& clip = session.plan->clips->steps[step.op];
  if (clip.channels == 0) return;
  clip_and_count(clip, static_cast<std::int8_t*>(session.tensors[clip.tensor]),
                 session.clip_counts + clip.counts_at);
}

void observe(const bw_session& session, const Step& step) {
  const Buffer output = tensor_buffer(session, step.outputs[0]);
  if (output.data != nullptr)
    session.observer.call(session.observer.context, step.op, output.data, output.bytes);
}

/// Times the steps, counts what their clip bounds cut, shows them to an observer.
void run_watched(bw_session& session) {
  using Clock = std::chrono::steady_clock;
  std::int64_t* ns = session.step_ns;
  for (const Step& step : session.plan->steps) {
    const Clock::time_point begin = Clock::now();
    run_step(session, step);
    if (session.clip_counts != nullptr) count_clips(session, step);
    if (ns != nullptr)
      *ns++ = std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - begin).count();
    if (session.observer.call != nullptr) observe(session, step);
  }
}

/// A state and its next value never share bytes with another state: the order does not matter.
void advance_states(const bw_session& session) {
  const schema::VerifiedModel& file = session.plan->model->file;
  for (std::int32_t i = 0; i < file.state_count(); ++i) {
    const schema::StateView state = file.state(i);
    std::memcpy(session.tensors[state.tensor], session.tensors[state.next],
                static_cast<std::size_t>(file.tensor(state.tensor).bytes()));
  }
}

}  // namespace

void run_step(const bw_session& session, const Step& step) {
  run_on(session, step, session.tensors, session.states[step.op]);
}

void run_interval_step(const bw_session& session, const Step& step) {
  run_on(session, step, session.intervals, nullptr);
}

void run_steps(bw_session& session) {
  if (session.step_ns != nullptr || session.clip_counts != nullptr || session.observer.call != nullptr) {
    run_watched(session);
  } else {
    for (const Step& step : session.plan->steps) run_step(session, step);
  }
  advance_states(session);
}

void reset_states(bw_session& session) {
  const schema::VerifiedModel& file = session.plan->model->file;
  for (std::int32_t i = 0; i < file.state_count(); ++i) {
    const schema::StateView state = file.state(i);
    const schema::TensorView tensor = file.tensor(state.tensor);
    const std::size_t bytes = static_cast<std::size_t>(tensor.bytes());
    if (!state.initial.empty()) {
      std::memcpy(session.tensors[state.tensor], state.initial.data(), bytes);
    } else {  // the zero point of s16 and the 0 of f32 are zero bytes
      std::memset(session.tensors[state.tensor],
                  tensor.type == schema::ElementType::s8 ? static_cast<std::uint8_t>(tensor.zero_point) : 0,
                  bytes);
    }
  }
}

}  // namespace bulwark::runtime
