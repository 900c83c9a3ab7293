// SPDX-License-Identifier: Apache-2.0
// Small networks with random constants, for the tests of the runtime.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "converter/write/model_spec.h"

namespace bulwark::test {

using converter::write::ModelSpec;
using converter::write::OperatorSpec;
using schema::ElementType;
using schema::OperatorKind;
using schema::WeightFormat;

/// Shape of a linear operator on an NHWC tensor.
struct ConvShape {
  std::int32_t out_c = 8, kernel = 3, stride = 1, pad = 1, dilation = 1, groups = 1;
};

/// Adds operators one after another; every function returns the index of the tensor it makes. Multipliers are
/// chosen so that random data fills the output's range.
class Network {
 public:
  explicit Network(std::uint32_t seed) : random_(seed) {}

  std::int32_t input_f32(std::vector<std::int32_t> shape);
  std::int32_t input_integer(std::vector<std::int32_t> shape, ElementType type = ElementType::s8);
  std::int32_t constant(std::vector<std::int32_t> shape);

  std::int32_t quantize(std::int32_t input, std::int32_t lo = -128, std::int32_t hi = 127);
  std::int32_t requantize(std::int32_t input);
  std::int32_t dequantize(std::int32_t input);
  std::int32_t conv(std::int32_t input, const ConvShape& shape, WeightFormat format = WeightFormat::s8);
  std::int32_t fully_connected(std::int32_t input, std::int32_t out_c, WeightFormat format = WeightFormat::s8,
                               bool float_output = false);
  std::int32_t pool(std::int32_t input, OperatorKind kind, std::int32_t kernel, std::int32_t stride,
                    std::int32_t pad);
  std::int32_t add(std::int32_t a, std::int32_t b);
  std::int32_t clip(std::int32_t input, std::int32_t lo, std::int32_t hi);
  std::int32_t softmax(std::int32_t input);
  std::int32_t log_softmax(std::int32_t input);
  /// mul, sub, div, maximum, minimum, prelu; one operand may have axes of 1.
  std::int32_t binary(OperatorKind kind, std::int32_t a, std::int32_t b);
  /// A random table.
  std::int32_t lookup(std::int32_t input);
  std::int32_t sigmoid(std::int32_t input);  ///< f32
  std::int32_t reduce(OperatorKind kind, std::int32_t input, std::vector<std::int32_t> axes);
  /// A constant with the scale and zero point of `like`.
  std::int32_t constant_like(std::int32_t like, std::vector<std::int32_t> shape);
  std::int32_t reshape(std::int32_t input, std::vector<std::int32_t> shape);
  std::int32_t transpose(std::int32_t input, std::vector<std::int32_t> perm);
  std::int32_t concat(std::vector<std::int32_t> inputs, std::int32_t axis);
  std::int32_t pad(std::int32_t input, std::vector<std::int32_t> before, std::vector<std::int32_t> after);
  std::int32_t slice(std::int32_t input, std::vector<std::int32_t> shape, std::vector<std::int32_t> starts,
                     std::vector<std::int32_t> steps);
  std::int32_t gather(std::int32_t input, std::int32_t axis, std::vector<std::int32_t> indices);
  /// Axes 1 and 2 at random positions.
  std::int32_t resize(std::int32_t input, std::int32_t height, std::int32_t width);
  std::int32_t index(OperatorKind kind, std::int32_t input, std::int32_t axis, ElementType type);
  /// A tensor that keeps its value; `next` follows with set_next.
  std::int32_t state(std::int32_t like, std::vector<std::int32_t> shape,
                     std::vector<std::uint8_t> initial = {});
  void set_next(std::int32_t state, std::int32_t next);
  void output(std::int32_t tensor) { spec_.outputs.push_back(tensor); }

  ModelSpec& spec() { return spec_; }
  const std::vector<std::int32_t>& shape(std::int32_t tensor) const;

 private:
  converter::write::TensorSpec& tensor(std::int32_t index);
  std::int32_t add_tensor(ElementType type, std::vector<std::int32_t> shape);
  /// Same quantization and range as `like`.
  std::int32_t add_tensor_like(std::int32_t like, std::vector<std::int32_t> shape);
  std::int32_t finish(OperatorSpec op, std::vector<std::int32_t> inputs, std::int32_t output);
  converter::write::LinearSpec linear(std::int32_t input, std::int32_t rows, std::int32_t depth,
                                      WeightFormat format, bool float_output);
  std::int32_t integer(std::int32_t lo, std::int32_t hi);
  float real(float lo, float hi);

  std::mt19937 random_;
  ModelSpec spec_;
};

/// Integer network with every operator kind, several weight widths, two branches, an f32 input with an
/// integer door and an f32 output: "x" [1, 12, 12, 3].
ModelSpec every_operator_network(std::uint32_t seed);

/// Large enough that work is split between threads.
ModelSpec wide_network(std::uint32_t seed);

/// Operators of two tensors with every kind of repetition, lookups, reductions and softmaxes on integers: "x"
/// [1, 5, 6, 18] and "y" [1, 5, 6, 18].
ModelSpec elementwise_network(std::uint32_t seed);
/// The same kinds on f32.
ModelSpec float_elementwise_network(std::uint32_t seed);

/// Slices, gathers, resizing and indices of extremes, on integers and floats: "x" [1, 6, 7, 9].
ModelSpec movement_network(std::uint32_t seed);
/// A ring of the last four inputs [1, 1, 5], and a count of the runs: "x" [1, 1, 5].
ModelSpec stateful_network(std::uint32_t seed);

/// conv, pools, add, clip, fully connected and softmax in float.
ModelSpec float_network(std::uint32_t seed);

}  // namespace bulwark::test
