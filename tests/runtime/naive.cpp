// SPDX-License-Identifier: Apache-2.0
#include "tests/runtime/naive.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace bulwark::test {
namespace {

using converter::write::LinearSpec;
using converter::write::PoolSpec;
using converter::write::TensorSpec;

// A tensor as reals: integers are exact in double, and float arithmetic goes through float where the
// specification says so.
using Values = std::vector<double>;

std::size_t elements(const TensorSpec& tensor) {
  std::size_t count = 1;
  for (const std::int32_t d : tensor.shape) count *= static_cast<std::size_t>(d);
  return count;
}

Values decode(const TensorSpec& tensor, const Bytes& bytes) {
  Values values(elements(tensor));
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (tensor.type == ElementType::s8) values[i] = static_cast<std::int8_t>(bytes[i]);
    if (tensor.type == ElementType::u8) values[i] = bytes[i];
    if (tensor.type == ElementType::f32) {
      float value;
      std::memcpy(&value, &bytes[4 * i], 4);
      values[i] = value;
    }
  }
  return values;
}

Bytes encode(const TensorSpec& tensor, const Values& values) {
  Bytes bytes;
  for (const double value : values) {
    if (tensor.type == ElementType::f32) {
      const float single = static_cast<float>(value);
      std::uint8_t raw[4];
      std::memcpy(raw, &single, 4);
      bytes.insert(bytes.end(), raw, raw + 4);
    } else {
      const auto whole = static_cast<std::uint64_t>(static_cast<std::int64_t>(value));
      for (std::size_t k = 0; k < schema::element_size(tensor.type); ++k) {
        bytes.push_back(static_cast<std::uint8_t>(whole >> (8 * k)));
      }
    }
  }
  return bytes;
}

// clamp(rne(float(v) * m) + z, lo, hi)
double requantized(double v, float multiplier, std::int32_t zero_point, double lo, double hi) {
  const float product = static_cast<float>(v) * multiplier;
  return std::clamp(static_cast<double>(std::nearbyint(product)) + zero_point, lo, hi);
}

