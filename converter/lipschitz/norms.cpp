// SPDX-License-Identifier: Apache-2.0
#include "converter/lipschitz/norms.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "converter/lipschitz/polyphase.h"

namespace bulwark::converter::lipschitz {
namespace {

/// Rounding of the eigenvalue solver, generously.
constexpr double kRoundingMargin = 1 + 1e-9;

/// Ranges [first, last] of taps inside the picture that occur at some output position; no duplicates.
std::set<std::pair<std::int64_t, std::int64_t>> tap_ranges(const Axis& axis) {
  std::set<std::pair<std::int64_t, std::int64_t>> ranges;
  for (std::int64_t i = 0; i < axis.output; ++i) {
    const std::int64_t start = i * axis.stride - axis.pad_before;
    const std::int64_t first = start >= 0 ? 0 : (-start + axis.dilation - 1) / axis.dilation;
    const std::int64_t room = axis.input - 1 - start;
    const std::int64_t last = room < 0 ? -1 : std::min(axis.kernel - 1, room / axis.dilation);
    if (first <= last) ranges.emplace(first, last);
  }
  return ranges;
}

/// Drops ranges that lie inside another one: their sums of |w| are no larger.
std::set<std::pair<std::int64_t, std::int64_t>> largest_ranges(const Axis& axis) {
  const auto all = tap_ranges(axis);
  std::set<std::pair<std::int64_t, std::int64_t>> largest;
  for (const auto& range : all) {
    const bool inside = std::any_of(all.begin(), all.end(), [&](const auto& other) {
      return other != range && other.first <= range.first && other.second >= range.second;
    });
    if (!inside) largest.insert(range);
  }
  return largest;
}

double sum_of_taps(const LinearMap& map, std::int64_t channel, std::pair<std::int64_t, std::int64_t> rows,
                   std::pair<std::int64_t, std::int64_t> columns) {
  double sum = 0;
  for (std::int64_t kh = rows.first; kh <= rows.second; ++kh) {
    for (std::int64_t kw = columns.first; kw <= columns.second; ++kw) {
      for (std::int64_t i = 0; i < map.inputs; ++i) sum += std::abs(map.weight(channel, kh, kw, i));
    }
  }
  return sum;
}

template <typename Matrix>
double largest_singular_value(const Matrix& m) {
  using Square = Eigen::Matrix<typename Matrix::Scalar, Eigen::Dynamic, Eigen::Dynamic>;
  if (m.rows() == 1 || m.cols() == 1) return m.norm();
  const Square gram = m.rows() <= m.cols() ? Square(m * m.adjoint()) : Square(m.adjoint() * m);
  const Eigen::SelfAdjointEigenSolver<Square> solver(gram, Eigen::EigenvaluesOnly);
  return std::sqrt(std::max(0.0, solver.eigenvalues().maxCoeff()));
}

double windows_per_input(const Axis& axis) {
  return static_cast<double>((axis.kernel + axis.stride - 1) / axis.stride);
}

}  // namespace

double linf_norm(const LinearMap& map) {
  const auto rows = largest_ranges(map.h), columns = largest_ranges(map.w);
  double largest = 0;
  for (std::int64_t c = 0; c < map.groups * map.outputs; ++c) {
    for (const auto& row : rows) {
      for (const auto& column : columns) largest = std::max(largest, sum_of_taps(map, c, row, column));
    }
  }
  return largest;
}

double reshaped_norm(const LinearMap& map) {
  using Rows = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const std::int64_t length = map.h.kernel * map.w.kernel * map.inputs;
  double largest = 0;
  for (std::int64_t g = 0; g < map.groups; ++g) {
    const Eigen::Map<const Rows> kernel(map.weights.data() + g * map.outputs * length, map.outputs, length);
    largest = std::max(largest, largest_singular_value(Rows(kernel)));
  }
  return largest * kRoundingMargin;
}

double cheap_l2_bound(const LinearMap& map) {
  return std::sqrt(windows_per_input(map.h) * windows_per_input(map.w)) * reshaped_norm(map);
}

double l2_bound(const LinearMap& map, double multiplications) {
  const Polyphase kernel(map);
  const Grid grid = kernel.choose_grid(multiplications);
  double largest = 0;
  for (std::int64_t g = 0; g < map.groups; ++g) {
    // The transform of a real kernel at -omega is the conjugate of that at omega: half of the frequencies do.
    for (std::int64_t u = 0; u <= grid.h.frequencies / 2; ++u) {
      for (std::int64_t v = 0; v < grid.w.frequencies; ++v) {
        largest = std::max(largest, largest_singular_value(kernel.transform(g, grid, u, v)));
      }
    }
  }
  return std::min(largest * grid.h.factor * grid.w.factor * kRoundingMargin, cheap_l2_bound(map));
}

}  // namespace bulwark::converter::lipschitz
