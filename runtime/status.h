// SPDX-License-Identifier: Apache-2.0
// The message of the last failing call, one fixed buffer per thread.
#pragma once

#include "bulwark/bulwark.h"

namespace bulwark::runtime {

/// Formats the message of this thread and returns `status`. Longer messages are cut off.
[[gnu::format(printf, 2, 3)]] bw_status fail(bw_status status, const char* format, ...);

}  // namespace bulwark::runtime
