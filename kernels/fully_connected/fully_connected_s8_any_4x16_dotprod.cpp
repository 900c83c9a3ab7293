// SPDX-License-Identifier: Apache-2.0
// Any 8-bit weights, 4 rows or more.
#include "kernels/conv/conv_kernels.h"
#include "kernels/fully_connected/fully_connected_kernels.h"
#include "kernels/fully_connected/rows_as_pixels.h"

namespace bulwark::kernels {

BW_DEFINE_LINEAR_RUN(fully_connected_s8_any_4x16_dotprod,
                     fully_connected::RowsAsPixels<conv_s8_any_4x16_dotprod>)

}  // namespace bulwark::kernels
