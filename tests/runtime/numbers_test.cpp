// SPDX-License-Identifier: Apache-2.0
// Whole networks against the naive evaluator, on every path and with several threads.
#include <catch2/catch.hpp>
#include <cstring>

#include "tests/runtime/fixture.h"
#include "tests/support/budget.h"

namespace bulwark::test {

TEST_CASE("a network of every operator gives the bytes of the specification on every path") {
  const auto seeds = static_cast<std::uint32_t>(cases(4, 40));
  for (std::uint32_t seed = 1; seed <= seeds; ++seed) {
    const ModelSpec spec = every_operator_network(seed);
    const std::vector<Bytes> inputs = random_inputs(spec, seed);
    const std::vector<Bytes> expected = naive_outputs(spec, inputs);
    const ModelBytes bytes(spec);
    for (const std::string& path : available_paths()) {
      INFO("seed " << seed << ", path " << path);
      CHECK((run_model(bytes, inputs, path.c_str()) == expected));
    }
  }
}

TEST_CASE(
    "operators of two tensors, lookups and reductions give the bytes of the specification on every path") {
  const auto seeds = static_cast<std::uint32_t>(cases(4, 40));
  for (std::uint32_t seed = 1; seed <= seeds; ++seed) {
    const ModelSpec spec = elementwise_network(seed);
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

TEST_CASE("every tensor of a network can be looked at and holds the bytes of the specification") {
  const ModelSpec spec = every_operator_network(7);
  const std::vector<Bytes> inputs = random_inputs(spec, 7);
  const std::vector<Bytes> expected = evaluate_naively(spec, inputs);
  const ModelBytes bytes(spec);
  const ModelHandle model = load(bytes);
  const PlanHandle plan = make_plan(model.get(), nullptr, true);
  const SessionHandle session = make_session(plan.get());
  set_inputs(session.get(), inputs);
  run(session.get());
  REQUIRE(bw_session_tensor_count(session.get()) == static_cast<std::int32_t>(expected.size()));
  for (std::size_t i = 0; i < expected.size(); ++i) {
    bw_tensor_info info;
    const void* data = nullptr;
    REQUIRE(bw_session_tensor(session.get(), static_cast<std::int32_t>(i), &info, &data) == BW_STATUS_OK);
    INFO("tensor " << i << " " << info.name);
    REQUIRE(info.bytes == expected[i].size());
    CHECK(std::memcmp(data, expected[i].data(), info.bytes) == 0);
  }
}

TEST_CASE("the number of threads does not change a byte") {
  const ModelSpec spec = wide_network(3);
  const std::vector<Bytes> inputs = random_inputs(spec, 3);
  const ModelBytes bytes(spec);
  const std::vector<Bytes> expected = run_model(bytes, inputs, "reference", 1);
  for (const std::string& path : available_paths()) {
    for (const std::int32_t threads : {1, 2, 3, 4}) {
      INFO("path " << path << ", " << threads << " threads");
      CHECK((run_model(bytes, inputs, path.c_str(), threads) == expected));
    }
  }
}

TEST_CASE("float operators agree with the naive evaluator to rounding") {
  const ModelSpec spec = GENERATE(float_network(5), float_elementwise_network(5));
  const std::vector<Bytes> inputs = random_inputs(spec, 5);
  const Bytes expected = naive_outputs(spec, inputs)[0];
  const Bytes got = run_model(ModelBytes(spec), inputs)[0];
  REQUIRE(got.size() == expected.size());
  for (std::size_t i = 0; i < got.size(); i += 4) {
    float a, b;
    std::memcpy(&a, &got[i], 4);
    std::memcpy(&b, &expected[i], 4);
    CHECK(a == Approx(b).margin(1e-5));
  }
}

TEST_CASE("u8 inputs and a constant given once for all channels are taken as the file says") {
  Network n(11);
  const std::int32_t x = n.input_integer({1, 5, 5, 3}, ElementType::u8);
  const std::int32_t y = n.conv(n.requantize(x), {9, 3, 1, 1, 1, 1});
  n.output(y);
  auto& linear = *n.spec().operators.back().linear;
  linear.multiplier.resize(1);
  linear.lo = {-77};
  linear.hi = {88};
  const std::vector<Bytes> inputs = random_inputs(n.spec(), 11);
  const std::vector<Bytes> expected = naive_outputs(n.spec(), inputs);
  for (const std::string& path : available_paths()) {
    CHECK((run_model(ModelBytes(n.spec()), inputs, path.c_str()) == expected));
  }
}

}  // namespace bulwark::test
