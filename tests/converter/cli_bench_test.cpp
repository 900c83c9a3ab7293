// SPDX-License-Identifier: Apache-2.0
// bulwark bench is bulwark_bench bench.
#include <catch2/catch.hpp>

#include "tests/converter/tool.h"

namespace bulwark::test {
namespace {

using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

TEST_CASE("cli: bench hands everything to the program beside it") {
  const Outcome help = bulwark({"bench", "--help"});
  CHECK(help.code == 0);
  CHECK_THAT(help.out, StartsWith("usage: bulwark_bench"));

  const Outcome unknown = bulwark({"bench", "m.bwk", "--nonsense", "--json"});
  CHECK(unknown.code == 2);
  CHECK_THAT(unknown.err, StartsWith("bulwark_bench: unknown option '--nonsense' of bench"));

  const Outcome verb = bulwark({"bench", "predict", "m.bwk"});
  CHECK(verb.code == 2);
  CHECK_THAT(verb.err, StartsWith("bulwark_bench: predict needs --table"));

  const Outcome absent = bulwark({"bench", "no such file.bwk", "--json"});
  CHECK(absent.code == 4);
  CHECK_THAT(absent.err, Contains("no such file.bwk"));
  CHECK(absent.out.empty());
}

}  // namespace
}  // namespace bulwark::test
