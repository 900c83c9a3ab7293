// SPDX-License-Identifier: Apache-2.0
#include "kernels/common/elementwise.h"

namespace bulwark::kernels {

void lookup_s16_s16_1x1_reference(const LookupWideCall& call) {
  for (std::int64_t i = 0; i < call.count; ++i) {
    const std::int32_t place = call.input[i] + 32768, fraction = place & 63;
    const std::int16_t* entry = call.entries + (place >> 6);
    const std::int32_t sum = entry[0] * (64 - fraction) + entry[1] * fraction + 32;
    call.output[i] = static_cast<std::int16_t>(sum >> 6);
  }
}

}  // namespace bulwark::kernels
