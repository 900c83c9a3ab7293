// SPDX-License-Identifier: Apache-2.0
#include "schema/report.h"

#include <cstdarg>
#include <cstdio>

namespace bulwark::schema {

bool fail(VerifyError* error, VerifyCode code, const char* format, ...) {
  error->code = code;
  std::va_list arguments;
  va_start(arguments, format);
  if (std::vsnprintf(error->message, sizeof error->message, format, arguments) < 0) error->message[0] = '\0';
  va_end(arguments);
  for (char* c = error->message; *c != '\0'; ++c) {
    if (*c < ' ' || *c > '~') *c = '?';
  }
  return false;
}

ShortName shorten(std::string_view name) {
  constexpr std::size_t kLongest = 64;
  return {static_cast<int>(name.size() < kLongest ? name.size() : kLongest), name.data()};
}

}  // namespace bulwark::schema
