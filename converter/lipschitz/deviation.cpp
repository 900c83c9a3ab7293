// SPDX-License-Identifier: Apache-2.0
#include "converter/lipschitz/deviation.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "converter/lipschitz/linear_map.h"

namespace bulwark::converter::lipschitz {
namespace {

using schema::OperatorKind;
using schema::OperatorView;
using schema::TensorView;

std::int32_t width(const TensorView& tensor) { return tensor.hi - tensor.lo; }

std::int32_t largest(const Deviation& d) { return d.empty() ? 0 : *std::max_element(d.begin(), d.end()); }

std::size_t channels(const TensorView& tensor) { return static_cast<std::size_t>(tensor.shape.back()); }

/// Largest absolute value of x - zero_point.
std::int32_t reach(const TensorView& tensor) {
  return std::max(std::abs(tensor.lo - tensor.zero_point), std::abs(tensor.hi - tensor.zero_point));
}

class Carrier {
 public:
  Carrier(const schema::VerifiedModel& model, std::int32_t eps)
      : model_(model), eps_(eps), tensors_(static_cast<std::size_t>(model.tensor_count())) {}

  std::vector<Deviation> run() {
    for (std::int32_t i = 0; i < model_.tensor_count(); ++i) {
      const TensorView tensor = model_.tensor(i);
      if (schema::is_quantized(tensor.type))
        at(i).assign(channels(tensor), tensor.constant.empty() ? width(tensor) : 0);
    }
    for (const std::int32_t input : model_.inputs()) move(input, {eps_});
    for (std::int32_t i = 0; i < model_.operator_count(); ++i) {
      const OperatorView op = model_.op(i);
      if (!at(op.outputs[0]).empty()) move(op.outputs[0], moved(op));
    }
    return std::move(tensors_);
  }

 private:
  Deviation& at(std::int32_t tensor) { return tensors_[static_cast<std::size_t>(tensor)]; }
  TensorView input(const OperatorView& op, std::size_t i) const { return model_.tensor(op.inputs[i]); }
  TensorView output(const OperatorView& op) const { return model_.tensor(op.outputs[0]); }
  const Deviation& in(const OperatorView& op, std::size_t i) { return at(op.inputs[i]); }
  bool from_model_input(const OperatorView& op) const {
    return std::find(model_.inputs().begin(), model_.inputs().end(), op.inputs[0]) != model_.inputs().end();
  }

  /// Sets a tensor's deviation, one number standing for all channels.
  void move(std::int32_t tensor, const Deviation& d) {
    const std::int32_t most = width(model_.tensor(tensor));
    for (std::size_t c = 0; c < at(tensor).size(); ++c)
      at(tensor)[c] = std::min(most, d.size() == at(tensor).size() ? d[c] : largest(d));
  }

  static std::int32_t of(const Deviation& d, std::size_t c) { return d[d.size() == 1 ? 0 : c]; }

  /// One number per output channel from those of two operands that may repeat.
  template <typename Combine>
  Deviation both(const OperatorView& op, Combine combine) {
    Deviation d(channels(output(op)));
    for (std::size_t c = 0; c < d.size(); ++c) d[c] = combine(of(in(op, 0), c), of(in(op, 1), c));
    return d;
  }
  template <typename Map>
  Deviation each(const OperatorView& op, Map map) {
    Deviation d = in(op, 0);
    for (std::int32_t& value : d) value = map(value);
    return d;
  }
  Deviation unknown(const OperatorView& op) const { return {width(output(op))}; }

