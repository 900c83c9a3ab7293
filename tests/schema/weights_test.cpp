// SPDX-License-Identifier: Apache-2.0
// The verifier's reader of packed weights and the kernels' agree on every format, and on every byte.
#include "schema/weights.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "kernels/common/weights.h"
#include "schema/verifier.h"
#include "tests/support/guarded_buffer.h"

namespace bulwark::test {
namespace {

using schema::WeightFormat;

constexpr WeightFormat kIntegerFormats[] = {WeightFormat::s8, WeightFormat::s4,      WeightFormat::s3,
                                            WeightFormat::s2, WeightFormat::ternary, WeightFormat::s9};

kernels::WeightFormat of_kernels(WeightFormat format) { return static_cast<kernels::WeightFormat>(format); }

void check_row(WeightFormat format, const std::vector<std::int16_t>& row) {
  const std::uint64_t bytes = schema::weight_row_bytes(format, row.size());
  REQUIRE(bytes == kernels::weight_row_bytes(of_kernels(format), row.size()));
  GuardedBuffer packed(static_cast<std::size_t>(bytes));
  kernels::pack_weight_row(of_kernels(format), row.data(), row.size(), packed.data());
  const schema::RowSummary summary =
      schema::summarize_row(format, packed.data(), static_cast<std::int32_t>(row.size()));
  std::int64_t sum = 0;
  for (const std::int16_t w : row) sum += std::abs(int{w});
  CHECK(summary.valid);
  CHECK(summary.sum_abs == sum);
  CHECK(summary.lo == *std::min_element(row.begin(), row.end()));
  CHECK(summary.hi == *std::max_element(row.begin(), row.end()));
}

TEST_CASE("weights: the verifier reads what the kernels pack, at every length") {
  std::uint32_t random = 1;
  for (const WeightFormat format : kIntegerFormats) {
    CAPTURE(schema::name(format));
    const kernels::WeightRange range = kernels::weight_range(of_kernels(format));
    for (std::size_t elements = 1; elements <= 70; ++elements) {
      std::vector<std::int16_t> row(elements);
      for (std::int16_t& w : row) {
        random = random * 1664525 + 1013904223;
        w = static_cast<std::int16_t>(
            range.lo +
            static_cast<std::int32_t>((random >> 8) % static_cast<std::uint32_t>(range.hi - range.lo + 1)));
      }
      check_row(format, row);
    }
    check_row(format, std::vector<std::int16_t>(33, static_cast<std::int16_t>(range.lo)));
    check_row(format, std::vector<std::int16_t>(33, static_cast<std::int16_t>(range.hi)));
  }
}

/// Every byte string of two bytes: whatever the verifier calls valid, the kernels unpack to the same numbers,
/// and packing those gives the bytes back.
TEST_CASE("weights: every pair of bytes is read alike or refused") {
  for (const WeightFormat format : {WeightFormat::s8, WeightFormat::s4, WeightFormat::s3, WeightFormat::s2,
                                    WeightFormat::ternary, WeightFormat::s9}) {
    CAPTURE(schema::name(format));
    for (std::int32_t elements = 1; elements <= 10; ++elements) {
      if (schema::weight_row_bytes(format, static_cast<std::uint64_t>(elements)) != 2) continue;
      int valid = 0, wrong = 0;
      for (std::uint32_t pair = 0; pair < 65536; ++pair) {
        const std::uint8_t bytes[2] = {static_cast<std::uint8_t>(pair), static_cast<std::uint8_t>(pair >> 8)};
        const schema::RowSummary summary = schema::summarize_row(format, bytes, elements);
        if (!summary.valid) continue;
        ++valid;
        std::vector<std::int16_t> row(static_cast<std::size_t>(elements));
        kernels::unpack_weight_row(of_kernels(format), bytes, row.size(), row.data());
        std::uint8_t again[2];
        kernels::pack_weight_row(of_kernels(format), row.data(), row.size(), again);
        std::int64_t sum = 0;
        for (const std::int16_t w : row) sum += std::abs(int{w});
        if (sum != summary.sum_abs || std::memcmp(bytes, again, 2) != 0) ++wrong;
      }
      CHECK(wrong == 0);
      const kernels::WeightRange range = kernels::weight_range(of_kernels(format));
      int expected = 1;  // all rows of that length
      for (std::int32_t i = 0; i < elements; ++i) expected *= range.hi - range.lo + 1;
      CHECK(valid == expected);
    }
  }
}

TEST_CASE("weights: extremes over all rows") {
  const std::uint8_t bytes[] = {0x21, 0x43, 0x8f, 0x07};  // rows {1, 2, 3, 4} and {-1, -8, 7, 0}
  schema::WeightsView weights;
  weights.format = WeightFormat::s4;
  weights.rows = 2;
  weights.row_elements = 4;
  weights.data = bytes;
  const schema::WeightExtremes extremes = schema::weight_extremes(weights);
  CHECK(extremes.lo == -8);
  CHECK(extremes.hi == 7);
}

}  // namespace
}  // namespace bulwark::test
