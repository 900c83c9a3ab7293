// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "tests/kernels/sweep.h"

namespace bulwark::test {
namespace {

using kernels::LogSoftmaxCall;

std::vector<std::uint32_t> exponential_table(double scale) {
  std::vector<std::uint32_t> table;
  for (int i = 0; i < 256; ++i)
    table.push_back(static_cast<std::uint32_t>(std::lround(std::exp(-scale * i) * 1048576)));
  return table;
}

/// floor(2^16 * log2(sum / 2^20)) as 16 squarings give it, by long-hand division.
std::int64_t naive_logarithm(std::uint64_t sum) {
  std::int64_t l = -20;
  for (std::uint64_t s = sum; s >= 2; s /= 2) ++l;
  std::uint64_t m = sum;  // 32 bits of it: the mantissa in [1, 2) with 31 fraction bits
  while (m >= std::uint64_t{1} << 32) m /= 2;
  while (m < std::uint64_t{1} << 31) m *= 2;
  for (int i = 0; i < 16; ++i) {
    m = m * m / (1u << 31);
    l *= 2;
    if (m >= std::uint64_t{1} << 32) {
      m /= 2;
      ++l;
    }
  }
  return l;
}

std::int8_t naive_output(const LogSoftmaxCall& call, std::int64_t distance, std::int64_t logarithm) {
  const double v = std::ldexp(1.0, call.shift - 1) - static_cast<double>(distance * call.multiplier_x) -
                   static_cast<double>(logarithm * call.multiplier_log);  // below 2^53
  const double y = std::floor(std::ldexp(v, -call.shift)) + call.zero_point;
  return static_cast<std::int8_t>(std::clamp(y, double(call.lo), double(call.hi)));
}

void check(LogSoftmaxCall call, const std::vector<std::int8_t>& values) {
  std::vector<std::int8_t> expected;
  for (std::size_t row = 0; row < values.size(); row += static_cast<std::size_t>(call.depth)) {
    const auto first = values.begin() + static_cast<std::ptrdiff_t>(row);
    const auto last = first + static_cast<std::ptrdiff_t>(call.depth);
    const int largest = *std::max_element(first, last);
    std::uint64_t sum = 0;
    std::for_each(first, last, [&](int x) { sum += call.table[largest - x]; });
    const std::int64_t logarithm = naive_logarithm(sum);
    std::for_each(first, last,
                  [&](int x) { expected.push_back(naive_output(call, largest - x, logarithm)); });
  }
  for (const GuardSide side : kSides) {
    Input<std::int8_t> input(values, side);
    call.input = input.data();
    for_each_runnable(kernels::log_softmax_kernels(), [&](const auto& kernel) {
      Output<std::int8_t> output(values.size(), side);
      call.output = output.data();
      kernel.run(call);
      REQUIRE(output.values() == expected);
      REQUIRE(output.slack_intact());
    });
  }
}

/// The converter's numbers for an output scale of 1/16 and a zero point of 127.
LogSoftmaxCall call_of(const std::vector<std::uint32_t>& table, double scale, std::int64_t rows,
                       std::int64_t depth) {
  LogSoftmaxCall call{};
  call.table = table.data();
  call.rows = rows;
  call.depth = depth;
  call.shift = 24;
  call.multiplier_x = static_cast<std::uint32_t>(std::lround(std::ldexp(scale * 16, 24)));
  call.multiplier_log = static_cast<std::uint32_t>(std::lround(std::ldexp(std::log(2.0) * 16, 8)));
  call.zero_point = 127;
  call.lo = -128;
  call.hi = 127;
  return call;
}

}  // namespace

TEST_CASE("LogSoftmax equals its formula for every depth, on both sides of a guard page") {
  Random random(81);
  for (const double scale : {0.01, 0.1, 1.0}) {
    const std::vector<std::uint32_t> table = exponential_table(scale);
    for (const std::int64_t depth : {1, 2, 3, 10, 17, 64, 255, 1000}) {
      INFO("scale " << scale << " depth " << depth);
      check(call_of(table, scale, 3, depth),
            random_values<std::int8_t>(random, static_cast<std::size_t>(3 * depth), -128, 127));
    }
  }
}

TEST_CASE("LogSoftmax stands the largest numbers that a file may hold") {
  const std::vector<std::uint32_t> flat(256, 1u << 20);
  LogSoftmaxCall call = call_of(flat, 1.0, 1, 100000);
  call.multiplier_x = call.multiplier_log = 1u << 31;
  for (const std::int32_t shift : {1, 32}) {
    call.shift = shift;
    std::vector<std::int8_t> values(100000, -128);
    values[7] = 127;
    check(call, values);
  }
}

TEST_CASE("LogSoftmax is within half a step and a little of the real one") {
  Random random(82);
  const double scale = 0.08;
  const std::vector<std::uint32_t> table = exponential_table(scale);
  for (int i = 0; i < cases(50, 500); ++i) {
    const std::vector<std::int8_t> x = random_values<std::int8_t>(random, 12, -128, 127);
    LogSoftmaxCall call = call_of(table, scale, 1, 12);
    std::vector<std::int8_t> y(12);
    call.input = x.data();
    call.output = y.data();
    kernels::log_softmax_kernels().kernels[0].run(call);
    double sum = 0;
    for (const std::int8_t v : x) sum += std::exp(scale * v);
    for (std::size_t k = 0; k < x.size(); ++k) {
      const double real = std::max((scale * x[k] - std::log(sum)) * 16 + 127, -128.0);
      CHECK(std::abs(real - y[k]) < 0.52);
    }
  }
}

}  // namespace bulwark::test
