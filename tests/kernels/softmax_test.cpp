// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "tests/kernels/sweep.h"

namespace bulwark::test {
namespace {

using kernels::SoftmaxCall;

/// The quotient by counting, no division: how often 2D fits into 2 * e * numerator + D.
std::int32_t naive_softmax(std::uint64_t e, std::uint64_t sum, std::uint64_t numerator) {
  const std::uint64_t divisor = sum * 65536;
  std::uint64_t rest = 2 * e * numerator + divisor;
  std::int32_t quotient = 0;
  for (; rest >= 2 * divisor; rest -= 2 * divisor) ++quotient;
  return quotient;
}

void check(SoftmaxCall call, const std::vector<std::int8_t>& values) {
  std::vector<std::int8_t> expected;
  for (std::size_t row = 0; row < values.size(); row += static_cast<std::size_t>(call.depth)) {
    const auto first = values.begin() + static_cast<std::ptrdiff_t>(row);
    const auto last = first + static_cast<std::ptrdiff_t>(call.depth);
    const int largest = *std::max_element(first, last);
    std::uint64_t sum = 0;
    std::for_each(first, last, [&](int x) { sum += call.table[largest - x]; });
    std::for_each(first, last, [&](int x) {
      const int y = naive_softmax(call.table[largest - x], sum, call.numerator) + call.zero_point;
      expected.push_back(static_cast<std::int8_t>(std::min(std::max(y, call.lo), call.hi)));
    });
  }
  for (const GuardSide side : kSides) {
    Input<std::int8_t> input(values, side);
    call.input = input.data();
    for_each_runnable(kernels::softmax_kernels(), [&](const auto& kernel) {
      Output<std::int8_t> output(values.size(), side);
      call.output = output.data();
      kernel.run(call);
      REQUIRE(output.values() == expected);
      REQUIRE(output.slack_intact());
    });
  }
}

std::vector<std::uint32_t> exponential_table(double scale) {
  std::vector<std::uint32_t> table;
  for (int i = 0; i < 256; ++i)
    table.push_back(static_cast<std::uint32_t>(std::lround(std::exp(-scale * i) * 1048576)));
  return table;
}

SoftmaxCall call_of(const std::vector<std::uint32_t>& table, std::int64_t rows, std::int64_t depth) {
  SoftmaxCall call{};
  call.table = table.data();
  call.rows = rows;
  call.depth = depth;
  call.numerator = 256 * 65536;  // an output scale of 1/256
  call.zero_point = -128;
  call.lo = -128;
  call.hi = 127;
  return call;
}

}  // namespace

TEST_CASE("Softmax equals its formula for every depth, on both sides of a guard page") {
  Random random(51);
  for (const std::size_t depth : sweep_sizes()) {
    if (depth == 0) continue;
    const std::vector<std::uint32_t> table = exponential_table(random_float(random, 0.001f, 0.5f));
    SoftmaxCall call = call_of(table, 3, static_cast<std::int64_t>(depth));
    call.numerator = static_cast<std::uint32_t>(random_int(random, 0, 1 << 26));
    check(call, random_values<std::int8_t>(random, 3 * depth, -128, 127));
  }
}

TEST_CASE("Softmax is exact with tables at their limits") {
  std::vector<std::vector<std::uint32_t>> tables = {std::vector<std::uint32_t>(256, 1u << 20),
                                                    std::vector<std::uint32_t>(256, 0)};
  tables[1][0] = 1;
  Random random(52);
  for (const std::vector<std::uint32_t>& table : tables) {
    SoftmaxCall call = call_of(table, 1, 5000);
    call.numerator = 1u << 26;
    call.zero_point = 127;
    check(call, random_values<std::int8_t>(random, 5000, -128, 127));
  }
}

TEST_CASE("Softmax lies within one step of the real one") {
  Random random(53);
  for (int i = 0; i < cases(200, 5000); ++i) {
    const double scale = static_cast<double>(random_float(random, 0.001f, 0.3f));
    const std::vector<std::uint32_t> table = exponential_table(scale);
    const std::vector<std::int8_t> input = random_values<std::int8_t>(random, 10, -128, 127);
    double sum = 0;
    for (const int x : input) sum += std::exp(scale * x);
    for_each_runnable(kernels::softmax_kernels(), [&](const auto& kernel) {
      std::vector<std::int8_t> output(10);
      SoftmaxCall call = call_of(table, 1, 10);
      call.input = input.data();
      call.output = output.data();
      kernel.run(call);
      for (std::size_t k = 0; k < 10; ++k) {
        const double real = std::min(std::exp(scale * input[k]) / sum * 256 - 128, 127.0);
        REQUIRE(std::abs(real - output[k]) <= 0.51);
      }
    });
  }
}

}  // namespace bulwark::test
