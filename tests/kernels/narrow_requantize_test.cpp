// SPDX-License-Identifier: Apache-2.0
#include "kernels/conv/narrow_requantize.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "kernels/common/requantize_scalar.h"
#include "tests/kernels/linear_case.h"

namespace bulwark::test {
namespace {

using kernels::conv::NarrowChannel;
using kernels::conv::NarrowRecord;

/// The first channel and sum where the integers give another output than the specification, or none.
std::string first_difference(const std::vector<NarrowChannel>& channels, std::int32_t fraction_bits,
                             std::int32_t zero_point, const NarrowRecord& record) {
  for (std::size_t c = 0; c < channels.size(); ++c) {
    const NarrowChannel& channel = channels[c];
    for (std::int32_t sum = channel.least; sum <= channel.most; ++sum) {
      const std::int32_t expected =
          kernels::requantize(static_cast<std::int32_t>(channel.bias + sum * (1 << fraction_bits)),
                              channel.multiplier, zero_point, channel.lo, channel.hi);
      if (narrow_output(record, c, sum, channel.lo, channel.hi) != expected)
        return "channel " + std::to_string(c) + ", sum " + std::to_string(sum);
      if (std::abs(record.start[c] + sum) > 32768) return "start " + std::to_string(record.start[c]);
    }
  }
  return "";
}

/// Channels whose `levels` outputs cover about the sums that random inputs reach.
std::vector<NarrowChannel> usual_channels(std::int32_t largest, std::int32_t levels, std::int32_t lo,
                                          std::int32_t zero_point, Random& random) {
  std::vector<NarrowChannel> channels(static_cast<std::size_t>(random.in(1, 16)));
  for (NarrowChannel& c : channels) {
    c.least = -random.in(largest / 2, largest);
    c.most = random.in(largest / 2, largest);
    c.multiplier = static_cast<float>(levels) /
                   (static_cast<float>(largest) * 0.001f * static_cast<float>(random.in(150, 400)));
    c.bias = random.in(-largest / 8, largest / 8) +
             static_cast<std::int32_t>(static_cast<float>(lo - zero_point) / c.multiplier);
    c.lo = static_cast<std::int8_t>(lo);
    c.hi = static_cast<std::int8_t>(lo + levels - 1);
  }
  return channels;
}

/// The same outputs, but for biases between two sums.
void add_fraction(std::vector<NarrowChannel>& channels, std::int32_t fraction_bits, Random& random) {
  const std::int32_t unit = 1 << fraction_bits;
  for (NarrowChannel& c : channels) {
    c.multiplier = std::ldexp(c.multiplier, -fraction_bits);
    c.bias = c.bias * unit + random.in(0, unit - 1);
  }
}

}  // namespace

TEST_CASE("16 levels and fewer fit 16-bit requantization, and every sum gives the specified output") {
  Random random(90);
  int fitting = 0, all = 0;
  for (const std::int32_t largest : {40, 300, 1500, 6000}) {
    for (const std::int32_t levels : {2, 3, 4, 8, 16}) {
      for (const std::int32_t lo : {-128, -8, 0, 112}) {
        const std::int32_t zero_point = random.pick({lo, lo + levels / 2, -128, 127});
        auto channels = usual_channels(largest, levels, lo, zero_point, random);
        const std::int32_t fraction_bits = random.pick({0, 1, 9, largest <= 300 ? 16 : 12});
        add_fraction(channels, fraction_bits, random);
        NarrowRecord record;
        ++all;
        if (!fit_narrow(channels.data(), channels.size(), fraction_bits, zero_point, &record)) continue;
        ++fitting;
        INFO("largest " << largest << " levels " << levels << " from " << lo << " fraction "
                        << fraction_bits);
        CHECK(first_difference(channels, fraction_bits, zero_point, record) == "");
      }
    }
  }
  CHECK(fitting * 10 >= all * 9);
}

TEST_CASE("What 16-bit requantization accepts is exact for extreme constants") {
  Random random(91);
  for (int i = 0; i < 300; ++i) {
    std::vector<NarrowChannel> channels(static_cast<std::size_t>(random.in(1, 16)));
    for (NarrowChannel& c : channels) {
      c.least = -random.in(0, random.pick({0, 3, 200, 32768}));
      c.most = random.in(0, random.pick({0, 3, 200, 32767}));
      c.bias = random.pick({0, 7, random.in(-40000, 40000), 2147000000, -2147000000});
      c.multiplier = random.pick({1.1754944e-38f, 1e-6f, 0.0078125f, 0.01f, 0.5f, 1.0f, 3.0e38f});
      const std::int32_t lo = random.in(-128, 127);
      c.lo = static_cast<std::int8_t>(lo);
      c.hi = static_cast<std::int8_t>(random.pick({lo, std::min(127, lo + 5), 127}));
    }
    const std::int32_t zero_point = random.pick({-128, 0, 5, 127}), fraction_bits = random.pick({0, 3, 15});
    for (NarrowChannel& c : channels) {
      const std::int64_t most = INT32_MAX - (std::int64_t{std::max(-c.least, c.most)} << fraction_bits);
      c.bias = std::clamp(c.bias, -most, most);
    }
    NarrowRecord record;
    if (!fit_narrow(channels.data(), channels.size(), fraction_bits, zero_point, &record)) continue;
    CHECK(first_difference(channels, fraction_bits, zero_point, record) == "");
  }
}

}  // namespace bulwark::test
