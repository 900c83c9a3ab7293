// SPDX-License-Identifier: Apache-2.0
// Lipschitz constants of one layer, bias and rounding left out. All are of the zero-padded, strided map on a
// picture of the layer's size.
#pragma once

#include <cstdint>

#include "converter/lipschitz/linear_map.h"

namespace bulwark::converter::lipschitz {

/// The l-infinity norm: the largest sum of |w| over the taps that one output reads, borders counted as they
/// are. Exact.
double linf_norm(const LinearMap& map);

/// Largest singular value of the kernel reshaped to [O, kh*kw*I], the largest of all groups: what the
/// regularizer of Lin et al. 2019 (equation 6) bounds. Not a Lipschitz constant of the convolution.
double reshaped_norm(const LinearMap& map);

/// ceil(kh/sh)^(1/2) * ceil(kw/sw)^(1/2) * reshaped_norm: each input is read by at most that many windows.
double cheap_l2_bound(const LinearMap& map);

/// Upper bound of the l2 norm, never above cheap_l2_bound. A strided convolution is a convolution of stride 1
/// on its stride_h * stride_w polyphase components; a zero-padded one is a block of the infinite one, whose
/// norm is the supremum over frequencies of the largest singular value of the kernel's 2-D discrete-time
/// Fourier transform (Sedghi et al. 2019). The supremum is bounded from a grid of N frequencies per axis by 1
/// / cos(pi (K - 1) / (2 N)) times the grid's maximum, K taps in that axis (Ehlich and Zeller 1964, for
/// trigonometric polynomials), or is the grid's maximum where N covers the picture's circular embedding.
/// `multiplications` limits the work; fewer give a coarser grid and a larger, still valid, bound.
double l2_bound(const LinearMap& map, double multiplications = 4e9);

/// Lower bound of the l2 norm by power iteration on the map itself, on a picture cut down to `extent` pixels
/// where it is larger (a block of the same map). A check of l2_bound, never a bound from above.
double l2_lower_bound(const LinearMap& map, int iterations = 30, std::int64_t extent = 24);

}  // namespace bulwark::converter::lipschitz
