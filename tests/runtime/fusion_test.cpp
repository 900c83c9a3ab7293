// SPDX-License-Identifier: Apache-2.0
// Fused chains: the bytes of layers run one after another, on every path and with every split; what is fused
// and what is not; the arena that it saves.
#include <catch2/catch.hpp>

#include "tests/runtime/fixture.h"

namespace bulwark::test {
namespace {

PlanHandle plan_with(bw_model* model, const std::string& path, bool fuse) {
  bw_plan_options options;
  bw_plan_options_init(&options);
  CHECK(options.fuse == 1);
  options.path = path.c_str();
  options.fuse = fuse ? 1 : 0;
  bw_plan* plan = nullptr;
  const bw_status status = bw_plan_create(model, &options, &plan);
  INFO(bw_status_message());
  REQUIRE(status == BW_STATUS_OK);
  return PlanHandle(plan);
}

/// Per step, the step that it runs in.
std::vector<std::int32_t> runs_in(const bw_plan* plan) {
  std::vector<std::int32_t> result;
  for (std::int32_t i = 0; i < bw_plan_step_count(plan); ++i) {
    bw_step_info info;
    REQUIRE(bw_plan_step_info(plan, i, &info) == BW_STATUS_OK);
    CHECK(std::string(info.kernel) != "");
    result.push_back(info.runs_in);
  }
  return result;
}

/// Fused and not, on every path and with several splits: `expected` steps, the same bytes, a smaller arena.
void check_network(const ModelSpec& spec, const std::vector<std::int32_t>& expected) {
  const std::vector<Bytes> inputs = random_inputs(spec, 3);
  const ModelBytes bytes(spec);
  const ModelHandle model = load(bytes);
  std::vector<std::int32_t> alone(expected.size());
  for (std::size_t i = 0; i < alone.size(); ++i) alone[i] = static_cast<std::int32_t>(i);
  for (const std::string& path : available_paths()) {
    CAPTURE(path);
    const PlanHandle plain = plan_with(model.get(), path, false), fused = plan_with(model.get(), path, true);
    CHECK(runs_in(plain.get()) == alone);
    CHECK(runs_in(fused.get()) == expected);
    if (expected != alone) CHECK(bw_plan_arena_bytes(fused.get()) < bw_plan_arena_bytes(plain.get()));
    const SessionHandle reference = make_session(plain.get());
    set_inputs(reference.get(), inputs);
    const std::vector<Bytes> want = run(reference.get());
    for (const std::int32_t threads : {1, 2, 5}) {
      CAPTURE(threads);
      const SessionHandle session = make_session(fused.get(), threads, threads == 2);
      set_inputs(session.get(), inputs);
      CHECK((run(session.get()) == want));
      CHECK((run(session.get()) == want));
    }
  }
}

struct Middle {
  std::int32_t batch, height, width, channels, kernel, stride, pad, dilation;
};

}  // namespace

TEST_CASE("a chain of convolution, depthwise, 1x1 and add gives the bytes of its layers") {
  const Middle middle = GENERATE(Middle{1, 37, 41, 100, 3, 1, 1, 1}, Middle{1, 41, 37, 96, 3, 2, 1, 1},
                                 Middle{2, 33, 33, 130, 5, 1, 2, 1}, Middle{1, 45, 40, 90, 3, 1, 2, 2},
                                 Middle{1, 50, 45, 64, 2, 3, 0, 1});
  Network network(21);
  const std::int32_t x = network.input_integer({middle.batch, middle.height, middle.width, 6});
  const std::int32_t expanded = network.conv(x, {middle.channels, 1, 1, 0});
  const std::int32_t filtered = network.conv(expanded, {middle.channels, middle.kernel, middle.stride,
                                                        middle.pad, middle.dilation, middle.channels});
  const std::int32_t side =
      network.conv(x, {10, middle.kernel, middle.stride, middle.pad, middle.dilation, 1});
  const std::int32_t projected = network.conv(filtered, {10, 1, 1, 0});
  network.output(network.add(projected, side));
  // The side branch stands between the depthwise layer and the projection, which therefore stays alone.
  check_network(network.spec(), {1, 1, 2, 3, 4});
}

TEST_CASE("an inverted residual runs in its addition, whichever operand comes first") {
  const bool swapped = GENERATE(false, true);
  const WeightFormat format = GENERATE(WeightFormat::s8, WeightFormat::s4, WeightFormat::ternary);
  Network network(22);
  const std::int32_t x = network.input_integer({1, 38, 38, 12});
  const std::int32_t expanded = network.conv(x, {96, 1, 1, 0}, format);
  const std::int32_t filtered = network.conv(expanded, {96, 3, 1, 1, 1, 96}, format);
  const std::int32_t projected = network.conv(filtered, {12, 1, 1, 0}, format);
  network.output(swapped ? network.add(x, projected) : network.add(projected, x));
  check_network(network.spec(), {3, 3, 3, 3});
}

TEST_CASE("a strided first layer, a depthwise layer and a 1x1 layer run together") {
  Network network(23);
  const std::int32_t x = network.input_integer({1, 95, 93, 3});
  const std::int32_t stem = network.conv(x, {64, 3, 2, 1});
  const std::int32_t filtered = network.conv(stem, {64, 3, 1, 1, 1, 64});
  network.output(network.conv(filtered, {20, 1, 1, 0}));
  check_network(network.spec(), {2, 2, 2});
}

TEST_CASE("a depthwise layer without an expansion runs in its projection") {
  Network network(24);
  const std::int32_t x = network.input_integer({1, 48, 48, 64});
  const std::int32_t filtered = network.conv(x, {64, 3, 1, 1, 1, 64});
  network.output(network.conv(filtered, {8, 1, 1, 0}));
  check_network(network.spec(), {1, 1});
}

TEST_CASE("what somebody else reads stays whole, and small tensors are left alone") {
  SECTION("an output of the model") {
    Network network(25);
    const std::int32_t x = network.input_integer({1, 38, 38, 12});
    const std::int32_t expanded = network.conv(x, {96, 1, 1, 0});
    network.output(network.conv(expanded, {96, 3, 1, 1, 1, 96}));
    network.output(expanded);
    check_network(network.spec(), {0, 1});
  }
  SECTION("a second reader") {
    Network network(26);
    const std::int32_t x = network.input_integer({1, 38, 38, 96});
    const std::int32_t expanded = network.conv(x, {96, 1, 1, 0});
    const std::int32_t filtered = network.conv(expanded, {96, 3, 1, 1, 1, 96});
    network.output(network.add(filtered, expanded));
    check_network(network.spec(), {0, 1, 2});
  }
  SECTION("small tensors") {
    Network network(27);
    const std::int32_t x = network.input_integer({1, 12, 12, 12});
    const std::int32_t expanded = network.conv(x, {96, 1, 1, 0});
    network.output(network.conv(expanded, {96, 3, 1, 1, 1, 96}));
    check_network(network.spec(), {0, 1});
  }
}

TEST_CASE("nothing is fused where every tensor is kept") {
  Network network(28);
  const std::int32_t x = network.input_integer({1, 38, 38, 12});
  const std::int32_t expanded = network.conv(x, {96, 1, 1, 0});
  network.output(network.conv(expanded, {96, 3, 1, 1, 1, 96}));
  const ModelBytes bytes(network.spec());
  const ModelHandle model = load(bytes);
  CHECK(runs_in(make_plan(model.get(), nullptr, true).get()) == std::vector<std::int32_t>{0, 1});
  CHECK(runs_in(make_plan(model.get()).get()) == std::vector<std::int32_t>{1, 1});
}

}  // namespace bulwark::test
