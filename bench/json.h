// SPDX-License-Identifier: Apache-2.0
// Just enough JSON for flat reports with lists of flat objects.
#pragma once

#include <cstdint>
#include <string>

namespace bulwark::bench {

/// The text in quotation marks, with escapes.
std::string json_text(const std::string& text);
/// Six digits, whole numbers up to 2^53 exactly; null where it is not finite.
std::string json_number(double value);

/// A JSON object under construction.
class Json {
 public:
  Json& add(const char* key, const std::string& value);
  Json& add(const char* key, const char* value) { return add(key, std::string(value)); }
  Json& add(const char* key, std::int64_t value) { return raw(key, std::to_string(value)); }
  Json& add(const char* key, std::int32_t value) { return add(key, std::int64_t{value}); }
  Json& add(const char* key, bool value) { return raw(key, value ? "true" : "false"); }
  Json& add(const char* key, double value);
  /// `value` is JSON already.
  Json& raw(const char* key, const std::string& value);
  std::string text() const { return "{" + body_ + "}"; }

 private:
  std::string body_;
};

/// "[a, b]" from texts that are JSON already.
template <typename Texts>
std::string json_list(const Texts& texts) {
  std::string list;
  for (const auto& text : texts) list += (list.empty() ? "" : ", ") + text;
  return "[" + list + "]";
}

}  // namespace bulwark::bench
