// SPDX-License-Identifier: Apache-2.0
// Small models made field by field, sound or broken, without the converter (cross builds test these too).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "generated/model_generated.h"
#include "schema/verifier.h"

namespace bulwark::test {

using Bytes = std::vector<std::uint8_t>;
using Shape = std::vector<std::int32_t>;

/// A model in the making. Everything in `model` may be changed until file().
class ModelBuilder {
 public:
  fb::ModelT model;

  ModelBuilder();
  std::int32_t s8(const Shape& shape, float scale = 0.05f, std::int32_t zero_point = 0,
                  std::int32_t lo = -128, std::int32_t hi = 127);
  std::int32_t u8(const Shape& shape, float scale = 0.05f, std::int32_t zero_point = 128, std::int32_t lo = 0,
                  std::int32_t hi = 255);
  std::int32_t f32(const Shape& shape);
  std::int32_t s16(const Shape& shape, float scale = 0.001f);
  std::int32_t indices(const Shape& shape, fb::ElementType type);  ///< s32 or s64
  void state(std::int32_t tensor, std::int32_t next, std::vector<std::uint8_t> initial = {});
  fb::OperatorT& op(fb::OperatorKind kind, const std::vector<std::int32_t>& inputs, std::int32_t output);
  void inputs(const std::vector<std::int32_t>& tensors) { model.inputs = tensors; }
  void outputs(const std::vector<std::int32_t>& tensors) { model.outputs = tensors; }

  fb::TensorT& tensor(std::int32_t i) { return *model.tensors[static_cast<std::size_t>(i)]; }
  fb::OperatorT& at(std::size_t i) { return *model.operators[i]; }
  fb::LinearOptionsT& linear(std::size_t i = 0) { return *at(i).linear; }

  /// The finished file, sealed.
  Bytes file() const;

 private:
  std::int32_t add_tensor(fb::ElementType type, const Shape& shape, float scale, std::int32_t zero_point,
                          std::int32_t lo, std::int32_t hi);
};

/// Integer weights with values that use the format's whole range, and everything that goes with them.
void give_linear(fb::OperatorT& op, fb::WeightFormat format, std::int32_t rows, std::int32_t row_elements);
void give_float_linear(fb::OperatorT& op, std::int32_t rows, std::int32_t row_elements);
void pack_row(fb::WeightFormat format, const std::vector<std::int16_t>& row, std::vector<std::uint8_t>& data);
void set_window(fb::PoolOptionsT& pool, std::int32_t kernel, std::int32_t stride, std::int32_t pad);

/// One-operator models: tensors x (0) and y (1), operator 0.
ModelBuilder conv_model(
    fb::WeightFormat format = fb::WeightFormat::s8);  ///< 3x3, 4 -> 6 channels, 5x5, padding 1
ModelBuilder fully_connected_model(fb::WeightFormat format = fb::WeightFormat::s8);  ///< [2, 8] -> [2, 3]
ModelBuilder pool_model(fb::OperatorKind kind);  ///< 2x2, stride 2, 6x6 with 3 channels
ModelBuilder add_model();                        ///< tensors a (0), b (1), y (2)
ModelBuilder unary_model(
    fb::OperatorKind kind);  ///< requantize, quantize, dequantize, clip, softmax, reshape
ModelBuilder lookup_model();
ModelBuilder mul_model();                           ///< tensors a [1,2,2,3] (0), b [1,1,1,3] (1), y (2)
ModelBuilder prelu_model();                         ///< the same shapes
ModelBuilder extreme_model(fb::OperatorKind kind);  ///< maximum, minimum; the same shapes
ModelBuilder float_binary_model(fb::OperatorKind kind);
ModelBuilder function_model();
ModelBuilder reduce_model(fb::OperatorKind kind);  ///< [1,3,4,5] over axes 1 and 2
ModelBuilder log_softmax_model();
ModelBuilder transpose_model();
ModelBuilder concat_model();  ///< tensors a (0), b (1), y (2)
ModelBuilder pad_model();
ModelBuilder slice_model();                        ///< [2,5,6] -> [1,2,3]: starts 1,0,5, steps 1,3,-2
ModelBuilder gather_model();                       ///< [2,4,3] -> [2,3,3]: 3, 0, 3 along axis 1
ModelBuilder resize_model(bool is_float = false);  ///< [1,2,3,5] -> [1,3,4,5]
ModelBuilder arg_model(fb::OperatorKind kind);     ///< [2,4,3] over axis 1 -> [2,3] s64
/// A ring of the last three inputs: x [1,1,4] (0), state [1,3,4] (1), next (3), the output their sum (4).
ModelBuilder state_model();
/// Slices, gathers, resizing, indices of extremes, and states with and without a value to begin with.
ModelBuilder movement_network();

/// Convolutional networks of a few KB: every integer operator; every float operator; unsigned at its
/// boundary, with wide weights, a constant, golden data and figures.
ModelBuilder integer_network();
ModelBuilder float_network();
ModelBuilder legacy_network();
/// Operators of two tensors, lookups, reductions, softmaxes and float functions.
ModelBuilder elementwise_network();
/// 16-bit elements: every operator on them, and a state.
ModelBuilder wide_network();
/// Convolutions with so much padding that some windows do not touch the input.
ModelBuilder padding_network();

}  // namespace bulwark::test
