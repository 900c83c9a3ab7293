// SPDX-License-Identifier: Apache-2.0
#include "converter/passes/lower/linear_numbers.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <span>

#include "converter/error.h"
#include "kernels/common/weights.h"

namespace bulwark::converter::passes::lowering {
namespace {

constexpr double kLargest = 2147483647.0;
constexpr int kMostFractionBits = 16;
const double kSmallestMultiplier = std::ldexp(1.0, -100);  // stays normal after 16 fraction bits
const double kLargestMultiplier = std::ldexp(1.0, 90);     // times 2^31 stays finite
// Output steps. An error of 2^-11 flips one output in 2000 to the next level, and with few bits later layers
// make wrong labels of that; this one is far below what single precision does to the source's own sums.
const double kWantedBiasError = std::ldexp(1.0, -24);

/// One row while it is being solved.
struct Channel {
  std::span<std::int32_t> weights;
  double step = 0;   // real value of one accumulator unit
  double bias = 0;   // real
  double units = 0;  // the bias in accumulator units
  double sum = 0, absolute = 0;

  void count() {
    sum = absolute = 0;
    for (const std::int32_t w : weights) {
      sum += w;
      absolute += std::abs(w);
    }
  }
  /// Makes one unit worth `larger`, rounding the weights.
  void coarsen(double larger) {
    for (std::int32_t& w : weights) w = static_cast<std::int32_t>(std::nearbyint(w * (step / larger)));
    step = larger;
  }
};

struct Solver {
  const Grid& input;
  double output_scale;  // 1 for a float output
  bool float_output;
  std::vector<Channel> channels;

