// SPDX-License-Identifier: Apache-2.0
#include "tests/runtime/naive_bounds.h"

#include <algorithm>
#include <cmath>

namespace bulwark::test {
namespace {

using converter::write::LinearSpec;
using converter::write::TensorSpec;
using Integers = std::vector<std::int64_t>;

Bytes to_bytes(const Integers& values) {
  Bytes bytes;
  for (const std::int64_t value : values) bytes.push_back(static_cast<std::uint8_t>(value));
  return bytes;
}

Integers to_integers(const Bytes& bytes, ElementType type) {
  Integers values;
  for (const std::uint8_t byte : bytes) {
    values.push_back(type == ElementType::s8 ? std::int64_t{static_cast<std::int8_t>(byte)}
                                             : std::int64_t{byte});
  }
  return values;
}

struct Interval {
  std::int64_t lo, hi;
};

class Bounds {
 public:
  Bounds(const ModelSpec& spec, Mutant mutant, NaiveBounds* bounds)
      : spec_(spec), mutant_(mutant), bounds_(*bounds) {}

  void run(std::int32_t box) {
    for (const OperatorSpec& op : spec_.operators) {
      if (op.outputs[0] == box || !known(op)) continue;
      if (op.kind == OperatorKind::conv_2d || op.kind == OperatorKind::fully_connected) {
        if (tensor(op.outputs[0]).type == ElementType::s8) linear(op);
      } else if (op.kind == OperatorKind::mul) {
        corners(op);
      } else if (op.kind == OperatorKind::lookup && mutant_ != Mutant::table_taken_as_monotone) {
        lookup(op);
      } else if (tensor(op.outputs[0]).type != ElementType::f32 && op.kind != OperatorKind::softmax) {
        monotone(op);
      }
    }
  }

 private:
  const TensorSpec& tensor(std::int32_t i) const { return spec_.tensors[static_cast<std::size_t>(i)]; }
  Integers& lo(std::int32_t i) { return bounds_.lo[static_cast<std::size_t>(i)]; }
  Integers& hi(std::int32_t i) { return bounds_.hi[static_cast<std::size_t>(i)]; }

  bool known(const OperatorSpec& op) {
    for (const std::int32_t input : op.inputs) {
      const Bytes& constant = tensor(input).constant;
      if (!constant.empty()) lo(input) = hi(input) = to_integers(constant, tensor(input).type);
      if (lo(input).empty()) return false;
    }
    return true;
  }

  /// The operator on the lower ends and on the upper ends, as one model each.
  void monotone(const OperatorSpec& op) {
    ModelSpec one = spec_;
    one.operators = {op};
    one.inputs.clear();
    std::vector<Bytes> lower, upper;
    for (std::size_t i = 0; i < op.inputs.size(); ++i) {
      const std::int32_t input = op.inputs[i];
      if (!tensor(input).constant.empty()) continue;
      one.inputs.push_back(input);
      const bool falls =
          op.kind == OperatorKind::add && (i == 0 ? op.add->multiplier_a : op.add->multiplier_b) < 0;
      lower.push_back(to_bytes(falls ? hi(input) : lo(input)));
      upper.push_back(to_bytes(falls ? lo(input) : hi(input)));
      if (mutant_ == Mutant::first_end_only && i == 1) upper.back() = lower.back();
    }
    const auto at = static_cast<std::size_t>(op.outputs[0]);
    bounds_.lo[at] = to_integers(evaluate_naively(one, lower)[at], tensor(op.outputs[0]).type);
    bounds_.hi[at] = to_integers(evaluate_naively(one, upper)[at], tensor(op.outputs[0]).type);
  }

  void lookup(const OperatorSpec& op) {
    const auto& entries = op.lookup->entries;
    for (std::size_t i = 0; i < lo(op.inputs[0]).size(); ++i) {
      std::int64_t least = 127, largest = -128;
      for (std::int64_t x = lo(op.inputs[0])[i]; x <= hi(op.inputs[0])[i]; ++x) {
        least = std::min<std::int64_t>(least, entries[static_cast<std::size_t>(x + 128)]);
        largest = std::max<std::int64_t>(largest, entries[static_cast<std::size_t>(x + 128)]);
      }
      lo(op.outputs[0]).push_back(least);
      hi(op.outputs[0]).push_back(largest);
    }
  }

  void corners(const OperatorSpec& op) {
    ModelSpec one = spec_;
    one.operators = {op};
    one.inputs = op.inputs;
    const auto at = static_cast<std::size_t>(op.outputs[0]);
    for (const auto* a : {&lo(op.inputs[0]), &hi(op.inputs[0])}) {
      for (const auto* b : {&lo(op.inputs[1]), &hi(op.inputs[1])}) {
        const Integers y =
            to_integers(evaluate_naively(one, {to_bytes(*a), to_bytes(*b)})[at], ElementType::s8);
        if (lo(op.outputs[0]).empty()) lo(op.outputs[0]) = hi(op.outputs[0]) = y;
        for (std::size_t i = 0; i < y.size(); ++i) {
          lo(op.outputs[0])[i] = std::min(lo(op.outputs[0])[i], y[i]);
          hi(op.outputs[0])[i] = std::max(hi(op.outputs[0])[i], y[i]);
        }
      }
    }
  }

