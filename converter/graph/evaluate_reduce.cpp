// SPDX-License-Identifier: Apache-2.0
// Sums, means and extremes over axes. Sums are formed in double and rounded once.
#include <algorithm>

#include "converter/graph/evaluate_ops.h"

namespace bulwark::converter::twin {
namespace {

/// Where each element of the input goes in the output, whose reduced axes have one element.
std::vector<std::size_t> targets(const Node& node, const Shape& in, const Shape& out) {
  if (in.size() != out.size()) fail(node, "input and output have different ranks");
  std::vector<std::int64_t> steps = strides_of(out), index(in.size(), 0);
  for (const std::int64_t axis : node.axes) {
    if (axis < 0 || axis >= static_cast<std::int64_t>(in.size())) fail(node, "has no such axis");
    steps[static_cast<std::size_t>(axis)] = 0;
  }
  std::vector<std::size_t> result(static_cast<std::size_t>(element_count(in)));
  std::int64_t at = 0;
  for (std::size_t& target : result) {
    target = static_cast<std::size_t>(at);
    for (std::size_t i = in.size(); i-- > 0;) {
      at += steps[i];
      if (++index[i] < in[i]) break;
      at -= steps[i] * in[i];
      index[i] = 0;
    }
  }
  return result;
}

}  // namespace

TensorData reduce(const Call& call) {
  const TensorData& x = *call.in.at(0);
  TensorData y{call.shape, std::vector<float>(static_cast<std::size_t>(element_count(call.shape)))};
  const std::vector<std::size_t> target = targets(call.node, x.shape, call.shape);
  const Op op = call.node.op;
  if (op == Op::reduce_max || op == Op::reduce_min) {
    std::vector<bool> seen(y.data.size(), false);
    for (std::size_t i = 0; i < x.data.size(); ++i) {
      float& best = y.data[target[i]];
      const bool better = op == Op::reduce_max ? x.data[i] > best : x.data[i] < best;
      if (!seen[target[i]] || better) best = x.data[i];
      seen[target[i]] = true;
    }
    return y;
  }
  std::vector<double> sums(y.data.size(), 0.0);
  for (std::size_t i = 0; i < x.data.size(); ++i) sums[target[i]] += static_cast<double>(x.data[i]);
  const double divisor =
      op == Op::reduce_mean ? static_cast<double>(x.data.size()) / static_cast<double>(y.data.size()) : 1.0;
  for (std::size_t i = 0; i < sums.size(); ++i) y.data[i] = static_cast<float>(sums[i] / divisor);
  return y;
}

}  // namespace bulwark::converter::twin
