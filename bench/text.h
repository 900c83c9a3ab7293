// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace bulwark::bench {

/// printf into a string.
[[gnu::format(printf, 1, 2)]] std::string format(const char* pattern, ...);

}  // namespace bulwark::bench
