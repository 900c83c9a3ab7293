// SPDX-License-Identifier: Apache-2.0
// Small tools that the passes share: questions about a graph, and constants with their elements moved around.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "converter/graph/evaluate.h"
#include "converter/graph/graph.h"

namespace bulwark::converter::passes {

bool is_constant(const Graph& graph, ValueId id);

/// The node that writes the value; null for inputs and constants.
const Node* producer(const Graph& graph, ValueId id);

/// True when exactly one node reads the value, once, and it is not an output of the graph.
bool single_use(const Graph& graph, ValueId id);

/// Makes every node (and, with `outputs`, the graph's outputs) read `to` in place of `from`.
void replace_uses(Graph& graph, ValueId from, ValueId to, bool outputs = false);

/// True for quantize and dequantize nodes with one scale for the whole tensor.
bool per_tensor(const Graph& graph, const Node& node);

/// The constant of a minimum of x and one bound for each slice of the result's last axis; kNoValue for
/// others.
ValueId bound_per_channel(const Graph& graph, const Node& node);

/// reshape, transpose, identity: the same elements in another order or shape.
bool moves_only(Op op);

/// The same, and slice and gather: every element of the result is one of the input.
bool selects_only(Op op);

/// add, sub, mul, div, maximum, minimum, prelu: two tensors, one of them perhaps repeated.
bool is_binary(Op op);

/// reduce_sum, reduce_mean, reduce_max, reduce_min.
bool is_reduction(Op op);

ValueId add_constant(Graph& graph, const std::string& name, DType type, Shape shape, Constant constant);
ValueId add_floats(Graph& graph, const std::string& name, Shape shape, std::vector<float> values);

/// A constant, or a dequantized constant, as real numbers.
std::optional<TensorData> constant_data(const Graph& graph, ValueId id);
bool is_constant_or_dequantized(const Graph& graph, ValueId id);

/// The elements of a constant picked by index.
Constant gather(const Constant& constant, const std::vector<std::int64_t>& indices);

/// Source index of every element of a transposed tensor, in its C order.
std::vector<std::int64_t> transpose_indices(const Shape& shape, const std::vector<std::int64_t>& perm);
/// Source index of every element when slices along `axis` are reordered: slice i comes from order[i].
std::vector<std::int64_t> reorder_indices(const Shape& shape, std::int64_t axis,
                                          const std::vector<std::int64_t>& order);

/// Source index of every element of a tensor repeated to a larger shape by numpy's rules; empty when it can
/// not be.
std::vector<std::int64_t> broadcast_indices(const Shape& small, const Shape& large);

Shape permuted(const Shape& shape, const std::vector<std::int64_t>& perm);
std::vector<std::int64_t> inverse(const std::vector<std::int64_t>& perm);
bool is_identity_permutation(const std::vector<std::int64_t>& perm);

/// Axis of a weight operand that counts output channels: 0 for conv and transposed gemm weights, 1 for
/// conv_transpose, the last otherwise.
std::int64_t output_channel_axis(const Graph& graph, const Node& node);

/// saturate(rne(x / scale) + zero_point) to the quantize node's own output type, as ONNX defines it.
std::int64_t quantized_level(const Graph& graph, const Node& quantize, float x);

}  // namespace bulwark::converter::passes
