// SPDX-License-Identifier: Apache-2.0
#include "bench/json.h"

#include <cstdio>

namespace bulwark::bench {
namespace {

std::string quoted(const std::string& text) {
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

}  // namespace

Json& Json::raw(const char* key, const std::string& value) {
  body_ += (body_.empty() ? "" : ", ") + quoted(key) + ": " + value;
  return *this;
}

Json& Json::add(const char* key, const std::string& value) { return raw(key, quoted(value)); }

Json& Json::add(const char* key, double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", value);
  return raw(key, text);
}

}  // namespace bulwark::bench
