// SPDX-License-Identifier: Apache-2.0
// add, mul, extreme and prelu: operators of two tensors, with and without a repeated second operand.
#include "tests/kernels/naive.h"
#include "tests/kernels/sweep.h"

namespace bulwark::test {
namespace {

using kernels::AddCall;
using kernels::ExtremeCall;
using kernels::MulCall;
using kernels::PreluCall;

std::int32_t naive(const AddCall& call, std::int32_t a, std::int32_t b) {
  return naive_requantize(
      std::int64_t{a} * call.multiplier_a + std::int64_t{b} * call.multiplier_b + call.bias, call.multiplier,
      call.zero_point, call.lo, call.hi);
}

std::int32_t naive(const MulCall& call, std::int32_t a, std::int32_t b) {
  return naive_requantize(std::int64_t{a - call.zero_point_a} * (b - call.zero_point_b), call.multiplier,
                          call.zero_point, call.lo, call.hi);
}

std::int32_t naive(const ExtremeCall& call, std::int32_t a, std::int32_t b) {
  const std::int32_t y = call.maximum == (a > b) ? a : b;
  return y < call.lo ? call.lo : y > call.hi ? call.hi : y;
}

std::int32_t naive(const PreluCall& call, std::int32_t a, std::int32_t b) {
  const std::int64_t d = a - call.zero_point_a;
  if (d >= 0) return naive_requantize(d, call.multiplier, call.zero_point, call.lo, call.hi);
  return naive_requantize(d * (b - call.zero_point_b), call.slope_multiplier, call.zero_point, call.lo,
                          call.hi);
}

template <typename Call>
void set_range(Random& random, Call& call) {
  const Range range = random_range(random, -128, 127);
  call.lo = range.lo;
  call.hi = range.hi;
}

void randomize(Random& random, AddCall& call) {
  call.multiplier_a = random_int(random, -(1 << 21), 1 << 21);
  call.multiplier_b = random_int(random, -(1 << 21), 1 << 21);
  call.bias = random_int(random, -(1 << 28), 1 << 28);
  call.multiplier = std::ldexp(random_float(random, 0.5f, 1.0f), -21);
  call.zero_point = random_int(random, -128, 127);
}

void randomize(Random& random, MulCall& call) {
  call.zero_point_a = random_int(random, -128, 127);
  call.zero_point_b = random_int(random, -128, 127);
  call.multiplier = std::ldexp(random_float(random, 0.5f, 1.0f), -random_int(random, 0, 14));
  call.zero_point = random_int(random, -128, 127);
}

void randomize(Random& random, ExtremeCall& call) { call.maximum = random_int(random, 0, 1) == 1; }

void randomize(Random& random, PreluCall& call) {
  call.zero_point_a = random_int(random, -128, 127);
  call.zero_point_b = random_int(random, -128, 127);
  call.multiplier = std::ldexp(random_float(random, 0.5f, 1.0f), -random_int(random, -2, 4));
  call.slope_multiplier = std::ldexp(random_float(random, 0.5f, 1.0f), -random_int(random, 0, 12));
  call.zero_point = random_int(random, -128, 127);
}

template <typename Call>
Call random_call(Random& random) {
  Call call{};
  randomize(random, call);
  set_range(random, call);
  return call;
}

/// Runs every kernel on both sides of a guard page and compares with the formula.
template <typename Call>
void check(kernels::Registry<Call> registry, Call call, const std::vector<std::int8_t>& a,
           const std::vector<std::int8_t>& b) {
  call.b_repeats = b.size() == 1 && a.size() != 1;
  call.count = static_cast<std::int64_t>(a.size());
  std::vector<std::int8_t> expected;
  for (std::size_t i = 0; i < a.size(); ++i) {
    expected.push_back(static_cast<std::int8_t>(naive(call, a[i], b[call.b_repeats ? 0 : i])));
  }
  for (const GuardSide side : kSides) {
    Input<std::int8_t> first(a, side), second(b, side);
    call.a = first.data();
    call.b = second.data();
    for_each_runnable(registry, [&](const auto& kernel) {
      if (!kernel.supports(call)) return;
      Output<std::int8_t> output(a.size(), side);
      call.output = output.data();
      kernel.run(call);
      REQUIRE(output.values() == expected);
      REQUIRE(output.slack_intact());
    });
  }
}

template <typename Call>
void sweep(kernels::Registry<Call> registry, unsigned seed) {
  Random random(seed);
  for (const std::size_t size : sweep_sizes()) {
    const std::vector<std::int8_t> a = random_values<std::int8_t>(random, size, -128, 127);
    INFO("size " << size);
    check(registry, random_call<Call>(random), a, random_values<std::int8_t>(random, size, -128, 127));
    check(registry, random_call<Call>(random), a, random_values<std::int8_t>(random, 1, -128, 127));
  }
}

/// Every pair of inputs, side by side and with one of them repeated.
template <typename Call>
void every_pair(kernels::Registry<Call> registry, unsigned seed) {
  std::vector<std::int8_t> a, b, all;
  for (int i = -128; i < 128; ++i) {
    all.push_back(static_cast<std::int8_t>(i));
    for (int j = -128; j < 128; ++j) {
      a.push_back(static_cast<std::int8_t>(i));
      b.push_back(static_cast<std::int8_t>(j));
    }
  }
  Random random(seed);
  for (int i = 0; i < cases(4, 100); ++i) check(registry, random_call<Call>(random), a, b);
  const Call call = random_call<Call>(random);
  for (const std::int8_t one : all) check(registry, call, all, {one});
}

}  // namespace

TEST_CASE("Operators of two tensors equal their formulas for every size, on both sides of a guard page") {
  sweep(kernels::add_kernels(), 51);
  sweep(kernels::mul_kernels(), 52);
  sweep(kernels::extreme_kernels(), 53);
  sweep(kernels::prelu_kernels(), 54);
}

TEST_CASE("Operators of two tensors equal their formulas for every pair of inputs") {
  every_pair(kernels::add_kernels(), 55);
  every_pair(kernels::mul_kernels(), 56);
  every_pair(kernels::extreme_kernels(), 57);
  every_pair(kernels::prelu_kernels(), 58);
}

TEST_CASE("Mul and prelu stand the largest products and multipliers that overflow or vanish") {
  const std::vector<std::int8_t> ends = {-128, 127,  -128, 127, 0, -1, 1, 5, -128,
                                         127,  -128, 127,  9,   8, 7,  6, 4};
  const std::vector<std::int8_t> others = {-128, -128, 127, 127, 0, 1, -1, 5, 0, 0, 1, 1, -9, -8, 7, -6, 4};
  for (const float multiplier : {1.0f, 3e38f, 1.2e-38f, 1.0f / 65025}) {
    for (const std::int32_t zero_point : {-128, 0, 127}) {
      MulCall mul{};
      mul.zero_point_a = mul.zero_point_b = mul.zero_point = zero_point;
      mul.multiplier = multiplier;
      mul.lo = -128;
      mul.hi = 127;
      check(kernels::mul_kernels(), mul, ends, others);
      PreluCall prelu{};
      prelu.zero_point_a = prelu.zero_point_b = prelu.zero_point = zero_point;
      prelu.multiplier = prelu.slope_multiplier = multiplier;
      prelu.lo = -128;
      prelu.hi = 127;
      check(kernels::prelu_kernels(), prelu, ends, others);
    }
  }
}

}  // namespace bulwark::test
