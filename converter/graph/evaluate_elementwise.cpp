// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "converter/graph/evaluate_ops.h"
#include "converter/graph/functions.h"

namespace bulwark::converter::twin {
namespace {

/// Steps of an operand along the output's axes: 0 where it is broadcast.
std::vector<std::int64_t> broadcast_steps(const Node& node, const Shape& out, const Shape& in) {
  if (in.size() > out.size()) fail(node, "operands do not broadcast to the output's shape");
  const std::vector<std::int64_t> strides = strides_of(in);
  std::vector<std::int64_t> steps(out.size(), 0);
  for (std::size_t i = 0; i < in.size(); ++i) {
    const std::size_t at = out.size() - in.size() + i;
    if (in[i] != 1 && in[i] != out[at]) fail(node, "operands do not broadcast to the output's shape");
    steps[at] = in[i] == 1 ? 0 : strides[i];
  }
  return steps;
}

template <typename F>
void combine(const Node& node, const TensorData& a, const TensorData& b, TensorData& y, F f) {
  if (a.shape == y.shape && b.shape == y.shape) {
    for (std::size_t i = 0; i < y.data.size(); ++i) y.data[i] = f(a.data[i], b.data[i]);
    return;
  }
  const std::vector<std::int64_t> step_a = broadcast_steps(node, y.shape, a.shape);
  const std::vector<std::int64_t> step_b = broadcast_steps(node, y.shape, b.shape);
  std::vector<std::int64_t> index(y.shape.size(), 0);
  std::int64_t at_a = 0, at_b = 0;
  for (float& out : y.data) {
    out = f(a.data[static_cast<std::size_t>(at_a)], b.data[static_cast<std::size_t>(at_b)]);
    for (std::size_t i = y.shape.size(); i-- > 0;) {
      at_a += step_a[i];
      at_b += step_b[i];
      if (++index[i] < y.shape[i]) break;
      at_a -= step_a[i] * y.shape[i];
      at_b -= step_b[i] * y.shape[i];
      index[i] = 0;
    }
  }
}

}  // namespace

TensorData binary(const Call& call) {
  TensorData y{call.shape, std::vector<float>(static_cast<std::size_t>(element_count(call.shape)))};
  const TensorData& a = *call.in.at(0);
  const TensorData& b = *call.in.at(1);
  switch (call.node.op) {
    case Op::add:
      combine(call.node, a, b, y, [](float p, float q) { return p + q; });
      break;
    case Op::sub:
      combine(call.node, a, b, y, [](float p, float q) { return p - q; });
      break;
    case Op::mul:
      combine(call.node, a, b, y, [](float p, float q) { return p * q; });
      break;
    case Op::div:
      combine(call.node, a, b, y, [](float p, float q) { return p / q; });
      break;
    case Op::maximum:
      combine(call.node, a, b, y, [](float p, float q) { return p < q ? q : p; });
      break;
    case Op::minimum:
      combine(call.node, a, b, y, [](float p, float q) { return q < p ? q : p; });
      break;
    case Op::prelu:
      combine(call.node, a, b, y, [](float p, float q) { return p < 0 ? p * q : p; });
      break;
    default:
      fail(call.node, "is no operator of two tensors");
  }
  return y;
}

TensorData unary(const Call& call) {
  const Node& node = call.node;
  TensorData y{call.shape, call.in.at(0)->data};
  for (float& v : y.data) {
    v = static_cast<float>(value_of(node.function, static_cast<double>(v), static_cast<double>(node.alpha),
                                    static_cast<double>(node.beta)));
  }
  return y;
}

TensorData clip(const Call& call) {
  const bool relu = call.node.op == Op::relu;
  const float lo = relu ? 0.0f : call.node.clip_lo;
  const float hi = relu ? std::numeric_limits<float>::infinity() : call.node.clip_hi;
  TensorData y{call.shape, call.in.at(0)->data};
  for (float& v : y.data) v = std::min(std::max(v, lo), hi);
  return y;
}

TensorData batch_norm(const Call& call) {
  const TensorData& x = *call.in.at(0);
  const AxisSplit split =
      split_at(x.shape, call.node.channels_last ? static_cast<std::int64_t>(x.shape.size()) - 1 : 1);
  TensorData y{call.shape, std::vector<float>(x.data.size())};
  const auto parameter = [&](std::size_t input, std::int64_t c) {
    return static_cast<double>(call.in.at(input)->data.at(static_cast<std::size_t>(c)));
  };
  for (std::int64_t c = 0; c < split.count; ++c) {
    const double factor =
        parameter(1, c) / std::sqrt(parameter(4, c) + static_cast<double>(call.node.epsilon));
    const double mean = parameter(3, c), offset = parameter(2, c);
    for (std::int64_t o = 0; o < split.outer; ++o) {
      const std::size_t start = static_cast<std::size_t>((o * split.count + c) * split.inner);
      for (std::size_t i = start; i < start + static_cast<std::size_t>(split.inner); ++i) {
        y.data[i] = static_cast<float>((static_cast<double>(x.data[i]) - mean) * factor + offset);
      }
    }
  }
  return y;
}

TensorData softmax(const Call& call) {
  const TensorData& x = *call.in.at(0);
  const bool logarithm = call.node.op == Op::log_softmax;
  const double beta = logarithm ? 1.0 : static_cast<double>(call.node.beta);
  const AxisSplit split = split_at(x.shape, call.node.axis);
  TensorData y{call.shape, std::vector<float>(x.data.size())};
  std::vector<double> row(static_cast<std::size_t>(split.count));
  for (std::int64_t o = 0; o < split.outer; ++o) {
    for (std::int64_t r = 0; r < split.inner; ++r) {
      const std::size_t start = static_cast<std::size_t>(o * split.count * split.inner + r);
      const auto at = [&](std::size_t c) { return start + c * static_cast<std::size_t>(split.inner); };
      for (std::size_t c = 0; c < row.size(); ++c) row[c] = static_cast<double>(x.data[at(c)]) * beta;
      const double largest = *std::max_element(row.begin(), row.end());
      double sum = 0;
      for (double& v : row) sum += std::exp(v -= largest);
      for (std::size_t c = 0; c < row.size(); ++c) {
        y.data[at(c)] = static_cast<float>(logarithm ? row[c] - std::log(sum) : std::exp(row[c]) / sum);
      }
    }
  }
  return y;
}

}  // namespace bulwark::converter::twin
