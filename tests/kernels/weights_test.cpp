// SPDX-License-Identifier: Apache-2.0
#include "kernels/common/weights.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <vector>

#include "tests/kernels/linear_case.h"
#include "tests/support/guarded_buffer.h"

namespace bulwark::test {
namespace {

using kernels::WeightFormat;

TEST_CASE("Weights of every format survive packing, whatever the row's length", "[weights]") {
  const WeightFormat format = GENERATE(WeightFormat::s8, WeightFormat::s4, WeightFormat::s3, WeightFormat::s2,
                                       WeightFormat::ternary, WeightFormat::s9);
  const auto range = kernels::weight_range(format);
  Random random(11);
  for (std::size_t elements = 1; elements <= 67; ++elements) {
    std::vector<std::int16_t> weights(elements);
    for (auto& w : weights)
      w = random.pick({static_cast<std::int16_t>(range.lo), static_cast<std::int16_t>(range.hi),
                       static_cast<std::int16_t>(random.in(range.lo, range.hi))});
    GuardedBuffer row(static_cast<std::size_t>(kernels::weight_row_bytes(format, elements)));
    kernels::pack_weight_row(format, weights.data(), elements, row.data());
    row.make_read_only();
    std::vector<std::int16_t> wide(elements);
    kernels::unpack_weight_row(format, row.data(), elements, wide.data());
    CHECK(wide == weights);
    if (format == WeightFormat::s9) continue;
    std::vector<std::int8_t> narrow(elements);
    kernels::unpack_weight_row(format, row.data(), elements, narrow.data());
    CHECK(std::equal(narrow.begin(), narrow.end(), weights.begin()));
  }
}

TEST_CASE("The bytes of a packed row are those the file format documents", "[weights]") {
  const std::int16_t weights[] = {1, -1, 0, 1, -1, -1, 1, 1};
  std::uint8_t row[16];
  kernels::pack_weight_row(WeightFormat::s4, weights, 3, row);
  CHECK(row[0] == 0xF1);
  CHECK(row[1] == 0x00);
  kernels::pack_weight_row(WeightFormat::s3, weights, 8, row);
  CHECK((row[0] | row[1] << 8 | row[2] << 16) == 0x27F239);
  kernels::pack_weight_row(WeightFormat::s2, weights, 4, row);
  CHECK(row[0] == 0x4D);
  kernels::pack_weight_row(WeightFormat::ternary, weights, 5, row);
  CHECK(row[0] == 2 + 0 * 3 + 1 * 9 + 2 * 27 + 0 * 81);
  const std::int16_t wide[] = {-255, 200};
  kernels::pack_weight_row(WeightFormat::s9, wide, 2, row);
  CHECK(row[0] == 0x01);
  CHECK(row[1] == 0xFF);
  CHECK(row[2] == 200);
  CHECK(row[3] == 0);
}

TEST_CASE("Row sizes are rounded up to whole bytes and do not wrap", "[weights]") {
  CHECK(kernels::weight_row_bytes(WeightFormat::s8, 7) == 7);
  CHECK(kernels::weight_row_bytes(WeightFormat::s4, 7) == 4);
  CHECK(kernels::weight_row_bytes(WeightFormat::s3, 7) == 3);
  CHECK(kernels::weight_row_bytes(WeightFormat::s3, 9) == 4);
  CHECK(kernels::weight_row_bytes(WeightFormat::s2, 5) == 2);
  CHECK(kernels::weight_row_bytes(WeightFormat::ternary, 11) == 3);
  CHECK(kernels::weight_row_bytes(WeightFormat::s9, 2147483647) == 4294967294ull);
}

}  // namespace
}  // namespace bulwark::test
