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

/// Rows one behind the other, ending where memory ends: sums of each, extremes of all, as read one by one.
void check_rows(WeightFormat format, std::int32_t rows, std::int32_t elements, std::uint32_t seed) {
  CAPTURE(schema::name(format), rows, elements);
  const kernels::WeightRange range = kernels::weight_range(of_kernels(format));
  const auto row_bytes =
      static_cast<std::size_t>(schema::weight_row_bytes(format, static_cast<std::uint64_t>(elements)));
  GuardedBuffer packed(row_bytes * static_cast<std::size_t>(rows));
  std::vector<std::int16_t> row(static_cast<std::size_t>(elements));
  std::vector<std::uint32_t> expected;
  schema::WeightExtremes all = schema::kNoExtremes;
  // Ranges that do not contain 0 as well.
  const std::int32_t lo = seed % 3 == 1 ? range.hi : range.lo, hi = seed % 3 == 2 ? range.lo : range.hi;
  for (std::int32_t r = 0; r < rows; ++r) {
    std::int64_t sum = 0;
    for (std::int16_t& w : row) {
      seed = seed * 1664525 + 1013904223;
      w = static_cast<std::int16_t>(
          lo + static_cast<std::int32_t>((seed >> 8) % static_cast<std::uint32_t>(hi - lo + 1)));
      sum += std::abs(int{w});
      all = {std::min<std::int32_t>(all.lo, w), std::max<std::int32_t>(all.hi, w)};
    }
    expected.push_back(static_cast<std::uint32_t>(sum));
    kernels::pack_weight_row(of_kernels(format), row.data(), row.size(),
                             packed.data() + static_cast<std::size_t>(r) * row_bytes);
  }
  std::vector<std::uint32_t> sums(static_cast<std::size_t>(rows));
  schema::WeightExtremes extremes = schema::kNoExtremes;
  CHECK(schema::summarize_rows(format, packed.data(), rows, elements, sums.data(), &extremes) ==
        schema::kAllRowsValid);
  CHECK(sums == expected);
  CHECK(extremes.lo == all.lo);
  CHECK(extremes.hi == all.hi);
}

TEST_CASE("weights: many rows at once, at every length") {
  std::uint32_t seed = 0;
  for (const WeightFormat format : kIntegerFormats) {
    for (std::int32_t elements = 1; elements <= 150; ++elements) check_rows(format, 9, elements, seed++);
    for (const std::int32_t elements : {4079, 4080, 4081, 8127, 8128, 8129, 8192, 16300})
      check_rows(format, 5, elements, 0);
  }
}

TEST_CASE("weights: the lowest of all is seen behind rows of symmetric ones") {
  constexpr std::int32_t kRows = 8, kElements = 70;
  for (const std::size_t at : {std::size_t{279}, std::size_t{280}, std::size_t{350}, std::size_t{559}}) {
    std::vector<std::uint8_t> weights(kRows * kElements, 0x7f);
    weights[3] = 0x81;
    weights[at] = 0x80;
    std::uint32_t sums[kRows];
    schema::WeightExtremes extremes = schema::kNoExtremes;
    CHECK(schema::summarize_rows(WeightFormat::s8, weights.data(), kRows, kElements, sums, &extremes) ==
          schema::kAllRowsValid);
    CHECK(extremes.lo == -128);
    CHECK(extremes.hi == 127);
    CHECK(sums[at / kElements] == kElements * 127 + 1);
  }
}

TEST_CASE("weights: sums of the largest magnitude do not overflow") {
  const std::vector<std::uint8_t> lowest(100000, 0x80);
  std::uint32_t sum = 0;
  schema::WeightExtremes extremes = schema::kNoExtremes;
  CHECK(schema::summarize_rows(WeightFormat::s8, lowest.data(), 1, 100000, &sum, &extremes) ==
        schema::kAllRowsValid);
  CHECK(sum == 12800000);
  std::uint32_t four[4];
  schema::summarize_rows(WeightFormat::s8, lowest.data(), 4, 4080, four, &extremes);
  for (const std::uint32_t of_row : four) CHECK(of_row == 4080 * 128);
  CHECK(extremes.lo == -128);
  CHECK(extremes.hi == -128);
}

TEST_CASE("weights: the first row that is not valid is named") {
  const std::uint8_t bytes[] = {0x21, 0x03, 0x21,
                                0x13, 0x21, 0x13};  // three weights of 4 bits and 4 unused bits
  std::uint32_t sums[3];
  schema::WeightExtremes extremes = schema::kNoExtremes;
  CHECK(schema::summarize_rows(WeightFormat::s4, bytes, 3, 3, sums, &extremes) == 1);
}

}  // namespace
}  // namespace bulwark::test
