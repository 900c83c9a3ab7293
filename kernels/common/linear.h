// SPDX-License-Identifier: Apache-2.0
// The contract of the linear kernels: convolution, depthwise convolution and fully connected.
//
// Every kernel computes, for each output element of channel c (schema/NUMERICS.md, "Linear"):
//   acc = sum over taps of w[c, tap] * x[tap]          exact int32; taps in the padding read `pad_value`
//   v   = (acc << fraction_bits) + bias[c]             exact int32
//   s8:  y = clamp(rne(float(v) * multiplier[c]) + zero_point, lo[c], hi[c])
//   f32: y = float(v) * multiplier[c]
// float(v) rounds to nearest even, the product is one IEEE single multiply, rne is round to nearest even. The
// input's zero point is already folded into the bias (-zero_point_in * sum of w). The verifier has proven
// that no order of summation leaves int32, so kernels may reorder freely and never check.
#pragma once

#include "kernels/common/types.h"

namespace bulwark::kernels {

/// Geometry and numeric ranges of one linear operator. Layouts: input NHWC int8, output NHWC int8 or float,
/// weights OHWI with I = in_c / groups. A fully connected operator is the 1x1 case with in_h = in_w = out_h =
/// out_w = 1 and its rows in `batch`.
struct LinearProblem {
  std::int32_t batch = 1;
  std::int32_t in_h = 1, in_w = 1, in_c = 1;
  std::int32_t out_h = 1, out_w = 1, out_c = 1;
  std::int32_t kernel_h = 1, kernel_w = 1;
  std::int32_t stride_h = 1, stride_w = 1;
  std::int32_t dilation_h = 1, dilation_w = 1;
  std::int32_t pad_top = 0, pad_left = 0;          ///< bottom and right padding follow from the output size
  std::int32_t groups = 1;                         ///< depthwise: groups == in_c, out_c a multiple of in_c
  std::int32_t in_lo = -128, in_hi = 127;          ///< proven range of the input, pad_value inside it
  std::int32_t pad_value = 0;                      ///< the input's zero point
  std::int32_t weight_lo = -128, weight_hi = 127;  ///< true extremes of the weights
  std::int64_t weight_sum = INT32_MAX;             ///< no channel's sum of |w| is larger
  WeightFormat weight_format = WeightFormat::s8;
  OutputType output = OutputType::s8;
  std::int32_t zero_point = 0;  ///< of the output, -128..127 (unused for f32)
  std::int32_t fraction_bits = 0;

