// SPDX-License-Identifier: Apache-2.0
#include "bench/json_value.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "bench/failure.h"
#include "bench/json.h"

namespace bulwark::bench {

class JsonParser {
 public:
  JsonParser(std::string_view text, const std::string& where) : text_(text), where_(where) {}

  JsonValue whole() {
    JsonValue value = parse(0);
    blanks();
    if (at_ != text_.size()) fail("something follows the value");
    return value;
  }

 private:
  using Kind = JsonValue::Kind;
  static constexpr int kMaxDepth = 64;

  [[noreturn]] void fail(const std::string& what) const {
    const auto line = 1 + std::count(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(at_), '\n');
    throw Failure{Exit::bad_input, where_ + ": line " + std::to_string(line) + ": " + what};
  }
  void blanks() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos)
      ++at_;
  }
  char next() {
    blanks();
    if (at_ == text_.size()) fail("ends in the middle of a value");
    return text_[at_];
  }
  bool take(char c) {
    if (next() != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!take(c)) fail(std::string("expected '") + c + "', found '" + text_[at_] + "'");
  }
  bool word(std::string_view w) {
    if (text_.substr(at_, w.size()) != w) return false;
    at_ += w.size();
    return true;
  }

  JsonValue parse(int depth) {
    if (depth > kMaxDepth) fail("is nested too deeply");
    JsonValue value;
    switch (next()) {
      case '{':
        object(&value, depth);
        break;
      case '[':
        list(&value, depth);
        break;
      case '"':
        value.kind_ = Kind::text;
        value.text_ = string();
        break;
      default:
        scalar(&value);
    }
    return value;
  }

  void object(JsonValue* value, int depth) {
    value->kind_ = Kind::object;
    expect('{');
    if (take('}')) return;
    do {
      if (next() != '"') fail("a member's name must be a string");
      std::string key = string();
      if (value->find(key) != nullptr) fail("'" + key + "' comes twice");
      expect(':');
      value->members_.emplace_back(std::move(key), parse(depth + 1));
    } while (take(','));
    expect('}');
  }

  void list(JsonValue* value, int depth) {
    value->kind_ = Kind::list;
    expect('[');
    if (take(']')) return;
    do value->items_.push_back(parse(depth + 1));
    while (take(','));
    expect(']');
  }

  void scalar(JsonValue* value) {
    if (word("null")) return;
    if (word("true") || word("false")) {
      value->kind_ = Kind::boolean;
      value->boolean_ = text_[at_ - 2] == 'u';
      return;
    }
    const std::size_t end = std::min(text_.find_first_not_of("+-.0123456789eE", at_), text_.size());
    const std::string digits(text_.substr(at_, end - at_));
    char* stop = nullptr;
    value->kind_ = Kind::number;
    value->number_ = std::strtod(digits.c_str(), &stop);
    if (digits.empty() || *stop != '\0' || !std::isfinite(value->number_)) fail("is no JSON value");
    at_ = end;
  }

  std::string string() {
    std::string result;
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (static_cast<unsigned char>(text_[at_]) < 0x20) fail("a string has a control character");
      if (text_[at_] == '\\') {
        escape(&result);
      } else {
        result += text_[at_];
      }
    }
    if (at_ == text_.size()) fail("ends in the middle of a string");
    ++at_;
    return result;
  }

  void escape(std::string* result) {
    constexpr std::string_view kNames = "\"\\/bfnrt", kMeant = "\"\\/\b\f\n\r\t";
    if (++at_ == text_.size()) fail("ends in the middle of a string");
    const std::size_t known = kNames.find(text_[at_]);
    if (known != std::string_view::npos) {
      *result += kMeant[known];
      return;
    }
    char* stop = nullptr;
    const std::string digits(text_.substr(std::min(at_ + 1, text_.size()), 4));
    const unsigned long code = std::strtoul(digits.c_str(), &stop, 16);
    if (text_[at_] != 'u' || digits.size() != 4 || *stop != '\0') fail("a string has an unknown escape");
    append_utf8(result, static_cast<unsigned>(code));
    at_ += 4;
  }

  // Halves of surrogate pairs become three bytes each: names of devices have none.
  static void append_utf8(std::string* result, unsigned code) {
    if (code < 0x80) {
      *result += static_cast<char>(code);
    } else if (code < 0x800) {
      *result += static_cast<char>(0xc0 | code >> 6);
      *result += static_cast<char>(0x80 | (code & 0x3f));
    } else {
      *result += static_cast<char>(0xe0 | code >> 12);
      *result += static_cast<char>(0x80 | (code >> 6 & 0x3f));
      *result += static_cast<char>(0x80 | (code & 0x3f));
    }
  }

  std::string_view text_;
  const std::string& where_;
  std::size_t at_ = 0;
};

namespace {

[[noreturn]] void wrong(std::string_view key, const std::string& where, const char* what) {
  throw Failure{Exit::bad_input, where + ": '" + std::string(key) + "' " + what};
}

}  // namespace

JsonValue JsonValue::parse(std::string_view text, const std::string& where) {
  return JsonParser(text, where).whole();
}

const JsonValue* JsonValue::find(std::string_view key) const {
  for (const auto& [name, value] : members_) {
    if (name == key) return &value;
  }
  return nullptr;
}

const JsonValue& JsonValue::at(std::string_view key, const std::string& where) const {
  const JsonValue* value = find(key);
  if (value == nullptr) wrong(key, where, "is missing");
  return *value;
}

const std::vector<JsonValue>& JsonValue::list(std::string_view key, const std::string& where) const {
  const JsonValue& value = at(key, where);
  if (value.kind_ != Kind::list) wrong(key, where, "must be a list");
  return value.items_;
}

std::string JsonValue::text(std::string_view key, const std::string& where) const {
  const JsonValue& value = at(key, where);
  if (value.kind_ != Kind::text) wrong(key, where, "must be a string");
  return value.text_;
}

double JsonValue::number(std::string_view key, const std::string& where) const {
  const JsonValue& value = at(key, where);
  if (value.kind_ != Kind::number) wrong(key, where, "must be a number");
  return value.number_;
}

std::int64_t JsonValue::whole(std::string_view key, const std::string& where) const {
  const double value = number(key, where);
  if (value != std::floor(value) || std::abs(value) > 9007199254740992.0)
    wrong(key, where, "must be a whole number");
  return static_cast<std::int64_t>(value);
}

bool JsonValue::boolean(std::string_view key, const std::string& where) const {
  const JsonValue& value = at(key, where);
  if (value.kind_ != Kind::boolean) wrong(key, where, "must be true or false");
  return value.boolean_;
}

std::string JsonValue::json() const {
  switch (kind_) {
    case Kind::null:
      return "null";
    case Kind::boolean:
      return boolean_ ? "true" : "false";
    case Kind::number:
      return json_number(number_);
    case Kind::text:
      return json_text(text_);
    case Kind::list: {
      std::vector<std::string> texts;
      for (const JsonValue& item : items_) texts.push_back(item.json());
      return json_list(texts);
    }
    case Kind::object: {
      Json object;
      for (const auto& [name, value] : members_) object.raw(name.c_str(), value.json());
      return object.text();
    }
  }
  return "null";
}

}  // namespace bulwark::bench
