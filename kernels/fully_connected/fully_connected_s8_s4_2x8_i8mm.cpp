// SPDX-License-Identifier: Apache-2.0
// Weights that span at most 16 values, two in a byte. 2-bit weights take this kernel too: four in a byte cost
// more instructions to unpack than they save in loads.
#include "kernels/fully_connected/dot_codes_i8mm.h"
#include "kernels/fully_connected/fully_connected_kernels.h"

namespace bulwark::kernels {

BW_DEFINE_LINEAR_KERNEL(fully_connected_s8_s4_2x8_i8mm, fully_connected::KernelCodesI8mm)

}  // namespace bulwark::kernels
