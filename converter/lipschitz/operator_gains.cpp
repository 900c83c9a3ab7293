// SPDX-License-Identifier: Apache-2.0
#include "converter/lipschitz/operator_gains.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace bulwark::converter::lipschitz {
namespace {

using schema::ElementType;
using schema::OperatorKind;
using schema::TensorView;

bool is_float(const TensorView& tensor) { return tensor.type == ElementType::f32; }

/// What an integer multiplier means between real values.
double real_factor(double multiplier, const TensorView& in, const TensorView& out) {
  if (is_float(out)) return multiplier;
  return multiplier * static_cast<double>(out.scale) / static_cast<double>(in.scale);
}

/// How often a broadcast input is read.
double repeats(const TensorView& in, const TensorView& out) {
  return std::max(1.0, static_cast<double>(out.elements()) / static_cast<double>(in.elements()));
}

Gain scaled(double factor, double copies = 1) {
  return {std::abs(factor) * std::sqrt(copies), std::abs(factor)};
}

/// One axis of a pooling window.
struct PoolAxis {
  std::int32_t input, output, kernel, stride, dilation, pad;

  template <typename Visit>
  void taps(std::int32_t position, Visit visit) const {
    for (std::int32_t k = 0; k < kernel; ++k) {
      const std::int64_t at = std::int64_t{position} * stride - pad + std::int64_t{k} * dilation;
      if (at >= 0 && at < input) visit(static_cast<std::size_t>(at));
    }
  }
  /// The largest sum over windows of what each gives to one input: 1, or 1 over the taps it averages.
  double column_sum(bool average, bool count_pad) const {
    std::vector<double> sums(static_cast<std::size_t>(input));
    for (std::int32_t i = 0; i < output; ++i) {
      double count = 0;
      taps(i, [&](std::size_t) { count += 1; });
      const double share =
          !average ? 1 : 1 / (count_pad ? static_cast<double>(kernel) : std::max(count, 1.0));
      taps(i, [&](std::size_t at) { sums[at] += share; });
    }
    return *std::max_element(sums.begin(), sums.end());
  }
};

Gain pool_gain(const schema::PoolView& pool, const TensorView& in, const TensorView& out, bool average) {
  const PoolAxis h{in.shape[1], out.shape[1], pool.kernel_h, pool.stride_h, pool.dilation_h, pool.pad_top};
  const PoolAxis w{in.shape[2], out.shape[2], pool.kernel_w, pool.stride_w, pool.dilation_w, pool.pad_left};
  const double columns =
      h.column_sum(average, pool.count_include_pad) * w.column_sum(average, pool.count_include_pad);
  const double factor =
      average && !is_float(out) ? real_factor(static_cast<double>(pool.multiplier), in, out) : 1;
  return {factor * std::sqrt(columns), factor};
}

/// Linear interpolation gives weights of sum 1 to every output.
template <typename Position>
double resize_column_sum(schema::View<Position> positions, double unit, std::int32_t inputs) {
  std::vector<double> sums(static_cast<std::size_t>(inputs) + 1);
  for (const Position position : positions) {
    const double at = static_cast<double>(position) / unit, low = std::floor(at);
    sums[static_cast<std::size_t>(low)] += 1 - (at - low);
    sums[static_cast<std::size_t>(low) + 1] += at - low;
  }
  return *std::max_element(sums.begin(), sums.end());
}

Gain resize_gain(const schema::OperatorView& op, const TensorView& in) {
  const auto axis = static_cast<std::size_t>(op.axes[0]);
  const std::int32_t rows = in.shape[axis], columns = in.shape[axis + 1];
  const double sums = is_float(in) ? resize_column_sum(op.resize.float_rows, 1, rows) *
                                         resize_column_sum(op.resize.float_columns, 1, columns)
                                   : resize_column_sum(op.resize.rows, 1024, rows) *
                                         resize_column_sum(op.resize.columns, 1024, columns);
  return {std::sqrt(sums), 1};
}

/// Steepest step of a table between neighbouring levels, which lie `width` apart.
template <typename Entry>
double slope(schema::View<Entry> entries, std::size_t begin, std::size_t end, double width,
             const TensorView& in, const TensorView& out) {
  int steepest = 0;
  for (std::size_t i = begin; i < end; ++i)
    steepest = std::max(steepest, std::abs(entries[i + 1] - entries[i]));
  return steepest / width * static_cast<double>(out.scale) / static_cast<double>(in.scale);
}

double lookup_slope(const schema::OperatorView& op, const TensorView& in, const TensorView& out) {
  if (in.type == ElementType::s16) {
    const auto place = [](std::int32_t level) { return static_cast<std::size_t>(level + 32768) / 64; };
    return slope(op.wide_lookup.entries, place(in.lo), std::min<std::size_t>(place(in.hi) + 1, 1024), 64, in,
                 out);
  }
  return slope(op.lookup.entries, static_cast<std::size_t>(in.lo + 128),
               static_cast<std::size_t>(in.hi + 128), 1, in, out);
}

/// Largest absolute real value of a tensor; nothing for floats that are computed.
std::optional<double> largest(const TensorView& tensor) {
  if (!is_float(tensor)) {
    const std::int32_t steps =
        std::max(std::abs(tensor.lo - tensor.zero_point), std::abs(tensor.hi - tensor.zero_point));
    return static_cast<double>(tensor.scale) * steps;
  }
  if (tensor.constant.empty()) return std::nullopt;
  double value = 0;
  for (std::size_t i = 0; i < tensor.constant.size(); i += sizeof(float)) {
    float element = 0;
    std::copy_n(tensor.constant.data() + i, sizeof element, reinterpret_cast<std::uint8_t*>(&element));
    value = std::max(value, std::abs(static_cast<double>(element)));
  }
  return value;
}

/// Steepest slope of a float function; nothing where it has none.
std::optional<double> function_slope(const schema::FunctionView& view) {
  using schema::Function;
  const double alpha = std::abs(static_cast<double>(view.alpha)),
               beta = std::abs(static_cast<double>(view.beta));
  switch (view.function) {
    case Function::sigmoid:
      return 0.25;
    case Function::tanh:
    case Function::abs:
    case Function::neg:
    case Function::softplus:
    case Function::softsign:
    case Function::sin:
    case Function::cos:
      return 1.0;
    case Function::erf:
      return 1.1284;  // 2 / sqrt(pi)
    case Function::hard_sigmoid:
      return alpha;
    case Function::hard_swish:
      return 1.5;
    case Function::silu:
      return 1.0999;  // at x = 2.3994
    case Function::gelu:
    case Function::gelu_tanh:
      return 1.1290;  // at x = sqrt(2); the tanh form's is 1.12898
    case Function::mish:
      return 1.0890;  // at x = 1.4906
    case Function::leaky_relu:
    case Function::elu:
      return std::max(1.0, alpha);
    case Function::selu:
      return beta * std::max(1.0, alpha);
    default:
      return std::nullopt;  // jumps, or slopes without an end
  }
}

/// a * b changes by at most |a| |db| + |b| |da|.
std::optional<std::vector<Gain>> product_gains(const TensorView& a, const TensorView& b,
                                               const TensorView& out, double least_b = 0) {
  const auto size_a = largest(a), size_b = largest(b);
  const bool constant_a = !a.constant.empty(), constant_b = !b.constant.empty();
  if ((!size_b && !constant_a) || (!size_a && !constant_b)) return std::nullopt;
  return std::vector<Gain>{scaled(std::max(least_b, size_b.value_or(0)), repeats(a, out)),
                           scaled(size_a.value_or(0), repeats(b, out))};
}

/// e^(-t) per step of the input gives the factor that a source may have put before its softmax.
double softmax_factor(schema::View<std::uint32_t> table, const TensorView& in) {
  if (table.size() < 2 || table[1] == 0) return 1 / static_cast<double>(in.scale);
  return std::log(static_cast<double>(table[0]) / static_cast<double>(table[1])) /
         static_cast<double>(in.scale);
}

}  // namespace

