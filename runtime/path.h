// SPDX-License-Identifier: Apache-2.0
// Which instruction-set family a plan uses.
#pragma once

#include "bulwark/bulwark.h"
#include "kernels/common/types.h"

namespace bulwark::runtime {

/// `requested` if not null, else the environment's BULWARK_PATH if set and not empty, else the best of this
/// processor. An unknown or unavailable name gives BW_STATUS_UNKNOWN_PATH and a message that lists the
/// available ones.
bw_status choose_path(const char* requested, kernels::Isa* path);

}  // namespace bulwark::runtime