  /// Taps of one output element: kernel_h * kernel_w * in_c / groups.
  constexpr std::int64_t depth() const { return std::int64_t{kernel_h} * kernel_w * (in_c / groups); }
  constexpr std::int64_t out_pixels() const { return std::int64_t{batch} * out_h * out_w; }
  constexpr std::int64_t macs() const { return out_pixels() * out_c * depth(); }
};

/// The constants of a linear operator as they lie in the model: not aligned, never written.
struct LinearConstants {
  const std::uint8_t* weights = nullptr;  ///< out_c rows of weight_row_bytes(format, depth) bytes, OHWI
  const std::int32_t* bias = nullptr;     ///< out_c
  const float* multiplier = nullptr;      ///< out_c, normal positive numbers
  const std::int8_t* lo = nullptr;        ///< out_c (unused for f32)
  const std::int8_t* hi = nullptr;        ///< out_c, lo <= hi
};

/// Arguments of one call. Work items are independent and may run on any thread in any order; the bytes
/// written do not depend on the split. No byte outside the tensors, `packed` and `scratch` is read or
/// written.
struct LinearCall {
  const LinearProblem* problem = nullptr;
  const void* packed = nullptr;        ///< what pack() wrote; 64-byte aligned
  const std::int8_t* input = nullptr;  ///< no alignment promised
  void* output = nullptr;              ///< int8 or float (4-byte aligned)
  void* scratch = nullptr;             ///< scratch_size() bytes of this thread's own, 64-byte aligned
  std::int64_t begin = 0, end = 0;     ///< range of work items, 0 <= begin <= end <= work_items()
};

/// The half of a kernel that prepares its constants: portable code, so that a converter packs for processors
/// it does not run on.
struct LinearPacking {
  const char* name;  ///< of the kernel: file name = function name, e.g. "conv_s8_s4_4x4_neon"
  Isa isa;
  std::uint8_t processors;  ///< bits: see types.h
  CoreClass core;           ///< the core class it is tuned for, or unknown for any
  /// Whether it is quick on such a core, not unknown, for this problem; null: where `core` says so.
  bool (*suits)(const LinearProblem&, CoreClass core);
  bool (*supports)(const LinearProblem&);  ///< whether run() is exact for this problem
  std::size_t (*packed_size)(const LinearProblem&);
  /// `staging` has staging_elements(problem) int16 elements for unpacking rows. Makes no allocation. What it
  /// writes may depend on channels, taps, formats and ranges, not on batch, sizes or padding: run() is also
  /// called for some rows of the packed problem (runtime/fusion.h). Every one of the packed_size() bytes is
  /// written, always the same for the same constants: they are compared with those packed ahead of time.
  void (*pack)(const LinearProblem&, const LinearConstants&, std::int16_t* staging, void* packed);
  /// Whether the packed_size() bytes at `packed` are, each of them, what pack() writes. `spare` has as many.
  bool (*matches)(const LinearProblem&, const LinearConstants&, std::int16_t* staging, void* spare,
                  const void* packed);
};

/// A linear kernel: one line of a registry.
struct LinearKernel : LinearPacking {
  std::size_t (*scratch_size)(const LinearProblem&);
  std::int64_t (*work_items)(const LinearProblem&);
  void (*run)(const LinearCall&);
};

/// Elements of the staging buffer pack() needs: one row, rounded up to a multiple of 64, for any kernel.
constexpr std::int64_t staging_elements(const LinearProblem& p) { return (p.depth() + 63) / 64 * 64; }

struct LinearRegistry {
  const LinearKernel* kernels;  ///< of this build
  std::size_t count;
  const LinearPacking* packings;  ///< of the kernels of all instruction sets, as far as this build has them
  std::size_t packing_count;
};

/// Registries in order of preference; each ends with a reference kernel that supports every problem.
LinearRegistry conv_kernels();       ///< kernels/conv: any kernel size, stride, dilation, padding, groups
LinearRegistry depthwise_kernels();  ///< kernels/depthwise: groups == in_c
LinearRegistry fully_connected_kernels();  ///< kernels/fully_connected

/// The first kernel of the path's family (then of its fallbacks) that supports the problem and suits `core`;
/// one that does not is taken last. Cores that are unknown count as in order.
const LinearKernel& select_linear_kernel(LinearRegistry registry, const LinearProblem& problem, Isa path,
                                         CoreClass core);

/// Where `chosen`, the selected kernel, is made for operands of 8 bits: one for narrower operands that
/// supports the problem and was passed over, because it does not suit the core. Null: there is none.
const LinearKernel* passed_over_kernel(LinearRegistry registry, const LinearProblem& problem,
                                       const LinearKernel& chosen);

/// For whom weights are packed: a path and the kind of processor that takes it.
struct PackTarget {
  Isa path;
  std::uint8_t processor;
};
/// Every target but the reference has a name: a path's, of 64-bit ARM and x86-64, and "armv7" for the neon
/// path of 32-bit ARM, which there is "neon" as well. False: unknown name, *target unchanged.
bool parse_pack_target(const char* name, PackTarget* target);
inline constexpr const char* kPackTargets = "armv7, neon, dotprod, i8mm, avx2, vnni";

/// How the kernel packs that select_linear_kernel() chooses on such a processor, in a build with its
/// kernels. Null: the reference.
const LinearPacking* select_linear_packing(LinearRegistry registry, const LinearProblem& problem,
                                           PackTarget target, CoreClass core);

}  // namespace bulwark::kernels
