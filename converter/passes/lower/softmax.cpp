// SPDX-License-Identifier: Apache-2.0
// softmax and log_softmax, over the last axis of what the file holds: others are moved there and back.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "converter/passes/lower/lowering.h"
#include "converter/passes/rewrite.h"
#include "schema/limits.h"

namespace bulwark::converter::passes::lowering {
namespace {

std::vector<std::int64_t> to_last_axis(std::int64_t axis, std::size_t rank) {
  std::vector<std::int64_t> perm(rank);
  std::iota(perm.begin(), perm.end(), std::int64_t{0});
  perm.erase(perm.begin() + axis);
  perm.push_back(axis);
  return perm;
}

/// rne(2^20 * exp(-step * i))
std::vector<std::uint32_t> exponentials(double step) {
  std::vector<std::uint32_t> table;
  for (int i = 0; i < 256; ++i) {
    table.push_back(static_cast<std::uint32_t>(std::nearbyint(std::ldexp(std::exp(-step * i), 20))));
  }
  return table;
}

std::optional<write::SoftmaxSpec> solve_softmax(double step, double output_scale) {
  const double numerator = std::nearbyint(65536.0 / output_scale);
  if (!(numerator >= 1 && numerator <= static_cast<double>(schema::kMaxSoftmaxNumerator)))
    return std::nullopt;
  return write::SoftmaxSpec{exponentials(step), static_cast<std::uint32_t>(numerator)};
}

/// The multipliers with as many fraction bits as fit.
std::optional<write::LogSoftmaxSpec> solve_log_softmax(double step, double output_scale) {
  const double per_level = step / output_scale, per_log = std::log(2.0) / 65536.0 / output_scale;
  constexpr double kMost = 2147483648.0;
  write::LogSoftmaxSpec spec;
  spec.shift = schema::kMaxLogSoftmaxShift;
  while (spec.shift > 1 && std::ldexp(std::max(per_level, per_log), spec.shift) > kMost) --spec.shift;
  const double x = std::nearbyint(std::ldexp(per_level, spec.shift));
  const double log = std::nearbyint(std::ldexp(per_log, spec.shift));
  if (!(x <= kMost && log <= kMost)) return std::nullopt;
  spec.multiplier_x = static_cast<std::uint32_t>(x);
  spec.multiplier_log = static_cast<std::uint32_t>(log);
  spec.table = exponentials(step);
  return spec;
}

}  // namespace

std::optional<TensorIndex> Lowering::compute_softmax(const Node& node, const Target& target) {
  std::optional<TensorIndex> x = exact(node.inputs[0]);
  if (!x) return std::nullopt;
  const bool logarithm = node.op == Op::log_softmax;
  const double scale = static_cast<double>(target.grid.scale), step = static_cast<double>(grid_of(*x).scale);
  std::optional<write::SoftmaxSpec> softmax;
  std::optional<write::LogSoftmaxSpec> log_softmax;
  if (logarithm) {
    log_softmax = solve_log_softmax(step, scale);
  } else if (node.beta > 0) {
    softmax = solve_softmax(step * static_cast<double>(node.beta), scale);
  }
  if (!softmax && !log_softmax) return std::nullopt;
  const std::vector<std::int64_t> perm = to_last_axis(node.axis, graph_[node.outputs[0]].shape.size());
  const bool last = is_identity_permutation(perm);
  if (!last) x = transpose(*x, perm, target.name + "_last_axis");
  const TensorIndex result = add_tensor(last ? target.name : target.name + "_rows", write::ElementType::s8,
                                        shape_of(*x), target.grid);
  const auto kind = logarithm ? write::OperatorKind::log_softmax : write::OperatorKind::softmax;
  write::OperatorSpec& op = emit(kind, node.name, {*x}, result);
  op.softmax = std::move(softmax);
  op.log_softmax = std::move(log_softmax);
  return last ? result : transpose(result, inverse(perm), target.name);
}

TensorIndex Lowering::real_softmax(const Node& node, const std::string& name) {
  const bool logarithm = node.op == Op::log_softmax;
  const std::vector<std::int64_t> perm = to_last_axis(node.axis, graph_[node.outputs[0]].shape.size());
  const bool last = is_identity_permutation(perm);
  TensorIndex x = transpose(real(node.inputs[0]), perm, name + "_last_axis");
  if (!logarithm && node.beta != 1.0f) {
    const TensorIndex beta = add_float_constant(name + "_beta", Shape(shape_of(x).size(), 1), {node.beta});
    const TensorIndex scaled = add_tensor(name + "_scaled", write::ElementType::f32, shape_of(x));
    emit(write::OperatorKind::mul, node.name + "_beta", {x, beta}, scaled);
    x = scaled;
  }
  note_float(node, "nothing quantizes its result");
  const TensorIndex result = add_tensor(last ? name : name + "_rows", write::ElementType::f32, shape_of(x));
  emit(logarithm ? write::OperatorKind::log_softmax : write::OperatorKind::softmax, node.name, {x}, result);
  return last ? result : transpose(result, inverse(perm), name);
}

}  // namespace bulwark::converter::passes::lowering
