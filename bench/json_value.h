// SPDX-License-Identifier: Apache-2.0
// JSON that was written by someone else.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bulwark::bench {

/// One value with all below it. The readers throw Failure (bad_input) that says what `where` lacks.
class JsonValue {
 public:
  enum class Kind { null, boolean, number, text, list, object };

  /// Throws Failure (bad_input) with `where`, the line and what is wrong. At most 64 levels deep.
  static JsonValue parse(std::string_view text, const std::string& where);

  Kind kind() const { return kind_; }
  const std::vector<JsonValue>& items() const { return items_; }  ///< of a list
  const std::vector<std::pair<std::string, JsonValue>>& members() const {
    return members_;
  }  ///< of an object
  /// Null when there is no such member.
  const JsonValue* find(std::string_view key) const;

  const JsonValue& at(std::string_view key, const std::string& where) const;
  const std::vector<JsonValue>& list(std::string_view key, const std::string& where) const;
  std::string text(std::string_view key, const std::string& where) const;
  double number(std::string_view key, const std::string& where) const;
  std::int64_t whole(std::string_view key, const std::string& where) const;  ///< within 2^53
  bool boolean(std::string_view key, const std::string& where) const;

  bool as_boolean() const { return boolean_; }
  double as_number() const { return number_; }
  const std::string& as_text() const { return text_; }
  /// The value as JSON again.
  std::string json() const;

 private:
  friend class JsonParser;
  Kind kind_ = Kind::null;
  bool boolean_ = false;
  double number_ = 0;
  std::string text_;
  std::vector<JsonValue> items_;
  std::vector<std::pair<std::string, JsonValue>> members_;
};

}  // namespace bulwark::bench
