// SPDX-License-Identifier: Apache-2.0
#include "tests/importers/tflite_arithmetic.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace bulwark::test {
namespace {

namespace wire = converter::import_tflite::wire;

constexpr std::int32_t kMost = std::numeric_limits<std::int32_t>::max();

// Fixed-point products, as gemmlowp defines them.

std::int32_t doubling_high_multiply(std::int32_t a, std::int32_t b) {
  if (a == b && a == std::numeric_limits<std::int32_t>::min()) return kMost;
  const std::int64_t product = static_cast<std::int64_t>(a) * b;
  const std::int64_t nudge = product >= 0 ? (1 << 30) : 1 - (1 << 30);
  return static_cast<std::int32_t>((product + nudge) / (std::int64_t{1} << 31));
}

std::int32_t divide_by_power(std::int32_t x, int exponent) {
  const std::int32_t mask = static_cast<std::int32_t>((std::int64_t{1} << exponent) - 1);
  const std::int32_t threshold = (mask >> 1) + (x < 0 ? 1 : 0);
  return (x >> exponent) + ((x & mask) > threshold ? 1 : 0);
}

struct Multiplier {
  std::int32_t mantissa = 0;
  int shift = 0;

  explicit Multiplier(double real) {
    if (real == 0) return;
    std::int64_t fixed = std::llround(std::frexp(real, &shift) * static_cast<double>(std::int64_t{1} << 31));
    if (fixed == std::int64_t{1} << 31) {
      fixed /= 2;
      ++shift;
    }
    if (shift < -31) {
      shift = 0;
      fixed = 0;
    }
    mantissa = static_cast<std::int32_t>(fixed);
  }
  std::int32_t operator()(std::int32_t x) const {
    const int left = std::max(shift, 0), right = std::max(-shift, 0);
    return divide_by_power(doubling_high_multiply(x * (1 << left), mantissa), right);
  }
};

// exp and 1 / (1 + x) in fixed point: numbers with `kIntegerBits` bits before the point.

std::int32_t shift_saturating(std::int32_t x, int exponent) {
  if (exponent <= 0) return divide_by_power(x, -exponent);
  const std::int64_t wide = static_cast<std::int64_t>(x) * (std::int64_t{1} << exponent);
  return static_cast<std::int32_t>(
      std::clamp<std::int64_t>(wide, std::numeric_limits<std::int32_t>::min(), kMost));
}

/// exp(a) for a in [-1/4, 0), a and the result with no integer bits.
std::int32_t exp_small(std::int32_t a) {
  constexpr std::int32_t kExpOfMinusEighth = 1895147668, kThird = 715827883;
  const std::int32_t x = a + (1 << 28);
  const std::int32_t x2 = doubling_high_multiply(x, x), x3 = doubling_high_multiply(x2, x);
  const std::int32_t x4 = doubling_high_multiply(x2, x2);
  const std::int32_t tail =
      divide_by_power(doubling_high_multiply(divide_by_power(x4, 2) + x3, kThird) + x2, 1);
  return kExpOfMinusEighth + doubling_high_multiply(kExpOfMinusEighth, x + tail);
}

/// exp(a) for a <= 0 with 5 integer bits; the result has none.
std::int32_t exp_negative(std::int32_t a) {
  constexpr int kFraction = 26;
  constexpr std::int32_t kQuarter = 1 << (kFraction - 2);
  const std::int32_t small = (a & (kQuarter - 1)) - kQuarter;
  std::int32_t result = exp_small(shift_saturating(small, 5));
  const std::int32_t rest = small - a;
  constexpr std::int32_t kExpOfMinusPower[] = {1672461947, 1302514674, 790015084, 290630308,
                                               39332535,   720401,     242};
  for (int exponent = -2; exponent <= 4; ++exponent) {
    if (rest & (1 << (kFraction + exponent)))
      result = doubling_high_multiply(result, kExpOfMinusPower[exponent + 2]);
  }
  return a == 0 ? kMost : result;
}

/// 1 / (1 + x) for x in [0, 1), both with no integer bits: three steps of Newton's division.
std::int32_t one_over_one_plus(std::int32_t a) {
  const std::int64_t sum = static_cast<std::int64_t>(a) + kMost;
  const std::int32_t half = static_cast<std::int32_t>((sum + (sum >= 0 ? 1 : -1)) / 2);
  std::int32_t x =
      1515870810 + doubling_high_multiply(half, -1010580540);  // 48/17 - 32/17 * half, two integer bits
  for (int i = 0; i < 3; ++i) {
    const std::int32_t rest = (1 << 29) - doubling_high_multiply(half, x);
    x += shift_saturating(doubling_high_multiply(x, rest), 2);
  }
  return shift_saturating(x, 1);
}

int leading_zeros(std::uint32_t x) {
  int zeros = 0;
  for (; zeros < 32 && !(x & 0x80000000u); x <<= 1) ++zeros;
  return zeros;
}

struct Axis {
  int stride, dilation, before;
};

/// Where the padding begins, and the output's size, of a window along one axis.
Axis axis_of(int in, int out, int kernel, int stride, int dilation, wire::Padding padding) {
  const int total = std::max(0, (out - 1) * stride + (kernel - 1) * dilation + 1 - in);
  return {stride, dilation, padding == wire::Padding::SAME ? total / 2 : 0};
}

}  // namespace

