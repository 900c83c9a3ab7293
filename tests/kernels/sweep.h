// SPDX-License-Identifier: Apache-2.0
// What the tests of the kernel families share: which kernels to run, which sizes, on what kind of memory.
#pragma once

#include <catch2/catch.hpp>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "kernels/common/cpu.h"
#include "kernels/common/elementwise.h"
#include "tests/support/budget.h"
#include "tests/support/guarded_buffer.h"

namespace bulwark::test {

/// Calls test(kernel) for every kernel of a registry that this processor can run.
template <typename Call, typename Test>
void for_each_runnable(kernels::Registry<Call> registry, Test test) {
  for (std::size_t i = 0; i < registry.count; ++i) {
    const kernels::Kernel<Call>& kernel = registry.kernels[i];
    if (!kernels::isa_available(kernel.isa, kernels::cpu_features())) continue;
    INFO("kernel " << kernel.name);
    test(kernel);
  }
}

/// Zero, every size up to two vectors of 16 and one more, and some primes.
inline std::vector<std::size_t> sweep_sizes() {
  std::vector<std::size_t> sizes;
  for (std::size_t n = 0; n <= 33; ++n) sizes.push_back(n);
  for (const std::size_t n : {47u, 61u, 127u, 251u}) sizes.push_back(n);
  return sizes;
}

inline constexpr GuardSide kSides[] = {GuardSide::front, GuardSide::back};

/// A read-only copy of `values` that touches a guard page.
template <typename T>
class Input {
 public:
  Input(const std::vector<T>& values, GuardSide side) : buffer_(values.size() * sizeof(T), side, alignof(T)) {
    if (!values.empty()) std::memcpy(buffer_.data(), values.data(), buffer_.size());
    buffer_.make_read_only();
  }
  const T* data() { return buffer_.template as<T>(); }

 private:
  GuardedBuffer buffer_;
};

/// Room for `count` elements that touches a guard page.
template <typename T>
class Output {
 public:
  Output(std::size_t count, GuardSide side) : count_(count), buffer_(count * sizeof(T), side, alignof(T)) {}
  T* data() { return buffer_.template as<T>(); }
  std::vector<T> values() { return std::vector<T>(data(), data() + count_); }
  bool slack_intact() const { return buffer_.slack_intact(); }

 private:
  std::size_t count_;
  GuardedBuffer buffer_;
};

using Random = std::mt19937;

inline std::int32_t random_int(Random& random, std::int32_t lo, std::int32_t hi) {
  return std::uniform_int_distribution<std::int32_t>(lo, hi)(random);
}
inline float random_float(Random& random, float lo, float hi) {
  return std::uniform_real_distribution<float>(lo, hi)(random);
}

/// Values of [lo, hi], the two ends often among them.
template <typename T>
std::vector<T> random_values(Random& random, std::size_t count, std::int32_t lo, std::int32_t hi) {
  std::vector<T> values(count);
  for (T& value : values) {
    const std::int32_t kind = random_int(random, 0, 9);
    value = static_cast<T>(kind == 0 ? lo : kind == 1 ? hi : random_int(random, lo, hi));
  }
  return values;
}

/// lo <= hi, both inside [lowest, highest].
struct Range {
  std::int32_t lo, hi;
};
inline Range random_range(Random& random, std::int32_t lowest, std::int32_t highest) {
  const std::int32_t a = random_int(random, lowest, highest);
  const std::int32_t b = random_int(random, lowest, highest);
  return random_int(random, 0, 2) == 0 ? Range{std::min(a, b), std::max(a, b)} : Range{lowest, highest};
}

}  // namespace bulwark::test
