// SPDX-License-Identifier: Apache-2.0
#include "tests/kernels/naive.h"
#include "tests/kernels/sweep.h"

namespace bulwark::test {
namespace {

using kernels::RequantizeCall;

std::int32_t lowest(bool is_unsigned) { return is_unsigned ? 0 : -128; }
std::int32_t highest(bool is_unsigned) { return is_unsigned ? 255 : 127; }

/// The bytes of `input`, read as the call's input type, through the formula.
std::vector<std::uint8_t> naive(const RequantizeCall& call, const std::vector<std::uint8_t>& input) {
  std::vector<std::uint8_t> output;
  for (const std::uint8_t byte : input) {
    const std::int32_t x = call.input_unsigned ? byte : static_cast<std::int8_t>(byte);
    output.push_back(static_cast<std::uint8_t>(
        naive_requantize(x - call.zero_point_in, call.multiplier, call.zero_point, call.lo, call.hi)));
  }
  return output;
}

void check(RequantizeCall call, const std::vector<std::uint8_t>& bytes) {
  const std::vector<std::uint8_t> expected = naive(call, bytes);
  for (const GuardSide side : kSides) {
    Input<std::uint8_t> input(bytes, side);
    call.input = input.data();
    call.count = static_cast<std::int64_t>(bytes.size());
    for_each_runnable(kernels::requantize_kernels(), [&](const auto& kernel) {
      if (!kernel.supports(call)) return;
      Output<std::uint8_t> output(bytes.size(), side);
      call.output = output.data();
      kernel.run(call);
      REQUIRE(output.values() == expected);
      REQUIRE(output.slack_intact());
    });
  }
}

RequantizeCall random_call(Random& random, bool input_unsigned, bool output_unsigned) {
  const Range range = random_range(random, lowest(output_unsigned), highest(output_unsigned));
  RequantizeCall call{};
  call.input_unsigned = input_unsigned;
  call.output_unsigned = output_unsigned;
  call.zero_point_in = random_int(random, lowest(input_unsigned), highest(input_unsigned));
  call.multiplier = std::ldexp(random_float(random, 0.5f, 1.0f), random_int(random, -8, 4));
  call.zero_point = random_int(random, lowest(output_unsigned), highest(output_unsigned));
  call.lo = range.lo;
  call.hi = range.hi;
  return call;
}

template <typename Test>
void for_each_combination(Test test) {
  for (const bool input_unsigned : {false, true}) {
    for (const bool output_unsigned : {false, true}) {
      INFO((input_unsigned ? "u8" : "s8") << " to " << (output_unsigned ? "u8" : "s8"));
      test(input_unsigned, output_unsigned);
    }
  }
}

}  // namespace

TEST_CASE("Requantize equals its formula for every size and type, on both sides of a guard page") {
  Random random(11);
  for_each_combination([&](bool input_unsigned, bool output_unsigned) {
    for (const std::size_t size : sweep_sizes()) {
      check(random_call(random, input_unsigned, output_unsigned),
            random_values<std::uint8_t>(random, size, 0, 255));
    }
  });
}

TEST_CASE("Requantize equals its formula for every input value, zero points and ties included") {
  std::vector<std::uint8_t> all;
  for (int i = 0; i < 256; ++i) all.push_back(static_cast<std::uint8_t>(i));
  Random random(12);
  for_each_combination([&](bool input_unsigned, bool output_unsigned) {
    for (int i = 0; i < cases(100, 5000); ++i)
      check(random_call(random, input_unsigned, output_unsigned), all);
    for (const float multiplier : {0.25f, 0.5f, 1.0f, 1.5f, 3e38f, 1.2e-38f}) {
      RequantizeCall call = random_call(random, input_unsigned, output_unsigned);
      call.multiplier = multiplier;
      check(call, all);
    }
  });
}

TEST_CASE("Requantize with multiplier 1 moves between s8 and u8 without loss") {
  std::vector<std::uint8_t> all;
  for (int i = 0; i < 256; ++i) all.push_back(static_cast<std::uint8_t>(i));
  for_each_runnable(kernels::requantize_kernels(), [&](const auto& kernel) {
    std::vector<std::uint8_t> shifted(256), back(256);
    kernel.run({all.data(), shifted.data(), 256, true, false, 128, 1.0f, 0, -128, 127});
    for (std::size_t i = 0; i < 256; ++i)
      REQUIRE(static_cast<std::int8_t>(shifted[i]) == static_cast<int>(i) - 128);
    kernel.run({shifted.data(), back.data(), 256, false, true, 0, 1.0f, 128, 0, 255});
    REQUIRE(back == all);
  });
}

}  // namespace bulwark::test
