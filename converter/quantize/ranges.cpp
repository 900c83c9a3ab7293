// SPDX-License-Identifier: Apache-2.0
#include "converter/quantize/ranges.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace bulwark::converter::quantize {
namespace {

constexpr std::size_t kBins = 2048;
constexpr int kShrinkSteps = 40;  // candidate ranges from 1/40 of the largest to all of it

double square(double x) { return x * x; }

}  // namespace

void Range::widen(const std::vector<float>& values) {
  for (const float v : values) {
    if (!std::isfinite(v)) lo_ = hi_ = std::numeric_limits<float>::quiet_NaN();
    lo_ = std::min(lo_, v);  // a NaN stays
    hi_ = std::max(hi_, v);
  }
}

bool Range::finite() const { return std::isfinite(lo_) && std::isfinite(hi_); }

void Range::count(const std::vector<float>& values) {
  if (bins_.empty()) bins_.assign(kBins, 0.0);
  const double width = static_cast<double>(hi_) - static_cast<double>(lo_);
  if (!(width > 0)) return;
  for (const float v : values) {
    const double at = (static_cast<double>(v) - static_cast<double>(lo_)) / width * kBins;
    bins_[std::min(static_cast<std::size_t>(std::max(at, 0.0)), kBins - 1)] += 1;
  }
}

double Range::centre(std::size_t bin) const {
  const double lo = static_cast<double>(lo_), hi = static_cast<double>(hi_);
  return lo + (static_cast<double>(bin) + 0.5) * (hi - lo) / kBins;
}

Range::Span Range::by_percentile(double percentile) const {
  double total = 0;
  for (const double n : bins_) total += n;
  const double cut = total * (1 - percentile / 100) / 2;
  std::size_t first = 0, last = kBins - 1;
  for (double below = 0; first < last && below + bins_[first] <= cut; ++first) below += bins_[first];
  for (double above = 0; last > first && above + bins_[last] <= cut; --last) above += bins_[last];
  const double half = (centre(1) - centre(0)) / 2;
  return {std::min(centre(first) - half, 0.0), std::max(centre(last) + half, 0.0)};
}

Range::Span Range::by_error(int bits) const {
  const double lo = static_cast<double>(lo_), hi = static_cast<double>(hi_);
  Span best{lo, hi};
  double least = std::numeric_limits<double>::infinity();
  for (int step = kShrinkSteps; step > 0; --step) {
    const double part = static_cast<double>(step) / kShrinkSteps;
    const Levels levels = levels_of({lo * part, hi * part}, bits);
    const double scale = static_cast<double>(levels.scale), top = std::ldexp(1.0, bits) - 1;
    double error = 0;
    for (std::size_t i = 0; i < kBins; ++i) {
      const double x = centre(i);
      const double level = std::clamp(std::nearbyint(x / scale) + levels.zero_point, 0.0, top);
      error += bins_[i] * square((level - levels.zero_point) * scale - x);
    }
    if (error < least) {
      least = error;
      best = {lo * part, hi * part};
    }
  }
  return best;
}

Range::Span Range::choose(RangeMethod method, double percentile, int bits) const {
  const bool counted = !bins_.empty() && hi_ > lo_;
  if (counted && method == RangeMethod::percentile) return by_percentile(percentile);
  if (counted && method == RangeMethod::mse) return by_error(bits);
  return {static_cast<double>(lo_), static_cast<double>(hi_)};  // both start at 0
}

Levels levels_of(const Range::Span& span, int bits) {
  const double top = std::ldexp(1.0, bits) - 1;
  Levels levels;
  levels.scale = static_cast<float>((span.hi - span.lo) / top);
  if (!(levels.scale > 1e-30f)) return {1.0f / 255, 0};  // nothing but zeros
  levels.zero_point =
      static_cast<int>(std::clamp(std::nearbyint(-span.lo / static_cast<double>(levels.scale)), 0.0, top));
  return levels;
}

int weight_limit(int bits) { return (1 << (bits - 1)) - 1; }

QuantizedRow quantize_row(const std::vector<float>& weights, int limit, bool search) {
  double largest = 0;
  for (const float w : weights) largest = std::max(largest, std::abs(static_cast<double>(w)));
  QuantizedRow row;
  row.values.assign(weights.size(), 0);
  if (!(largest > 0)) return row;
  const auto level = [&](float w, double scale) {
    return std::clamp(std::nearbyint(static_cast<double>(w) / scale), -static_cast<double>(limit),
                      static_cast<double>(limit));
  };
  row.scale = largest / limit;
  double least = std::numeric_limits<double>::infinity();
  for (int step = kShrinkSteps; search && step > kShrinkSteps / 5; --step) {
    const double scale = largest / limit * step / kShrinkSteps;
    double error = 0;
    for (const float w : weights) error += square(level(w, scale) * scale - static_cast<double>(w));
    if (error < least) {
      least = error;
      row.scale = scale;
    }
  }
  row.scale = static_cast<double>(static_cast<float>(row.scale));
  for (std::size_t i = 0; i < weights.size(); ++i)
    row.values[i] = static_cast<int>(level(weights[i], row.scale));
  return row;
}

}  // namespace bulwark::converter::quantize