  double input_extreme() const { return std::max(std::abs(input.lo), std::abs(input.hi)); }
  double bias_of(const Channel& c, int f) const {
    return std::nearbyint(std::ldexp(c.units - input.zero_point * c.sum, f));
  }
  /// Fraction bits leave room for a certificate's bounds too, whose ends may lie one step outside the
  /// input's.
  bool fits(int f) const {
    const double extreme = input_extreme() + (f > 0 ? 1 : 0);
    return std::all_of(channels.begin(), channels.end(), [&](const Channel& c) {
      return std::ldexp(c.absolute * extreme, f) + std::abs(bias_of(c, f)) <= kLargest;
    });
  }
  /// Largest error of a bias, in output steps (of a float output: in accumulator units).
  double bias_error(int f) const {
    double worst = 0;
    for (const Channel& c : channels) {
      const double exact = std::ldexp(c.units - input.zero_point * c.sum, f);
      const double error = std::ldexp(std::abs(exact - std::nearbyint(exact)), -f);
      worst = std::max(worst, float_output ? error : error * c.step / output_scale);
    }
    return worst;
  }
  /// An int32 bias at the accumulator's scale that leaves room for the products needs nothing: the source's
  /// own integers run. Sets the row's units then.
  bool runs_as_it_is(Channel& c, const LinearBias& bias, std::size_t row) const {
    if (bias.integers.empty() || !(c.step >= kSmallestMultiplier * output_scale)) return false;
    if (bias.integers[row] != 0 && std::abs(bias.scales[row] / c.step - 1) > 1e-6) return false;
    c.units = static_cast<double>(bias.integers[row]);
    c.count();
    return c.absolute * input_extreme() + std::abs(bias_of(c, 0)) <= kLargest;
  }
  int fraction_bits() const {
    int f = 0;
    while (f < kMostFractionBits && fits(f + 1) && bias_error(f) > (float_output ? 1e-9 : kWantedBiasError))
      ++f;
    return f;
  }
};

/// Gives a row a positive scale that leaves room for its bias and a normal multiplier.
bool settle(Channel& c, double output_scale) {
  const double before = c.step;
  if (c.step < 0) {
    for (std::int32_t& w : c.weights) w = -w;
    c.step = -c.step;
  }
  const double floor = std::max(kSmallestMultiplier * output_scale, std::abs(c.bias) / std::ldexp(1.0, 29));
  const bool small = !(c.step >= floor / 2);
  if (small) c.coarsen(floor);
  c.units = c.bias / c.step;
  c.count();
  return small && before != 0;
}

/// An int32 bias at the accumulator's own scale, up to the rounding of a float product.
bool at_accumulator_scale(const LinearBias& bias, const std::vector<Channel>& channels) {
  if (bias.integers.empty()) return false;
  for (std::size_t c = 0; c < channels.size(); ++c) {
    if (bias.integers[c] == 0) continue;
    if (std::abs(bias.scales[c] / channels[c].step - 1) > 1e-6) return false;
  }
  return true;
}

}  // namespace

void solve_linear(const Grid& input, IntegerWeights weights, const LinearBias& bias,
                  std::optional<float> output_scale, const std::string& where, write::LinearSpec& spec,
                  std::vector<std::string>& notes) {
  Solver solver{input, output_scale ? static_cast<double>(*output_scale) : 1.0, !output_scale, {}};
  std::vector<std::int32_t> rounded;
  for (std::int32_t r = 0; r < weights.rows; ++r) {
    const std::size_t row = static_cast<std::size_t>(r),
                      length = static_cast<std::size_t>(weights.row_elements);
    Channel c{std::span(weights.values).subspan(row * length, length)};
    c.step = static_cast<double>(input.scale) * weights.scales[row];
    c.bias = bias.real[row];
    if (!std::isfinite(c.step) || !std::isfinite(c.bias)) {
      throw bad_input(where + ": the scale or bias of output channel " + std::to_string(r) +
                      " is not finite");
    }
    if (!solver.runs_as_it_is(c, bias, row) && settle(c, solver.output_scale)) rounded.push_back(r);
    if (!(c.step / solver.output_scale <= kLargestMultiplier)) {
      throw bad_input(where + ": the scales of output channel " + std::to_string(r) + " are out of range");
    }
    solver.channels.push_back(c);
  }
  if (!rounded.empty()) {
    notes.push_back(where + ": the scales of " + std::to_string(rounded.size()) + " output channel(s), " +
                    std::to_string(rounded[0]) +
                    " first, are too small beside their biases: their weights were rounded to larger ones");
  }
  if (at_accumulator_scale(bias, solver.channels)) {
    for (std::size_t c = 0; c < solver.channels.size(); ++c) {
      solver.channels[c].units = static_cast<double>(bias.integers[c]);
    }
  }
  if (!solver.fits(0)) {
    throw bad_input(where + ": the 32-bit accumulator could overflow (" +
                    std::to_string(weights.row_elements) + " products per output)");
  }
  const int f = solver.fraction_bits();
  spec.fraction_bits = f;
  spec.weights.format = narrowest_format(weights);
  spec.weights.rows = weights.rows;
  spec.weights.row_elements = weights.row_elements;
  spec.weights.integers.assign(weights.values.begin(), weights.values.end());
  for (const Channel& c : solver.channels) {
    const float scale = static_cast<float>(c.step / static_cast<double>(input.scale));
    spec.weights.scales.push_back(std::max(scale, std::numeric_limits<float>::min()));
    spec.bias.push_back(static_cast<std::int32_t>(solver.bias_of(c, f)));
    spec.multiplier.push_back(static_cast<float>(std::ldexp(c.step / solver.output_scale, -f)));
  }
}

write::WeightFormat narrowest_format(const IntegerWeights& weights) {
  using kernels::WeightFormat;
  const auto [low, high] = std::minmax_element(weights.values.begin(), weights.values.end());
  const std::int32_t lo = weights.values.empty() ? 0 : *low, hi = weights.values.empty() ? 0 : *high;
  WeightFormat best = WeightFormat::s9;
  std::uint64_t bytes = UINT64_MAX;
  for (const WeightFormat format :
       {WeightFormat::s8, WeightFormat::s4, WeightFormat::s3, WeightFormat::s2, WeightFormat::ternary}) {
    const kernels::WeightRange range = kernels::weight_range(format);
    const std::uint64_t size =
        kernels::weight_row_bytes(format, static_cast<std::uint64_t>(weights.row_elements));
    if (lo >= range.lo && hi <= range.hi && size < bytes) {
      best = format;
      bytes = size;
    }
  }
  switch (best) {
    case WeightFormat::s8:
      return write::WeightFormat::s8;
    case WeightFormat::s4:
      return write::WeightFormat::s4;
    case WeightFormat::s3:
      return write::WeightFormat::s3;
    case WeightFormat::s2:
      return write::WeightFormat::s2;
    case WeightFormat::ternary:
      return write::WeightFormat::ternary;
    default:
      return write::WeightFormat::s9;
  }
}

}  // namespace bulwark::converter::passes::lowering
