// SPDX-License-Identifier: Apache-2.0
// The tool as a whole: help, version, and every kind of wrong command line.
#include <catch2/catch.hpp>

#include "bulwark/bulwark.h"
#include "tests/converter/tool.h"

namespace bulwark::test {
namespace {

using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

TEST_CASE("cli: version and help go to stdout with exit code 0") {
  const Outcome version = bulwark({"--version"});
  CHECK(version.code == 0);
  CHECK_THAT(version.out, StartsWith(std::string("bulwark ") + bw_version()));
  CHECK(version.err.empty());

  const Outcome help = bulwark({"--help"});
  CHECK(help.code == 0);
  for (const char* verb : {"convert", "inspect", "run", "eval", "diff"}) {
    CHECK_THAT(help.out, Contains(verb));
    const Outcome of_verb = bulwark({verb, "--help"});
    CHECK(of_verb.code == 0);
    CHECK_THAT(of_verb.out, Contains("--json"));
    CHECK(of_verb.err.empty());
  }
}

TEST_CASE("cli: a wrong command line has exit code 2 and says what is wrong") {
  const std::pair<std::vector<std::string>, const char*> cases[] = {
      {{}, "subcommand"},
      {{"frobnicate"}, "frobnicate"},
      {{"inspect"}, "model is required"},
      {{"inspect", "m.bwk", "--nonsense"}, "--nonsense"},
      {{"run", "m.bwk", "--threads", "65"}, "--threads"},
      {{"run", "m.bwk", "--repeat", "0"}, "--repeat"},
      {{"convert", "m.onnx"}, "--output is required"},
      {{"convert", "m.onnx", "-o", "m.bwk", "--weights", "5"}, "--weights"},
      {{"convert", "m.onnx", "-o", "m.bwk", "--activations", "9"}, "--activations"},
      {{"convert", "m.onnx", "-o", "m.bwk", "--range", "magic"}, "--range"},
      {{"eval", "m.bwk", "--data", "x.npy"}, "--labels is required"},
      {{"diff", "m.bwk"}, "b is required"},
  };
  for (const auto& [arguments, message] : cases) {
    const Outcome outcome = bulwark(arguments);
    INFO(outcome.err);
    CHECK(outcome.code == 2);
    CHECK(outcome.out.empty());
    CHECK_THAT(outcome.err, StartsWith("bulwark: ") && Contains(message));
  }
}

}  // namespace
}  // namespace bulwark::test
