// SPDX-License-Identifier: Apache-2.0
#include "converter/search/sensitivities.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <nlohmann/json.hpp>

#include "converter/error.h"
#include "converter/io/file.h"
#include "converter/search/fingerprint.h"

namespace bulwark::converter::search {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kFormat = "bulwark.sensitivities";
constexpr int kVersion = 1;
constexpr const char* kSubjects[] = {"everything", "weights", "activations"};

std::string checksum_of(const Json& values) { return Fingerprint().add(values.dump()).text(); }

class Reader {
 public:
  explicit Reader(std::string file) : file_(std::move(file)) {}

  Sensitivities read(const MeasuredOn& on) const {
    const std::vector<std::uint8_t> text = io::read_file(file_);
    const Json json = Json::parse(text.begin(), text.end(), nullptr, false);
    if (json.is_discarded()) refuse("is damaged: not JSON");
    if (!json.is_object() || json.value("format", Json()) != kFormat)
      refuse("holds no sensitivities (bulwark search --sensitivities writes them)");
    if (json.value("version", Json()) != kVersion)
      refuse(fmt::format("version {} of the file's form is not known, only {}",
                         json.value("version", Json()).dump(), kVersion));
    compare(json, "model", on.model, "of another model");
    compare(json, "samples", on.samples, "of other calibration samples");
    compare(json, "measure", on.measure, fmt::format("by another measure than '{}'", on.measure));
    const Json values = json.value("values", Json());
    if (!values.is_array() || json.value("checksum", Json()) != checksum_of(values))
      refuse("is damaged: the checksum of its values is not theirs");
    Sensitivities found{on, {}};
    for (const Json& value : values) read_value(value, &found);
    return found;
  }

 private:
  [[noreturn]] void refuse(const std::string& what) const {
    throw bad_input(fmt::format("--sensitivities '{}': {}", file_, what));
  }
  void compare(const Json& json, const char* name, const std::string& wanted, const std::string& what) const {
    if (json.value(name, Json()) == wanted) return;
    refuse(fmt::format("its values are {} ({} is {}); give another file, or remove it to measure anew", what,
                       name, json.value(name, Json()).dump()));
  }
  void read_value(const Json& value, Sensitivities* found) const {
    const Json subject = value.value("of", Json()), name = value.value("name", Json()),
               bits = value.value("bits", Json()), number = value.value("value", Json());
    const auto* known = std::find(std::begin(kSubjects), std::end(kSubjects), subject);
    if (known == std::end(kSubjects) || !name.is_string() || !bits.is_number_integer() || !number.is_number())
      refuse("has a value that it can not have: " + value.dump());
    const Sensitivities::Key key{static_cast<Subject>(known - std::begin(kSubjects)), name.get<std::string>(),
                                 bits.get<int>()};
    if (!found->values.emplace(key, number.get<double>()).second)
      refuse("has a value twice: " + value.dump());
  }

  std::string file_;
};

}  // namespace

Sensitivities read_sensitivities(const std::string& file, const MeasuredOn& on) {
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored)) return {on, {}};
  return Reader(file).read(on);
}

void write_sensitivities(const Sensitivities& sensitivities, const std::string& file) {
  Json values = Json::array();
  for (const auto& [key, value] : sensitivities.values) {
    const auto& [subject, name, bits] = key;
    values.push_back({{"of", kSubjects[static_cast<std::size_t>(subject)]},
                      {"name", name},
                      {"bits", bits},
                      {"value", value}});
  }
  const Json json = {{"format", kFormat},
                     {"version", kVersion},
                     {"model", sensitivities.on.model},
                     {"samples", sensitivities.on.samples},
                     {"measure", sensitivities.on.measure},
                     {"checksum", checksum_of(values)},
                     {"values", values}};
  const std::string text = json.dump(1) + "\n";
  io::write_atomically({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}, file);
}

}  // namespace bulwark::converter::search
