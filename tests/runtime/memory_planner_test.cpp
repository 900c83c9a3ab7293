// SPDX-License-Identifier: Apache-2.0
#include "runtime/memory_planner.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <vector>

#include "tests/runtime/fixture.h"

namespace bulwark::test {
namespace {

using runtime::PlannedBuffer;

std::uint64_t plan(std::vector<PlannedBuffer>& buffers) {
  std::uint64_t bytes = 0;
  REQUIRE(runtime::plan_memory(runtime::Allocator(nullptr), buffers, &bytes));
  return bytes;
}

/// The most bytes alive at one step: no arena can be smaller.
std::uint64_t lower_bound(const std::vector<PlannedBuffer>& buffers, std::int32_t steps) {
  std::uint64_t most = 0;
  for (std::int32_t step = 0; step < steps; ++step) {
    std::uint64_t alive = 0;
    for (const PlannedBuffer& b : buffers) {
      if (b.first <= step && step <= b.last) alive += b.bytes;
    }
    most = std::max(most, alive);
  }
  return most;
}

bool overlap(const PlannedBuffer& a, const PlannedBuffer& b) {
  const bool in_time = a.first <= b.last && b.first <= a.last;
  return in_time && a.offset < b.offset + b.bytes && b.offset < a.offset + a.bytes;
}

}  // namespace

TEST_CASE("no two buffers that live at the same time overlap") {
  std::mt19937 random(41);
  for (std::int32_t round = 0; round < 200; ++round) {
    const std::int32_t steps = 1 + static_cast<std::int32_t>(random() % 30);
    std::vector<PlannedBuffer> buffers(random() % 60);
    for (PlannedBuffer& b : buffers) {
      b.bytes = 1 + random() % 5000;
      b.first = static_cast<std::int32_t>(random() % static_cast<std::uint32_t>(steps));
      b.last = b.first + static_cast<std::int32_t>(random() % static_cast<std::uint32_t>(steps - b.first));
    }
    const std::uint64_t bytes = plan(buffers);
    CHECK(bytes >= lower_bound(buffers, steps));
    for (std::size_t i = 0; i < buffers.size(); ++i) {
      CHECK(buffers[i].offset % runtime::kAlignment == 0);
      CHECK(buffers[i].offset + buffers[i].bytes <= bytes);
      for (std::size_t k = 0; k < i; ++k) CHECK_FALSE(overlap(buffers[i], buffers[k]));
    }
  }
}

TEST_CASE("a chain of equal layers needs the bytes of two") {
  std::vector<PlannedBuffer> chain(50);
  for (std::size_t i = 0; i < chain.size(); ++i) {
    chain[i].bytes = 6400;
    chain[i].first = static_cast<std::int32_t>(i);
    chain[i].last = static_cast<std::int32_t>(i) + 1;
  }
  CHECK(plan(chain) == 2 * 6400);
}

TEST_CASE("a small buffer goes into the smallest gap that holds it") {
  // Three long-lived blocks leave gaps of 256 and 128 bytes at step 1.
  std::vector<PlannedBuffer> buffers = {{1024, 0, 9}, {512, 0, 0}, {256, 1, 1}, {128, 1, 1}, {64, 1, 1}};
  CHECK(plan(buffers) == 1024 + 512);
}

TEST_CASE("live tensors of a network do not overlap") {
  const ModelSpec spec = every_operator_network(42);
  const ModelBytes bytes(spec);
  const ModelHandle model = load(bytes);
  const PlanHandle shared = make_plan(model.get()), apart = make_plan(model.get(), nullptr, true);
  CHECK(bw_plan_arena_bytes(shared.get()) < bw_plan_arena_bytes(apart.get()));
  // Sharing bytes between live tensors would change an output of some input.
  for (std::uint32_t seed = 0; seed < 5; ++seed) {
    const std::vector<Bytes> inputs = random_inputs(spec, seed);
    const SessionHandle a = make_session(shared.get()), b = make_session(apart.get());
    set_inputs(a.get(), inputs);
    set_inputs(b.get(), inputs);
    CHECK((run(a.get()) == run(b.get())));
  }
}

TEST_CASE("a reshape between the model's input and output copies, elsewhere it shares") {
  Network n(43);
  const std::int32_t x = n.input_integer({1, 6});
  n.output(n.reshape(x, {2, 3}));
  n.output(n.reshape(n.clip(x, -5, 5), {3, 2}));
  const std::vector<Bytes> inputs = random_inputs(n.spec(), 43);
  const ModelBytes bytes(n.spec());
  const ModelHandle model = load(bytes);
  const PlanHandle plan = make_plan(model.get());
  const SessionHandle session = make_session(plan.get());
  set_inputs(session.get(), inputs);
  CHECK((run(session.get()) == naive_outputs(n.spec(), inputs)));
  void* input = nullptr;
  const void* output = nullptr;
  REQUIRE(bw_session_input(session.get(), 0, &input, nullptr) == BW_STATUS_OK);
  REQUIRE(bw_session_output(session.get(), 0, &output, nullptr) == BW_STATUS_OK);
  CHECK(input != output);
  bw_step_info info;
  REQUIRE(bw_plan_step_info(plan.get(), 2, &info) == BW_STATUS_OK);
  CHECK(std::string(info.kernel) == "none");
}

}  // namespace bulwark::test
