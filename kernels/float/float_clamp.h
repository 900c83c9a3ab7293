// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace bulwark::kernels {

/// min(max(x, lo), hi); a NaN stays one, so that a broken float layer is seen in the result.
inline float clamp_keeping_nan(float x, float lo, float hi) {
  const float at_least = x < lo ? lo : x;
  return at_least > hi ? hi : at_least;
}

}  // namespace bulwark::kernels