  /// What centre and radius cover: the interval, and one value more below it where tensors have more than 128
  /// values and the interval has an even number.
  Interval covered(std::int32_t input, std::size_t i) {
    Interval interval{lo(input)[i], hi(input)[i]};
    const bool exact = tensor(input).hi - tensor(input).lo <= 127;
    if (!exact && (interval.hi - interval.lo) % 2 != 0) --interval.lo;
    if (mutant_ == Mutant::halved_radius) {
      const std::int64_t cut = (interval.hi - interval.lo + 2) / 4;
      interval = {interval.lo + cut, interval.hi - cut};
    }
    return interval;
  }

  static std::vector<std::int32_t> picture(const TensorSpec& tensor) {
    if (tensor.shape.size() == 4) return tensor.shape;
    return {tensor.shape[0], 1, 1, tensor.shape[1]};
  }

  void linear(const OperatorSpec& op) {
    const auto in = picture(tensor(op.inputs[0])), out = picture(tensor(op.outputs[0]));
    for (std::int32_t y = 0; y < out[1]; ++y) {
      for (std::int32_t x = 0; x < out[2]; ++x) {
        for (std::int32_t c = 0; c < out[3]; ++c) {
          const Interval sums = sum(op, in, out, y, x, c);
          lo(op.outputs[0]).push_back(requantized(op, static_cast<std::size_t>(c), sums.lo));
          hi(op.outputs[0]).push_back(requantized(op, static_cast<std::size_t>(c), sums.hi));
        }
      }
    }
  }

  Interval sum(const OperatorSpec& op, const std::vector<std::int32_t>& in,
               const std::vector<std::int32_t>& out, std::int32_t y, std::int32_t x, std::int32_t c) {
    const LinearSpec& linear = *op.linear;
    const std::int32_t in_group = in[3] / linear.groups;
    const std::int32_t first = c / (out[3] / linear.groups) * in_group;
    const std::int32_t pad_left = linear.pad_left - (mutant_ == Mutant::asymmetric_padding ? 1 : 0);
    auto w = static_cast<std::size_t>(c) * static_cast<std::size_t>(linear.weights.row_elements);
    Interval total{0, 0};
    for (std::int32_t ky = 0; ky < linear.kernel_h; ++ky) {
      for (std::int32_t kx = 0; kx < linear.kernel_w; ++kx) {
        for (std::int32_t i = 0; i < in_group; ++i, ++w) {
          const std::int32_t row = y * linear.stride_h - linear.pad_top + ky * linear.dilation_h;
          const std::int32_t column = x * linear.stride_w - pad_left + kx * linear.dilation_w;
          Interval tap{tensor(op.inputs[0]).zero_point, tensor(op.inputs[0]).zero_point};
          if (row >= 0 && row < in[1] && column >= 0 && column < in[2]) {
            tap = covered(op.inputs[0], static_cast<std::size_t>((row * in[2] + column) * in[3] + first + i));
          }
          const std::int64_t weight = linear.weights.integers[w];
          const bool rises = (weight >= 0) != (mutant_ == Mutant::wrong_sign);
          total.lo += weight * (rises ? tap.lo : tap.hi);
          total.hi += weight * (rises ? tap.hi : tap.lo);
        }
      }
    }
    return total;
  }

  std::int64_t requantized(const OperatorSpec& op, std::size_t c, std::int64_t acc) const {
    const LinearSpec& linear = *op.linear;
    const TensorSpec& output = tensor(op.outputs[0]);
    const auto at = [c](const auto& values) { return values[values.size() == 1 ? 0 : c]; };
    const std::int64_t v = acc * (std::int64_t{1} << linear.fraction_bits) + linear.bias[c];
    const float product = static_cast<float>(v) * at(linear.multiplier);
    const double rounded = std::nearbyint(product) + output.zero_point;
    if (mutant_ == Mutant::wrapping_requantization) {
      return at(linear.lo) + ((static_cast<std::int64_t>(rounded) - at(linear.lo)) & 63);
    }
    return static_cast<std::int64_t>(
        std::clamp(rounded, static_cast<double>(at(linear.lo)), static_cast<double>(at(linear.hi))));
  }

  const ModelSpec& spec_;
  Mutant mutant_;
  NaiveBounds& bounds_;
};

}  // namespace

NaiveBounds bound_naively(const ModelSpec& spec, std::int32_t box, const std::vector<std::int64_t>& lo,
                          const std::vector<std::int64_t>& hi, Mutant mutant) {
  NaiveBounds bounds;
  bounds.lo.resize(spec.tensors.size());
  bounds.hi.resize(spec.tensors.size());
  bounds.lo[static_cast<std::size_t>(box)] = lo;
  bounds.hi[static_cast<std::size_t>(box)] = hi;
  Bounds(spec, mutant, &bounds).run(box);
  return bounds;
}

}  // namespace bulwark::test
