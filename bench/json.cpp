// SPDX-License-Identifier: Apache-2.0
#include "bench/json.h"

#include <cmath>
#include <cstdio>

namespace bulwark::bench {

std::string json_text(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    if (static_cast<unsigned char>(c) >= 0x20) {
      result += c;
    } else {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(c));
      result += escape;
    }
  }
  return result + "\"";
}

std::string json_number(double value) {
  if (!std::isfinite(value)) return "null";
  char text[32];
  const bool whole = value == std::floor(value) && std::abs(value) <= 9007199254740992.0;
  std::snprintf(text, sizeof text, whole ? "%.0f" : "%.6g", value);
  return text;
}

Json& Json::raw(const char* key, const std::string& value) {
  body_ += (body_.empty() ? "" : ", ") + json_text(key) + ": " + value;
  return *this;
}

Json& Json::add(const char* key, const std::string& value) { return raw(key, json_text(value)); }

Json& Json::add(const char* key, double value) { return raw(key, json_number(value)); }

}  // namespace bulwark::bench
