// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <cstring>

#include "tests/runtime/fixture.h"

namespace bulwark::test {
namespace {

// The golden check of a spec whose golden outputs were changed by `change`.
template <typename Change>
std::string check(ModelSpec spec, Change change) {
  const std::vector<Bytes> inputs = random_inputs(spec, 31);
  std::vector<Bytes> outputs = naive_outputs(spec, inputs);
  change(outputs);
  for (std::size_t i = 0; i < inputs.size(); ++i)
    spec.golden_inputs.push_back({static_cast<std::int32_t>(i), inputs[i]});
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    spec.golden_outputs.push_back({static_cast<std::int32_t>(i), outputs[i]});
  }
  const ModelBytes bytes(spec);
  const ModelHandle model = load(bytes);
  CHECK(bw_model_has_golden(model.get()) == 1);
  const PlanHandle plan = make_plan(model.get());
  const SessionHandle session = make_session(plan.get());
  std::int32_t matches = -1;
  CHECK(bw_session_check_golden(session.get(), &matches) == BW_STATUS_OK);
  return matches == 1 ? "matches" : bw_status_message();
}

}  // namespace

TEST_CASE("golden data is compared byte for byte in an integer model") {
  const ModelSpec spec = every_operator_network(31);
  CHECK(check(spec, [](std::vector<Bytes>&) {}) == "matches");
  CHECK_THAT(check(spec, [](std::vector<Bytes>& outputs) { outputs[1][9] ^= 1; }),
             Catch::Matchers::Contains("output 1") && Catch::Matchers::Contains("element 2"));
}

TEST_CASE("golden data is compared with a tolerance in a float model") {
  const ModelSpec spec = float_network(31);
  const auto add_to_first = [](float difference) {
    return [difference](std::vector<Bytes>& outputs) {
      float value;
      std::memcpy(&value, outputs[0].data(), 4);
      value += difference;
      std::memcpy(outputs[0].data(), &value, 4);
    };
  };
  CHECK(check(spec, add_to_first(1e-6f)) == "matches");
  CHECK(check(spec, add_to_first(1e-2f)) != "matches");
}

TEST_CASE("a model without golden data says so") {
  const ModelBytes bytes(float_network(32));
  const ModelHandle model = load(bytes);
  const PlanHandle plan = make_plan(model.get());
  const SessionHandle session = make_session(plan.get());
  std::int32_t matches = 0;
  CHECK(bw_model_has_golden(model.get()) == 0);
  CHECK(bw_session_check_golden(session.get(), &matches) == BW_STATUS_NOT_FOUND);
}

}  // namespace bulwark::test
