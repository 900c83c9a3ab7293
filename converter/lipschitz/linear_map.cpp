// SPDX-License-Identifier: Apache-2.0
#include "converter/lipschitz/linear_map.h"

#include <cstring>

#include "kernels/common/weights.h"

namespace bulwark::converter::lipschitz {
namespace {

std::vector<double> real_weights(const schema::WeightsView& view) {
  const auto length = static_cast<std::size_t>(view.row_elements);
  std::vector<double> weights(static_cast<std::size_t>(view.rows) * length);
  if (view.format == schema::WeightFormat::f32) {
    for (std::size_t i = 0; i < weights.size(); ++i) {
      float value = 0;
      std::memcpy(&value, view.data.data() + i * sizeof value, sizeof value);
      weights[i] = value;
    }
    return weights;
  }
  const std::vector<std::int16_t> integers = integer_weights(view);
  for (std::size_t i = 0; i < weights.size(); ++i)
    weights[i] = static_cast<double>(integers[i]) * static_cast<double>(view.scales[i / length]);
  return weights;
}

}  // namespace

std::vector<std::int16_t> integer_weights(const schema::WeightsView& view) {
  const auto length = static_cast<std::size_t>(view.row_elements);
  const auto format = static_cast<kernels::WeightFormat>(view.format);
  const std::size_t row_bytes = kernels::weight_row_bytes(format, length);
  std::vector<std::int16_t> weights(static_cast<std::size_t>(view.rows) * length);
  for (std::size_t r = 0; r < static_cast<std::size_t>(view.rows); ++r)
    kernels::unpack_weight_row(format, view.data.data() + r * row_bytes, length, &weights[r * length]);
  return weights;
}

LinearMap linear_map(const schema::VerifiedModel& model, const schema::OperatorView& op) {
  const schema::LinearView& linear = op.linear;
  LinearMap map;
  map.weights = real_weights(linear.weights);
  map.groups = linear.groups;
  map.outputs = linear.weights.rows / linear.groups;
  map.inputs = linear.weights.row_elements / (linear.kernel_h * linear.kernel_w);
  if (op.kind == schema::OperatorKind::fully_connected) return map;
  const schema::TensorView input = model.tensor(op.inputs[0]), output = model.tensor(op.outputs[0]);
  map.h = {input.shape[1],  output.shape[1],   linear.kernel_h,
           linear.stride_h, linear.dilation_h, linear.pad_top};
  map.w = {input.shape[2],  output.shape[2],   linear.kernel_w,
           linear.stride_w, linear.dilation_w, linear.pad_left};
  return map;
}

}  // namespace bulwark::converter::lipschitz
