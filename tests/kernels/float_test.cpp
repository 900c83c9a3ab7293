// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "tests/kernels/float_problems.h"
#include "tests/kernels/pool_problems.h"

namespace bulwark::test {
namespace {

std::vector<float> run(const FloatLinear& linear, GuardSide side, std::int64_t split) {
  Input<float> input(linear.input, side), weights(linear.weights, side), bias(linear.bias, side);
  Output<float> output(linear.outputs(), side);
  kernels::FloatLinearCall call{&linear.problem,
                                input.data(),
                                weights.data(),
                                bias.data(),
                                output.data(),
                                linear.lo,
                                linear.hi,
                                0,
                                split};
  kernels::float_linear(call);
  call.begin = split;
  call.end = linear.problem.out_pixels();
  kernels::float_linear(call);
  REQUIRE(output.slack_intact());
  return output.values();
}

constexpr float kInfinity = std::numeric_limits<float>::infinity();

}  // namespace

TEST_CASE("The float linear twin agrees with the sum in double, on both sides of a guard page") {
  Random random(71);
  for (const LinearKind kind :
       {LinearKind::dense, LinearKind::grouped, LinearKind::depthwise, LinearKind::fully_connected}) {
    for (int i = 0; i < cases(40, 1000); ++i) {
      const FloatLinear linear = random_float_linear(random, kind);
      const std::vector<float> output = run(linear, GuardSide::back, 0);
      REQUIRE(worst_error(linear, output) < 1e-6);
      REQUIRE(run(linear, GuardSide::front, linear.problem.out_pixels() / 2) == output);
    }
  }
}

TEST_CASE("A NaN of a float layer is not hidden by the clamp") {
  FloatLinear linear;
  linear.problem.in_c = 2;
  linear.problem.out_c = 1;
  linear.input = {std::numeric_limits<float>::quiet_NaN(), 1};
  linear.weights = {1, 1};
  linear.bias = {0};
  linear.lo = 0;
  linear.hi = 6;
  REQUIRE(std::isnan(run(linear, GuardSide::back, 0)[0]));
}

TEST_CASE("The float pools agree with their formulas") {
  Random random(72);
  for (int i = 0; i < cases(60, 2000); ++i) {
    const PoolProblem p = random_pool(random, random_int(random, 1, 9));
    const std::vector<float> values = random_floats(random, input_elements(p));
    Input<float> input(values, GuardSide::back);
    Output<float> largest(output_elements(p), GuardSide::back), average(output_elements(p), GuardSide::back);
    kernels::float_max_pool({&p, input.data(), largest.data(), -0.25f, kInfinity, 0, output_rows(p)});
    kernels::float_average_pool({&p, input.data(), average.data(), -kInfinity, 0.25f, 0, output_rows(p)});
    std::size_t at = 0;
    for_each_output(p, [&](int b, int y, int x, int c) {
      float maximum = -kInfinity;
      double sum = 0;
      int taps = 0;
      naive_taps(p, b, y, x, c, [&](std::size_t in) {
        maximum = std::max(maximum, values[in]);
        sum += double{values[in]};
        ++taps;
      });
      const double mean = sum / (p.count_include_pad ? p.kernel_h * p.kernel_w : taps);
      REQUIRE(largest.data()[at] == std::max(maximum, -0.25f));
      REQUIRE(average.data()[at] == Approx(std::min(mean, 0.25)).margin(1e-6));
      ++at;
    });
    REQUIRE((largest.slack_intact() && average.slack_intact()));
  }
}

TEST_CASE("Float add, clip and softmax agree with their formulas") {
  Random random(73);
  for (const std::size_t size : sweep_sizes()) {
    const std::vector<float> a = random_floats(random, size), b = random_floats(random, size);
    const std::int64_t count = static_cast<std::int64_t>(size);
    Input<float> first(a, GuardSide::back), second(b, GuardSide::back);
    Output<float> sum(size, GuardSide::back), clipped(size, GuardSide::back), soft(2 * size, GuardSide::back);
    kernels::float_binary({kernels::FloatBinary::add, first.data(), second.data(), sum.data(), count, false,
                           false, -0.5f, 0.5f});
    kernels::float_clip(first.data(), clipped.data(), count, -0.5f, 0.5f);
    std::vector<float> rows = a;
    rows.insert(rows.end(), b.begin(), b.end());
    if (size > 0) kernels::float_softmax(rows.data(), soft.data(), 2, count);
    for (std::size_t row = 0; row < 2; ++row) {
      double total = 0;
      for (std::size_t i = 0; i < size; ++i) total += std::exp(double{rows[row * size + i]});
      for (std::size_t i = 0; i < size; ++i) {
        REQUIRE(soft.data()[row * size + i] ==
                Approx(std::exp(double{rows[row * size + i]}) / total).epsilon(1e-5));
      }
    }
    for (std::size_t i = 0; i < size; ++i) {
      REQUIRE(sum.data()[i] == std::min(std::max(a[i] + b[i], -0.5f), 0.5f));
      REQUIRE(clipped.data()[i] == std::min(std::max(a[i], -0.5f), 0.5f));
    }
    REQUIRE((sum.slack_intact() && clipped.slack_intact() && soft.slack_intact()));
  }
}

TEST_CASE("Float softmax of large values does not overflow") {
  const float input[3] = {1e30f, 1e30f, -1e30f};
  float output[3];
  kernels::float_softmax(input, output, 1, 3);
  REQUIRE(output[0] == 0.5f);
  REQUIRE(output[1] == 0.5f);
  REQUIRE(output[2] == 0.0f);
}

}  // namespace bulwark::test
