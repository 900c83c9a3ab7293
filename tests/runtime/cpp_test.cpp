// SPDX-License-Identifier: Apache-2.0
// The C++ header.
#include "bulwark/bulwark.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>

#include "tests/runtime/fixture.h"

namespace bulwark::test {

TEST_CASE("the C++ handles load, run and read") {
  const ModelSpec spec = every_operator_network(61);
  const std::vector<Bytes> inputs = random_inputs(spec, 61);
  const std::vector<Bytes> expected = naive_outputs(spec, inputs);
  const ModelBytes bytes(spec);
  Result<Model> model = Model::from_memory({bytes.data(), bytes.size()});
  REQUIRE(model);
  CHECK(model->is_bit_exact());
  CHECK(model->input(0)->type == BW_TYPE_F32);
  CHECK(model->integer_input(0)->type == BW_TYPE_S8);
  Result<Plan> plan = Plan::create(*model);
  REQUIRE(plan);
  CHECK(plan->step_count() == static_cast<std::int32_t>(spec.operators.size()));
  CHECK(std::string(plan->step(0)->kind) == "quantize");
  Result<Session> made = Session::create(*plan);
  REQUIRE(made);
  Session session = *std::move(made);

  const std::span<float> input = session.input<float>(0);
  REQUIRE(input.size_bytes() == inputs[0].size());
  std::memcpy(input.data(), inputs[0].data(), inputs[0].size());
  REQUIRE(session.run());
  const std::span<const std::int8_t> output = session.output<std::int8_t>(0);
  CHECK(std::memcmp(output.data(), expected[0].data(), expected[0].size()) == 0);
  CHECK(session.output<float>(1).size() == 24);
}

TEST_CASE("the C++ handles give empty spans for what is not there and messages for what fails") {
  const ModelBytes bytes(every_operator_network(62));
  const Result<Model> model = Model::from_memory({bytes.data(), bytes.size()});
  const Result<Plan> plan = Plan::create(*model);
  Result<Session> session = Session::create(*plan);
  CHECK(session->input<std::int8_t>(0).empty());
  CHECK(session->input<float>(1).empty());
  CHECK(session->integer_input<std::int8_t>(0).size() == 12 * 12 * 3);
  CHECK(session->output<std::uint8_t>(0).empty());
  CHECK(session->output<float>(9).empty());
  const Result<Session> missing = Session::open("/nowhere/model.bwk");
  CHECK_FALSE(missing);
  CHECK(missing.status().code() == BW_STATUS_IO);
  CHECK(std::string(missing.message()) == "/nowhere/model.bwk: No such file or directory");
  CHECK(session->check_golden().status().code() == BW_STATUS_NOT_FOUND);
}

}  // namespace bulwark::test
