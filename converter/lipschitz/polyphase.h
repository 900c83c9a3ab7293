// SPDX-License-Identifier: Apache-2.0
// A strided convolution as a convolution of stride 1 on polyphase components, and its Fourier transform on a
// grid.
#pragma once

#include <Eigen/Dense>
#include <cstdint>
#include <vector>

#include "converter/lipschitz/linear_map.h"

namespace bulwark::converter::lipschitz {

/// Frequencies 2 pi u / frequencies of one axis, and how far the supremum over all frequencies may lie above
/// the grid's maximum.
struct GridAxis {
  std::int64_t frequencies = 1;
  double factor = 1;
};
struct Grid {
  GridAxis h, w;
};

class Polyphase {
 public:
  explicit Polyphase(const LinearMap& map);

  /// The finest useful grid within the work allowed.
  Grid choose_grid(double multiplications) const;
  /// The transform of group g at frequency (u, v): [outputs, stride_h * stride_w * inputs].
  Eigen::MatrixXcd transform(std::int64_t g, const Grid& grid, std::int64_t u, std::int64_t v) const;

 private:
  /// A tap of the kernel on one axis: component t mod stride, position t div stride on the coarse grid.
  struct Tap {
    std::int64_t component, position;
  };
  static std::vector<Tap> taps(const Axis& axis);
  GridAxis grid_axis(const Axis& axis, std::int64_t limit) const;
  double cost(const Grid& grid) const;

  const LinearMap& map_;
  std::vector<Tap> rows_, columns_;
};

}  // namespace bulwark::converter::lipschitz