  Deviation linear(const OperatorView& op) {
    const schema::LinearView& l = op.linear;
    const Deviation& x = in(op, 0);
    const auto inputs = static_cast<std::size_t>(l.weights.row_elements / (l.kernel_h * l.kernel_w));
    const auto rows = static_cast<std::size_t>(l.weights.rows);
    const std::size_t group_rows = rows / static_cast<std::size_t>(l.groups);
    const std::vector<std::int16_t> weights = integer_weights(l.weights);
    Deviation d(rows);
    for (std::size_t row = 0; row < rows; ++row) {
      const std::size_t first = row / group_rows * inputs;
      const std::int16_t* w = &weights[row * static_cast<std::size_t>(l.weights.row_elements)];
      std::int64_t sum = 0;
      for (std::size_t k = 0; k < static_cast<std::size_t>(l.weights.row_elements); ++k)
        sum += std::int64_t{std::abs(w[k])} * of(x, first + k % inputs);
      const double m = static_cast<double>(l.multiplier[l.multiplier.size() == 1 ? 0 : row]);
      d[row] = rounded_deviation(std::ldexp(m, l.fraction_bits) * static_cast<double>(sum));
    }
    return d;
  }

  Deviation add(const OperatorView& op) {
    const double m = static_cast<double>(op.add.multiplier);
    if (input(op, 0).type != schema::ElementType::s8)
      return both(op, [](std::int32_t a, std::int32_t b) { return a + b; });
    return both(op, [&](std::int32_t a, std::int32_t b) {
      return rounded_deviation(m * (std::abs(static_cast<double>(op.add.multiplier_a)) * a +
                                    std::abs(static_cast<double>(op.add.multiplier_b)) * b));
    });
  }

  /// |a'b' - ab| <= |a'| |b' - b| + |b| |a' - a|.
  Deviation product(const OperatorView& op) {
    const double m = static_cast<double>(op.multiplier), a = reach(input(op, 0)), b = reach(input(op, 1));
    return both(op,
                [&](std::int32_t da, std::int32_t db) { return rounded_deviation(m * (a * db + b * da)); });
  }

  /// Both slopes together bound a step across zero.
  Deviation prelu(const OperatorView& op) {
    const double m = static_cast<double>(op.prelu.multiplier);
    const double slope = static_cast<double>(op.prelu.slope_multiplier);
    const double a = reach(input(op, 0)), b = reach(input(op, 1));
    return both(op, [&](std::int32_t da, std::int32_t db) {
      return rounded_deviation(m * da + slope * (a * db + b * da));
    });
  }

  /// The largest difference of entries whose indices lie at most d apart.
  Deviation lookup(const OperatorView& op) {
    const TensorView x = input(op, 0);
    if (x.type != schema::ElementType::s8) return unknown(op);
    return each(op, [&](std::int32_t d) {
      int most = 0;
      for (std::int32_t i = x.lo; i <= x.hi; ++i) {
        for (std::int32_t j = i + 1; j <= std::min(i + d, x.hi); ++j) {
          most = std::max(most, std::abs(op.lookup.entries[static_cast<std::size_t>(i + 128)] -
                                         op.lookup.entries[static_cast<std::size_t>(j + 128)]));
        }
      }
      return static_cast<std::int32_t>(most);
    });
  }

  /// Where whole channels follow one another, each keeps its own number.
  Deviation reshape(const OperatorView& op) {
    const Deviation& x = in(op, 0);
    const std::size_t count = channels(output(op));
    if (count % x.size() != 0) return {largest(x)};
    Deviation d(count);
    for (std::size_t c = 0; c < count; ++c) d[c] = x[c % x.size()];
    return d;
  }

  Deviation transpose(const OperatorView& op) {
    const bool stays = op.axes[op.axes.size() - 1] == static_cast<std::int32_t>(op.axes.size()) - 1;
    return stays ? in(op, 0) : Deviation{largest(in(op, 0))};
  }

  Deviation concat(const OperatorView& op) {
    const bool last = static_cast<std::size_t>(op.axes[0]) == output(op).shape.size() - 1;
    Deviation d;
    for (std::size_t i = 0; i < op.inputs.size(); ++i) {
      const Deviation& x = in(op, i);
      if (last) {
        d.insert(d.end(), x.begin(), x.end());
        continue;
      }
      d.resize(x.size());
      for (std::size_t c = 0; c < x.size(); ++c) d[c] = std::max(d[c], x[c]);
    }
    return d;
  }

