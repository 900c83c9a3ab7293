// SPDX-License-Identifier: Apache-2.0
#include "bench/text.h"

#include <cstdarg>
#include <cstdio>

namespace bulwark::bench {

std::string format(const char* pattern, ...) {
  va_list first, second;
  va_start(first, pattern);
  va_copy(second, first);
  const int length = std::vsnprintf(nullptr, 0, pattern, first);
  va_end(first);
  std::string text(static_cast<std::size_t>(length > 0 ? length : 0), '\0');
  std::vsnprintf(text.data(), text.size() + 1, pattern, second);
  va_end(second);
  return text;
}

}  // namespace bulwark::bench
