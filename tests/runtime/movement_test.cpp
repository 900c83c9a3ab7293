// SPDX-License-Identifier: Apache-2.0
// Slices, gathers, resizing and indices against the specification; states over several runs.
#include <catch2/catch.hpp>
#include <cstring>

#include "bulwark/bulwark.hpp"
#include "tests/runtime/fixture.h"
#include "tests/support/budget.h"

namespace bulwark::test {
namespace {

Bytes output_of(bw_session* session, std::int32_t index) {
  const void* data = nullptr;
  std::size_t bytes = 0;
  REQUIRE(bw_session_output(session, index, &data, &bytes) == BW_STATUS_OK);
  const auto* begin = static_cast<const std::uint8_t*>(data);
  return {begin, begin + bytes};
}

/// What the ring of stateful_network shows at step `step` of inputs filled with their step's number plus 1.
Bytes expected_ring(int step, std::uint8_t zero) {
  Bytes ring;
  for (int age = 4; age >= 1; --age) {
    ring.insert(ring.end(), 5, step - age < 0 ? zero : static_cast<std::uint8_t>(step - age + 1));
  }
  return ring;
}

void check_sequence(const ModelSpec& spec, bw_session* session, int steps) {
  const auto zero =
      static_cast<std::uint8_t>(spec.tensors[static_cast<std::size_t>(spec.states[0].tensor)].zero_point);
  Bytes wheel = {1, 2, 3};
  for (int step = 0; step < steps; ++step) {
    const Bytes x(5, static_cast<std::uint8_t>(step + 1));
    REQUIRE(bw_session_set_input(session, 0, x.data(), x.size()) == BW_STATUS_OK);
    REQUIRE(bw_session_run(session) == BW_STATUS_OK);
    INFO("step " << step);
    CHECK((output_of(session, 0) == expected_ring(step, zero)));
    CHECK((output_of(session, 1) == wheel));
    CHECK((output_of(session, 2) == Bytes{9, 7}));
    std::rotate(wheel.begin(), wheel.begin() + 1, wheel.end());
  }
}

}  // namespace

TEST_CASE("slices, gathers, resizing and indices give the bytes of the specification on every path") {
  const auto seeds = static_cast<std::uint32_t>(cases(4, 40));
  for (std::uint32_t seed = 1; seed <= seeds; ++seed) {
    const ModelSpec spec = movement_network(seed);
    const std::vector<Bytes> inputs = random_inputs(spec, seed);
    const std::vector<Bytes> expected = naive_outputs(spec, inputs);
    const ModelBytes bytes(spec);
    for (const std::string& path : available_paths()) {
      for (const std::int32_t threads : {1, 3}) {
        INFO("seed " << seed << ", path " << path << ", " << threads << " threads");
        CHECK((run_model(bytes, inputs, path.c_str(), threads) == expected));
      }
    }
  }
}

TEST_CASE("indices have their own element types at the boundary") {
  const ModelBytes bytes(movement_network(3));
  const ModelHandle model = load(bytes);
  bw_tensor_info info;
  REQUIRE(bw_model_output_info(model.get(), 2, &info) == BW_STATUS_OK);
  CHECK(info.type == BW_TYPE_S32);
  CHECK(info.bytes == 4u * 11 * 9);
  CHECK(info.scale == 0.0f);
  REQUIRE(bw_model_output_info(model.get(), 3, &info) == BW_STATUS_OK);
  CHECK(info.type == BW_TYPE_S64);
  CHECK(info.bytes == 8u * 4 * 5);
}

TEST_CASE("states live in the session, from run to run, until they are reset") {
  const ModelSpec spec = stateful_network(1);
  const ModelBytes bytes(spec);
  const ModelHandle model = load(bytes);
  CHECK(bw_model_state_count(model.get()) == 3);
  for (const bool keep : {false, true}) {
    const PlanHandle plan = make_plan(model.get(), nullptr, keep);
    const SessionHandle session = make_session(plan.get()), other = make_session(plan.get());
    check_sequence(spec, session.get(), 7);
    check_sequence(spec, other.get(), 3);  // has states of its own
    REQUIRE(bw_session_reset_state(session.get()) == BW_STATUS_OK);
    check_sequence(spec, session.get(), 5);
  }
  CHECK(bw_session_reset_state(nullptr) == BW_STATUS_INVALID_ARGUMENT);
}

TEST_CASE("golden data belong to a session that has just begun") {
  ModelSpec spec = stateful_network(1);
  const Bytes x(5, 42);
  spec.golden_inputs.push_back({0, x});
  const auto zero =
      static_cast<std::uint8_t>(spec.tensors[static_cast<std::size_t>(spec.states[0].tensor)].zero_point);
  spec.golden_outputs = {{0, expected_ring(0, zero)}, {1, {1, 2, 3}}, {2, {9, 7}}};
  const ModelBytes bytes(spec);
  const ModelHandle model = load(bytes);
  const PlanHandle plan = make_plan(model.get());
  const SessionHandle session = make_session(plan.get());
  check_sequence(spec, session.get(), 2);
  for (int i = 0; i < 2; ++i) {
    std::int32_t matches = 0;
    REQUIRE(bw_session_check_golden(session.get(), &matches) == BW_STATUS_OK);
    CHECK(matches == 1);
  }
  check_sequence(spec, session.get(), 2);
}

}  // namespace bulwark::test
