// SPDX-License-Identifier: Apache-2.0
#include "tests/kernels/naive.h"
#include "tests/kernels/sweep.h"

namespace bulwark::test {
namespace {

using kernels::AddCall;

std::int8_t naive_add(const AddCall& call, std::int8_t a, std::int8_t b) {
  const std::int64_t sum =
      std::int64_t{a} * call.multiplier_a + std::int64_t{b} * call.multiplier_b + call.bias;
  return static_cast<std::int8_t>(naive_requantize(sum, call.multiplier, call.zero_point, call.lo, call.hi));
}

/// Runs every kernel on both sides of a guard page and compares with the formula.
void check(AddCall call, const std::vector<std::int8_t>& a, const std::vector<std::int8_t>& b) {
  std::vector<std::int8_t> expected(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) expected[i] = naive_add(call, a[i], b[i]);
  for (const GuardSide side : kSides) {
    Input<std::int8_t> first(a, side), second(b, side);
    call.a = first.data();
    call.b = second.data();
    call.count = static_cast<std::int64_t>(a.size());
    for_each_runnable(kernels::add_kernels(), [&](const auto& kernel) {
      if (!kernel.supports(call)) return;
      Output<std::int8_t> output(a.size(), side);
      call.output = output.data();
      kernel.run(call);
      REQUIRE(output.values() == expected);
      REQUIRE(output.slack_intact());
    });
  }
}

/// Constants that keep the sum inside int32.
AddCall random_call(Random& random) {
  const std::int32_t bits = random_int(random, 1, 22);
  const std::int32_t largest = 1 << bits;
  const Range range = random_range(random, -128, 127);
  AddCall call{};
  call.multiplier_a = random_int(random, -largest, largest);
  call.multiplier_b = random_int(random, -largest, largest);
  call.bias = random_int(random, -128 * largest, 128 * largest);
  call.multiplier = std::ldexp(random_float(random, 0.5f, 1.0f), -random_int(random, 0, bits));
  call.zero_point = random_int(random, -128, 127);
  call.lo = range.lo;
  call.hi = range.hi;
  if (random_int(random, 0, 1) == 0) return call;
  // As most are: no clamp, and in half of them a zero point that moves no tie.
  call.lo = -128;
  call.hi = 127;
  return call;
}

}  // namespace

TEST_CASE("Add equals its formula for every size, on both sides of a guard page") {
  Random random(1);
  for (const std::size_t size : sweep_sizes()) {
    INFO("size " << size);
    for (int i = 0; i < 4; ++i) {
      check(random_call(random), random_values<std::int8_t>(random, size, -128, 127),
            random_values<std::int8_t>(random, size, -128, 127));
    }
  }
}

TEST_CASE("Add equals its formula for every pair of inputs") {
  std::vector<std::int8_t> a, b;
  for (int i = -128; i < 128; ++i) {
    for (int j = -128; j < 128; ++j) {
      a.push_back(static_cast<std::int8_t>(i));
      b.push_back(static_cast<std::int8_t>(j));
    }
  }
  Random random(2);
  for (int i = 0; i < cases(8, 200); ++i) check(random_call(random), a, b);
}

TEST_CASE("Add rounds every kind of int32 sum as specified") {
  Random random(3);
  std::vector<std::int32_t> sums = {0,
                                    1,
                                    -1,
                                    INT32_MAX,
                                    INT32_MIN,
                                    INT32_MIN + 1,
                                    (1 << 24) + 1,
                                    -(1 << 24) - 1,
                                    (1 << 24) + 3,
                                    (1 << 25) + 2,
                                    (1 << 25) + 6};
  for (int i = 0; i < cases(200, 20000); ++i) sums.push_back(random_int(random, INT32_MIN, INT32_MAX));
  const std::vector<std::int8_t> any(17, 5);
  for (const std::int32_t sum : sums) {
    AddCall call{};
    call.bias = sum;
    call.lo = -128;
    call.hi = 127;
    call.zero_point = random_int(random, -128, 127);
    // The last ones overflow to infinity and fall below every normal number.
    for (const float multiplier :
         {1.0f, 0.5f, std::ldexp(1.0f, -24), std::ldexp(1.0f, -25), 3e38f, 1.2e-38f}) {
      INFO("sum " << sum << " multiplier " << multiplier);
      call.multiplier = multiplier;
      check(call, any, any);
    }
  }
}

TEST_CASE("Add gives ties to the even number") {
  AddCall call{};
  call.multiplier_a = 1;
  call.multiplier = 0.5f;
  call.lo = -128;
  call.hi = 127;
  std::vector<std::int8_t> a, expected;
  for (int i = 0; i < 9; ++i) {
    a.insert(a.end(), {-7, -5, -3, -1, 1, 3, 5, 7});
    expected.insert(expected.end(), {-4, -2, -2, 0, 0, 2, 2, 4});
  }
  const std::vector<std::int8_t> b(a.size(), 0);
  for_each_runnable(kernels::add_kernels(), [&](const auto& kernel) {
    std::vector<std::int8_t> output(a.size());
    call.a = a.data();
    call.b = b.data();
    call.output = output.data();
    call.count = static_cast<std::int64_t>(a.size());
    for (const std::int32_t zero_point : {0, 1, 2}) {
      call.zero_point = zero_point;
      kernel.run(call);
      for (std::size_t i = 0; i < a.size(); ++i) REQUIRE(output[i] == expected[i] + zero_point);
    }
  });
}

TEST_CASE("Add may write over its own input") {
  Random random(4);
  const AddCall constants = random_call(random);
  const std::vector<std::int8_t> a = random_values<std::int8_t>(random, 107, -128, 127);
  const std::vector<std::int8_t> b = random_values<std::int8_t>(random, 107, -128, 127);
  for_each_runnable(kernels::add_kernels(), [&](const auto& kernel) {
    std::vector<std::int8_t> in_place = a;
    AddCall call = constants;
    call.a = call.output = in_place.data();
    call.b = b.data();
    call.count = 107;
    kernel.run(call);
    for (std::size_t i = 0; i < a.size(); ++i) REQUIRE(in_place[i] == naive_add(constants, a[i], b[i]));
  });
}

}  // namespace bulwark::test
