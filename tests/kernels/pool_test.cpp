// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "tests/kernels/naive.h"
#include "tests/kernels/pool_problems.h"

namespace bulwark::test {
namespace {

using kernels::PoolCall;

std::vector<std::int8_t> naive_max(const PoolCall& call, const std::vector<std::int8_t>& input) {
  std::vector<std::int8_t> output;
  for_each_output(*call.problem, [&](int b, int y, int x, int c) {
    int largest = -1000;
    naive_taps(*call.problem, b, y, x, c,
               [&](std::size_t at) { largest = std::max<int>(largest, input[at]); });
    output.push_back(static_cast<std::int8_t>(std::min(std::max(largest, call.lo), call.hi)));
  });
  return output;
}

std::vector<std::int8_t> naive_average(const PoolCall& call, const std::vector<std::int8_t>& input) {
  const PoolProblem& p = *call.problem;
  std::vector<std::int8_t> output;
  for_each_output(p, [&](int b, int y, int x, int c) {
    std::int64_t sum = 0;
    int taps = 0;
    naive_taps(p, b, y, x, c, [&](std::size_t at) {
      sum += input[at] - call.zero_point_in;
      ++taps;
    });
    if (p.count_include_pad) taps = p.kernel_h * p.kernel_w;
    const float multiplier = naive_divide(call.multiplier, static_cast<float>(taps));
    output.push_back(
        static_cast<std::int8_t>(naive_requantize(sum, multiplier, call.zero_point, call.lo, call.hi)));
  });
  return output;
}

/// Every kernel, on both sides of a guard page, in one piece and in two.
void check(kernels::Registry<PoolCall> registry, PoolCall call, const std::vector<std::int8_t>& values,
           const std::vector<std::int8_t>& expected) {
  const std::int64_t rows = output_rows(*call.problem);
  for (const GuardSide side : kSides) {
    Input<std::int8_t> input(values, side);
    call.input = input.data();
    for_each_runnable(registry, [&](const auto& kernel) {
      if (!kernel.supports(call)) return;
      for (const std::int64_t split : {std::int64_t{0}, rows / 2}) {
        Output<std::int8_t> output(expected.size(), side);
        call.output = output.data();
        call.begin = split;
        call.end = rows;
        kernel.run(call);
        call.begin = 0;
        call.end = split;
        kernel.run(call);
        REQUIRE(output.values() == expected);
        REQUIRE(output.slack_intact());
      }
    });
  }
}

PoolCall random_call(Random& random, const PoolProblem& problem) {
  const Range range = random_range(random, -128, 127);
  PoolCall call{};
  call.problem = &problem;
  call.zero_point_in = random_int(random, -128, 127);
  call.multiplier = std::ldexp(random_float(random, 0.5f, 1.0f), random_int(random, -3, 3));
  call.zero_point = random_int(random, -128, 127);
  call.lo = range.lo;
  call.hi = range.hi;
  return call;
}

void check_both(const PoolCall& call, const std::vector<std::int8_t>& input) {
  check(kernels::max_pool_kernels(), call, input, naive_max(call, input));
  check(kernels::average_pool_kernels(), call, input, naive_average(call, input));
}

}  // namespace

TEST_CASE("Pools equal their formulas for random windows and every number of channels") {
  Random random(41);
  for (int i = 0; i < cases(3, 60); ++i) {
    for (std::int32_t channels = 1; channels <= 33; ++channels) {
      const PoolProblem p = random_pool(random, channels);
      INFO(channels << " channels, window " << p.kernel_h << "x" << p.kernel_w << " over " << p.in_h << "x"
                    << p.in_w);
      check_both(random_call(random, p), random_values<std::int8_t>(random, input_elements(p), -128, 127));
    }
  }
}

TEST_CASE("Global pools of more taps than 16 bits can sum are exact at the extremes") {
  Random random(42);
  for (const std::int32_t side : {1, 7, 16, 23}) {
    const PoolProblem p{1, side, side, 17, 1, 1, side, side, 1, 1, 1, 1, 0, 0, false};
    for (const std::int8_t value : {std::int8_t{-128}, std::int8_t{127}}) {
      // Half the distance to the zero point: inside the output's range, so that no clamp hides a wrong sum.
      PoolCall call = random_call(random, p);
      call.multiplier = 0.5f;
      call.zero_point = 0;
      call.lo = -128;
      call.hi = 127;
      for (const std::int32_t zero_point_in : {-128, 0, 127}) {
        call.zero_point_in = zero_point_in;
        check_both(call, std::vector<std::int8_t>(input_elements(p), value));
      }
    }
  }
}

TEST_CASE("An average with a scale of one is the rounded mean, ties to even") {
  const PoolProblem p{1, 1, 2, 1, 1, 1, 1, 2, 1, 1, 1, 1, 0, 0, false};
  for_each_runnable(kernels::average_pool_kernels(), [&](const auto& kernel) {
    for (int sum = -254; sum <= 254; ++sum) {
      const std::int8_t input[2] = {static_cast<std::int8_t>(sum / 2),
                                    static_cast<std::int8_t>(sum - sum / 2)};
      std::int8_t output = 0;
      kernel.run({&p, input, &output, 0, 1.0f, 0, -128, 127, 0, 1});
      const int half = sum / 2;
      const int expected = sum % 2 == 0 ? half : (half % 2 == 0 ? half : half + (sum > 0 ? 1 : -1));
      REQUIRE(static_cast<int>(output) == expected);
    }
  });
}

}  // namespace bulwark::test
