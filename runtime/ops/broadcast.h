// SPDX-License-Identifier: Apache-2.0
// Two tensors of one rank, each axis as long as the output's or 1: as rows that a kernel takes at once, one
// operand or none repeated within a row.
#pragma once

#include <cstdint>

#include "runtime/ops/elementwise.h"

namespace bulwark::runtime {

struct Broadcast {
  static constexpr std::int32_t kMaxRank = schema::kMaxRank;
  std::int32_t rank = 0;  ///< axes outside of a row, outermost first
  std::int64_t extent[kMaxRank], step_a[kMaxRank], step_b[kMaxRank];  ///< in elements; step 0: repeated
  std::int64_t row = 1;                                               ///< elements of a row
  bool a_repeats = false, b_repeats = false;                          ///< within a row; never both

  std::int64_t rows() const;
};
Broadcast make_broadcast(const schema::TensorView& a, const schema::TensorView& b,
                         const schema::TensorView& output);

/// Work items: rows, or blocks of elements where there is one row.
void split_rows(Step& step, const Broadcast& broadcast);

/// Part of an operator's work: from these elements on.
struct RowPart {
  std::int64_t a, b, output, count;
};

/// Calls visit(part) for everything in the call's work items.
template <typename Visit>
void for_each_row(const StepCall& call, const Broadcast& broadcast, Visit visit) {
  if (broadcast.rank == 0) {
    const ElementRange range = elements_of(call, broadcast.row);
    visit(RowPart{broadcast.a_repeats ? 0 : range.begin, broadcast.b_repeats ? 0 : range.begin, range.begin,
                  range.count});
    return;
  }
  std::int64_t index[Broadcast::kMaxRank], rest = call.begin, a = 0, b = 0;
  for (std::int32_t axis = broadcast.rank; axis-- > 0; rest /= broadcast.extent[axis]) {
    index[axis] = rest % broadcast.extent[axis];
    a += index[axis] * broadcast.step_a[axis];
    b += index[axis] * broadcast.step_b[axis];
  }
  for (std::int64_t row = call.begin; row < call.end; ++row) {
    visit(RowPart{a, b, row * broadcast.row, broadcast.row});
    for (std::int32_t axis = broadcast.rank; axis-- > 0;) {
      a += broadcast.step_a[axis];
      b += broadcast.step_b[axis];
      if (++index[axis] < broadcast.extent[axis]) break;
      a -= broadcast.step_a[axis] * broadcast.extent[axis];
      b -= broadcast.step_b[axis] * broadcast.extent[axis];
      index[axis] = 0;
    }
  }
}

/// A kernel of two tensors of bytes. Where the first is the one that repeats, they change places (`swapped`):
/// the operator's constants must have done so already.
template <typename Call>
struct BroadcastParameters {
  Call call;
  const kernels::Kernel<Call>* kernel;
  Broadcast broadcast;
  bool swapped;
};

template <typename Call>
void run_broadcast(const StepCall& call) {
  const auto& parameters = call.parameters<BroadcastParameters<Call>>();
  Call kernel_call = parameters.call;
  const std::int8_t* a = call.input<std::int8_t>(parameters.swapped ? 1 : 0);
  const std::int8_t* b = call.input<std::int8_t>(parameters.swapped ? 0 : 1);
  std::int8_t* output = call.output<std::int8_t>();
  for_each_row(call, parameters.broadcast, [&](const RowPart& part) {
    kernel_call.a = a + (parameters.swapped ? part.b : part.a);
    kernel_call.b = b + (parameters.swapped ? part.a : part.b);
    kernel_call.output = output + part.output;
    kernel_call.count = part.count;
    parameters.kernel->run(kernel_call);
  });
}

/// Selects the kernel and makes the step. False: memory is out.
template <typename Call>
bool prepare_broadcast(Preparation& preparation, kernels::Registry<Call> registry, Call call,
                       const Broadcast& broadcast, Step& step) {
  auto* parameters = preparation.bump.make<BroadcastParameters<Call>>();
  if (parameters == nullptr) return false;
  call.b_repeats = broadcast.a_repeats || broadcast.b_repeats;
  parameters->call = call;
  parameters->kernel = &kernels::select_kernel(registry, call, preparation.path);
  parameters->broadcast = broadcast;
  parameters->swapped = broadcast.a_repeats;
  split_rows(step, broadcast);
  step.run = run_broadcast<Call>;
  step.parameters = parameters;
  step.kernel = parameters->kernel->name;
  return true;
}

}  // namespace bulwark::runtime
