// SPDX-License-Identifier: Apache-2.0
#include "converter/lipschitz/polyphase.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>

namespace bulwark::converter::lipschitz {
namespace {

/// Dilation without stride only repeats the transform along the frequency axis: its supremum is that of the
/// dense kernel.
std::int64_t tap_distance(const Axis& axis) { return axis.stride == 1 ? 1 : axis.dilation; }

/// Taps from the first to the last on the coarse grid.
std::int64_t coarse_kernel(const Axis& axis) {
  return tap_distance(axis) * (axis.kernel - 1) / axis.stride + 1;
}

}  // namespace

std::vector<Polyphase::Tap> Polyphase::taps(const Axis& axis) {
  std::vector<Tap> out;
  for (std::int64_t k = 0; k < axis.kernel; ++k) {
    const std::int64_t t = tap_distance(axis) * k;
    out.push_back({t % axis.stride, t / axis.stride});
  }
  return out;
}

Polyphase::Polyphase(const LinearMap& map) : map_(map), rows_(taps(map.h)), columns_(taps(map.w)) {}

/// A circular convolution on `whole` positions holds the zero-padded one as a block, so its grid needs no
/// factor.
GridAxis Polyphase::grid_axis(const Axis& axis, std::int64_t limit) const {
  const std::int64_t kernel = coarse_kernel(axis);
  if (kernel == 1) return {1, 1};
  const bool dense = axis.stride > 1 || axis.dilation == 1;
  const std::int64_t whole = (axis.input + axis.span() + axis.stride - 1) / axis.stride + kernel;
  if (dense && whole <= limit) return {whole, 1};
  const std::int64_t frequencies = std::max(limit, 2 * kernel);
  const double angle =
      std::numbers::pi * static_cast<double>(kernel - 1) / (2.0 * static_cast<double>(frequencies));
  return {frequencies, 1 / std::cos(angle)};
}

double Polyphase::cost(const Grid& grid) const {
  const double inputs = static_cast<double>(map_.inputs * map_.h.stride * map_.w.stride);
  const double outputs = static_cast<double>(map_.outputs);
  const double side = std::min(inputs, outputs);
  const double taps = static_cast<double>(map_.h.kernel * map_.w.kernel * map_.inputs) * outputs;
  // Complex: four real multiplications for the Gram matrix, about six side^3 for its eigenvalues.
  const double one =
      side == 1 ? taps : 4 * (taps + side * side * std::max(inputs, outputs)) + 6 * side * side * side;
  const double points = static_cast<double>((grid.h.frequencies / 2 + 1) * grid.w.frequencies);
  return one * points * static_cast<double>(map_.groups);
}

Grid Polyphase::choose_grid(double multiplications) const {
  Grid grid;
  for (std::int64_t limit = 64; limit >= 4; limit /= 2) {
    grid = {grid_axis(map_.h, limit), grid_axis(map_.w, limit)};
    if (cost(grid) <= multiplications) break;
  }
  return grid;
}

Eigen::MatrixXcd Polyphase::transform(std::int64_t g, const Grid& grid, std::int64_t u,
                                      std::int64_t v) const {
  Eigen::MatrixXcd out = Eigen::MatrixXcd::Zero(map_.outputs, map_.h.stride * map_.w.stride * map_.inputs);
  const double fraction_h = static_cast<double>(u) / static_cast<double>(grid.h.frequencies);
  const double fraction_w = static_cast<double>(v) / static_cast<double>(grid.w.frequencies);
  for (std::int64_t kh = 0; kh < map_.h.kernel; ++kh) {
    const Tap row = rows_[static_cast<std::size_t>(kh)];
    for (std::int64_t kw = 0; kw < map_.w.kernel; ++kw) {
      const Tap column = columns_[static_cast<std::size_t>(kw)];
      const double turns =
          fraction_h * static_cast<double>(row.position) + fraction_w * static_cast<double>(column.position);
      const std::complex<double> phase = std::polar(1.0, -2 * std::numbers::pi * turns);
      const std::int64_t first = (row.component * map_.w.stride + column.component) * map_.inputs;
      for (std::int64_t o = 0; o < map_.outputs; ++o) {
        for (std::int64_t i = 0; i < map_.inputs; ++i) {
          out(o, first + i) += phase * map_.weight(g * map_.outputs + o, kh, kw, i);
        }
      }
    }
  }
  return out;
}

}  // namespace bulwark::converter::lipschitz
