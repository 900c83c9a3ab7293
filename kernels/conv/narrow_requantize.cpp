// SPDX-License-Identifier: Apache-2.0
#include "kernels/conv/narrow_requantize.h"

#include <algorithm>
#include <cmath>

#include "kernels/common/requantize_scalar.h"

namespace bulwark::kernels::conv {
namespace {

constexpr std::int32_t kMostSteps = 64, kLeast16 = -32768, kMost16 = 32767;

std::int32_t saturate16(std::int64_t x) {
  return static_cast<std::int32_t>(std::clamp<std::int64_t>(x, kLeast16, kMost16));
}

/// What all channels of a layer share.
struct Layer {
  std::int32_t fraction_bits, zero_point;
};

/// The steps of one channel.
struct Steps {
  std::int32_t first, last;     ///< levels at the least and at the largest sum
  std::int32_t at[kMostSteps];  ///< the least sum of each level above `first`
  std::int32_t count() const { return last - first; }
};

std::int32_t output(const NarrowChannel& c, const Layer& layer, std::int32_t sum) {
  const std::int64_t v = sum * (std::int64_t{1} << layer.fraction_bits) + c.bias;
  return requantize(static_cast<std::int32_t>(v), c.multiplier, layer.zero_point, c.lo, c.hi);
}

bool find_steps(const NarrowChannel& c, const Layer& layer, Steps* steps) {
  steps->first = output(c, layer, c.least);
  steps->last = output(c, layer, c.most);
  if (steps->count() > kMostSteps) return false;
  for (std::int32_t i = 0; i < steps->count(); ++i) {
    const std::int32_t level = steps->first + 1 + i;
    const double real =
        (level - 0.5 - layer.zero_point) / static_cast<double>(c.multiplier) - static_cast<double>(c.bias);
    auto sum =
        static_cast<std::int32_t>(std::clamp(std::ceil(std::ldexp(real, -layer.fraction_bits)),
                                             static_cast<double>(c.least), static_cast<double>(c.most)));
    while (sum > c.least && output(c, layer, sum - 1) >= level) --sum;
    while (output(c, layer, sum) < level) ++sum;
    steps->at[i] = sum;
  }
  return true;
}

/// The start that puts the steps around 0.
bool find_start(const NarrowChannel& c, const Steps& steps, std::int16_t* start) {
  const std::int32_t middle = steps.count() == 0 ? 0 : -((steps.at[0] + steps.at[steps.count() - 1]) / 2);
  *start = static_cast<std::int16_t>(saturate16(middle));
  return std::min<std::int32_t>(*start, 0) + c.least >= kLeast16 &&
         std::max<std::int32_t>(*start, 0) + c.most <= kMost16;
}

/// The largest shift that keeps all steps.
std::int32_t largest_shift(const Steps& steps, std::int32_t start) {
  if (steps.count() == 0) return 14;
  const std::int32_t largest = std::max(steps.at[steps.count() - 1] + start, -(steps.at[0] - 1 + start));
  std::int32_t shift = 0;
  while (shift < 14 && (largest << (shift + 1)) <= kMost16) ++shift;
  return shift;
}

std::int32_t product(std::int32_t sum, std::int32_t start, std::int32_t shift, std::int32_t multiplier) {
  return (saturate16(std::int64_t{sum + start} * (1 << shift)) * multiplier) >> 15;
}

/// An offset with which `multiplier` steps where it should.
bool find_offset(const NarrowChannel& c, const Steps& steps, const NarrowRecord& record, std::int32_t start,
                 std::int32_t multiplier, std::int16_t* offset) {
  const std::int32_t unit = 256 << record.down;
  const auto at = [&](std::int32_t sum) { return product(sum, start, record.shift, multiplier); };
  const auto bottom = [&](std::int32_t level) { return (level - record.base) * unit; };
  std::int32_t least = kLeast16 - std::min(at(c.least), 0), most = kMost16 - std::max(at(c.most), 0);
  if (steps.first > c.lo) least = std::max(least, bottom(steps.first) - at(c.least));
  if (steps.last < c.hi) most = std::min(most, bottom(steps.last + 1) - 1 - at(c.most));
  for (std::int32_t i = 0; i < steps.count() && least <= most; ++i) {
    const std::int32_t level = bottom(steps.first + 1 + i);
    least = std::max(least, level - at(steps.at[i]));
    most = std::min(most, level - 1 - at(steps.at[i] - 1));
  }
  if (least > most) return false;
  *offset = static_cast<std::int16_t>(least + (most - least) / 2);
  return true;
}

/// Multipliers around the real one are tried.
bool find_multiplier(const NarrowChannel& c, const Layer& layer, const Steps& steps, std::size_t i,
                     NarrowRecord* record) {
  constexpr std::int32_t kTries = 4;
  const double real =
      std::ldexp(static_cast<double>(c.multiplier), layer.fraction_bits + 23 + record->down - record->shift);
  if (steps.count() != 0 && real > kMost16) return false;
  const std::int32_t nearest = steps.count() == 0 ? 0 : static_cast<std::int32_t>(real + 0.5);
  for (std::int32_t n = 0; n <= (steps.count() == 0 ? 0 : 2 * kTries); ++n) {
    const std::int32_t multiplier = nearest + (n % 2 == 0 ? n / 2 : -(n + 1) / 2);
    if (multiplier < 0 || multiplier > kMost16) continue;
    record->multiplier[i] = static_cast<std::int16_t>(multiplier);
    if (find_offset(c, steps, *record, record->start[i], multiplier, &record->offset[i])) return true;
  }
  return false;
}

}  // namespace

bool fit_narrow(const NarrowChannel* channels, std::size_t count, std::int32_t fraction_bits,
                std::int32_t zero_point, NarrowRecord* record) {
  const Layer layer{fraction_bits, zero_point};
  Steps steps[16];
  *record = {};
  record->shift = 14;
  std::int32_t first = 127, last = -128;
  for (std::size_t i = 0; i < count; ++i) {
    if (!find_steps(channels[i], layer, &steps[i]) || !find_start(channels[i], steps[i], &record->start[i]))
      return false;
    record->shift = static_cast<std::int16_t>(
        std::min<std::int32_t>(record->shift, largest_shift(steps[i], record->start[i])));
    first = std::min(first, steps[i].first);
    last = std::max(last, steps[i].last);
  }
  record->base = static_cast<std::int8_t>((first + last + 1) >> 1);
  for (record->down = 6; record->down >= 0; --record->down) {
    std::size_t i = 0;
    while (i < count && find_multiplier(channels[i], layer, steps[i], i, record)) ++i;
    if (i == count) return true;
  }
  return false;
}

std::int32_t narrow_output(const NarrowRecord& record, std::size_t c, std::int32_t sum, std::int8_t lo,
                           std::int8_t hi) {
  const std::int32_t scaled = product(sum, record.start[c], record.shift, record.multiplier[c]);
  const std::int32_t y = ((scaled + record.offset[c]) >> (8 + record.down)) + record.base;
  return std::clamp<std::int32_t>(y, lo, hi);
}

}  // namespace bulwark::kernels::conv
