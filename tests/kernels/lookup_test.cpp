// SPDX-License-Identifier: Apache-2.0
#include "tests/kernels/sweep.h"

namespace bulwark::test {
namespace {

void check(const std::vector<std::int8_t>& entries, const std::vector<std::int8_t>& x) {
  std::vector<std::int8_t> expected;
  for (const std::int8_t v : x) expected.push_back(entries[static_cast<std::size_t>(v + 128)]);
  for (const GuardSide side : kSides) {
    Input<std::int8_t> table(entries, side), input(x, side);
    kernels::LookupCall call{};
    call.entries = table.data();
    call.input = input.data();
    call.count = static_cast<std::int64_t>(x.size());
    for_each_runnable(kernels::lookup_kernels(), [&](const auto& kernel) {
      Output<std::int8_t> output(x.size(), side);
      call.output = output.data();
      kernel.run(call);
      REQUIRE(output.values() == expected);
      REQUIRE(output.slack_intact());
    });
  }
}

}  // namespace

TEST_CASE("Lookup finds every entry, for every size, on both sides of a guard page") {
  Random random(61);
  std::vector<std::int8_t> all;
  for (int i = -128; i < 128; ++i) all.push_back(static_cast<std::int8_t>(i));
  std::vector<std::int8_t> backwards(all.rbegin(), all.rend());
  check(all, all);
  check(backwards, all);
  for (const std::size_t size : sweep_sizes()) {
    INFO("size " << size);
    check(random_values<std::int8_t>(random, 256, -128, 127),
          random_values<std::int8_t>(random, size, -128, 127));
  }
  for (const std::size_t size : {63u, 64u, 65u, 191u, 1031u}) {
    check(random_values<std::int8_t>(random, 256, -128, 127),
          random_values<std::int8_t>(random, size, -128, 127));
  }
}

TEST_CASE("Lookup may write over its own input") {
  Random random(62);
  const std::vector<std::int8_t> entries = random_values<std::int8_t>(random, 256, -128, 127);
  const std::vector<std::int8_t> x = random_values<std::int8_t>(random, 117, -128, 127);
  for_each_runnable(kernels::lookup_kernels(), [&](const auto& kernel) {
    std::vector<std::int8_t> in_place = x;
    kernel.run({in_place.data(), in_place.data(), 117, entries.data()});
    for (std::size_t i = 0; i < x.size(); ++i) {
      REQUIRE(in_place[i] == entries[static_cast<std::size_t>(x[i] + 128)]);
    }
  });
}

}  // namespace bulwark::test
