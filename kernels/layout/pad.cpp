// SPDX-License-Identifier: Apache-2.0
#include <cstring>

#include "kernels/common/elementwise.h"

namespace bulwark::kernels {
namespace {

constexpr std::int32_t kMaxRank = 6;

/// The call with every unpadded axis merged into the axis before it; the last axis counts bytes.
struct MergedPad {
  std::int32_t rank = 0;
  std::int64_t in[kMaxRank + 1], before[kMaxRank + 1], after[kMaxRank + 1];

  explicit MergedPad(const PadCall& call) {
    const auto append = [this](std::int64_t extent, std::int64_t pad_before, std::int64_t pad_after) {
      if (pad_before == 0 && pad_after == 0 && rank > 0) {
        in[rank - 1] *= extent;
        before[rank - 1] *= extent;
        after[rank - 1] *= extent;
        return;
      }
      in[rank] = extent;
      before[rank] = pad_before;
      after[rank] = pad_after;
      ++rank;
    };
    for (std::int32_t i = 0; i < call.rank; ++i)
      append(call.input_shape[i], call.pad_before[i], call.pad_after[i]);
    append(static_cast<std::int64_t>(call.element_size), 0, 0);
  }
};

void fill(std::uint8_t* output, std::int64_t bytes, const PadCall& call) {
  if (call.element_size == 1) {
    std::memset(output, *static_cast<const std::uint8_t*>(call.value), static_cast<std::size_t>(bytes));
    return;
  }
  const std::int64_t element = static_cast<std::int64_t>(call.element_size);
  for (std::int64_t i = 0; i < bytes; i += element) std::memcpy(output + i, call.value, call.element_size);
}

/// Writes the rows of one axis in order. Returns the end of what it has written; *input moves past what it
/// has read.
std::uint8_t* pad_axis(const PadCall& call, const MergedPad& merged, std::int32_t axis,
                       std::int64_t inner_bytes, const std::uint8_t** input, std::uint8_t* output) {
  const std::int64_t below = inner_bytes / (merged.before[axis] + merged.in[axis] + merged.after[axis]);
  fill(output, merged.before[axis] * below, call);
  output += merged.before[axis] * below;
  if (axis + 1 == merged.rank) {
    std::memcpy(output, *input, static_cast<std::size_t>(merged.in[axis]));
    *input += merged.in[axis];
    output += merged.in[axis];
  } else {
    for (std::int64_t i = 0; i < merged.in[axis]; ++i) {
      output = pad_axis(call, merged, axis + 1, below, input, output);
    }
  }
  fill(output, merged.after[axis] * below, call);
  return output + merged.after[axis] * below;
}

}  // namespace

void pad(const PadCall& call) {
  const MergedPad merged(call);
  std::int64_t bytes = 1;
  for (std::int32_t i = 0; i < merged.rank; ++i) bytes *= merged.before[i] + merged.in[i] + merged.after[i];
  const std::uint8_t* input = static_cast<const std::uint8_t*>(call.input);
  pad_axis(call, merged, 0, bytes, &input, static_cast<std::uint8_t*>(call.output));
}

}  // namespace bulwark::kernels
