// SPDX-License-Identifier: Apache-2.0
// The float twin's operators. Each reads its node, its inputs (null for an absent optional one) and the shape
// of its output.
#pragma once

#include <functional>
#include <vector>

#include "converter/graph/evaluate.h"

namespace bulwark::converter::twin {

using Inputs = std::vector<const TensorData*>;

/// What one operator needs to know; `shape` and `type` are the output's, `source` is the first input's type.
struct Call {
  const Node& node;
  const Inputs& in;
  const Shape& shape;
  DType type;
  DType source;
};

TensorData conv(const Call& call);
TensorData gemm(const Call& call);
TensorData matmul(const Call& call);
TensorData conv_transpose(const Call& call);

/// What conv, gemm and matmul (with a constant matrix) multiply the weights of one group with: rows of
/// `columns` elements, a part of the input for each of the result's positions, in the order tap, channel.
/// Every `every`-th position is visited, in blocks. Fails for other operators.
struct InputRows {
  const double* data;  ///< [count, columns]
  std::int64_t count, columns;
};
void visit_input_rows(const Node& node, const TensorData& x, const Shape& weights, const Shape& result,
                      std::int64_t group, std::int64_t every,
                      const std::function<void(const InputRows&)>& visit);

TensorData pool(const Call& call);  ///< max_pool, average_pool and the global ones

TensorData batch_norm(const Call& call);
TensorData binary(const Call& call);  ///< add, sub, mul, div, maximum, minimum, prelu
TensorData unary(const Call& call);
TensorData clip(const Call& call);     ///< clip and relu
TensorData softmax(const Call& call);  ///< softmax and log_softmax
TensorData reduce(const Call& call);   ///< reduce_sum, reduce_mean, reduce_max, reduce_min

TensorData quantize(const Call& call);
TensorData dequantize(const Call& call);
TensorData cast(const Call& call);

TensorData copy(const Call& call);  ///< reshape and identity
TensorData transpose(const Call& call);
TensorData concat(const Call& call);
TensorData pad(const Call& call);
TensorData slice(const Call& call);
TensorData gather(const Call& call);
TensorData batch_blocks(const Call& call);  ///< space_to_batch and batch_to_space
TensorData resize(const Call& call);
TensorData arg_extreme(const Call& call);  ///< arg_max and arg_min

/// A shape seen from one axis: index = (outer * count + c) * inner + rest.
struct AxisSplit {
  std::int64_t outer = 1, count = 1, inner = 1;
};
AxisSplit split_at(const Shape& shape, std::int64_t axis);

/// Steps in elements between neighbours along each axis of a C-order tensor.
std::vector<std::int64_t> strides_of(const Shape& shape);

/// Throws Error with the node's name and kind in front.
[[noreturn]] void fail(const Node& node, const std::string& what);

/// x or y of a convolution or pool, N,C,H,W or N,H,W,C, as sizes and steps; a 1-D one has h = 1.
struct Image {
  std::int64_t n = 1, c = 1, h = 1, w = 1;
  std::int64_t step_n = 0, step_c = 0, step_h = 0, step_w = 0;
};
Image image_of(const Node& node, const Shape& shape);

/// The window of a convolution or pool; a 1-D one has height 1.
struct Window {
  std::int64_t kernel_h = 1, kernel_w = 1, stride_h = 1, stride_w = 1, dilation_h = 1, dilation_w = 1;
  std::int64_t top = 0, left = 0, bottom = 0, right = 0;
};
Window window_of(const Node& node);

}  // namespace bulwark::converter::twin
