// SPDX-License-Identifier: Apache-2.0
// Winograd's transform on AArch64 without dot product (kernels/conv/winograd.h). Products are the same for
// every width of weights.
#include "kernels/conv/conv_kernels.h"
#include "kernels/conv/winograd_driver.h"
#include "kernels/conv/winograd_multiply_neon.h"
#include "kernels/conv/winograd_output_neon.h"

namespace bulwark::kernels {
namespace {

struct WinogradNeon {
  static constexpr auto transform_input = conv::transform_input;
  static constexpr auto multiply_place = conv::multiply_place;
  static constexpr auto multiply_tile = conv::multiply_tile;
  using Output = conv::WinogradOutput;
};

}  // namespace

BW_DEFINE_LINEAR_RUN(conv_winograd_s8_any_4x4_neon, conv::WinogradConv<WinogradNeon>)

}  // namespace bulwark::kernels
