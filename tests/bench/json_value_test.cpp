// SPDX-License-Identifier: Apache-2.0
#include "bench/json_value.h"

#include "bench/json.h"
#include "tests/bench/support.h"

namespace bulwark::test {
namespace {

using namespace bench;

TEST_CASE("json: what the writer writes, the reader reads") {
  const std::string name = "a \"b\" \\ \n\t\x01 \xc3\xa9";
  const std::string text = Json()
                               .add("text", name)
                               .add("number", -1.5)
                               .add("whole", std::int64_t{1} << 50)
                               .add("no", false)
                               .raw("list", "[1, [], {}, null]")
                               .text();
  const JsonValue value = JsonValue::parse(text, "t");
  CHECK(value.text("text", "t") == name);
  CHECK(value.number("number", "t") == -1.5);
  CHECK(value.whole("whole", "t") == std::int64_t{1} << 50);
  CHECK_FALSE(value.boolean("no", "t"));
  CHECK(value.list("list", "t").size() == 4);
  CHECK(value.json() == text);
  CHECK(JsonValue::parse(R"(["\u0041\u00e9\u20ac\/"])", "t").items()[0].as_text() ==
        "A\xc3\xa9\xe2\x82\xac/");
}

TEST_CASE("json: refuses everything else, naming the line") {
  const auto refusal = [](const std::string& text) {
    return failure(Exit::bad_input, [&] { JsonValue::parse(text, "t"); });
  };
  CHECK(refusal("{\n\"a\": 1,\n}") == "t: line 3: a member's name must be a string");
  for (const char* text :
       {"",       "{",   "[1",    "[1,]", "{\"a\" 1}", "{\"a\":1,\"a\":2}", "nul",     "truex",
        "+",      "-",   "1e999", "\"a",  "\"\\x\"",   "\"\\u12g4\"",       "\"\\u12", "\"\\",
        "\"\n\"", "1 2", "[1}",   "NaN",  "0x10"}) {
    INFO(text);
    CHECK(refusal(text).starts_with("t: line "));
  }
  CHECK(refusal(std::string(100, '[')) == "t: line 1: is nested too deeply");
}

TEST_CASE("json: readers name what is missing or of another kind") {
  const JsonValue value = JsonValue::parse(R"({"a": "x", "b": 1.5})", "t");
  CHECK(failure(Exit::bad_input, [&] { value.number("c", "t"); }) == "t: 'c' is missing");
  CHECK(failure(Exit::bad_input, [&] { value.number("a", "t"); }) == "t: 'a' must be a number");
  CHECK(failure(Exit::bad_input, [&] { value.whole("b", "t"); }) == "t: 'b' must be a whole number");
  CHECK(failure(Exit::bad_input, [&] { value.text("b", "t"); }) == "t: 'b' must be a string");
  CHECK(failure(Exit::bad_input, [&] { value.list("b", "t"); }) == "t: 'b' must be a list");
  CHECK(failure(Exit::bad_input, [&] { value.boolean("b", "t"); }) == "t: 'b' must be true or false");
}

}  // namespace
}  // namespace bulwark::test