TfliteArithmetic::TfliteArithmetic(const std::vector<std::uint8_t>& bytes)
    : model_(*wire::GetModel(bytes.data())), graph_(*model_.subgraphs()->Get(0)) {}

std::string TfliteArithmetic::kind(std::size_t op) const {
  return converter::import_tflite::operator_name(model_, wire_op(op));
}

std::vector<int> TfliteArithmetic::inputs(std::size_t op) const {
  return {wire_op(op).inputs()->begin(), wire_op(op).inputs()->end()};
}

int TfliteArithmetic::output(std::size_t op) const { return wire_op(op).outputs()->Get(0); }

TfliteArithmetic::Picture TfliteArithmetic::picture(int tensor) const {
  const auto& shape = *wire_tensor(tensor).shape();
  return {shape.Get(0), shape.Get(1), shape.Get(2), shape.Get(3)};
}

float TfliteArithmetic::scale(int tensor, std::size_t channel) const {
  const auto& scales = *wire_tensor(tensor).quantization()->scale();
  return scales.Get(scales.size() == 1 ? 0 : static_cast<flatbuffers::uoffset_t>(channel));
}

std::int32_t TfliteArithmetic::zero_point(int tensor) const {
  const auto* zeros = wire_tensor(tensor).quantization()->zero_point();
  std::int64_t zero = 0;
  if (zeros && zeros->size() > 0) std::memcpy(&zero, zeros->Data(), sizeof zero);
  return static_cast<std::int32_t>(zero);
}

std::vector<std::int32_t> TfliteArithmetic::constant(int tensor) const {
  const auto& data = *model_.buffers()->Get(wire_tensor(tensor).buffer())->data();
  std::vector<std::int32_t> values;
  switch (wire_tensor(tensor).type()) {
    case wire::TensorType::INT8:
      for (const std::uint8_t byte : data) values.push_back(static_cast<std::int8_t>(byte));
      break;
    case wire::TensorType::UINT8:
      for (const std::uint8_t byte : data) values.push_back(byte);
      break;
    default:
      values.resize(data.size() / 4);
      std::memcpy(values.data(), data.Data(), data.size());
  }
  return values;
}

