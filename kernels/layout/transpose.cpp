// SPDX-License-Identifier: Apache-2.0
#include <cstring>

#include "kernels/common/elementwise.h"

namespace bulwark::kernels {
namespace {

constexpr std::int32_t kMaxRank = 6;

/// The axes of the output, outermost first, with their strides in the input, in elements. Axes of extent 1
/// are dropped and neighbours that stay neighbours are merged, so that a copy has one axis of stride 1 and
/// NCHW <-> NHWC has three axes.
struct Axes {
  std::int32_t rank = 0;
  std::int64_t extent[kMaxRank], stride[kMaxRank];

  explicit Axes(const TransposeCall& call) {
    std::int64_t input_stride[kMaxRank];
    std::int64_t elements = 1;
    for (std::int32_t i = call.rank; i-- > 0;) {
      input_stride[i] = elements;
      elements *= call.input_shape[i];
    }
    for (std::int32_t i = 0; i < call.rank; ++i) {
      append(call.input_shape[call.perm[i]], input_stride[call.perm[i]]);
    }
    if (rank == 0) append_axis(1, 1);
  }

 private:
  void append(std::int64_t axis_extent, std::int64_t axis_stride) {
    if (axis_extent == 1) return;
    if (rank > 0 && stride[rank - 1] == axis_stride * axis_extent) {
      extent[rank - 1] *= axis_extent;
      stride[rank - 1] = axis_stride;
    } else {
      append_axis(axis_extent, axis_stride);
    }
  }
  void append_axis(std::int64_t axis_extent, std::int64_t axis_stride) {
    extent[rank] = axis_extent;
    stride[rank] = axis_stride;
    ++rank;
  }
};

/// Bytes of kColumns planes side by side: pictures to channels last. The compiler makes interleaved stores of
/// it.
template <std::int64_t kColumns>
void interleave(const std::uint8_t* __restrict input, std::uint8_t* __restrict output, std::int64_t rows,
                std::int64_t stride) {
  for (std::int64_t i = 0; i < rows; ++i) {
    for (std::int64_t j = 0; j < kColumns; ++j) output[i * kColumns + j] = input[j * stride + i];
  }
}

/// output[i][j] = input[j * stride + i] for i < rows, j < columns, in blocks that keep both sides in the
/// first-level cache.
template <std::size_t kSize>
void transpose_plane(const std::uint8_t* input, std::uint8_t* output, std::int64_t rows, std::int64_t columns,
                     std::int64_t stride) {
  if (kSize == 1 && columns == 3) return interleave<3>(input, output, rows, stride);
  if (kSize == 1 && columns == 4) return interleave<4>(input, output, rows, stride);
  constexpr std::int64_t kBlock = 16;
  for (std::int64_t j0 = 0; j0 < columns; j0 += kBlock) {
    const std::int64_t j1 = j0 + kBlock < columns ? j0 + kBlock : columns;
    for (std::int64_t i = 0; i < rows; ++i) {
      std::uint8_t* row = output + i * columns * static_cast<std::int64_t>(kSize);
      for (std::int64_t j = j0; j < j1; ++j) {
        std::memcpy(row + j * static_cast<std::int64_t>(kSize),
                    input + (j * stride + i) * static_cast<std::int64_t>(kSize), kSize);
      }
    }
  }
}

template <std::size_t kSize>
void strided_row(const std::uint8_t* input, std::uint8_t* output, std::int64_t count, std::int64_t stride) {
  if (stride == 1) {
    std::memcpy(output, input, static_cast<std::size_t>(count) * kSize);
    return;
  }
  for (std::int64_t i = 0; i < count; ++i) {
    std::memcpy(output + i * static_cast<std::int64_t>(kSize),
                input + i * stride * static_cast<std::int64_t>(kSize), kSize);
  }
}

/// Writes the axes from `axis` on; returns the end of what was written.
template <std::size_t kSize>
std::uint8_t* transpose_axes(const Axes& axes, std::int32_t axis, const std::uint8_t* input,
                             std::uint8_t* output) {
  const std::int64_t extent = axes.extent[axis];
  if (axis + 2 == axes.rank && axes.stride[axis] == 1) {
    transpose_plane<kSize>(input, output, extent, axes.extent[axis + 1], axes.stride[axis + 1]);
    return output + extent * axes.extent[axis + 1] * static_cast<std::int64_t>(kSize);
  }
  if (axis + 1 == axes.rank) {
    strided_row<kSize>(input, output, extent, axes.stride[axis]);
    return output + extent * static_cast<std::int64_t>(kSize);
  }
  for (std::int64_t i = 0; i < extent; ++i) {
    output = transpose_axes<kSize>(axes, axis + 1,
                                   input + i * axes.stride[axis] * static_cast<std::int64_t>(kSize), output);
  }
  return output;
}

}  // namespace

void transpose(const TransposeCall& call) {
  const Axes axes(call);
  const std::uint8_t* input = static_cast<const std::uint8_t*>(call.input);
  std::uint8_t* output = static_cast<std::uint8_t*>(call.output);
  if (call.element_size == 1) {
    transpose_axes<1>(axes, 0, input, output);
  } else {
    transpose_axes<4>(axes, 0, input, output);
  }
}

}  // namespace bulwark::kernels
