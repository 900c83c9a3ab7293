// SPDX-License-Identifier: Apache-2.0
// Kernels of 16-bit elements against plain formulas, over sizes, ends of ranges and guard pages.
#include <algorithm>
#include <cmath>
#include <limits>

#include "tests/kernels/sweep.h"

namespace bulwark::test {
namespace {

using Words = std::vector<std::int16_t>;

Words random_words(Random& random, std::size_t count) {
  return random_values<std::int16_t>(random, count, -32768, 32767);
}

/// rne in double; every value here is far below 2^53.
std::int32_t level(float x, std::int32_t zero_point, std::int32_t lo, std::int32_t hi) {
  const double y = std::nearbyint(static_cast<double>(x)) + zero_point;
  return static_cast<std::int32_t>(std::clamp(y, static_cast<double>(lo), static_cast<double>(hi)));
}

template <typename Out, typename Call, typename Registry>
void check_outputs(Registry registry, Call call, const std::vector<Out>& expected, GuardSide side) {
  for_each_runnable(registry, [&](const auto& kernel) {
    if (!kernel.supports(call)) return;
    Output<Out> output(expected.size(), side);
    call.output = output.data();
    kernel.run(call);
    REQUIRE(output.values() == expected);
    REQUIRE(output.slack_intact());
  });
}

}  // namespace

TEST_CASE("16 bits: sums saturate and stay in the range") {
  Random random(161);
  for (const std::size_t size : sweep_sizes()) {
    const Words a = random_words(random, size), b = random_words(random, size);
    const Range range = random_range(random, -32768, 32767);
    Words expected;
    for (std::size_t i = 0; i < size; ++i)
      expected.push_back(static_cast<std::int16_t>(std::clamp(a[i] + b[i], range.lo, range.hi)));
    for (const GuardSide side : kSides) {
      Input<std::int16_t> left(a, side), right(b, side);
      kernels::AddWideCall call{left.data(), right.data(), nullptr, static_cast<std::int64_t>(size),
                                range.lo,    range.hi};
      check_outputs(kernels::add_wide_kernels(), call, expected, side);
    }
  }
}

TEST_CASE("16 bits: products to 16 and to 8 bits") {
  Random random(162);
  for (const std::size_t size : sweep_sizes()) {
    const Words a = random_words(random, size), b = random_words(random, size);
    const bool bytes = random_int(random, 0, 1) == 1;
    const float multiplier = std::ldexp(random_float(random, 1, 2), random_int(random, -40, 2));
    const Range range = bytes ? random_range(random, -128, 127) : random_range(random, -32768, 32767);
    const std::int32_t zero = bytes ? random_int(random, -128, 127) : 0;
    std::vector<std::int8_t> expected_bytes;
    Words expected;
    for (std::size_t i = 0; i < size; ++i) {
      const std::int32_t y = level(static_cast<float>(a[i] * b[i]) * multiplier, zero, range.lo, range.hi);
      expected.push_back(static_cast<std::int16_t>(y));
      expected_bytes.push_back(static_cast<std::int8_t>(y));
    }
    for (const GuardSide side : kSides) {
      Input<std::int16_t> left(a, side), right(b, side);
      const kernels::MulWideCall call{left.data(), right.data(), nullptr, static_cast<std::int64_t>(size),
                                      bytes,       multiplier,   zero,    range.lo,
                                      range.hi};
      if (bytes) {
        check_outputs(kernels::mul_wide_kernels(), call, expected_bytes, side);
      } else {
        check_outputs(kernels::mul_wide_kernels(), call, expected, side);
      }
    }
  }
}

TEST_CASE("16 bits: quantization rounds to even, clamps, and takes a NaN for the lower end") {
  Random random(163);
  const float special[] = {std::numeric_limits<float>::quiet_NaN(),
                           std::numeric_limits<float>::infinity(),
                           -std::numeric_limits<float>::infinity(),
                           1e30f,
                           -1e30f,
                           0.5f,
                           1.5f,
                           -0.5f,
                           -2.5f};
  for (const std::size_t size : sweep_sizes()) {
    std::vector<float> x;
    for (std::size_t i = 0; i < size; ++i) {
      const int kind = random_int(random, 0, 15);
      x.push_back(kind < 9 ? special[kind] : random_float(random, -40000, 40000));
    }
    const float scale = random_int(random, 0, 1) ? 1.0f : random_float(random, 0.001f, 3.0f);
    const Range range = random_range(random, -32768, 32767);
    Words expected;
    for (const float v : x) {
      const std::int32_t y = std::isnan(v) ? range.lo : level(v / scale, 0, range.lo, range.hi);
      expected.push_back(static_cast<std::int16_t>(y));
    }
    for (const GuardSide side : kSides) {
      Input<float> input(x, side);
      const kernels::QuantizeWideCall call{input.data(), nullptr,  static_cast<std::int64_t>(size),
                                           scale,        range.lo, range.hi};
      check_outputs(kernels::quantize_wide_kernels(), call, expected, side);
    }
  }
}

TEST_CASE("16 bits: a lookup passes through its entries and lies between them elsewhere") {
  Random random(164);
  const Words entries = random_words(random, 1025);
  Words x;
  for (int v = -32768; v < 32768; v += 7) x.push_back(static_cast<std::int16_t>(v));
  x.insert(x.end(), {-32768, -32767, -1, 0, 1, 63, 64, 65, 32766, 32767});
  Words expected;
  for (const std::int16_t v : x) {
    const int at = (v + 32768) / 64, rest = (v + 32768) % 64;
    const double sum = entries[static_cast<std::size_t>(at)] * (64.0 - rest) +
                       entries[static_cast<std::size_t>(at) + 1] * static_cast<double>(rest) + 32;
    expected.push_back(static_cast<std::int16_t>(std::floor(sum / 64)));
    if (rest == 0) REQUIRE(expected.back() == entries[static_cast<std::size_t>(at)]);
  }
  for (const GuardSide side : kSides) {
    Input<std::int16_t> input(x, side), table(entries, side);
    const kernels::LookupWideCall call{input.data(), nullptr, static_cast<std::int64_t>(x.size()),
                                       table.data()};
    check_outputs(kernels::lookup_wide_kernels(), call, expected, side);
  }
}

TEST_CASE("16 bits: a time filter sums exactly, for every number of units, ranks and steps") {
  Random random(165);
  const bool extreme = GENERATE(false, true);
  for (std::int64_t units = 1; units <= 13; ++units) {
    for (const std::int64_t rank : {1, 2, 3}) {
      const std::int64_t time = random_int(random, 1, 40);
      const std::size_t count = static_cast<std::size_t>(time * units * rank);
      Words x = random_words(random, count), w = random_words(random, count);
      if (extreme) x.assign(count, -32768), w.assign(count, random_int(random, 0, 1) ? -32768 : 32767);
      std::vector<std::int32_t> bias = random_values<std::int32_t>(random, static_cast<std::size_t>(units),
                                                                   std::numeric_limits<std::int32_t>::min(),
                                                                   std::numeric_limits<std::int32_t>::max());
      const bool with_bias = random_int(random, 0, 2) > 0;
      const float multiplier = std::ldexp(random_float(random, 1, 2), random_int(random, -36, -20));
      const std::int32_t zero = random_int(random, -128, 127);
      std::vector<std::int8_t> expected;
      for (std::int64_t u = 0; u < units; ++u) {
        std::int64_t sum = with_bias ? bias[static_cast<std::size_t>(u)] : 0;
        for (std::int64_t t = 0; t < time; ++t) {
          for (std::int64_t r = 0; r < rank; ++r) {
            const auto at = static_cast<std::size_t>(t * units * rank + u * rank + r);
            sum += std::int64_t{w[at]} * x[at];
          }
        }
        expected.push_back(
            static_cast<std::int8_t>(level(static_cast<float>(sum) * multiplier, zero, -128, 127)));
      }
      for (const GuardSide side : kSides) {
        Input<std::int16_t> input(x, side), weights(w, side);
        Input<std::int32_t> biases(bias, side);
        const kernels::TimeFilterCall call{input.data(),
                                           weights.data(),
                                           with_bias ? biases.data() : nullptr,
                                           nullptr,
                                           time,
                                           units,
                                           rank,
                                           multiplier,
                                           zero,
                                           -128,
                                           127};
        check_outputs(kernels::time_filter_kernels(), call, expected, side);
      }
    }
  }
}

}  // namespace bulwark::test
