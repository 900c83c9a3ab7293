// SPDX-License-Identifier: Apache-2.0
// Messages for the caller's log hook. The library itself prints nothing.
#pragma once

#include "bulwark/bulwark.h"

namespace bulwark::runtime {

/// Hands one formatted line to the hook of bw_set_log, if there is one.
[[gnu::format(printf, 2, 3)]] void log(bw_log_level level, const char* format, ...);

}  // namespace bulwark::runtime
