// SPDX-License-Identifier: Apache-2.0
#include "kernels/common/interval.h"

#include "tests/kernels/naive.h"
#include "tests/kernels/sweep.h"

namespace bulwark::test {
namespace {

using kernels::IntervalBoundsCall;
using kernels::IntervalBoxCall;
using Bytes8 = std::vector<std::int8_t>;

struct BoxCase {
  Bytes8 lo, hi;
  IntervalBoxCall call{};
};

/// Intervals inside [lowest, highest].
BoxCase random_box(Random& random, std::size_t size, std::int32_t lowest, std::int32_t highest) {
  BoxCase box;
  for (std::size_t i = 0; i < size; ++i) {
    const std::int32_t a = random_int(random, lowest, highest), b = random_int(random, lowest, highest);
    box.lo.push_back(static_cast<std::int8_t>(std::min(a, b)));
    box.hi.push_back(static_cast<std::int8_t>(std::max(a, b)));
  }
  box.call.count = static_cast<std::int64_t>(size);
  return box;
}

void check(const BoxCase& box) {
  Bytes8 centre, radius;
  for (std::size_t i = 0; i < box.lo.size(); ++i) {
    const std::int32_t lo = box.lo[i], hi = box.hi[i];
    const std::int32_t middle = static_cast<std::int32_t>(std::floor((lo + hi) / 2.0));
    centre.push_back(static_cast<std::int8_t>(box.call.doubled ? lo + hi - 2 * box.call.offset : middle));
    radius.push_back(static_cast<std::int8_t>(box.call.doubled ? hi - lo : hi - middle - 64));
  }
  for (const GuardSide side : kSides) {
    Input<std::int8_t> lo(box.lo, side), hi(box.hi, side);
    for_each_runnable(kernels::interval_box_kernels(), [&](const auto& kernel) {
      Output<std::int8_t> c(centre.size(), side), r(radius.size(), side);
      IntervalBoxCall call = box.call;
      call.lo = lo.data();
      call.hi = hi.data();
      call.centre = c.data();
      call.radius = r.data();
      kernel.run(call);
      REQUIRE(c.values() == centre);
      REQUIRE(r.values() == radius);
      REQUIRE((c.slack_intact() && r.slack_intact()));
    });
  }
}

struct BoundsCase {
  std::vector<float> centre, radius, multiplier;
  std::vector<std::int32_t> bias;
  Bytes8 clamp_lo, clamp_hi;
  IntervalBoundsCall call{};
};

BoundsCase random_bounds(Random& random, std::size_t rows, std::size_t channels) {
  BoundsCase made;
  IntervalBoundsCall& call = made.call;
  call.rows = static_cast<std::int64_t>(rows);
  call.channels = static_cast<std::int32_t>(channels);
  call.halve = random_int(random, 0, 1);
  call.fraction_bits = random_int(random, 0, 16);
  call.zero_point = random_int(random, -128, 127);
  const std::int32_t largest = 1 << random_int(random, 4, std::min(23, 29 - call.fraction_bits));
  const std::int32_t room = INT32_MAX - (largest << call.fraction_bits);
  for (std::size_t i = 0; i < rows * channels; ++i) {
    // Both ends are even where they are halved.
    const std::int32_t unit = call.halve ? 2 : 1;
    made.centre.push_back(static_cast<float>(unit * random_int(random, -largest / 2, largest / 2)));
    made.radius.push_back(static_cast<float>(unit * random_int(random, 0, largest / 2)));
  }
  for (std::size_t c = 0; c < channels; ++c) {
    const Range range = random_range(random, -128, 127);
    const std::int32_t most = random_int(random, 0, 3) == 0 ? room : std::min(room, 1000000);
    made.bias.push_back(random_int(random, -most, most));
    made.multiplier.push_back(random_float(random, 20.0f, 300.0f) /
                              std::ldexp(static_cast<float>(largest), call.fraction_bits));
    made.clamp_lo.push_back(static_cast<std::int8_t>(range.lo));
    made.clamp_hi.push_back(static_cast<std::int8_t>(range.hi));
  }
  return made;
}

Bytes8 naive_ends(const BoundsCase& bounds, int sign) {
  Bytes8 ends;
  const IntervalBoundsCall& call = bounds.call;
  for (std::size_t i = 0; i < bounds.centre.size(); ++i) {
    const std::size_t c = i % static_cast<std::size_t>(call.channels);
    const double sum =
        (static_cast<double>(bounds.centre[i]) + sign * static_cast<double>(bounds.radius[i])) /
        (call.halve ? 2 : 1);
    const auto v = static_cast<std::int64_t>(std::ldexp(sum, call.fraction_bits)) + bounds.bias[c];
    ends.push_back(static_cast<std::int8_t>(
        naive_requantize(v, bounds.multiplier[c], call.zero_point, bounds.clamp_lo[c], bounds.clamp_hi[c])));
  }
  return ends;
}

void check(const BoundsCase& bounds) {
  const Bytes8 expected_lo = naive_ends(bounds, -1), expected_hi = naive_ends(bounds, 1);
  for (const GuardSide side : kSides) {
    Input<float> centre(bounds.centre, side), radius(bounds.radius, side),
        multiplier(bounds.multiplier, side);
    Input<std::int32_t> bias(bounds.bias, side);
    Input<std::int8_t> clamp_lo(bounds.clamp_lo, side), clamp_hi(bounds.clamp_hi, side);
    for_each_runnable(kernels::interval_bounds_kernels(), [&](const auto& kernel) {
      Output<std::int8_t> lo(expected_lo.size(), side), hi(expected_hi.size(), side);
      IntervalBoundsCall call = bounds.call;
      call.centre = centre.data();
      call.radius = radius.data();
      call.multiplier = multiplier.data();
      call.bias = bias.data();
      call.clamp_lo = clamp_lo.data();
      call.clamp_hi = clamp_hi.data();
      call.lo = lo.data();
      call.hi = hi.data();
      if (!kernel.supports(call)) return;
      kernel.run(call);
      REQUIRE(lo.values() == expected_lo);
      REQUIRE(hi.values() == expected_hi);
      REQUIRE((lo.slack_intact() && hi.slack_intact()));
    });
  }
}

}  // namespace

TEST_CASE("Centre and radius of intervals, for every size, on both sides of a guard page") {
  Random random(21);
  for (const std::size_t size : sweep_sizes()) {
    check(random_box(random, size, -128, 127));
    for (int i = 0; i < 4; ++i) {
      const std::int32_t lowest = random_int(random, -128, 0), width = random_int(random, 0, 127);
      BoxCase box = random_box(random, size, lowest, lowest + width);
      box.call.doubled = true;
      box.call.offset = lowest + (width + 1) / 2;
      check(box);
    }
  }
}

TEST_CASE("Centre and radius of every interval of 8 bits") {
  BoxCase box;
  for (std::int32_t lo = -128; lo <= 127; ++lo) {
    for (std::int32_t hi = lo; hi <= 127; ++hi) {
      box.lo.push_back(static_cast<std::int8_t>(lo));
      box.hi.push_back(static_cast<std::int8_t>(hi));
    }
  }
  box.call.count = static_cast<std::int64_t>(box.lo.size());
  check(box);
}

TEST_CASE("Bounds of sums, for every number of channels, on both sides of a guard page") {
  Random random(22);
  for (const std::size_t channels : sweep_sizes()) {
    if (channels == 0) continue;
    for (const std::size_t rows : {0u, 1u, 3u}) check(random_bounds(random, rows, channels));
  }
}

}  // namespace bulwark::test
