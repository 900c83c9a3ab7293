// SPDX-License-Identifier: Apache-2.0
#include "schema/checked.h"

#include <catch2/catch.hpp>

namespace bulwark::test {
namespace {

using schema::checked_add;
using schema::checked_align_up;
using schema::checked_multiply;
using schema::checked_narrow;
using I = std::int64_t;
using U = std::uint64_t;

constexpr I kValues[] = {
    INT64_MIN,  INT64_MIN + 1, -(I{1} << 32), -3037000500,   -2,       -1, 0, 1, 2, 3, 3037000499,
    3037000500, I{1} << 32,    INT64_MAX / 2, INT64_MAX - 1, INT64_MAX};

TEST_CASE("checked: sums and products against 128-bit arithmetic") {
  for (const I a : kValues) {
    for (const I b : kValues) {
      I sum = 0, product = 0;
      const bool sum_overflows = __builtin_add_overflow(a, b, &sum);
      CHECK(checked_add(a, b).has_value() == !sum_overflows);
      if (!sum_overflows) CHECK(checked_add(a, b).value_or(~sum) == sum);
      const bool product_overflows = __builtin_mul_overflow(a, b, &product);
      CHECK(checked_multiply(a, b).has_value() == !product_overflows);
      if (!product_overflows) CHECK(checked_multiply(a, b).value_or(~product) == product);
    }
  }
}

TEST_CASE("checked: unsigned") {
  CHECK(checked_add<U>(UINT64_MAX, 0) == UINT64_MAX);
  CHECK_FALSE(checked_add<U>(UINT64_MAX, 1));
  CHECK(checked_multiply<U>(U{1} << 32, (U{1} << 32) - 1) == (UINT64_MAX >> 32) << 32);
  CHECK_FALSE(checked_multiply<U>(U{1} << 32, U{1} << 32));
}

TEST_CASE("checked: alignment and narrowing") {
  CHECK(checked_align_up<U>(0, 64) == 0u);
  CHECK(checked_align_up<U>(1, 64) == 64u);
  CHECK(checked_align_up<U>(64, 64) == 64u);
  CHECK(checked_align_up<I>(65, 64) == 128);
  CHECK_FALSE(checked_align_up<U>(UINT64_MAX - 62, 64));
  CHECK_FALSE(checked_align_up<I>(INT64_MAX - 62, 64));
  CHECK(checked_narrow<std::uint32_t>(I{UINT32_MAX}) == UINT32_MAX);
  CHECK_FALSE(checked_narrow<std::uint32_t>(I{-1}));
  CHECK_FALSE(checked_narrow<std::uint32_t>(I{UINT32_MAX} + 1));
  CHECK_FALSE(checked_narrow<std::int8_t>(U{128}));
}

}  // namespace
}  // namespace bulwark::test
