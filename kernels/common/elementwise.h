// SPDX-License-Identifier: Apache-2.0
// Contracts of the kernels that are not linear. All formulas are those of schema/NUMERICS.md. Pointers carry
// no alignment beyond that of their element type; no byte outside the named extents is read or written. Every
// family is a registry whose last line is the reference; select() takes the first kernel of the path's
// family, then of its fallbacks. add, mul, extreme, prelu, lookup, requantize (of bytes) and clip may write
// over their own input, element for element; no other overlap is allowed. Sums of pools and reductions fit
// int32: the verifier has proven it. Operators of two tensors read b[0] for every element where `b_repeats`.
#pragma once

#include "kernels/common/types.h"

namespace bulwark::kernels {

/// y = clamp(rne(float(a * multiplier_a + b * multiplier_b + bias) * multiplier) + zero_point, lo, hi), exact
/// int32 sum.
struct AddCall {
  const std::int8_t* a;
  const std::int8_t* b;
  std::int8_t* output;
  std::int64_t count;  ///< elements
  bool b_repeats;
  std::int32_t multiplier_a, multiplier_b, bias;
  float multiplier;
  std::int32_t zero_point, lo, hi;
};

/// y = clamp(rne(float((a - zero_point_a) * (b - zero_point_b)) * multiplier) + zero_point, lo, hi)
struct MulCall {
  const std::int8_t* a;
  const std::int8_t* b;
  std::int8_t* output;
  std::int64_t count;
  bool b_repeats;
  std::int32_t zero_point_a, zero_point_b;
  float multiplier;
  std::int32_t zero_point, lo, hi;
};

/// y = clamp(max(a, b), lo, hi), or the same of the minimum.
struct ExtremeCall {
  const std::int8_t* a;
  const std::int8_t* b;
  std::int8_t* output;
  std::int64_t count;
  bool b_repeats, maximum;
  std::int32_t lo, hi;
};

/// With d = a - zero_point_a: y = clamp(rne(float(d) * multiplier) + zero_point, lo, hi) for d >= 0, else
/// y = clamp(rne(float(d * (b - zero_point_b)) * slope_multiplier) + zero_point, lo, hi).
struct PreluCall {
  const std::int8_t* a;
  const std::int8_t* b;  ///< the slope
  std::int8_t* output;
  std::int64_t count;
  bool b_repeats;
  std::int32_t zero_point_a, zero_point_b;
  float multiplier, slope_multiplier;
  std::int32_t zero_point, lo, hi;
};

/// y = entries[x + 128]
struct LookupCall {
  const std::int8_t* input;
  std::int8_t* output;
  std::int64_t count;
  const std::int8_t* entries;  ///< 256
};

/// y = clamp(rne(float(x - zero_point_in) * multiplier) + zero_point, lo, hi), between s8 and u8 in any
/// combination.
struct RequantizeCall {
  const void* input;
  void* output;
  std::int64_t count;
  bool input_unsigned, output_unsigned;
  std::int32_t zero_point_in;
  float multiplier;
  std::int32_t zero_point, lo, hi;
};

/// y = clamp(rne(x / scale) + zero_point, lo, hi); IEEE single division; NaN gives lo.
struct QuantizeCall {
  const float* input;
  void* output;
  std::int64_t count;
  bool output_unsigned;
  float scale;
  std::int32_t zero_point, lo, hi;
};

/// y = float(x - zero_point) * scale
struct DequantizeCall {
  const void* input;
  float* output;
  std::int64_t count;
  bool input_unsigned;
  std::int32_t zero_point;
  float scale;
};

/// y = min(max(x, lo), hi), s8 or u8.
struct ClipCall {
  const void* input;
  void* output;
  std::int64_t count;
  bool is_unsigned;
  std::int32_t lo, hi;
};

/// Window of a pool, NHWC. Taps outside the input are left out (maximum) or counted as the zero point
/// (average with count_include_pad). Every window has at least one tap inside the input.
struct PoolProblem {
  std::int32_t batch, in_h, in_w, channels, out_h, out_w;
  std::int32_t kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w, pad_top, pad_left;
  bool count_include_pad;
};

/// maximum: y = clamp(max over taps, lo, hi).
/// average: s = sum over taps of (x - zero_point_in), n = taps counted;
///          y = clamp(rne(float(s) * (multiplier / float(n))) + zero_point, lo, hi), IEEE single division.
struct PoolCall {
  const PoolProblem* problem;
  const std::int8_t* input;
  std::int8_t* output;
  std::int32_t zero_point_in;
  float multiplier;
  std::int32_t zero_point, lo, hi;
  std::int64_t begin, end;  ///< range of output rows, 0 .. batch * out_h
};

/// Softmax over the last axis. e_i = table[max - x_i], S = sum of e_i (uint64),
/// y = clamp(floor((2 * e_i * numerator + D) / (2 * D)) + zero_point, lo, hi) with D = S * 2^16; all in
/// uint64, exact. table[0] > 0 and every entry <= 2^20, numerator <= 2^26, depth <= 2^24.
struct SoftmaxCall {
  const std::int8_t* input;
  std::int8_t* output;
  std::int64_t rows, depth;
  const std::uint32_t* table;  ///< 256 entries
  std::uint32_t numerator;     ///< rne(2^16 / output scale)
  std::int32_t zero_point, lo, hi;
};

/// Logarithm of softmax over the last axis. e_i and S as in softmax, l = 2^16 * log2(S / 2^20) by 16
/// squarings (schema/NUMERICS.md), y = clamp(floor((2^(shift-1) - (max - x_i) * multiplier_x - l *
/// multiplier_log) / 2^shift) + zero_point, lo, hi), exact in int64. table[0] is 2^20, depth <= 2^24, the
/// multipliers are at most 2^31, shift is 1..32.
struct LogSoftmaxCall {
  const std::int8_t* input;
  std::int8_t* output;
  std::int64_t rows, depth;
  const std::uint32_t* table;  ///< 256 entries
  std::uint32_t multiplier_x, multiplier_log;
  std::int32_t shift;
  std::int32_t zero_point, lo, hi;
};

/// Axes of an input as a reduction walks over them: those that stay, then those that are summed up, outermost
/// first. Every element of the input is read once.
struct ReduceProblem {
  static constexpr std::int32_t kMaxRank = 6;
  std::int32_t kept_rank, reduced_rank;
  std::int64_t kept_extent[kMaxRank], kept_step[kMaxRank];
  std::int64_t reduced_extent[kMaxRank], reduced_step[kMaxRank];
};
enum class Reduction : std::uint8_t { sum, maximum, minimum };

/// sum: y = clamp(rne(float(sum of (x - zero_point_in)) * multiplier) + zero_point, lo, hi).
/// maximum, minimum: y = clamp(the largest or smallest x, lo, hi).
struct ReduceCall {
  const ReduceProblem* problem;
  Reduction reduction;
  const std::int8_t* input;
  std::int8_t* output;
  std::int32_t zero_point_in;
  float multiplier;
  std::int32_t zero_point, lo, hi;
  std::int64_t begin, end;  ///< range of output elements
};

/// Linear interpolation between rows and columns of [outer, in_h, in_w, inner]. A position p lies between
/// elements p >> 10 and the next one, (p & 1023) / 1024 of the way; 0 <= p <= (elements - 1) * 1024.
struct ResizeProblem {
  std::int64_t outer, inner;
  std::int32_t in_h, in_w, out_h, out_w;
  const std::int32_t* rows;     ///< out_h positions
  const std::int32_t* columns;  ///< out_w positions
};

/// With weights a, b (columns) and c, d (rows) of 1024 in all each: S = (x00 * a + x01 * b) * c + (x10 * a +
/// x11 * b)
/// * d; y = floor((S + 2^19 - (S < 0)) / 2^20): the nearest, ties away from zero.
struct ResizeCall {
  const ResizeProblem* problem;
  const std::int8_t* input;
  std::int8_t* output;
  std::int64_t begin, end;  ///< range of output rows, 0 .. outer * out_h
};

/// y = clamp(rne(x / scale), lo, hi), s16; IEEE single division; NaN gives lo.
struct QuantizeWideCall {
  const float* input;
  std::int16_t* output;
  std::int64_t count;
  float scale;
  std::int32_t lo, hi;
};

/// y = clamp(a + b, lo, hi), s16.
struct AddWideCall {
  const std::int16_t* a;
  const std::int16_t* b;
  std::int16_t* output;
  std::int64_t count;
  std::int32_t lo, hi;
};

/// y = clamp(rne(float(a * b) * multiplier) + zero_point, lo, hi), s16 or s8; the zero point of s16 is 0.
struct MulWideCall {
  const std::int16_t* a;
  const std::int16_t* b;
  void* output;
  std::int64_t count;
  bool output_s8;
  float multiplier;
  std::int32_t zero_point, lo, hi;
};

/// With i = (x + 32768) >> 6 and f = (x + 32768) & 63: y = (entries[i] * (64 - f) + entries[i + 1] * f + 32)
/// >> 6.
struct LookupWideCall {
  const std::int16_t* input;
  std::int16_t* output;
  std::int64_t count;
  const std::int16_t* entries;  ///< 1025
};

/// With S = bias[u] + sum over t < time and r < rank of weights[t][u * rank + r] * input[t][u * rank + r],
/// exact in int64: y[u] = clamp(rne(float(S) * multiplier) + zero_point, lo, hi), where float(S) is the
/// nearest even.
struct TimeFilterCall {
  const std::int16_t* input;    ///< [time, units * rank]
  const std::int16_t* weights;  ///< likewise
  const std::int32_t* bias;     ///< units, or null: 0
  std::int8_t* output;
  std::int64_t time, units, rank;
  float multiplier;
  std::int32_t zero_point, lo, hi;
};

/// A kernel of one of the families above.
template <typename Call>
struct Kernel {
  const char* name;
  Isa isa;
  bool (*supports)(const Call&);
  void (*run)(const Call&);
};

template <typename Call>
struct Registry {
  const Kernel<Call>* kernels;
  std::size_t count;
};

Registry<AddCall> add_kernels();                     ///< kernels/add
Registry<RequantizeCall> requantize_kernels();       ///< kernels/requantize
Registry<QuantizeCall> quantize_kernels();           ///< kernels/quantize
Registry<DequantizeCall> dequantize_kernels();       ///< kernels/dequantize
Registry<ClipCall> clip_kernels();                   ///< kernels/clip
Registry<PoolCall> max_pool_kernels();               ///< kernels/max_pool
Registry<PoolCall> average_pool_kernels();           ///< kernels/average_pool
Registry<SoftmaxCall> softmax_kernels();             ///< kernels/softmax
Registry<LogSoftmaxCall> log_softmax_kernels();      ///< kernels/log_softmax
Registry<MulCall> mul_kernels();                     ///< kernels/mul
Registry<ExtremeCall> extreme_kernels();             ///< kernels/extreme
Registry<PreluCall> prelu_kernels();                 ///< kernels/prelu
Registry<LookupCall> lookup_kernels();               ///< kernels/lookup
Registry<ReduceCall> reduce_kernels();               ///< kernels/reduce
Registry<ResizeCall> resize_kernels();               ///< kernels/resize
Registry<QuantizeWideCall> quantize_wide_kernels();  ///< kernels/wide
Registry<AddWideCall> add_wide_kernels();            ///< kernels/wide
Registry<MulWideCall> mul_wide_kernels();            ///< kernels/wide
Registry<LookupWideCall> lookup_wide_kernels();      ///< kernels/wide
Registry<TimeFilterCall> time_filter_kernels();      ///< kernels/wide

template <typename Call>
const Kernel<Call>& select_kernel(Registry<Call> registry, const Call& call, Isa path);

/// Data movement, the same code on every path (kernels/layout). Elements of `element_size` 1, 2 or 4 bytes.
struct TransposeCall {
  const void* input;
  void* output;
  std::size_t element_size;
  std::int32_t rank;                ///< 1..6
  const std::int32_t* input_shape;  ///< rank entries
  const std::int32_t* perm;         ///< output axis i is input axis perm[i]
};
void transpose(const TransposeCall& call);

/// Copies `outer` rows of `row_bytes` to an output whose rows are `output_row_bytes` long, starting at
/// `output_offset` in each: one input of a concatenation.
void copy_rows(const void* input, void* output, std::int64_t outer, std::int64_t row_bytes,
               std::int64_t output_row_bytes, std::int64_t output_offset);

/// Constant padding. `value` holds element_size bytes.
struct PadCall {
  const void* input;
  void* output;
  std::size_t element_size;
  std::int32_t rank;  ///< 1..6
  const std::int32_t* input_shape;
  const std::int32_t* pad_before;
  const std::int32_t* pad_after;
  const void* value;
};
void pad(const PadCall& call);

/// Elements start, start + step, ... of every axis.
struct SliceCall {
  const void* input;
  void* output;
  std::size_t element_size;
  std::int32_t rank;  ///< 1..6
  const std::int32_t* input_shape;
  const std::int32_t* output_shape;
  const std::int32_t* start;
  const std::int32_t* step;  ///< not 0, may be negative
};
void slice(const SliceCall& call);

/// Blocks indices[0], indices[1], ... of every one of `outer` rows of `blocks` blocks.
struct GatherCall {
  const void* input;
  void* output;
  std::int64_t outer, blocks, block_bytes;
  const std::int32_t* indices;  ///< 0 .. blocks - 1
  std::int64_t count;
};
void gather(const GatherCall& call);

/// The index of the first largest (or smallest) element along the middle axis of [outer, count, inner]. A NaN
/// is neither, unless it is the first element.
struct ArgExtremeCall {
  const void* input;  ///< int8 or float
  void* output;       ///< int32 or int64
  std::int64_t outer, count, inner;
  bool is_float, largest, wide;
};
void arg_extreme(const ArgExtremeCall& call);

}  // namespace bulwark::kernels
