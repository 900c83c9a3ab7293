// SPDX-License-Identifier: Apache-2.0
#include "tests/kernels/sweep.h"

namespace bulwark::test {
namespace {

void check(kernels::ClipCall call, const std::vector<std::uint8_t>& bytes) {
  std::vector<std::uint8_t> expected;
  for (const std::uint8_t byte : bytes) {
    const std::int32_t x = call.is_unsigned ? byte : static_cast<std::int8_t>(byte);
    expected.push_back(static_cast<std::uint8_t>(x < call.lo ? call.lo : (x > call.hi ? call.hi : x)));
  }
  for (const GuardSide side : kSides) {
    Input<std::uint8_t> input(bytes, side);
    call.input = input.data();
    call.count = static_cast<std::int64_t>(bytes.size());
    for_each_runnable(kernels::clip_kernels(), [&](const auto& kernel) {
      Output<std::uint8_t> output(bytes.size(), side);
      call.output = output.data();
      kernel.run(call);
      REQUIRE(output.values() == expected);
      REQUIRE(output.slack_intact());
    });
  }
}

}  // namespace

TEST_CASE("Clip bounds every value of both types, for every size, on both sides of a guard page") {
  Random random(31);
  std::vector<std::uint8_t> all;
  for (int i = 0; i < 256; ++i) all.push_back(static_cast<std::uint8_t>(i));
  for (const bool is_unsigned : {false, true}) {
    const std::int32_t lowest = is_unsigned ? 0 : -128;
    kernels::ClipCall call{};
    call.is_unsigned = is_unsigned;
    for (int i = 0; i < cases(50, 2000); ++i) {
      const Range range = random_range(random, lowest, lowest + 255);
      call.lo = range.lo;
      call.hi = range.hi;
      check(call, all);
    }
    for (const std::size_t size : sweep_sizes())
      check(call, random_values<std::uint8_t>(random, size, 0, 255));
  }
}

}  // namespace bulwark::test