  Deviation pad(const OperatorView& op) {
    const std::size_t rank = output(op).shape.size();
    Deviation d(channels(output(op)));
    std::copy(in(op, 0).begin(), in(op, 0).end(), d.begin() + op.axes[rank - 1]);
    return d;
  }

  Deviation slice(const OperatorView& op) {
    const std::size_t rank = output(op).shape.size();
    Deviation d(channels(output(op)));
    for (std::size_t c = 0; c < d.size(); ++c) {
      const std::int64_t from = op.axes[rank - 1] + static_cast<std::int64_t>(c) * op.axes[2 * rank - 1];
      d[c] = in(op, 0)[static_cast<std::size_t>(from)];
    }
    return d;
  }

  Deviation gather(const OperatorView& op) {
    if (static_cast<std::size_t>(op.axes[0]) != output(op).shape.size() - 1) return in(op, 0);
    Deviation d;
    for (const std::int32_t index : op.indices) d.push_back(in(op, 0)[static_cast<std::size_t>(index)]);
    return d;
  }

  Deviation reduce_sum(const OperatorView& op) {
    const double n = static_cast<double>(input(op, 0).elements() / output(op).elements());
    return each(
        op, [&](std::int32_t d) { return rounded_deviation(static_cast<double>(op.multiplier) * n * d); });
  }

  Deviation moved(const OperatorView& op) {
    if (op.kind == OperatorKind::quantize) return from_model_input(op) ? Deviation{eps_} : unknown(op);
    for (const std::int32_t tensor : op.inputs) {
      if (at(tensor).empty()) return unknown(op);
    }
    switch (op.kind) {
      case OperatorKind::conv_2d:
      case OperatorKind::fully_connected:
        return linear(op);
      case OperatorKind::max_pool_2d:
      case OperatorKind::clip:
      case OperatorKind::reduce_max:
      case OperatorKind::reduce_min:
        return in(op, 0);
      case OperatorKind::average_pool_2d:
        return each(op, [&](std::int32_t d) {
          return rounded_deviation(static_cast<double>(op.pool.multiplier) * d);
        });
      case OperatorKind::requantize:
        return each(
            op, [&](std::int32_t d) { return rounded_deviation(static_cast<double>(op.multiplier) * d); });
      // Weights of sum 1, then a rounding.
      case OperatorKind::resize:
        return each(op, [](std::int32_t d) { return rounded_deviation(d); });
      case OperatorKind::add:
        return add(op);
      case OperatorKind::mul:
        return product(op);
      case OperatorKind::prelu:
        return prelu(op);
      case OperatorKind::maximum:
      case OperatorKind::minimum:
        return both(op, [](std::int32_t a, std::int32_t b) { return std::max(a, b); });
      case OperatorKind::lookup:
        return lookup(op);
      case OperatorKind::reshape:
        return reshape(op);
      case OperatorKind::transpose:
        return transpose(op);
      case OperatorKind::concat:
        return concat(op);
      case OperatorKind::pad:
        return pad(op);
      case OperatorKind::slice:
        return slice(op);
      case OperatorKind::gather:
        return gather(op);
      case OperatorKind::reduce_sum:
        return reduce_sum(op);
      default:
        return unknown(op);
    }
  }

  const schema::VerifiedModel& model_;
  std::int32_t eps_;
  std::vector<Deviation> tensors_;
};

}  // namespace

std::int32_t rounded_deviation(double real) {
  if (real == 0) return 0;
  // Two roundings to 24 bits of values inside 16 bits, at either end: below 2^-6.
  return static_cast<std::int32_t>(std::floor(std::min(real, 65536.0) * (1 + 0x1p-20) + 0x1p-6)) + 1;
}

std::vector<Deviation> deviations(const schema::VerifiedModel& model, std::int32_t eps) {
  return Carrier(model, eps).run();
}

}  // namespace bulwark::converter::lipschitz
