// SPDX-License-Identifier: Apache-2.0
#include <cstring>

#include "kernels/common/elementwise.h"

namespace bulwark::kernels {
namespace {

constexpr std::int32_t kMaxRank = 6;

/// The output's axes, innermost first, with their steps in the input in bytes; what lies together in the
/// input is one run.
struct Walk {
  std::int32_t rank = 0;
  std::int64_t count[kMaxRank] = {}, step[kMaxRank] = {};
  std::int64_t run_bytes, runs = 1, start = 0;

  explicit Walk(const SliceCall& call) : run_bytes(static_cast<std::int64_t>(call.element_size)) {
    std::int64_t stride = run_bytes;
    for (std::int32_t i = call.rank; i-- > 0; stride *= call.input_shape[i]) {
      start += call.start[i] * stride;
      const std::int64_t step_bytes = call.step[i] * stride;
      if (rank == 0 && (call.output_shape[i] == 1 || step_bytes == run_bytes)) {
        run_bytes *= call.output_shape[i];
        continue;
      }
      runs *= count[rank] = call.output_shape[i];
      step[rank] = step_bytes;
      ++rank;
    }
  }
};

}  // namespace

void slice(const SliceCall& call) {
  const Walk walk(call);
  std::int64_t index[kMaxRank] = {};
  const std::uint8_t* input = static_cast<const std::uint8_t*>(call.input) + walk.start;
  std::uint8_t* output = static_cast<std::uint8_t*>(call.output);
  for (std::int64_t run = 0; run < walk.runs; ++run, output += walk.run_bytes) {
    std::int64_t offset = 0;
    for (std::int32_t axis = 0; axis < walk.rank; ++axis) offset += index[axis] * walk.step[axis];
    std::memcpy(output, input + offset, static_cast<std::size_t>(walk.run_bytes));
    for (std::int32_t axis = 0; axis < walk.rank; ++axis) {
      if (++index[axis] < walk.count[axis]) break;
      index[axis] = 0;
    }
  }
}

}  // namespace bulwark::kernels
