// SPDX-License-Identifier: Apache-2.0
#include <bit>
#include <limits>

#include "tests/kernels/naive.h"
#include "tests/kernels/sweep.h"

namespace bulwark::test {
namespace {

using kernels::DequantizeCall;
using kernels::QuantizeCall;

void check(QuantizeCall call, const std::vector<float>& values) {
  std::vector<std::uint8_t> expected;
  for (const float x : values) {
    const double quotient = static_cast<double>(naive_divide(x, call.scale));
    expected.push_back(
        static_cast<std::uint8_t>(naive_round_to_range(quotient, call.zero_point, call.lo, call.hi)));
  }
  for (const GuardSide side : kSides) {
    Input<float> input(values, side);
    call.input = input.data();
    call.count = static_cast<std::int64_t>(values.size());
    for_each_runnable(kernels::quantize_kernels(), [&](const auto& kernel) {
      if (!kernel.supports(call)) return;
      Output<std::uint8_t> output(values.size(), side);
      call.output = output.data();
      kernel.run(call);
      REQUIRE(output.values() == expected);
      REQUIRE(output.slack_intact());
    });
  }
}

QuantizeCall random_call(Random& random, bool output_unsigned) {
  const std::int32_t lowest = output_unsigned ? 0 : -128;
  const Range range = random_range(random, lowest, lowest + 255);
  QuantizeCall call{};
  call.output_unsigned = output_unsigned;
  call.scale = std::ldexp(random_float(random, 0.5f, 1.0f), random_int(random, -12, 6));
  call.zero_point = random_int(random, lowest, lowest + 255);
  call.lo = range.lo;
  call.hi = range.hi;
  return call;
}

std::vector<float> special_values() {
  using Limits = std::numeric_limits<float>;
  return {Limits::quiet_NaN(),
          -Limits::quiet_NaN(),
          Limits::signaling_NaN(),
          std::bit_cast<float>(0x7F800001u),
          std::bit_cast<float>(0xFFBFFFFFu),
          Limits::infinity(),
          -Limits::infinity(),
          Limits::max(),
          -Limits::max(),
          Limits::min(),
          -Limits::min(),
          Limits::denorm_min(),
          0.0f,
          -0.0f,
          2147483648.0f,
          -2147483904.0f,
          0.5f,
          -0.5f,
          1.5f,
          2.5f,
          -2.5f,
          0.49999997f,
          8388609.0f};
}

}  // namespace

TEST_CASE("Quantize equals its formula for every size and type, on both sides of a guard page") {
  Random random(21);
  for (const bool output_unsigned : {false, true}) {
    for (const std::size_t size : sweep_sizes()) {
      const QuantizeCall call = random_call(random, output_unsigned);
      std::vector<float> values(size);
      for (float& x : values) x = random_float(random, -200, 200) * call.scale;
      check(call, values);
    }
  }
}

TEST_CASE("Quantize clamps infinities and turns NaN into the lower bound") {
  Random random(22);
  for (const bool output_unsigned : {false, true}) {
    for (const float scale : {1.0f, 0.5f, 1e-3f, 3e38f, 1.2e-38f}) {
      QuantizeCall call = random_call(random, output_unsigned);
      call.scale = scale;
      check(call, special_values());
    }
  }
}

TEST_CASE("Quantize gives ties to the even number, at every level") {
  std::vector<float> ties;
  for (int i = -300; i <= 300; ++i) {
    const float tie = static_cast<float>(i) + 0.5f;
    ties.insert(ties.end(), {tie, std::nextafter(tie, -1e9f), std::nextafter(tie, 1e9f)});
  }
  Random random(23);
  for (const bool output_unsigned : {false, true}) {
    QuantizeCall call = random_call(random, output_unsigned);
    call.scale = 1.0f;
    check(call, ties);
  }
}

TEST_CASE("Quantize equals its formula for bit patterns of every exponent") {
  Random random(24);
  std::vector<float> values;
  const std::uint32_t step = full_budget() ? 4093 : 65521 * 16;
  for (std::uint64_t bits = 0; bits <= 0xFFFFFFFFu; bits += step) {
    values.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
  }
  for (const bool output_unsigned : {false, true}) check(random_call(random, output_unsigned), values);
}

TEST_CASE("Dequantize equals its formula for every size, type, value and zero point") {
  Random random(25);
  std::vector<std::size_t> sizes = sweep_sizes();
  sizes.push_back(256);
  for (const bool input_unsigned : {false, true}) {
    for (const std::size_t size : sizes) {
      std::vector<std::uint8_t> bytes = random_values<std::uint8_t>(random, size, 0, 255);
      for (std::size_t i = 0; size == 256 && i < size; ++i) bytes[i] = static_cast<std::uint8_t>(i);
      DequantizeCall call{};
      call.input_unsigned = input_unsigned;
      call.zero_point = random_int(random, input_unsigned ? 0 : -128, input_unsigned ? 255 : 127);
      call.scale = std::ldexp(random_float(random, 0.5f, 1.0f), random_int(random, -12, 6));
      std::vector<float> expected;
      for (const std::uint8_t byte : bytes) {
        const std::int32_t x = input_unsigned ? byte : static_cast<std::int8_t>(byte);
        expected.push_back(static_cast<float>(double{call.scale} * (x - call.zero_point)));
      }
      for (const GuardSide side : kSides) {
        Input<std::uint8_t> input(bytes, side);
        call.input = input.data();
        call.count = static_cast<std::int64_t>(size);
        for_each_runnable(kernels::dequantize_kernels(), [&](const auto& kernel) {
          Output<float> output(size, side);
          call.output = output.data();
          kernel.run(call);
          REQUIRE(output.values() == expected);
          REQUIRE(output.slack_intact());
        });
      }
    }
  }
}

}  // namespace bulwark::test
