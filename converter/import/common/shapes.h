// SPDX-License-Identifier: Apache-2.0
// Arithmetic on untrusted shapes. Every function throws Refusal.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "converter/graph/graph.h"

namespace bulwark::converter::importing {

std::string text(const std::vector<std::int64_t>& shape);  ///< "[1,3,224,224]"

/// Elements of a constant: any rank up to the limit, dimensions may be 0.
std::int64_t constant_elements(const Shape& shape);
/// Checks an activation: every dimension at least 1 and all within the limits of the file format.
void check_activation(const Shape& shape);

/// -1 counts from the back; the result lies in 0 .. rank - 1.
std::int64_t normalize_axis(std::int64_t axis, std::size_t rank);
/// The same for a list, which must not name an axis twice; sorted.
std::vector<std::int64_t> normalize_axes(const std::vector<std::int64_t>& axes, std::size_t rank);

/// numpy's rule.
Shape broadcast(const Shape& a, const Shape& b);
/// Reshape's rule: 0 copies a dimension (unless allow_zero), one -1 is worked out.
Shape reshape(const Shape& from, const std::vector<std::int64_t>& to, bool allow_zero);

/// Windows along one axis.
struct WindowAxis {
  std::int64_t input, kernel, stride, dilation, before, after;

  std::int64_t extent() const { return dilation * (kernel - 1) + 1; }
};
enum class AutoPad { explicit_pads, valid, same_upper, same_lower };
/// Replaces before and after as auto_pad says, checks every number and gives the output's size.
std::int64_t place_windows(WindowAxis& axis, AutoPad auto_pad, bool ceil_mode);

}  // namespace bulwark::converter::importing
