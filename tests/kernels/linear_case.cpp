// SPDX-License-Identifier: Apache-2.0
#include "tests/kernels/linear_case.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <sstream>

#include "kernels/common/weights.h"

namespace bulwark::test {
namespace {

using kernels::LinearProblem;
using kernels::OutputType;
using kernels::WeightFormat;

/// Sizes around the edges of tiles.
std::int32_t channels(Random& random, std::int32_t most) {
  const std::int32_t size = random.pick(
      {1, 2, 3, 4, 5, 7, 8, 9, 11, 13, 15, 16, 17, 19, 23, 24, 29, 31, 32, 33, 37, 41, 48, 64, 65});
  return size <= most ? size : random.in(1, most);
}

void random_window(LinearProblem& p, Random& random) {
  const bool small = random.one_in(3);
  p.kernel_h = small ? 1 : random.pick({1, 2, 3, 3, 3, 5});
  p.kernel_w = small ? 1 : random.pick({1, 2, 3, 3, 3, 5, 7});
  p.stride_h = random.pick({1, 1, 1, 2, 3});
  p.stride_w = random.pick({1, 1, 1, 2, 3});
  p.dilation_h = random.pick({1, 1, 1, 2, 3});
  p.dilation_w = random.pick({1, 1, 1, 2, 3});
}

/// One axis: padding before, input and output size. The padding may be wider than the window.
void random_extent(Random& random, std::int32_t window, std::int32_t stride, bool padded,
                   std::int32_t* pad_before, std::int32_t* in, std::int32_t* out) {
  *pad_before = padded ? random.in(0, random.one_in(8) ? window + 2 : window / 2) : 0;
  const std::int32_t pad_after = padded ? random.in(0, random.one_in(8) ? window + 2 : window / 2) : 0;
  const std::int32_t least = std::max(1, window - *pad_before - pad_after);
  *in = least + random.pick({0, 0, 1, 2, 3, 4, 6, 7, 10, 13});
  *out = (*in + *pad_before + pad_after - window) / stride + 1;
}

void random_numbers(LinearProblem& p, Random& random) {
  p.weight_format =
      random.pick({WeightFormat::s8, WeightFormat::s8, WeightFormat::s8, WeightFormat::s4, WeightFormat::s4,
                   WeightFormat::s3, WeightFormat::s2, WeightFormat::ternary, WeightFormat::s9});
  p.output = random.one_in(4) ? OutputType::f32 : OutputType::s8;
  switch (random.in(0, 4)) {
    case 0:
      p.in_lo = 0, p.in_hi = 15;
      break;
    case 1:
      p.in_lo = -8, p.in_hi = 7;
      break;
    case 2:
      p.in_lo = random.in(-128, 127), p.in_hi = random.in(p.in_lo, 127);
      break;
    default:
      p.in_lo = -128, p.in_hi = 127;
      break;
  }
  p.pad_value = random.pick({p.in_lo, p.in_hi, random.in(p.in_lo, p.in_hi)});
  p.zero_point = random.pick({-128, 0, 127, random.in(-128, 127)});
  p.fraction_bits = random.one_in(3) ? random.in(1, 12) : 0;
}

std::int32_t random_value(std::int32_t lo, std::int32_t hi, Fill fill, Random& random) {
  switch (fill) {
    case Fill::any:
      break;
    case Fill::symmetric:
      return random.in(std::max(lo, -hi), hi);
    case Fill::ends:
      return random.one_in(2) ? lo : hi;
    case Fill::lowest:
      return lo;
    case Fill::highest:
      return hi;
  }
  return random.in(lo, hi);
}

std::int64_t largest_sum(const LinearCase& c, std::int32_t channel) {
  const LinearProblem& p = c.problem;
  const std::int64_t largest = std::max(std::abs(p.in_lo), std::abs(p.in_hi));
  std::int64_t sum = 0;
  for (std::int64_t i = 0; i < p.depth(); ++i) {
    sum += std::abs(c.weights[static_cast<std::size_t>(channel * p.depth() + i)]) * largest;
  }
  return sum;
}

void random_constants(LinearCase& c, Random& random) {
  LinearProblem& p = c.problem;
  constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();
  for (std::int32_t channel = 0; channel < p.out_c; ++channel) {
    while ((largest_sum(c, channel) << p.fraction_bits) > kMost) --p.fraction_bits;
  }
  const bool open = random.one_in(4);                                 // no clamp at all, as of most layers
  const bool sums = p.output == OutputType::f32 && random.one_in(2);  // as a certificate's products
  if (sums) p.fraction_bits = 0;
  for (std::int32_t channel = 0; channel < p.out_c; ++channel) {
    const std::int64_t range = kMost - (largest_sum(c, channel) << p.fraction_bits);
    const std::int32_t usual = static_cast<std::int32_t>(std::min<std::int64_t>(range, 5000));
    c.bias.push_back(random.pick({0, random.in(-usual, usual), random.in(-range, range),
                                  static_cast<std::int32_t>(range), static_cast<std::int32_t>(-range)}));
    // Products that land inside the output's range, exact ties (powers of two), and far outside of it.
    const double spread =
        static_cast<double>((largest_sum(c, channel) << p.fraction_bits) + 1) / (50.0 + random.in(0, 800));
    float multiplier = static_cast<float>(1.0 / spread);
    if (random.one_in(4)) multiplier = 1.0f / static_cast<float>(1 << random.in(0, 20));
    if (random.one_in(16)) multiplier = random.pick({1.1754944e-38f, 3.0e38f, 1.0f});
    c.multiplier.push_back(sums ? 1.0f : multiplier);
    const std::int32_t lo = open || random.one_in(2) ? -128 : random.in(-128, 127);
    c.lo.push_back(static_cast<std::int8_t>(lo));
    c.hi.push_back(static_cast<std::int8_t>(open || random.one_in(2) ? 127 : random.in(lo, 127)));
  }
}

}  // namespace

kernels::LinearProblem random_problem(LinearOperator op, Random& random) {
  constexpr std::int64_t kMostMacs = 150000;
  for (;;) {
    LinearProblem p;
    if (op == LinearOperator::fully_connected) {
      p.batch = random.pick({1, 1, 1, 2, 3, 4, 5, 7, 8, 9, 17});
      p.in_c = random.one_in(4) ? random.in(1, 700) : channels(random, 65);
      p.out_c = channels(random, 65);
    } else {
      random_window(p, random);
      p.batch = random.one_in(4) ? 2 : 1;
      const bool padded = random.one_in(2);
      random_extent(random, (p.kernel_h - 1) * p.dilation_h + 1, p.stride_h, padded, &p.pad_top, &p.in_h,
                    &p.out_h);
      random_extent(random, (p.kernel_w - 1) * p.dilation_w + 1, p.stride_w, padded, &p.pad_left, &p.in_w,
                    &p.out_w);
      if (op == LinearOperator::depthwise) {
        p.in_c = channels(random, 65);
        p.groups = p.in_c;
        p.out_c = p.in_c * random.pick({1, 1, 1, 1, 2, 3});
      } else {
        p.groups = random.pick({1, 1, 1, 1, 1, 2, 3});
        p.in_c = p.groups * (random.one_in(8) ? random.in(1, 300) : channels(random, 65));
        p.out_c = p.groups * channels(random, 65);
      }
    }
    random_numbers(p, random);
    if (p.macs() <= kMostMacs) return p;
  }
}

LinearCase make_case(kernels::LinearProblem problem, Random& random) {
  const Fill weights = random.pick(
      {Fill::any, Fill::any, Fill::symmetric, Fill::symmetric, Fill::ends, Fill::lowest, Fill::highest});
  const Fill input = random.pick({Fill::any, Fill::any, Fill::any, Fill::ends, Fill::lowest, Fill::highest});
  return make_case(problem, weights, input, random);
}

LinearCase make_case(kernels::LinearProblem problem, Fill weights, Fill input, Random& random) {
  LinearCase c;
  c.problem = problem;
  LinearProblem& p = c.problem;
  const std::size_t depth = static_cast<std::size_t>(p.depth());
  const std::size_t rows = static_cast<std::size_t>(p.out_c);
  auto range = kernels::weight_range(p.weight_format);
  if (p.weight_format == kernels::WeightFormat::s9 && random.one_in(2)) {
    range.lo = -random.in(0, 255);  // uint8 weights less their zero point
    range.hi = range.lo + 255;
  }
  c.weights.resize(depth * rows);
  for (std::int16_t& w : c.weights)
    w = static_cast<std::int16_t>(random_value(range.lo, range.hi, weights, random));
  const auto [least, most] = std::minmax_element(c.weights.begin(), c.weights.end());
  p.weight_lo = *least;
  p.weight_hi = *most;
  p.weight_sum = 0;
  for (std::size_t r = 0; r < rows; ++r) {
    std::int64_t sum = 0;
    for (std::size_t k = 0; k < depth; ++k) sum += std::abs(c.weights[r * depth + k]);
    p.weight_sum = std::max(p.weight_sum, sum);
  }
  const std::size_t row_bytes = static_cast<std::size_t>(kernels::weight_row_bytes(p.weight_format, depth));
  c.packed_weights.resize(row_bytes * rows);
  for (std::size_t r = 0; r < rows; ++r) {
    kernels::pack_weight_row(p.weight_format, c.weights.data() + r * depth, depth,
                             c.packed_weights.data() + r * row_bytes);
  }
  random_constants(c, random);
  c.input.resize(static_cast<std::size_t>(std::int64_t{p.batch} * p.in_h * p.in_w * p.in_c));
  for (std::int8_t& x : c.input) x = static_cast<std::int8_t>(random_value(p.in_lo, p.in_hi, input, random));
  return c;
}

std::string LinearCase::describe() const {
  const LinearProblem& p = problem;
  std::ostringstream text;
  text << "input " << p.batch << 'x' << p.in_h << 'x' << p.in_w << 'x' << p.in_c << " output " << p.out_h
       << 'x' << p.out_w << 'x' << p.out_c << " kernel " << p.kernel_h << 'x' << p.kernel_w << " stride "
       << p.stride_h << ',' << p.stride_w << " dilation " << p.dilation_h << ',' << p.dilation_w
       << " padding " << p.pad_top << ',' << p.pad_left << " of " << p.pad_value << " groups " << p.groups
       << " input range " << p.in_lo << ".." << p.in_hi << " weights " << p.weight_lo << ".." << p.weight_hi
       << " format " << static_cast<int>(p.weight_format) << " fraction bits " << p.fraction_bits
       << " zero point " << p.zero_point << (p.output == OutputType::f32 ? " f32" : " s8");
  return text.str();
}

int test_budget(int quick, int factor) {
  const char* budget = std::getenv("BULWARK_TEST_BUDGET");
  return budget != nullptr && std::strcmp(budget, "full") == 0 ? quick * factor : quick;
}

}  // namespace bulwark::test
