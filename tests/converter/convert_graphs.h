// SPDX-License-Identifier: Apache-2.0
// Small graphs for the tests of passes, lowering and quantization.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "converter/graph/evaluate.h"
#include "converter/graph/graph.h"

namespace bulwark::test {

using converter::DType;
using converter::Graph;
using converter::Node;
using converter::Op;
using converter::Shape;
using converter::TensorData;
using converter::ValueId;

class GraphMaker {
 public:
  ValueId input(const Shape& shape, DType type = DType::f32);
  ValueId floats(const Shape& shape, std::vector<float> values);
  ValueId ints(const Shape& shape, DType type, std::vector<std::int64_t> values);
  /// Seeded values in -range .. range.
  ValueId random(const Shape& shape, float range = 1.0f);
  ValueId random_ints(const Shape& shape, DType type, int lo, int hi);

  /// Adds a node; `node` brings the attributes.
  ValueId add(Op op, std::vector<ValueId> inputs, const Shape& shape, Node node = {},
              DType type = DType::f32);
  ValueId quantize(ValueId x, float scale, int zero_point, DType type);
  ValueId dequantize(ValueId x, float scale, int zero_point);
  /// quantize and dequantize.
  ValueId requantized(ValueId x, float scale, int zero_point, DType type) {
    return dequantize(quantize(x, scale, zero_point, type), scale, zero_point);
  }
  /// Dequantized weights with one scale per slice of `axis`.
  ValueId weights(const Shape& shape, DType type, int lo, int hi, float scale, std::int64_t axis);
  /// NCHW convolution with a square kernel; shapes follow.
  ValueId conv(ValueId x, ValueId w, ValueId b, std::int64_t stride = 1, std::int64_t pad = 0,
               std::int64_t groups = 1);
  ValueId pool(Op op, ValueId x, std::int64_t kernel, std::int64_t stride, std::int64_t pad = 0);
  void output(ValueId id) { graph.outputs.push_back(id); }

  Shape shape(ValueId id) const { return graph[id].shape; }
  /// Seeded random inputs for the graph.
  std::vector<TensorData> sample(float lo = -1.0f, float hi = 1.0f);

  Graph graph;

 private:
  std::mt19937 generator_{12345};
};

/// Number of nodes of one kind.
std::size_t count(const Graph& graph, Op op);

}  // namespace bulwark::test
