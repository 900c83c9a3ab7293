// SPDX-License-Identifier: Apache-2.0
// convert --pack: weights packed ahead of time for processors that this machine is not, and files whose
// packed weights are damaged, cut off, of another instruction set or of another kernel.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "converter/write/packed_section.h"
#include "tests/converter/sample_models.h"
#include "tests/converter/temp_folder.h"
#include "tests/converter/tool.h"

namespace bulwark::test {
namespace {

using Catch::Matchers::Contains;
using nlohmann::json;

const std::string kQuickstart = BULWARK_SOURCE_DIR "/examples/quickstart";
const std::string kSource = kQuickstart + "/fmnist-interval-w4a4.onnx";
const std::string kImages = kQuickstart + "/fashion-mnist-200-images.npy";
#if defined(__x86_64__)
const std::string kOwn = "avx2", kOther = "neon";
#elif defined(__aarch64__)
const std::string kOwn = "neon", kOther = "armv7";
#else
const std::string kOwn = "armv7", kOther = "neon";
#endif
const std::string kOwnPath = kOwn == "armv7" ? "neon" : kOwn;

void convert(const std::string& file, const std::string& targets) {
  std::vector<std::string> arguments = {"convert", kSource, "-o", file};
  if (!targets.empty()) arguments.insert(arguments.end(), {"--pack", targets});
  const Outcome outcome = bulwark(arguments);
  CAPTURE(targets, outcome.err);
  REQUIRE(outcome.code == 0);
}

/// Of the path that kOwn packs for.
json inspect(const std::string& file) {
  ::setenv("BULWARK_PATH", kOwnPath.c_str(), 1);
  const Outcome outcome = bulwark({"inspect", file, "--json"});
  ::unsetenv("BULWARK_PATH");
  CAPTURE(outcome.err);
  REQUIRE(outcome.code == 0);
  return json::parse(outcome.out);
}

std::vector<std::uint8_t> outputs_of(const std::string& file, const TempFolder& folder) {
  const Outcome outcome =
      bulwark({"run", file, "--input", kImages, "--output-dir", folder / "out", "--path", kOwnPath});
  CAPTURE(outcome.err);
  REQUIRE(outcome.code == 0);
  return slurp(folder / "out" + std::string("/output0.bin"));
}

void save(const std::vector<std::uint8_t>& bytes, const std::string& path) {
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

}  // namespace

TEST_CASE("convert --pack: every ARM target on every machine, the model in front unchanged") {
  const TempFolder folder;
  convert(folder / "plain.bwk", "");
  const std::vector<std::uint8_t> plain = slurp(folder / "plain.bwk");
  const json before = inspect(folder / "plain.bwk");
  CHECK(before["packed"].is_null());
  for (const std::string target : {"armv7", "neon", "dotprod", "i8mm", "armv7,neon,dotprod,i8mm"}) {
    CAPTURE(target);
    convert(folder / "packed.bwk", target);
    const std::vector<std::uint8_t> packed = slurp(folder / "packed.bwk");
    REQUIRE(packed.size() > plain.size());
    CHECK(std::equal(plain.begin(), plain.end(), packed.begin()));
    const json report = inspect(folder / "packed.bwk");
    CHECK(report["content_sha256"] == before["content_sha256"]);
    CHECK(report["packed"]["entries"].get<int>() > 0);
    CHECK(report["packed"]["bytes"].get<int>() > 0);
  }
}

TEST_CASE("convert --pack: a wrong name is refused with the choices, nothing is written") {
  const TempFolder folder;
  for (const std::string target : {"sse", "NEON", "reference", "neon,sve"}) {
    const Outcome outcome = bulwark({"convert", kSource, "-o", folder / "m.bwk", "--pack", target});
    CAPTURE(target);
    CHECK(outcome.code == 2);
    CHECK_THAT(outcome.err, Contains("--pack") && Contains("armv7,neon,dotprod,i8mm,avx2,vnni"));
    CHECK(folder.entries() == 0);
  }
}

TEST_CASE("packed weights of this machine are used, others are not, and inspect says so") {
  const TempFolder folder;
  convert(folder / "plain.bwk", "");
  convert(folder / "own.bwk", kOwn);
  convert(folder / "other.bwk", kOther);
  const json own = inspect(folder / "own.bwk"), other = inspect(folder / "other.bwk");
  CHECK(own["packed"]["paths"] == kOwn);
  CHECK(own["packed"]["used_layers"].get<int>() > 0);
  CHECK(own["packed"]["used_bytes"].get<int>() > 0);
  CHECK(own["packed_bytes"] == 0);
  CHECK(other["packed"]["paths"] == kOther);
  CHECK(other["packed"]["used_layers"] == 0);
  CHECK(other["packed_bytes"] == inspect(folder / "plain.bwk")["packed_bytes"]);
  CHECK_THAT(bulwark({"inspect", folder / "other.bwk"}).out,
             Contains("for " + kOther + "; used in place here by 0 layers"));
  const auto expected = outputs_of(folder / "plain.bwk", folder);
  CHECK(outputs_of(folder / "own.bwk", folder) == expected);
  CHECK(outputs_of(folder / "other.bwk", folder) == expected);
}

TEST_CASE("damaged packed weights are packed again, of the same answer; cut-off ones are refused") {
  const TempFolder folder;
  convert(folder / "plain.bwk", "");
  convert(folder / "own.bwk", kOwn);
  const std::vector<std::uint8_t> plain = slurp(folder / "plain.bwk"), own = slurp(folder / "own.bwk");
  const auto expected = outputs_of(folder / "plain.bwk", folder);
  const int all = inspect(folder / "own.bwk")["packed"]["used_layers"].get<int>();

  // A weight of the largest entry, which lies in the middle of the section.
  std::vector<std::uint8_t> mutated = own;
  mutated[plain.size() + (own.size() - plain.size()) / 2] ^= 0x10;
  save(mutated, folder / "mutated.bwk");
  CHECK(inspect(folder / "mutated.bwk")["packed"]["used_layers"] == all - 1);
  CHECK(inspect(folder / "mutated.bwk")["packed_bytes"].get<int>() > 0);
  CHECK(outputs_of(folder / "mutated.bwk", folder) == expected);

  save({own.begin(), own.end() - 64}, folder / "short.bwk");
  const Outcome refused = bulwark({"inspect", folder / "short.bwk"});
  CHECK(refused.code == 3);
  CHECK_THAT(refused.err, Contains("packed weights: ") && Contains("short.bwk"));

  // What another version of a kernel has packed: under this one's name in another size, or under another
  // name.
  const json layers = inspect(folder / "plain.bwk")["layers"];
  std::int32_t op = 0;
  while (!layers[static_cast<std::size_t>(op)].contains("weight_format")) ++op;
  const auto kernel = layers[static_cast<std::size_t>(op)]["kernel"].get<std::string>();
  const std::vector<std::uint8_t> bytes(4000, 1);
  save(converter::write::append_packed(plain, kOwn, {{op, kernel, bytes}, {op, kernel + "_older", bytes}}),
       folder / "stale.bwk");
  const json stale = inspect(folder / "stale.bwk");
  CHECK(stale["packed"]["entries"] == 2);
  CHECK(stale["packed"]["used_layers"] == 0);
  CHECK(outputs_of(folder / "stale.bwk", folder) == expected);
}

}  // namespace bulwark::test
