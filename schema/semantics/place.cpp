// SPDX-License-Identifier: Apache-2.0
#include "schema/semantics/place.h"

#include <cinttypes>
#include <cstdarg>
#include <cstdio>

#include "schema/report.h"
#include "schema/scan.h"

namespace bulwark::schema {
namespace {

constexpr std::size_t kMessageBytes = 192;

}  // namespace

bool Place::report(VerifyCode code, const char* message) const {
  if (index_ < 0) return fail(error_, code, "%s: %s", kind_, message);
  return fail(error_, code, "%s %" PRId32 " '%.*s': %s", kind_, index_, BULWARK_NAME(name_), message);
}

bool Place::invalid(const char* format, ...) const {
  char message[kMessageBytes];
  std::va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(message, sizeof message, format, arguments);
  va_end(arguments);
  return report(VerifyCode::invalid, message);
}

bool Place::malformed(const char* format, ...) const {
  char message[kMessageBytes];
  std::va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(message, sizeof message, format, arguments);
  va_end(arguments);
  return report(VerifyCode::malformed, message);
}

bool Place::too_large(const char* format, ...) const {
  char message[kMessageBytes];
  std::va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(message, sizeof message, format, arguments);
  va_end(arguments);
  return report(VerifyCode::too_large, message);
}

bool Place::in_range(const char* what, std::int64_t value, std::int64_t lo, std::int64_t hi) const {
  if (value >= lo && value <= hi) return true;
  return invalid("%s is %" PRId64 ", must be %" PRId64 "..%" PRId64, what, value, lo, hi);
}

bool Place::positive_normal(const char* what, float value) const {
  if (is_positive_normal(value)) return true;
  return invalid("%s is %g, must be a positive normal number", what, static_cast<double>(value));
}

bool Place::positive_normal(const char* what, View<float> values) const {
  if (all_positive_normal(values)) return true;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (is_positive_normal(values[i])) continue;
    return invalid("%s[%zu] is %g, must be a positive normal number", what, i,
                   static_cast<double>(values[i]));
  }
  return true;
}

bool Place::has_entries(const char* what, std::size_t entries, std::size_t expected) const {
  if (entries == expected) return true;
  return invalid("%s has %zu entries, must be %zu", what, entries, expected);
}

bool Place::text(const char* what, std::string_view text, std::size_t min, std::size_t max) const {
  if (text.size() < min || text.size() > max) {
    return invalid("%s has %zu bytes, must be %zu..%zu", what, text.size(), min, max);
  }
  if (text.find('\0') == std::string_view::npos) return true;
  return invalid("%s contains a zero byte", what);
}

}  // namespace bulwark::schema