std::pair<std::int32_t, std::int32_t> TfliteArithmetic::clamp_of(int tensor, int activation) const {
  const bool is_unsigned = wire_tensor(tensor).type() == wire::TensorType::UINT8;
  const std::int32_t lo = is_unsigned ? 0 : -128, hi = is_unsigned ? 255 : 127;
  const auto level = [&](float x) {
    return zero_point(tensor) + static_cast<std::int32_t>(std::round(x / scale(tensor)));
  };
  switch (static_cast<wire::Activation>(activation)) {
    case wire::Activation::RELU:
      return {std::max(lo, level(0)), hi};
    case wire::Activation::RELU6:
      return {std::max(lo, level(0)), std::min(hi, level(6))};
    case wire::Activation::RELU_N1_TO_1:
      return {std::max(lo, level(-1)), std::min(hi, level(1))};
    default:
      return {lo, hi};
  }
}

std::vector<std::int32_t> TfliteArithmetic::conv(std::size_t op, const std::vector<std::int32_t>& x,
                                                 bool depthwise) const {
  const auto* plain = wire_op(op).builtin_options_as<wire::Conv2DOptions>();
  const auto* deep = wire_op(op).builtin_options_as<wire::DepthwiseConv2DOptions>();
  const auto field = [&](auto of_plain, auto of_deep) {
    return depthwise ? (deep->*of_deep)() : (plain->*of_plain)();
  };
  using P = wire::Conv2DOptions;
  using D = wire::DepthwiseConv2DOptions;
  const std::vector<int> in = inputs(op);
  const int out = output(op);
  const Picture xs = picture(in[0]), ws = picture(in[1]), ys = picture(out);
  const wire::Padding padding = field(&P::padding, &D::padding);
  const Axis high = axis_of(xs.h, ys.h, ws.h, field(&P::stride_h, &D::stride_h),
                            field(&P::dilation_h, &D::dilation_h), padding);
  const Axis wide = axis_of(xs.w, ys.w, ws.w, field(&P::stride_w, &D::stride_w),
                            field(&P::dilation_w, &D::dilation_w), padding);
  const auto [lo, hi] = clamp_of(out, static_cast<int>(field(&P::fused_activation, &D::fused_activation)));
  const std::vector<std::int32_t> w = constant(in[1]);
  const std::vector<std::int32_t> bias =
      in.size() > 2 ? constant(in[2]) : std::vector<std::int32_t>(static_cast<std::size_t>(ys.c), 0);
  const int group_out = depthwise ? ys.c / xs.c : ys.c / (xs.c / ws.c);
  const int depth = depthwise ? 1 : ws.c;
  const std::int32_t x_zero = zero_point(in[0]), w_zero = zero_point(in[1]);
  std::vector<std::int32_t> y;
  for (int n = 0; n < ys.n; ++n)
    for (int oy = 0; oy < ys.h; ++oy)
      for (int ox = 0; ox < ys.w; ++ox)
        for (int oc = 0; oc < ys.c; ++oc) {
          std::int32_t sum = bias[static_cast<std::size_t>(oc)];
          for (int ky = 0; ky < ws.h; ++ky)
            for (int kx = 0; kx < ws.w; ++kx) {
              const int iy = oy * high.stride - high.before + ky * high.dilation;
              const int ix = ox * wide.stride - wide.before + kx * wide.dilation;
              if (iy < 0 || iy >= xs.h || ix < 0 || ix >= xs.w) continue;
              for (int d = 0; d < depth; ++d) {
                const int ic = oc / group_out * depth + d;
                const std::size_t at = static_cast<std::size_t>(((n * xs.h + iy) * xs.w + ix) * xs.c + ic);
                const std::size_t tap = static_cast<std::size_t>(
                    depthwise ? (ky * ws.w + kx) * ys.c + oc : ((oc * ws.h + ky) * ws.w + kx) * ws.c + d);
                sum += (x[at] - x_zero) * (w[tap] - w_zero);
              }
            }
          const Multiplier multiplier(static_cast<double>(scale(in[0])) *
                                      static_cast<double>(scale(in[1], static_cast<std::size_t>(oc))) /
                                      static_cast<double>(scale(out)));
          y.push_back(std::clamp(multiplier(sum) + zero_point(out), lo, hi));
        }
  return y;
}

