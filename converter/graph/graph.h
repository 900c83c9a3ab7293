// SPDX-License-Identifier: Apache-2.0
// The converter's one intermediate representation: a float graph with quantization written into it.
//
// Importers produce it in the source's own layout (ONNX: NCHW) and meaning: every operator computes on real
// numbers; quantization is nothing but `quantize` and `dequantize` nodes (an ONNX QLinearConv becomes
// dequantize -> conv -> quantize). Float models get their quantize/dequantize nodes from quantize/. Passes
// rewrite it, passes/lower turns it into a write::ModelSpec of integer operators.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "schema/model_view.h"

namespace bulwark::converter {

using schema::Function;

/// Element types of values in the graph. Constants of s4/u4 hold one value per element of `ints`.
enum class DType { f32, s4, u4, s8, u8, s16, s32, s64, boolean };
const char* name(DType type);

/// Smallest and largest integer of a type; of f32 and s64 those of int64.
struct TypeRange {
  std::int64_t lo, hi;
};
TypeRange type_range(DType type);

using Shape = std::vector<std::int64_t>;  ///< concrete; dynamic batches are fixed to 1 at import
std::int64_t element_count(const Shape& shape);

/// A constant: `floats` for f32, `ints` for every other type; C order.
struct Constant {
  std::vector<float> floats;
  std::vector<std::int64_t> ints;
};

using ValueId = std::int32_t;
inline constexpr ValueId kNoValue = -1;  ///< an optional input that is absent

struct Value {
  std::string name;
  DType type = DType::f32;
  Shape shape;
  std::optional<Constant> constant;
  /// What the source says of integers, for inputs that are only moved; scale 0: nothing. Everything that
  /// computes has quantize and dequantize nodes instead.
  float scale = 0;
  std::int32_t zero_point = 0;
};

enum class Op {
  // Convolution and matrices. conv: inputs x [N,C,...], w [M, C/groups, ...], optional b [M]; 1-D and 2-D.
  conv,
  gemm,  ///< x [M,K] (or [K,M] with trans_a), w [K,N] (or [N,K] with trans_b), optional c; y = alpha * x * w
         ///< + beta * c
  matmul,      ///< ... x [.., M, K], w [K, N] or batched
  batch_norm,  ///< x, scale, bias, mean, variance; epsilon in `epsilon`
  // Windows. kernel, strides, dilations, pads as in conv.
  max_pool,
  average_pool,
  global_average_pool,
  global_max_pool,
  conv_transpose,  ///< x [N,C,...], w [C, M/groups, ...], optional b [M]; output o is position o + pads of
                   ///< the full one
  // Elementwise, with numpy broadcasting.
  add,
  sub,
  mul,
  div,
  maximum,
  minimum,
  prelu,  ///< x, slope: x where x >= 0, slope * x elsewhere; the slope repeats to the shape of x
  unary,  ///< `function` with `alpha` and `beta`
  relu,
  clip,  ///< to [clip_lo, clip_hi]; on f32, or on integers (between quantize and dequantize)
  // Over `axes` (sorted), which stay as axes of 1.
  reduce_sum,
  reduce_mean,
  reduce_max,
  reduce_min,
  // Shapes and data movement.
  reshape,         ///< to the output's shape
  transpose,       ///< perm
  concat,          ///< axis
  pad,             ///< pads: before for every axis, then after; constant pad_value
  slice,           ///< starts and steps (any but 0) for every axis; the output's shape says how many
  gather,          ///< slices indices[0], indices[1], ... along axis
  resize,          ///< linear interpolation at `positions` of one or two neighbouring `axes`
  space_to_batch,  ///< x [N,H,W,C]: pads (begins, ends of H, W), then blocks of `kernel` places go to the
                   ///< batch
  batch_to_space,  ///< the inverse; pads are cropped
  arg_max,  ///< index (s32, s64) of the first largest element along axis, which goes or stays as an axis of 1
  arg_min,  ///< likewise of the smallest
  identity,
  softmax,      ///< of beta * x, over `axis`
  log_softmax,  ///< over `axis`
  // Quantization. x, scale, zero point (constants); per axis `axis` when scale has more than one element.
  quantize,    ///< f32 -> output type: saturate(rne(x / scale) + zero_point)
  dequantize,  ///< integer -> f32: (x - zero_point) * scale
  cast,
};
const char* name(Op op);

struct Node {
  Op op = Op::identity;
  std::string name;         ///< as in the source; unique (importers number unnamed nodes)
  std::string source_type;  ///< "QLinearConv": for messages
  std::vector<ValueId> inputs;
  std::vector<ValueId> outputs;

  // conv, pools
  std::vector<std::int64_t> kernel, strides, dilations;  ///< one entry per spatial axis
  std::vector<std::int64_t> pads;  ///< conv, pools: begins then ends, spatial axes; pad: every axis
  std::int64_t groups = 1;
  bool ceil_mode = false;          ///< pools; the importer resolves it into `pads` where that is exact
  bool count_include_pad = false;  ///< average_pool
  /// average_pool: a result halfway between two levels goes away from this number; absent: to the even level.
  std::optional<float> ties_away_from;
  // gemm; alpha and beta also of unary functions, beta of softmax
  bool trans_a = false, trans_b = false;
  float alpha = 1, beta = 1;
  // others
  Function function = Function::sigmoid;  ///< unary
  std::vector<std::int64_t> axes;         ///< reduce, resize
  float epsilon = 1e-5f;
  float clip_lo = -std::numeric_limits<float>::infinity();
  float clip_hi = std::numeric_limits<float>::infinity();
  bool stays_float = false;  ///< quantization after training leaves it alone: the inside of a recurrent cell
  std::int64_t axis = 0;     ///< never negative after import
  std::vector<std::int64_t> perm;
  std::vector<std::int64_t> starts, steps;  ///< slice
  std::vector<std::int64_t> indices;        ///< gather: 0 .. size of the axis - 1
  /// resize: by axis, where each element of the output lies between those of the input: 0 .. size - 1
  std::vector<std::vector<double>> positions;
  float pad_value = 0;
  bool channels_last = false;  ///< set by the layout pass: x and y are N,spatial...,C (weights stay M,C,...)
};

/// A variable that a streaming model keeps from run to run: one of the graph's inputs, whose value in the
/// next run is one of the graph's outputs, of the same type and shape.
struct GraphState {
  std::optional<Constant> initial;  ///< in the first run; absent: the input's zero point, 0 in f32
};

struct Graph {
  std::string name;
  std::string producer;
  std::vector<Value> values;
  std::vector<Node> nodes;  ///< in topological order
  std::vector<ValueId> inputs;
  std::vector<ValueId> outputs;
  std::vector<GraphState> states;  ///< the last inputs and the last outputs, in order

  std::size_t own_inputs() const { return inputs.size() - states.size(); }  ///< those that are no states
  std::size_t own_outputs() const { return outputs.size() - states.size(); }

  Value& operator[](ValueId id) { return values[static_cast<std::size_t>(id)]; }
  const Value& operator[](ValueId id) const { return values[static_cast<std::size_t>(id)]; }
  ValueId add_value(Value value);
  /// Index of the node that writes the value, or -1 (inputs, constants).
  std::int32_t producer_of(ValueId id) const;
  std::vector<std::int32_t> consumers_of(ValueId id) const;
  bool is_output(ValueId id) const;
};

/// Every problem found in a source at once: unsupported operators with names and places.
struct Problem {
  std::string where;  ///< "node 'conv1' (Conv)", "initializer 'w'", "byte 123"
  std::string what;
};

}  // namespace bulwark::converter
