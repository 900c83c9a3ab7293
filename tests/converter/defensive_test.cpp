// SPDX-License-Identifier: Apache-2.0
// The trained defensive models, source to runtime: the labels of their own float evaluation, and the largest
// distance of a logit.
#include <algorithm>
#include <catch2/catch.hpp>
#include <iostream>

#include "converter/convert.h"
#include "converter/io/npy.h"
#include "tests/converter/convert_runner.h"

using namespace bulwark;

namespace {

std::size_t label(const float* logits) {
  return static_cast<std::size_t>(std::max_element(logits, logits + 10) - logits);
}

}  // namespace

TEST_CASE("Every defensive model gives the reference's labels on at least 199 of 200 pictures") {
  const std::string name =
      GENERATE("atmixdq4", "atmixdq8", "interval4_small", "interval4_wide", "nbc4b", "nbc8b", "v4", "v8");
  const std::string folder = test::shared_model("defensive");
  if (folder.empty()) return;
  const std::vector<std::int64_t> pixels = converter::io::read_npy(folder + "/fm200_x_u8.npy").as_ints();
  const std::vector<float> logits = converter::io::read_npy(folder + "/" + name + "_logits.npy").as_floats();
  const converter::ConvertResult result = converter::convert(folder + "/" + name + ".onnx", {});
  for (const auto& note : result.report.notes) UNSCOPED_INFO(note);
  CHECK(result.report.float_operators.empty());
  test::Runner runner(result.spec);
  CHECK(runner.bit_exact());
  REQUIRE(runner.has_integer_door());

  int same = 0;
  float distance = 0;
  for (std::size_t i = 0; i < 200; ++i) {
    std::vector<std::int8_t> levels;
    for (std::size_t k = 0; k < 784; ++k)
      levels.push_back(static_cast<std::int8_t>(pixels[i * 784 + k] - 128));
    const std::vector<float> got = runner.run_integers(levels).at(0).data;
    same += label(got.data()) == label(&logits[i * 10]);
    for (std::size_t k = 0; k < 10; ++k) distance = std::max(distance, std::abs(got[k] - logits[i * 10 + k]));
  }
  std::cout << name << ": " << same << " of 200 labels, largest logit distance " << distance << "\n";
  CHECK(same >= 199);
}
