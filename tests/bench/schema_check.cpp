// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/schema_check.h"

#include <algorithm>
#include <cmath>

#include "bench/files.h"

namespace bulwark::test {
namespace {

using bench::JsonValue;
using Kind = JsonValue::Kind;

bool has_type(const JsonValue& value, const std::string& type) {
  switch (value.kind()) {
    case Kind::null:
      return type == "null";
    case Kind::boolean:
      return type == "boolean";
    case Kind::number:
      return type == "number" || (type == "integer" && value.as_number() == std::floor(value.as_number()));
    case Kind::text:
      return type == "string";
    case Kind::list:
      return type == "array";
    case Kind::object:
      return type == "object";
  }
  return false;
}

}  // namespace

std::vector<std::string> complaints(const JsonValue& schema, const JsonValue& value,
                                    const std::string& place) {
  std::vector<std::string> found;
  const auto complain = [&](const std::string& what) {
    found.push_back((place.empty() ? "root" : place) + ": " + what);
  };
  const auto below = [&](const JsonValue& rule, const JsonValue& part, const std::string& where) {
    const std::vector<std::string> more = complaints(rule, part, where);
    found.insert(found.end(), more.begin(), more.end());
  };
  for (const auto& [word, rule] : schema.members()) {
    if (word == "type") {
      if (!has_type(value, rule.as_text())) complain("is no " + rule.as_text());
    } else if (word == "const") {
      if (rule.json() != value.json()) complain("is not " + rule.json());
    } else if (word == "enum") {
      const auto& allowed = rule.items();
      if (std::none_of(allowed.begin(), allowed.end(),
                       [&](const JsonValue& one) { return one.json() == value.json(); })) {
        complain("is none of " + rule.json());
      }
    } else if (word == "minimum") {
      if (value.as_number() < rule.as_number()) complain("is below " + rule.json());
    } else if (word == "maximum") {
      if (value.as_number() > rule.as_number()) complain("is above " + rule.json());
    } else if (word == "required") {
      for (const JsonValue& key : rule.items()) {
        if (value.find(key.as_text()) == nullptr) complain("lacks '" + key.as_text() + "'");
      }
    } else if (word == "properties") {
      for (const auto& [key, sub] : rule.members()) {
        if (const JsonValue* member = value.find(key))
          below(sub, *member, place.empty() ? key : place + "." + key);
      }
    } else if (word == "items") {
      for (std::size_t i = 0; i < value.items().size(); ++i) {
        below(rule, value.items()[i], place + "[" + std::to_string(i) + "]");
      }
    } else if (word != "$schema" && word != "title" && word != "description") {
      complain("the schema uses '" + word + "'");
    }
  }
  return found;
}

JsonValue schema_of(const std::string& file) {
  const std::string path = std::string(BULWARK_SOURCE_DIR) + "/bench/" + file;
  const bench::Bytes bytes = bench::read_file(path);
  return JsonValue::parse(std::string(bytes.begin(), bytes.end()), path);
}

}  // namespace bulwark::test
