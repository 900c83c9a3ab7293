// SPDX-License-Identifier: Apache-2.0
// Sessions: the caller's memory and pool, several at once, one at a time, release order, profile.
#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "tests/runtime/fixture.h"

namespace bulwark::test {
namespace {

bw_session_options options_with_threads(std::int32_t threads) {
  bw_session_options options;
  bw_session_options_init(&options);
  options.threads = threads;
  return options;
}

}  // namespace

TEST_CASE("a session works inside the caller's memory and writes nowhere else") {
  const ModelSpec spec = every_operator_network(5);
  const std::vector<Bytes> inputs = random_inputs(spec, 5);
  const ModelBytes bytes(spec);
  const ModelHandle model = load(bytes);
  const PlanHandle plan = make_plan(model.get());
  bw_session_options options = options_with_threads(2);
  std::size_t size = 0;
  REQUIRE(bw_session_bytes(plan.get(), &options, &size) == BW_STATUS_OK);
  REQUIRE(size >= bw_plan_arena_bytes(plan.get()));

  constexpr std::size_t kAlignment = 64, kMargin = 64;
  constexpr std::uint8_t kMark = 0xA5;
  std::vector<std::uint8_t> storage(size + kAlignment + 2 * kMargin, kMark);
  std::uint8_t* memory = storage.data() + kMargin;
  memory += (kAlignment - reinterpret_cast<std::uintptr_t>(memory) % kAlignment) % kAlignment;
  options.memory = memory;
  options.memory_bytes = size;
  bw_session* session = nullptr;
  REQUIRE(bw_session_create(plan.get(), &options, &session) == BW_STATUS_OK);
  set_inputs(session, inputs);
  CHECK((run(session) == naive_outputs(spec, inputs)));
  bw_session_release(session);
  CHECK(std::all_of(storage.data(), memory, [](std::uint8_t byte) { return byte == kMark; }));
  CHECK(std::all_of(memory + size, storage.data() + storage.size(),
                    [](std::uint8_t byte) { return byte == kMark; }));

  options.memory_bytes = size - 1;
  CHECK(bw_session_create(plan.get(), &options, &session) == BW_STATUS_INVALID_ARGUMENT);
  options.memory = memory + 16;
  options.memory_bytes = size;
  CHECK(bw_session_create(plan.get(), &options, &session) == BW_STATUS_MISALIGNED);
}

TEST_CASE("the caller's pool gets the work, in any order, and the bytes stay") {
  const ModelSpec spec = wide_network(6);
  const std::vector<Bytes> inputs = random_inputs(spec, 6);
  const ModelBytes bytes(spec);
  const std::vector<Bytes> expected = run_model(bytes, inputs);
  const ModelHandle model = load(bytes);
  const PlanHandle plan = make_plan(model.get());
  std::int32_t tasks = 0;
  const bw_parallel backwards = {[](void* context, std::int32_t count, bw_task_fn task, void* task_context) {
                                   *static_cast<std::int32_t*>(context) += count;
                                   while (count > 0) task(task_context, --count);
                                 },
                                 &tasks};
  bw_session_options options = options_with_threads(4);
  options.parallel = &backwards;
  bw_session* session = nullptr;
  REQUIRE(bw_session_create(plan.get(), &options, &session) == BW_STATUS_OK);
  const SessionHandle handle(session);
  set_inputs(session, inputs);
  CHECK((run(session) == expected));
  CHECK(tasks > 4);
}

TEST_CASE("bad input class 24: a second thread in a session is told that it is busy") {
  const ModelSpec spec = wide_network(7);
  const std::vector<Bytes> inputs = random_inputs(spec, 7);
  const ModelBytes bytes(spec);
  const ModelHandle model = load(bytes);
  const PlanHandle plan = make_plan(model.get());
  struct Intruder {
    bw_session* session = nullptr;
    const Bytes* input = nullptr;
    bw_status run = BW_STATUS_OK, set = BW_STATUS_OK, get = BW_STATUS_OK, golden = BW_STATUS_OK;
  } intruder;
  // The pool's hook is called while the session runs.
  const bw_parallel pool = {[](void* context, std::int32_t count, bw_task_fn task, void* task_context) {
                              auto& self = *static_cast<Intruder*>(context);
                              std::thread([&self] {
                                void* data = nullptr;
                                self.run = bw_session_run(self.session);
                                self.set = bw_session_set_input(self.session, 0, self.input->data(),
                                                                self.input->size());
                                self.get = bw_session_input(self.session, 0, &data, nullptr);
                              }).join();
                              for (std::int32_t i = 0; i < count; ++i) task(task_context, i);
                            },
                            &intruder};
  bw_session_options options = options_with_threads(2);
  options.parallel = &pool;
  REQUIRE(bw_session_create(plan.get(), &options, &intruder.session) == BW_STATUS_OK);
  const SessionHandle session(intruder.session);
  intruder.input = &inputs[0];
  set_inputs(session.get(), inputs);
  CHECK((run(session.get()) == run_model(bytes, inputs)));
  CHECK(intruder.run == BW_STATUS_BUSY);
  CHECK(intruder.set == BW_STATUS_BUSY);
  CHECK(intruder.get == BW_STATUS_BUSY);
}

TEST_CASE("eight sessions of one plan run at the same time") {
  const ModelSpec spec = every_operator_network(8);
  const ModelBytes bytes(spec);
  const ModelHandle model = load(bytes);
  const PlanHandle plan = make_plan(model.get());
  std::atomic<std::int32_t> wrong{0};
  std::vector<std::thread> threads;
  for (std::uint32_t i = 0; i < 8; ++i) {
    const std::vector<Bytes> inputs = random_inputs(spec, 100 + i);
    const std::vector<Bytes> expected = naive_outputs(spec, inputs);
    threads.emplace_back([=, &plan, &wrong] {
      const SessionHandle session = make_session(plan.get(), 1 + static_cast<std::int32_t>(i % 3));
      for (std::int32_t k = 0; k < 20; ++k) {
        set_inputs(session.get(), inputs);
        if (run(session.get()) != expected) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
}

TEST_CASE("models and plans are made and released on several threads") {
  const ModelSpec spec = every_operator_network(9);
  const std::vector<Bytes> inputs = random_inputs(spec, 9);
  const std::vector<Bytes> expected = naive_outputs(spec, inputs);
  const ModelBytes bytes(spec);
  const ModelHandle model = load(bytes);
  std::atomic<std::int32_t> wrong{0};
  std::vector<std::thread> threads;
  for (std::int32_t i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      const PlanHandle plan = make_plan(model.get());
      const SessionHandle session = make_session(plan.get(), 2);
      set_inputs(session.get(), inputs);
      if (run(session.get()) != expected) ++wrong;
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
}

TEST_CASE("handles may be released in any order") {
  const ModelSpec spec = every_operator_network(10);
  const std::vector<Bytes> inputs = random_inputs(spec, 10);
  const ModelBytes bytes(spec);
  ModelHandle model = load(bytes);
  PlanHandle plan = make_plan(model.get());
  const SessionHandle session = make_session(plan.get(), 2);
  model.reset();
  plan.reset();
  set_inputs(session.get(), inputs);
  CHECK((run(session.get()) == naive_outputs(spec, inputs)));
}

TEST_CASE("a profile tells the time of every step") {
  const ModelBytes bytes(wide_network(11));
  const ModelHandle model = load(bytes);
  const PlanHandle plan = make_plan(model.get());
  const SessionHandle session = make_session(plan.get(), 1, true);
  run(session.get());
  std::int64_t total = 0, macs = 0;
  for (std::int32_t i = 0; i < bw_plan_step_count(plan.get()); ++i) {
    std::int64_t ns = -1;
    bw_step_info info;
    REQUIRE(bw_session_step_ns(session.get(), i, &ns) == BW_STATUS_OK);
    REQUIRE(bw_plan_step_info(plan.get(), i, &info) == BW_STATUS_OK);
    CHECK(ns >= 0);
    CHECK(*info.kernel != '\0');
    total += ns;
    macs += info.macs;
  }
  CHECK(total > 0);
  CHECK(macs == 32 * 32 * 40 * 9 * 32 + 32 * 32 * 40 * 9 + 32 * 32 * 64 * 40 + 16 * 16 * 4 * 64 + 1024 * 513);
}

TEST_CASE("an input keeps its bytes between runs") {
  const ModelSpec spec = every_operator_network(12);
  const std::vector<Bytes> inputs = random_inputs(spec, 12);
  const ModelBytes bytes(spec);
  const ModelHandle model = load(bytes);
  const PlanHandle plan = make_plan(model.get());
  const SessionHandle session = make_session(plan.get());
  set_inputs(session.get(), inputs);
  const std::vector<Bytes> first = run(session.get());
  CHECK((run(session.get()) == first));
}

}  // namespace bulwark::test
