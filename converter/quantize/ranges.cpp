// SPDX-License-Identifier: Apache-2.0
#include "converter/quantize/ranges.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace bulwark::converter::quantize {
namespace {

constexpr std::size_t kBins = 2048;
constexpr int kShrinkSteps = 40;  // candidate ranges from 1/40 of the largest to all of it
constexpr double kUnseen = 1e-4;  // weight of a value that the levels make impossible

double square(double x) { return x * x; }

/// counts[first..last), the rest moved to its two ends, against the same counts held by `levels` levels:
/// within a level every value that occurs at all is as likely as the others.
double clipped_divergence(const std::vector<double>& counts, std::size_t first, std::size_t last,
                          std::size_t levels, double total) {
  double below = 0, above = 0, divergence = 0;
  for (std::size_t i = 0; i < first; ++i) below += counts[i];
  for (std::size_t i = last; i < counts.size(); ++i) above += counts[i];
  const double inside = std::max(total - below - above, 1e-300);
  for (std::size_t level = 0; level < levels; ++level) {
    const std::size_t begin = first + (last - first) * level / levels;
    const std::size_t end = first + (last - first) * (level + 1) / levels;
    double sum = 0, occupied = 0;
    for (std::size_t i = begin; i < end; ++i) {
      sum += counts[i];
      occupied += counts[i] > 0 ? 1 : 0;
    }
    for (std::size_t i = begin; i < end; ++i) {
      const double p = (counts[i] + (i == first ? below : 0) + (i == last - 1 ? above : 0)) / total;
      const double q = counts[i] > 0 ? sum / occupied / inside : kUnseen / inside;
      if (p > 0) divergence += p * std::log(p / q);
    }
  }
  return divergence;
}

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
    if (v == 0.0f) zeros_ += 1;
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

double Range::error_of(const Span& span, int bits) const {
  const Levels levels = levels_of(span, bits);
  const double scale = static_cast<double>(levels.scale), top = std::ldexp(1.0, bits) - 1;
  double error = 0;
  for (std::size_t i = 0; i < kBins; ++i) {
    if (bins_[i] == 0) continue;
    const double x = centre(i);
    const double level = std::clamp(std::nearbyint(x / scale) + levels.zero_point, 0.0, top);
    error += bins_[i] * square((level - levels.zero_point) * scale - x);
  }
  return error;
}

/// Each end is moved in on its own.
Range::Span Range::by_error(int bits) const {
  const Span all{static_cast<double>(lo_), static_cast<double>(hi_)};
  Span best = all;
  double least = std::numeric_limits<double>::infinity();
  const int steps = all.lo < 0 && all.hi > 0 ? kShrinkSteps / 2 : kShrinkSteps;
  for (int below = steps; below > 0; --below) {
    for (int above = steps; above > 0; --above) {
      const Span span{all.lo * below / steps, all.hi * above / steps};
      const double error = error_of(span, bits);
      if (error >= least) continue;
      least = error;
      best = span;
    }
    if (!(all.lo < 0)) break;
  }
  return best;
}

/// Kullback-Leibler divergence of the clipped histogram from what 2^bits levels make of it; exact zeros,
/// which every choice keeps, are left out.
Range::Span Range::by_divergence(int bits) const {
  const Span all{static_cast<double>(lo_), static_cast<double>(hi_)};
  const std::size_t levels = std::size_t{1} << bits;
  std::vector<double> counts = bins_;
  const double at_zero = -all.lo / (all.hi - all.lo) * static_cast<double>(kBins);
  counts[std::min(static_cast<std::size_t>(at_zero), kBins - 1)] -= zeros_;
  const double total = std::accumulate(counts.begin(), counts.end(), 0.0);
  Span best = all;
  double least = std::numeric_limits<double>::infinity();
  for (int step = 128; step > 0; --step) {
    const double part = static_cast<double>(step) / 128;
    const auto first = static_cast<std::size_t>(at_zero * (1 - part));
    const auto last = std::min(
        kBins, static_cast<std::size_t>(std::ceil(at_zero + (static_cast<double>(kBins) - at_zero) * part)));
    if (last < first + levels) break;
    const double divergence = clipped_divergence(counts, first, last, levels, total);
    if (divergence < least) {
      least = divergence;
      best = {all.lo * part, all.hi * part};
    }
  }
  return best;
}

Range::Span Range::choose(RangeMethod method, double percentile, int bits) const {
  const bool counted = !bins_.empty() && hi_ > lo_;
  if (counted && method == RangeMethod::percentile) return by_percentile(percentile);
  if (counted && method == RangeMethod::mse) return by_error(bits);
  if (counted && method == RangeMethod::kl) return by_divergence(bits);
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

Levels symmetric_levels_of(const Range::Span& span, int bits) {
  if (!(span.lo < 0)) return levels_of(span, bits);
  const int middle = 1 << (bits - 1);
  const double scale = std::max(-span.lo, span.hi) / std::max(middle - 1, 1);
  if (!(static_cast<float>(scale) > 1e-30f)) return {1.0f / 255, 0};
  return {static_cast<float>(scale), middle};
}

float nearest_level(float x, const Levels& levels, int bits) {
  const float zero = static_cast<float>(levels.zero_point), top = std::ldexp(1.0f, bits) - 1;
  const float level = std::min(std::max(0.0f, std::nearbyint(x / levels.scale) + zero), top);
  return (level - zero) * levels.scale;
}

}  // namespace bulwark::converter::quantize