std::optional<OperatorGains> operator_gains(const schema::VerifiedModel& model,
                                            const schema::OperatorView& op) {
  const TensorView in = model.tensor(op.inputs[0]), out = model.tensor(op.outputs[0]);
  OperatorGains gains;
  gains.rounds = !is_float(out);
  const auto single = [&](Gain gain) {
    gains.inputs = {gain};
    return gains;
  };
  const auto moved = [&](Gain gain) {
    gains.rounds = false;
    return single(gain);
  };
  switch (op.kind) {
    case OperatorKind::max_pool_2d:
      return moved(pool_gain(op.pool, in, out, false));
    case OperatorKind::average_pool_2d:
      return single(pool_gain(op.pool, in, out, true));
    case OperatorKind::reshape:
    case OperatorKind::transpose:
    case OperatorKind::pad:
    case OperatorKind::slice:
    case OperatorKind::clip:
    case OperatorKind::dequantize:
      return moved({});
    case OperatorKind::reduce_max:
    case OperatorKind::reduce_min:
      return moved({});
    case OperatorKind::quantize:
      return single({});
    case OperatorKind::requantize:
      return single(scaled(real_factor(static_cast<double>(op.multiplier), in, out)));
    case OperatorKind::resize:
      return single(resize_gain(op, in));
    case OperatorKind::lookup:
      return single(scaled(lookup_slope(op, in, out)));
    case OperatorKind::gather: {
      std::int64_t most = 1;
      for (const std::int32_t index : op.indices) {
        most = std::max<std::int64_t>(most, std::count(op.indices.begin(), op.indices.end(), index));
      }
      return moved({std::sqrt(static_cast<double>(most)), 1});
    }
    case OperatorKind::concat:
      gains.inputs.assign(op.inputs.size(), {});
      gains.side_by_side = true;
      gains.rounds = false;
      return gains;
    case OperatorKind::maximum:
    case OperatorKind::minimum: {
      for (const std::int32_t input : op.inputs)
        gains.inputs.push_back(scaled(1, repeats(model.tensor(input), out)));
      gains.side_by_side = true;
      gains.rounds = false;
      return gains;
    }
    case OperatorKind::add:
    case OperatorKind::sub: {
      const TensorView b = model.tensor(op.inputs[1]);
      const bool scales = in.type == ElementType::s8;
      const double m = static_cast<double>(op.add.multiplier);
      gains.inputs = {scaled(scales ? real_factor(m * op.add.multiplier_a, in, out) : 1, repeats(in, out)),
                      scaled(scales ? real_factor(m * op.add.multiplier_b, b, out) : 1, repeats(b, out))};
      return gains;
    }
    case OperatorKind::mul:
    case OperatorKind::prelu: {
      // prelu keeps the slope 1 where its input is positive.
      const double least = op.kind == OperatorKind::prelu ? 1 : 0;
      auto products = product_gains(in, model.tensor(op.inputs[1]), out, least);
      if (!products) return std::nullopt;
      gains.inputs = std::move(*products);
      return gains;
    }
    case OperatorKind::reduce_sum: {
      const double count = static_cast<double>(in.elements()) / static_cast<double>(out.elements());
      const double factor = real_factor(static_cast<double>(op.multiplier), in, out);
      return single({factor * std::sqrt(count), factor * count});
    }
    // The Jacobian diag(p) - p p^T has no norm above 1/2.
    case OperatorKind::softmax:
      return single(scaled(is_float(in) ? 0.5 : 0.5 * softmax_factor(op.softmax.table, in)));
    // I - 1 p^T: row sums up to 2, ||1|| ||p|| added to 1.
    case OperatorKind::log_softmax:
      return single({1 + std::sqrt(static_cast<double>(out.shape.back())), 2});
    case OperatorKind::function: {
      const auto steepest = function_slope(op.function);
      if (!steepest) return std::nullopt;
      return single(scaled(*steepest));
    }
    default:
      return std::nullopt;
  }
}

}  // namespace bulwark::converter::lipschitz