class Evaluator {
 public:
  Evaluator(const ModelSpec& spec, const std::vector<Bytes>& inputs)
      : spec_(spec), values_(spec.tensors.size()) {
    for (std::size_t i = 0; i < spec.tensors.size(); ++i) {
      if (!spec.tensors[i].constant.empty()) values_[i] = decode(spec.tensors[i], spec.tensors[i].constant);
    }
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const auto tensor = static_cast<std::size_t>(spec.inputs[i]);
      values_[tensor] = decode(spec.tensors[tensor], inputs[i]);
    }
    for (const OperatorSpec& op : spec.operators) evaluate(op);
  }

  std::vector<Bytes> bytes() const {
    std::vector<Bytes> all;
    for (std::size_t i = 0; i < values_.size(); ++i) all.push_back(encode(spec_.tensors[i], values_[i]));
    return all;
  }

 private:
  const TensorSpec& tensor(std::int32_t i) const { return spec_.tensors[static_cast<std::size_t>(i)]; }
  Values& value(std::int32_t i) { return values_[static_cast<std::size_t>(i)]; }

  void evaluate(const OperatorSpec& op) {
    value(op.outputs[0]).assign(elements(tensor(op.outputs[0])), 0);
    switch (op.kind) {
      case OperatorKind::conv_2d:
        return convolve(op);
      case OperatorKind::fully_connected:
        return convolve(op);
      case OperatorKind::max_pool_2d:
      case OperatorKind::average_pool_2d:
        return pool(op);
      case OperatorKind::softmax:
        return softmax(op);
      case OperatorKind::log_softmax:
        return log_softmax(op);
      case OperatorKind::add:
      case OperatorKind::mul:
      case OperatorKind::sub:
      case OperatorKind::div:
      case OperatorKind::maximum:
      case OperatorKind::minimum:
      case OperatorKind::prelu:
        return binary(op);
      case OperatorKind::reduce_sum:
      case OperatorKind::reduce_max:
      case OperatorKind::reduce_min:
        return reduce(op);
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
      case OperatorKind::resize:
        return resize(op);
      case OperatorKind::arg_max:
      case OperatorKind::arg_min:
        return arg_extreme(op);
      default:
        return elementwise(op);
    }
  }

  // NHWC, with a matrix as one row of one-pixel pictures.
  static std::vector<std::int32_t> picture(const TensorSpec& tensor) {
    if (tensor.shape.size() == 4) return tensor.shape;
    return {tensor.shape[0], 1, 1, tensor.shape[1]};
  }

  void convolve(const OperatorSpec& op) {
    const LinearSpec& linear = *op.linear;
    const TensorSpec& out_tensor = tensor(op.outputs[0]);
    const auto in = picture(tensor(op.inputs[0])), out = picture(out_tensor);
    const std::int32_t in_group = in[3] / linear.groups, out_group = out[3] / linear.groups;
    const bool is_float = tensor(op.inputs[0]).type == ElementType::f32;
    const Values& x = value(op.inputs[0]);
    std::size_t o = 0;
    for (std::int32_t n = 0; n < out[0]; ++n)
      for (std::int32_t oy = 0; oy < out[1]; ++oy)
        for (std::int32_t ox = 0; ox < out[2]; ++ox)
          for (std::int32_t c = 0; c < out[3]; ++c, ++o) {
            double sum = 0;
            auto w = static_cast<std::size_t>(c) * static_cast<std::size_t>(linear.weights.row_elements);
            for (std::int32_t ky = 0; ky < linear.kernel_h; ++ky)
              for (std::int32_t kx = 0; kx < linear.kernel_w; ++kx)
                for (std::int32_t i = 0; i < in_group; ++i, ++w) {
                  const std::int32_t y = oy * linear.stride_h - linear.pad_top + ky * linear.dilation_h;
                  const std::int32_t xx = ox * linear.stride_w - linear.pad_left + kx * linear.dilation_w;
                  const bool inside = y >= 0 && y < in[1] && xx >= 0 && xx < in[2];
                  const std::int32_t channel = c / out_group * in_group + i;
                  const double tap =
                      inside ? x[static_cast<std::size_t>(((n * in[1] + y) * in[2] + xx) * in[3] + channel)]
                             : tensor(op.inputs[0]).zero_point;
                  sum += tap * (is_float ? double{linear.weights.floats[w]} : linear.weights.integers[w]);
                }
            value(op.outputs[0])[o] = linear_output(op, out_tensor, static_cast<std::size_t>(c), sum);
          }
  }

  static double linear_output(const OperatorSpec& op, const TensorSpec& out, std::size_t c, double sum) {
    const LinearSpec& linear = *op.linear;
    const auto at = [c](const auto& vector) { return vector[vector.size() == 1 ? 0 : c]; };
    if (linear.weights.format == WeightFormat::f32) {
      return std::clamp(sum + linear.float_bias[c], double{op.float_lo}, double{op.float_hi});
    }
    const double v = std::ldexp(sum, linear.fraction_bits) + linear.bias[c];
    if (out.type == ElementType::f32) return static_cast<float>(v) * at(linear.multiplier);
    return requantized(v, at(linear.multiplier), out.zero_point, at(linear.lo), at(linear.hi));
  }

  void pool(const OperatorSpec& op) {
    const PoolSpec& p = *op.pool;
    const TensorSpec& in_tensor = tensor(op.inputs[0]);
    const TensorSpec& out_tensor = tensor(op.outputs[0]);
    const auto &in = in_tensor.shape, &out = out_tensor.shape;
    const Values& x = value(op.inputs[0]);
    std::size_t o = 0;
    for (std::int32_t n = 0; n < out[0]; ++n)
      for (std::int32_t oy = 0; oy < out[1]; ++oy)
        for (std::int32_t ox = 0; ox < out[2]; ++ox)
          for (std::int32_t c = 0; c < out[3]; ++c, ++o) {
            std::vector<double> taps;
            for (std::int32_t ky = 0; ky < p.kernel_h; ++ky)
              for (std::int32_t kx = 0; kx < p.kernel_w; ++kx) {
                const std::int32_t y = oy * p.stride_h - p.pad_top + ky * p.dilation_h;
                const std::int32_t xx = ox * p.stride_w - p.pad_left + kx * p.dilation_w;
                if (y < 0 || y >= in[1] || xx < 0 || xx >= in[2]) continue;
                taps.push_back(x[static_cast<std::size_t>(((n * in[1] + y) * in[2] + xx) * in[3] + c)]);
              }
            value(op.outputs[0])[o] = pooled(op, in_tensor, out_tensor, taps);
          }
  }

  static double pooled(const OperatorSpec& op, const TensorSpec& in, const TensorSpec& out,
                       const std::vector<double>& taps) {
    const bool is_float = in.type == ElementType::f32;
    const double lo = is_float ? double{op.float_lo} : out.lo, hi = is_float ? double{op.float_hi} : out.hi;
    if (op.kind == OperatorKind::max_pool_2d) {
      return std::clamp(*std::max_element(taps.begin(), taps.end()), lo, hi);
    }
    const double counted =
        op.pool->count_include_pad ? op.pool->kernel_h * op.pool->kernel_w : static_cast<double>(taps.size());
    double sum = 0;
    const std::int32_t shift = op.pool->origin_shift;
    for (const double tap : taps) sum += tap - (is_float ? 0 : in.zero_point + shift);
    if (is_float) return std::clamp(sum / counted, lo, hi);
    return requantized(sum, op.pool->multiplier / static_cast<float>(counted), out.zero_point + shift, lo,
                       hi);
  }

  void softmax(const OperatorSpec& op) {
    const TensorSpec& out = tensor(op.outputs[0]);
    const auto depth = static_cast<std::size_t>(out.shape.back());
    const Values& x = value(op.inputs[0]);
    for (std::size_t row = 0; row < x.size(); row += depth) {
      const double largest = *std::max_element(x.begin() + static_cast<std::ptrdiff_t>(row),
                                               x.begin() + static_cast<std::ptrdiff_t>(row + depth));
      const auto exponential = [&](std::size_t i) -> double {
        if (out.type == ElementType::f32) return std::exp(x[i] - largest);
        return op.softmax->table[static_cast<std::size_t>(largest - x[i])];
      };
      double sum = 0;
      for (std::size_t i = row; i < row + depth; ++i) sum += exponential(i);
      for (std::size_t i = row; i < row + depth; ++i) {
        value(op.outputs[0])[i] = out.type == ElementType::f32
                                      ? exponential(i) / sum
                                      : integer_softmax(op, out, static_cast<std::uint64_t>(exponential(i)),
                                                        static_cast<std::uint64_t>(sum));
      }
    }
  }

  static double integer_softmax(const OperatorSpec& op, const TensorSpec& out, std::uint64_t e,
                                std::uint64_t sum) {
    const std::uint64_t d = sum << 16;
    const std::uint64_t quotient = (2 * e * op.softmax->numerator + d) / (2 * d);
    return std::clamp(static_cast<double>(quotient) + out.zero_point, double(out.lo), double(out.hi));
  }

  void elementwise(const OperatorSpec& op) {
    const TensorSpec& in = tensor(op.inputs[0]);
    const TensorSpec& out = tensor(op.outputs[0]);
    for (std::size_t i = 0; i < value(op.outputs[0]).size(); ++i) {
      const double x = value(op.inputs[0])[i];
      value(op.outputs[0])[i] = one_element(op, in, out, x);
    }
  }

  void log_softmax(const OperatorSpec& op) {
    const TensorSpec& out = tensor(op.outputs[0]);
    const auto depth = static_cast<std::size_t>(out.shape.back());
    const Values& x = value(op.inputs[0]);
    for (std::size_t row = 0; row < x.size(); row += depth) {
      const double largest = *std::max_element(x.begin() + static_cast<std::ptrdiff_t>(row),
                                               x.begin() + static_cast<std::ptrdiff_t>(row + depth));
      double sum = 0;
      for (std::size_t i = row; i < row + depth; ++i) {
        sum += out.type == ElementType::f32 ? std::exp(x[i] - largest)
                                            : op.log_softmax->table[static_cast<std::size_t>(largest - x[i])];
      }
      for (std::size_t i = row; i < row + depth; ++i) {
        value(op.outputs[0])[i] = out.type == ElementType::f32
                                      ? x[i] - largest - std::log(sum)
                                      : integer_log_softmax(op, out, largest - x[i], sum);
      }
    }
  }

  // Squarings of a mantissa in [1, 2) with 31 fraction bits, rounded down; products below 2^64 in long
  // double.
  static double integer_log_softmax(const OperatorSpec& op, const TensorSpec& out, double distance,
                                    double sum) {
    const int whole = std::ilogb(sum);
    std::uint64_t m = static_cast<std::uint64_t>(std::floor(std::ldexp(sum, 31 - whole)));
    double l = whole - 20;
    for (int i = 0; i < 16; ++i) {
      m = m * m / 2147483648u;
      const bool bit = m / 4294967296u != 0;
      if (bit) m /= 2;
      l = 2 * l + (bit ? 1 : 0);
    }
    const converter::write::LogSoftmaxSpec& o = *op.log_softmax;
    const double v = std::ldexp(1.0, o.shift - 1) - distance * o.multiplier_x - l * o.multiplier_log;
    return std::clamp(std::floor(std::ldexp(v, -o.shift)) + out.zero_point, double(out.lo), double(out.hi));
  }

  /// Index of the operand's element at the output's coordinates: an axis of 1 stands for every position.
  static std::size_t repeated_index(const std::vector<std::int32_t>& shape, std::vector<std::int32_t> at) {
    for (std::size_t d = 0; d < at.size(); ++d) at[d] = shape[d] == 1 ? 0 : at[d];
    return index_of(shape, at);
  }

  void binary(const OperatorSpec& op) {
    const TensorSpec &a = tensor(op.inputs[0]), &b = tensor(op.inputs[1]), &out = tensor(op.outputs[0]);
    for_each(out.shape, [&](const std::vector<std::int32_t>& at, std::size_t i) {
      const double x = value(op.inputs[0])[repeated_index(a.shape, at)];
      const double y = value(op.inputs[1])[repeated_index(b.shape, at)];
      value(op.outputs[0])[i] =
          out.type == ElementType::f32
              ? std::clamp(real_pair(op.kind, x, y), double{op.float_lo}, double{op.float_hi})
              : integer_pair(op, x, y);
    });
  }

  static double real_pair(OperatorKind kind, double a, double b) {
    switch (kind) {
      case OperatorKind::add:
        return a + b;
      case OperatorKind::sub:
        return a - b;
      case OperatorKind::mul:
        return a * b;
      case OperatorKind::div:
        return a / b;
      case OperatorKind::maximum:
        return std::max(a, b);
      case OperatorKind::minimum:
        return std::min(a, b);
      default:
        return a < 0 ? a * b : a;
    }
  }

  double integer_pair(const OperatorSpec& op, double a, double b) const {
    const TensorSpec& out = tensor(op.outputs[0]);
    const double da = a - tensor(op.inputs[0]).zero_point, db = b - tensor(op.inputs[1]).zero_point;
    const auto finish = [&](double v, float m) { return requantized(v, m, out.zero_point, out.lo, out.hi); };
    switch (op.kind) {
      case OperatorKind::add:
        return finish(a * op.add->multiplier_a + b * op.add->multiplier_b + op.add->bias, op.add->multiplier);
      case OperatorKind::mul:
        return finish(da * db, op.multiplier);
      case OperatorKind::maximum:
        return std::clamp(std::max(a, b), double(out.lo), double(out.hi));
      case OperatorKind::minimum:
        return std::clamp(std::min(a, b), double(out.lo), double(out.hi));
      default:
        return da < 0 ? finish(da * db, op.prelu->slope_multiplier) : finish(da, op.prelu->multiplier);
    }
  }

  void reduce(const OperatorSpec& op) {
    const TensorSpec &in = tensor(op.inputs[0]), &out = tensor(op.outputs[0]);
    std::vector<Values> parts(elements(out));
    for_each(in.shape, [&](const std::vector<std::int32_t>& at, std::size_t i) {
      parts[repeated_index(out.shape, at)].push_back(value(op.inputs[0])[i]);
    });
    for (std::size_t i = 0; i < parts.size(); ++i) value(op.outputs[0])[i] = reduced(op, in, out, parts[i]);
  }

  static double reduced(const OperatorSpec& op, const TensorSpec& in, const TensorSpec& out,
                        const Values& part) {
    const bool is_float = in.type == ElementType::f32;
    const double lo = is_float ? double{op.float_lo} : out.lo, hi = is_float ? double{op.float_hi} : out.hi;
    if (op.kind == OperatorKind::reduce_max)
      return std::clamp(*std::max_element(part.begin(), part.end()), lo, hi);
    if (op.kind == OperatorKind::reduce_min)
      return std::clamp(*std::min_element(part.begin(), part.end()), lo, hi);
    double sum = 0;
    for (const double x : part) sum += x - (is_float ? 0 : in.zero_point);
    return is_float ? std::clamp(sum * op.multiplier, lo, hi)
                    : requantized(sum, op.multiplier, out.zero_point, lo, hi);
  }

  static double one_element(const OperatorSpec& op, const TensorSpec& in, const TensorSpec& out, double x) {
    const bool is_float = in.type == ElementType::f32;
    switch (op.kind) {
      case OperatorKind::lookup:
        return op.lookup->entries[static_cast<std::size_t>(x + 128)];
      case OperatorKind::function:  // the networks of tests have sigmoids only
        return 1 / (1 + std::exp(-x));
      case OperatorKind::requantize:
        return requantized(x - in.zero_point, op.multiplier, out.zero_point, out.lo, out.hi);
      case OperatorKind::quantize: {
        const float steps = std::nearbyint(static_cast<float>(x) / out.scale);
        return std::clamp(double{steps} + out.zero_point, double(out.lo), double(out.hi));
      }
      case OperatorKind::dequantize:
        return static_cast<float>(x - in.zero_point) * in.scale;
      case OperatorKind::clip:
        return is_float ? std::clamp(x, double{op.float_lo}, double{op.float_hi})
                        : std::clamp(x, double(out.lo), double(out.hi));
      default:
        return x;  // reshape
    }
  }

  // Calls visit(coordinates, linear index) for every element.
  template <typename Visit>
  static void for_each(const std::vector<std::int32_t>& shape, Visit visit) {
    std::vector<std::int32_t> at(shape.size(), 0);
    std::size_t count = 1;
    for (const std::int32_t d : shape) count *= static_cast<std::size_t>(d);
    for (std::size_t i = 0; i < count; ++i) {
      visit(at, i);
      for (std::size_t d = shape.size(); d-- > 0;) {
        if (++at[d] < shape[d]) break;
        at[d] = 0;
      }
    }
  }

  static std::size_t index_of(const std::vector<std::int32_t>& shape, const std::vector<std::int32_t>& at) {
    std::size_t index = 0;
    for (std::size_t d = 0; d < shape.size(); ++d) {
      index = index * static_cast<std::size_t>(shape[d]) + static_cast<std::size_t>(at[d]);
    }
    return index;
  }

  static std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

  void slice(const OperatorSpec& op) {
    const auto &in = tensor(op.inputs[0]).shape, &out = tensor(op.outputs[0]).shape;
    for (std::size_t o = 0; o < value(op.outputs[0]).size(); ++o) {
      std::int64_t rest = static_cast<std::int64_t>(o), source = 0, stride = 1;
      for (std::size_t axis = out.size(); axis-- > 0; stride *= in[axis]) {
        source += (op.axes[axis] + rest % out[axis] * op.axes[out.size() + axis]) * stride;
        rest /= out[axis];
      }
      value(op.outputs[0])[o] = value(op.inputs[0])[at(source)];
    }
  }

  void gather(const OperatorSpec& op) {
    const auto &in = tensor(op.inputs[0]).shape, &out = tensor(op.outputs[0]).shape;
    const auto axis = static_cast<std::size_t>(op.axes[0]);
    std::int64_t inner = 1;
    for (std::size_t i = axis + 1; i < in.size(); ++i) inner *= in[i];
    for (std::size_t o = 0; o < value(op.outputs[0]).size(); ++o) {
      const std::int64_t place = static_cast<std::int64_t>(o), row = place / inner;
      const std::int64_t from = row / out[axis] * in[axis] + op.indices[at(row % out[axis])];
      value(op.outputs[0])[o] = value(op.inputs[0])[at(from * inner + place % inner)];
    }
  }

  void resize(const OperatorSpec& op) {
    const auto &in = tensor(op.inputs[0]).shape, &out = tensor(op.outputs[0]).shape;
    const auto axis = static_cast<std::size_t>(op.axes[0]);
    const bool is_float = tensor(op.inputs[0]).type == ElementType::f32;
    std::int64_t inner = 1;
    for (std::size_t i = axis + 2; i < in.size(); ++i) inner *= in[i];
    const std::int64_t h = in[axis], w = in[axis + 1];
    for (std::size_t o = 0; o < value(op.outputs[0]).size(); ++o) {
      std::int64_t rest = static_cast<std::int64_t>(o) / inner;
      const auto column = at(rest % out[axis + 1]), row = at(rest / out[axis + 1] % out[axis]);
      rest /= out[axis + 1] * out[axis];
      const double y = is_float ? op.resize->float_rows[row] : op.resize->rows[row] / 1024.0;
      const double x = is_float ? op.resize->float_columns[column] : op.resize->columns[column] / 1024.0;
      double sum = 0;
      for (const std::int64_t dy : {0, 1}) {
        for (const std::int64_t dx : {0, 1}) {
          const std::int64_t iy = static_cast<std::int64_t>(y) + dy, ix = static_cast<std::int64_t>(x) + dx;
          const double fy = y - std::floor(y), fx = x - std::floor(x);
          if (iy >= h || ix >= w) continue;
          const std::int64_t from = ((rest * h + iy) * w + ix) * inner + static_cast<std::int64_t>(o) % inner;
          sum += value(op.inputs[0])[at(from)] * (dy ? fy : 1 - fy) * (dx ? fx : 1 - fx);
        }
      }
      value(op.outputs[0])[o] = is_float ? sum : std::round(sum);  // ties away from zero
    }
  }

  void arg_extreme(const OperatorSpec& op) {
    const auto& in = tensor(op.inputs[0]).shape;
    const auto axis = static_cast<std::size_t>(op.axes[0]);
    std::int64_t inner = 1;
    for (std::size_t i = axis + 1; i < in.size(); ++i) inner *= in[i];
    const double sign = op.kind == OperatorKind::arg_max ? 1 : -1;
    for (std::size_t o = 0; o < value(op.outputs[0]).size(); ++o) {
      const std::int64_t place = static_cast<std::int64_t>(o);
      const auto x = [&](std::int64_t i) {
        return sign * value(op.inputs[0])[at((place / inner * in[axis] + i) * inner + place % inner)];
      };
      std::int64_t best = 0;
      for (std::int64_t i = 1; i < in[axis]; ++i) best = x(i) > x(best) ? i : best;
      value(op.outputs[0])[o] = static_cast<double>(best);
    }
  }

  void transpose(const OperatorSpec& op) {
    const auto& in = tensor(op.inputs[0]).shape;
    for_each(tensor(op.outputs[0]).shape, [&](const std::vector<std::int32_t>& at, std::size_t i) {
      std::vector<std::int32_t> from(at.size());
      for (std::size_t d = 0; d < at.size(); ++d) from[static_cast<std::size_t>(op.axes[d])] = at[d];
      value(op.outputs[0])[i] = value(op.inputs[0])[index_of(in, from)];
    });
  }

  void concat(const OperatorSpec& op) {
    const auto& out = tensor(op.outputs[0]).shape;
    const auto axis = static_cast<std::size_t>(op.axes[0]);
    std::int32_t begin = 0;
    for (const std::int32_t input : op.inputs) {
      for_each(tensor(input).shape, [&](std::vector<std::int32_t> at, std::size_t i) {
        at[axis] += begin;
        value(op.outputs[0])[index_of(out, at)] = value(input)[i];
      });
      begin += tensor(input).shape[axis];
    }
  }

  void pad(const OperatorSpec& op) {
    const auto& out = tensor(op.outputs[0]).shape;
    Values& y = value(op.outputs[0]);
    std::fill(y.begin(), y.end(), tensor(op.inputs[0]).zero_point);
    for_each(tensor(op.inputs[0]).shape, [&](std::vector<std::int32_t> at, std::size_t i) {
      for (std::size_t d = 0; d < at.size(); ++d) at[d] += op.axes[d];
      y[index_of(out, at)] = value(op.inputs[0])[i];
    });
  }

  const ModelSpec& spec_;
  std::vector<Values> values_;
};

}  // namespace

std::vector<Bytes> evaluate_naively(const ModelSpec& spec, const std::vector<Bytes>& inputs) {
  return Evaluator(spec, inputs).bytes();
}

}  // namespace bulwark::test
