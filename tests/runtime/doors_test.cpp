// SPDX-License-Identifier: Apache-2.0
// The two doors of a float input that is quantized first.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>

#include "tests/runtime/fixture.h"

namespace bulwark::test {
namespace {

Network network_with_door(std::int32_t lo, std::int32_t hi) {
  Network n(21);
  const std::int32_t x = n.input_f32({1, 6, 6, 3});
  n.output(n.conv(n.quantize(x, lo, hi), {8, 3, 1, 1, 1, 1}));
  return n;
}

}  // namespace

TEST_CASE("the integer door gives what the float door gives") {
  Network n = network_with_door(-128, 127);
  const std::vector<Bytes> inputs = random_inputs(n.spec(), 21);
  const std::vector<Bytes> tensors = evaluate_naively(n.spec(), inputs);
  const Bytes& integers = tensors[1];  // what quantize writes
  const ModelBytes bytes(n.spec());
  const ModelHandle model = load(bytes);
  bw_tensor_info info;
  REQUIRE(bw_model_input_integer_info(model.get(), 0, &info) == BW_STATUS_OK);
  CHECK(info.type == BW_TYPE_S8);
  CHECK(info.bytes == 6 * 6 * 3);
  CHECK(info.scale == n.spec().tensors[1].scale);

  const PlanHandle plan = make_plan(model.get());
  const SessionHandle session = make_session(plan.get());
  set_inputs(session.get(), inputs);
  const std::vector<Bytes> by_float = run(session.get());
  REQUIRE(bw_session_set_input(session.get(), 0, Bytes(inputs[0].size(), 0).data(), inputs[0].size()) ==
          BW_STATUS_OK);
  REQUIRE(bw_session_set_input_integer(session.get(), 0, integers.data(), integers.size()) == BW_STATUS_OK);
  CHECK((run(session.get()) == by_float));

  // The last door opened is the one that counts.
  set_inputs(session.get(), inputs);
  void* data = nullptr;
  std::size_t size = 0;
  REQUIRE(bw_session_input_integer(session.get(), 0, &data, &size) == BW_STATUS_OK);
  std::memset(data, 0, size);
  REQUIRE(bw_session_input(session.get(), 0, &data, &size) == BW_STATUS_OK);
  CHECK((run(session.get()) == by_float));
}

TEST_CASE("integers outside the range are clamped at the door") {
  Network n = network_with_door(-40, 40);
  const ModelBytes bytes(n.spec());
  const ModelHandle model = load(bytes);
  const PlanHandle plan = make_plan(model.get());
  const SessionHandle session = make_session(plan.get());
  Bytes wild(108), tame(108);
  for (std::size_t i = 0; i < wild.size(); ++i) {
    const std::int32_t q = static_cast<std::int32_t>(i * 7 % 256) - 128;
    wild[i] = static_cast<std::uint8_t>(q);
    tame[i] = static_cast<std::uint8_t>(std::clamp(q, -40, 40));
  }
  REQUIRE(bw_session_set_input_integer(session.get(), 0, wild.data(), wild.size()) == BW_STATUS_OK);
  const std::vector<Bytes> clamped = run(session.get());
  REQUIRE(bw_session_set_input_integer(session.get(), 0, tame.data(), tame.size()) == BW_STATUS_OK);
  CHECK((run(session.get()) == clamped));
}

TEST_CASE("an input that is read by anything else has no integer door") {
  Network shared(22);
  const std::int32_t x = shared.input_f32({1, 4});
  shared.output(shared.quantize(x));
  shared.output(shared.clip(x, 0, 1));
  Network integer(23);
  integer.output(integer.requantize(integer.input_integer({1, 4})));
  for (const ModelSpec& spec : {shared.spec(), integer.spec(), float_network(22)}) {
    const ModelBytes bytes(spec);
    const ModelHandle model = load(bytes);
    const PlanHandle plan = make_plan(model.get());
    const SessionHandle session = make_session(plan.get());
    bw_tensor_info info;
    void* data = nullptr;
    CHECK(bw_model_input_integer_info(model.get(), 0, &info) == BW_STATUS_NOT_FOUND);
    CHECK(bw_session_input_integer(session.get(), 0, &data, nullptr) == BW_STATUS_NOT_FOUND);
  }
}

}  // namespace bulwark::test