std::vector<std::int32_t> TfliteArithmetic::fully_connected(std::size_t op,
                                                            const std::vector<std::int32_t>& x) const {
  const std::vector<int> in = inputs(op);
  const int out = output(op);
  const auto& shape = *wire_tensor(in[1]).shape();
  const std::size_t rows = static_cast<std::size_t>(shape.Get(0)),
                    depth = static_cast<std::size_t>(shape.Get(1));
  const auto [lo, hi] = clamp_of(
      out,
      static_cast<int>(wire_op(op).builtin_options_as<wire::FullyConnectedOptions>()->fused_activation()));
  const std::vector<std::int32_t> w = constant(in[1]);
  const bool has_bias = in.size() > 2 && in[2] >= 0;
  const std::vector<std::int32_t> bias = has_bias ? constant(in[2]) : std::vector<std::int32_t>(rows, 0);
  std::vector<std::int32_t> y;
  for (std::size_t batch = 0; batch * depth < x.size(); ++batch)
    for (std::size_t r = 0; r < rows; ++r) {
      std::int32_t sum = bias[r];
      for (std::size_t d = 0; d < depth; ++d) {
        sum += (x[batch * depth + d] - zero_point(in[0])) * (w[r * depth + d] - zero_point(in[1]));
      }
      const bool per_channel = wire_tensor(in[1]).quantization()->scale()->size() > 1;
      const double product = per_channel
                                 ? static_cast<double>(scale(in[0])) * static_cast<double>(scale(in[1], r))
                                 : static_cast<double>(scale(in[0]) * scale(in[1]));
      y.push_back(
          std::clamp(Multiplier(product / static_cast<double>(scale(out)))(sum) + zero_point(out), lo, hi));
    }
  return y;
}

std::vector<std::int32_t> TfliteArithmetic::add(std::size_t op, const std::vector<std::int32_t>& a,
                                                const std::vector<std::int32_t>& b) const {
  const std::vector<int> in = inputs(op);
  const int out = output(op);
  constexpr int kLeft = 20;
  const double twice = 2 * static_cast<double>(std::max(scale(in[0]), scale(in[1])));
  const Multiplier of_a(static_cast<double>(scale(in[0])) / twice),
      of_b(static_cast<double>(scale(in[1])) / twice);
  const Multiplier of_sum(twice / ((1 << kLeft) * static_cast<double>(scale(out))));
  const auto* options = wire_op(op).builtin_options_as<wire::AddOptions>();
  const auto [lo, hi] = clamp_of(out, options ? static_cast<int>(options->fused_activation()) : 0);
  std::vector<std::int32_t> y;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const std::int32_t sum =
        of_a((a[i] - zero_point(in[0])) * (1 << kLeft)) + of_b((b[i] - zero_point(in[1])) * (1 << kLeft));
    y.push_back(std::clamp(of_sum(sum) + zero_point(out), lo, hi));
  }
  return y;
}

std::vector<std::int32_t> TfliteArithmetic::average_pool(std::size_t op,
                                                         const std::vector<std::int32_t>& x) const {
  const auto& options = *wire_op(op).builtin_options_as<wire::Pool2DOptions>();
  const int in = input(op, 0), out = output(op);
  const Picture xs = picture(in), ys = picture(out);
  const Axis high = axis_of(xs.h, ys.h, options.filter_h(), options.stride_h(), 1, options.padding());
  const Axis wide = axis_of(xs.w, ys.w, options.filter_w(), options.stride_w(), 1, options.padding());
  const auto [lo, hi] = clamp_of(out, static_cast<int>(options.fused_activation()));
  std::vector<std::int32_t> y;
  for (int n = 0; n < ys.n; ++n)
    for (int oy = 0; oy < ys.h; ++oy)
      for (int ox = 0; ox < ys.w; ++ox)
        for (int c = 0; c < ys.c; ++c) {
          std::int32_t sum = 0, count = 0;
          for (int ky = 0; ky < options.filter_h(); ++ky)
            for (int kx = 0; kx < options.filter_w(); ++kx) {
              const int iy = oy * high.stride - high.before + ky, ix = ox * wide.stride - wide.before + kx;
              if (iy < 0 || iy >= xs.h || ix < 0 || ix >= xs.w) continue;
              sum += x[static_cast<std::size_t>(((n * xs.h + iy) * xs.w + ix) * xs.c + c)];
              ++count;
            }
          y.push_back(std::clamp((sum + (sum > 0 ? count / 2 : -count / 2)) / count, lo, hi));
        }
  return y;
}

