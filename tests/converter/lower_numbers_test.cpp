// SPDX-License-Identifier: Apache-2.0
// The integers of a linear operator: what they stand for, and that extreme scales stay within the file's
// rules.
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "converter/error.h"
#include "converter/passes/lower/linear_numbers.h"

using namespace bulwark::converter;
using namespace bulwark::converter::passes::lowering;

namespace {

struct Case {
  Grid input{0.02f, 3, -128, 127};
  IntegerWeights weights{1, 4, {5, -7, 100, 2}, {0.01}};
  LinearBias bias{{0.123}, {}, {}};
  std::optional<float> output = 0.05f;
  std::vector<std::string> notes;

  write::LinearSpec solve() {
    write::LinearSpec spec;
    solve_linear(input, weights, bias, output, "'layer'", spec, notes);
    return spec;
  }
  /// Real result for an input of all `q`, as the operator computes it.
  double result(const write::LinearSpec& spec, int q) const {
    double acc = 0;
    for (const std::int16_t w : spec.weights.integers) acc += w * q;
    const double v = std::ldexp(acc, spec.fraction_bits) + spec.bias[0];
    return v * static_cast<double>(spec.multiplier[0]) * (output ? static_cast<double>(*output) : 1.0);
  }
  double expected(int q) const {
    double sum = 0;
    for (const std::int32_t w : weights.values) sum += w * weights.scales[0];
    return sum * static_cast<double>(input.scale) * (q - input.zero_point) + bias.real[0];
  }
};

}  // namespace

TEST_CASE("Linear numbers: a float bias is kept to a fraction of an output step") {
  Case c;
  const write::LinearSpec spec = c.solve();
  for (const int q : {-128, 0, 3, 127}) CHECK(c.result(spec, q) == Approx(c.expected(q)).margin(0.05 / 1024));
  CHECK(c.notes.empty());
}

TEST_CASE(
    "Linear numbers: no fraction bits where the bias is an integer, more where the accumulator is coarse") {
  Case c;
  c.bias = {{0}, {}, {}};
  CHECK(c.solve().fraction_bits == 0);
  c.bias.real = {0.123};
  c.weights.scales = {1.0};
  CHECK(c.solve().fraction_bits == 16);
  c.weights.scales = {1e-6};
  CHECK(c.solve().fraction_bits == 0);
}

TEST_CASE("Linear numbers: fraction bits leave room for a certificate's bounds") {
  Case c;
  c.input.zero_point = 0;
  c.weights = {1, 4, {100, -100, 50, 5}, {1.0}};
  const write::LinearSpec spec = c.solve();
  // 16 would do for inputs of up to 128, not for the end of an interval one step below.
  CHECK((255 * 128ll << 16) + (1 << 20) < INT32_MAX);
  CHECK(spec.fraction_bits == 15);
  CHECK((255 * 129ll << 15) + std::abs(spec.bias[0]) <= INT32_MAX);
}

TEST_CASE("Linear numbers: a large integer bias at a tiny scale keeps the source's integers where they fit") {
  Case c;
  c.weights.scales = {1e-12};
  const double step = static_cast<double>(c.input.scale) * 1e-12;
  c.bias = {{2e9 * step}, {2000000000}, {step}};
  const write::LinearSpec spec = c.solve();
  CHECK(spec.weights.integers == std::vector<std::int16_t>{5, -7, 100, 2});
  CHECK(spec.bias == std::vector<std::int32_t>{2000000000 - 3 * 100});
  CHECK(spec.fraction_bits == 0);
  CHECK(c.notes.empty());
  c.bias = {{2147483647.0 * step}, {2147483647}, {step}};  // no room for the products
  c.solve();
  CHECK(c.notes.size() == 1);
}

TEST_CASE("Linear numbers: a negative scale moves its sign into the weights") {
  Case c;
  c.weights.scales = {-0.01};
  const write::LinearSpec spec = c.solve();
  CHECK(spec.weights.integers == std::vector<std::int16_t>{-5, 7, -100, -2});
  CHECK(spec.multiplier[0] > 0);
  for (const int q : {-128, 0, 127}) CHECK(c.result(spec, q) == Approx(c.expected(q)).margin(0.05 / 1024));
}

TEST_CASE("Linear numbers: tiny and zero scales give a normal multiplier and the right constant") {
  const double scale = GENERATE(0.0, 1e-44, 1e-30, 1e-12, 1e-9);
  const double bias = GENERATE(0.0, 0.5, -3.0);
  Case c;
  c.weights.scales = {scale};
  c.bias.real = {bias};
  const write::LinearSpec spec = c.solve();
  CHECK(spec.multiplier[0] >= std::numeric_limits<float>::min());
  CHECK(spec.weights.scales[0] >= std::numeric_limits<float>::min());
  for (const int q : {-128, 0, 127}) CHECK(c.result(spec, q) == Approx(c.expected(q)).margin(0.05 / 1024));
}

TEST_CASE("Linear numbers: scales beyond any use are refused") {
  Case c;
  c.weights.scales = {1e40};
  CHECK_THROWS_WITH(c.solve(), Catch::Contains("out of range"));
  c.weights.scales = {std::numeric_limits<double>::quiet_NaN()};
  CHECK_THROWS_AS(c.solve(), Error);
}

TEST_CASE("Linear numbers: the format is the narrowest in bytes that holds every weight") {
  const auto format = [](std::int32_t length, std::vector<std::int32_t> values) {
    return narrowest_format({1, length, std::move(values), {1.0}});
  };
  using F = write::WeightFormat;
  CHECK(format(5, {-1, 0, 1, 1, -1}) == F::ternary);
  CHECK(format(4, {-1, 0, 1, 1}) == F::s2);  // a byte either way: the plainer one
  CHECK(format(4, {-2, 0, 1, 1}) == F::s2);
  CHECK(format(8, {-4, 3, 0, 0, 0, 0, 0, 0}) == F::s3);
  CHECK(format(4, {-4, 3, 0, 0}) == F::s4);
  CHECK(format(4, {-8, 7, 0, 0}) == F::s4);
  CHECK(format(4, {-128, 127, 0, 0}) == F::s8);
  CHECK(format(4, {128, 0, 0, 0}) == F::s9);
  CHECK(format(1, {1}) == F::s8);
}
