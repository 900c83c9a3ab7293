// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <catch2/catch.hpp>

#include "converter/error.h"
#include "converter/write/pack_weights.h"
#include "converter/write/writer.h"
#include "tests/converter/sample_models.h"

namespace bulwark::converter::write {
namespace {

using Catch::Matchers::Contains;

std::string refusal(const ModelSpec& spec) {
  try {
    serialize(spec);
  } catch (const Error& error) {
    CHECK(error.code() == Exit::bad_input);
    return error.what();
  }
  return "";
}

TEST_CASE("write: the same spec gives the same bytes") {
  for (const ModelSpec& spec : {test::conv_model(), test::every_operator_model()}) {
    CHECK(serialize(spec) == serialize(ModelSpec(spec)));
  }
}

TEST_CASE("write: a file starts with its identifier and is padded to whole 64 bytes of weights") {
  const std::vector<std::uint8_t> bytes = serialize(test::conv_model());
  REQUIRE(bytes.size() > 64);
  CHECK(std::string(bytes.begin() + 4, bytes.begin() + 8) == "BWK1");
  CHECK(bytes.size() % 64 == 0);
}

TEST_CASE("write: the data of every layer lies at a multiple of 64 bytes") {
  ModelSpec spec = test::conv_model();
  WeightsSpec& weights = spec.operators[2].linear->weights;
  // A run of values that is found nowhere else in the file.
  for (std::size_t i = 0; i < weights.integers.size(); ++i)
    weights.integers[i] = static_cast<std::int16_t>(90 - i % 17);
  weights.format = WeightFormat::s8;
  const std::vector<std::uint8_t> packed = pack_weights(weights, "conv");
  const std::vector<std::uint8_t> bytes = serialize(spec);
  const auto found = std::search(bytes.begin(), bytes.end(), packed.begin(), packed.end());
  REQUIRE(found != bytes.end());
  CHECK((found - bytes.begin()) % 64 == 0);
}

TEST_CASE("write: weights that do not fit their format are refused by layer name") {
  ModelSpec spec = test::conv_model();
  WeightsSpec& weights = spec.operators[2].linear->weights;
  weights.format = WeightFormat::s4;
  weights.integers.assign(weights.integers.size(), 7);
  weights.integers[3] = 8;
  CHECK_THAT(refusal(spec), Contains("weights of 'conv1'") && Contains("8 does not fit format s4"));
  weights.integers.pop_back();
  CHECK_THAT(refusal(spec), Contains("values") && Contains("expected"));
  weights.rows = 0;
  CHECK_THAT(refusal(spec), Contains("there are none"));
}

}  // namespace
}  // namespace bulwark::converter::write