std::vector<std::int32_t> TfliteArithmetic::softmax(std::size_t op,
                                                    const std::vector<std::int32_t>& x) const {
  constexpr int kDifferenceBits = 5, kSumBits = 12;
  const int in = input(op, 0), out = output(op);
  const auto& shape = *wire_tensor(in).shape();
  const std::size_t depth = static_cast<std::size_t>(shape.Get(shape.size() - 1));
  const double beta = static_cast<double>(wire_op(op).builtin_options_as<wire::SoftmaxOptions>()->beta());
  const Multiplier scaled(std::min(beta * static_cast<double>(scale(in)) * (1 << (31 - kDifferenceBits)),
                                   static_cast<double>(kMost)));
  const double radius =
      ((1 << kDifferenceBits) - 1) * std::ldexp(1.0, 31 - kDifferenceBits) / std::ldexp(1.0, scaled.shift);
  const std::int32_t lowest = -static_cast<std::int32_t>(std::floor(radius));
  const auto [lo, hi] = clamp_of(out, 0);
  std::vector<std::int32_t> y;
  for (std::size_t row = 0; row < x.size(); row += depth) {
    const std::int32_t largest = *std::max_element(x.begin() + static_cast<std::ptrdiff_t>(row),
                                                   x.begin() + static_cast<std::ptrdiff_t>(row + depth));
    std::int32_t sum = 0;
    for (std::size_t i = row; i < row + depth; ++i) {
      if (x[i] - largest >= lowest) sum += shift_saturating(exp_negative(scaled(x[i] - largest)), -kSumBits);
    }
    const int headroom = leading_zeros(static_cast<std::uint32_t>(sum));
    const auto above_one = static_cast<std::uint32_t>(sum) << headroom;
    const std::int32_t reciprocal = one_over_one_plus(static_cast<std::int32_t>(above_one - 0x80000000u));
    for (std::size_t i = row; i < row + depth; ++i) {
      if (x[i] - largest < lowest) {
        y.push_back(lo);
        continue;
      }
      const std::int32_t e = exp_negative(scaled(x[i] - largest));
      const std::int32_t share =
          divide_by_power(doubling_high_multiply(reciprocal, e), kSumBits - headroom + 31 - 8);
      y.push_back(std::clamp(share + lo, lo, hi));
    }
  }
  return y;
}

std::optional<std::vector<std::int32_t>> TfliteArithmetic::run(std::size_t op,
                                                               const TfliteLevels& levels) const {
  const std::string name = kind(op);
  const auto levels_of = [&](std::size_t i) -> const std::vector<std::int32_t>& {
    return levels.at(static_cast<std::size_t>(input(op, i))).value();
  };
  if (name == "CONV_2D") return conv(op, levels_of(0), false);
  if (name == "DEPTHWISE_CONV_2D") return conv(op, levels_of(0), true);
  if (name == "FULLY_CONNECTED") return fully_connected(op, levels_of(0));
  if (name == "ADD") return add(op, levels_of(0), levels_of(1));
  if (name == "AVERAGE_POOL_2D") return average_pool(op, levels_of(0));
  if (name == "SOFTMAX") return softmax(op, levels_of(0));
  return std::nullopt;
}

}  // namespace bulwark::test
