// SPDX-License-Identifier: Apache-2.0
// Memory: nothing is allocated during runs, and failing any one allocation gives a clean error.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <map>

#include "tests/runtime/counted_calls.h"
#include "tests/runtime/fixture.h"
#include "tests/support/budget.h"

namespace bulwark::test {
namespace {

/// Counts blocks, checks what is released, and fails the n-th allocation.
class TrackingAllocator {
 public:
  explicit TrackingAllocator(std::int64_t failing = 0) : failing_(failing) {}
  bw_allocator hook() { return {allocate, release, this}; }
  std::int64_t calls() const { return calls_; }
  std::size_t live_blocks() const { return live_.size(); }
  bool sizes_agree() const { return sizes_agree_; }

 private:
  static void* allocate(void* context, std::size_t size, std::size_t alignment) {
    auto& self = *static_cast<TrackingAllocator*>(context);
    if (++self.calls_ == self.failing_) return nullptr;
    void* memory = nullptr;
    if (posix_memalign(&memory, alignment, size) != 0) return nullptr;
    self.live_[memory] = size;
    return memory;
  }
  static void release(void* context, void* memory, std::size_t size) {
    auto& self = *static_cast<TrackingAllocator*>(context);
    const auto found = self.live_.find(memory);
    self.sizes_agree_ = self.sizes_agree_ && found != self.live_.end() && found->second == size;
    self.live_.erase(found);
    std::free(memory);
  }

  std::int64_t failing_, calls_ = 0;
  std::map<void*, std::size_t> live_;
  bool sizes_agree_ = true;
};

/// Loads, plans and makes a session with one allocator, releasing everything at the end. The first failing
/// status.
bw_status make_everything(const ModelBytes& bytes, TrackingAllocator& tracking, std::int32_t threads) {
  const bw_allocator hook = tracking.hook();
  bw_model_options model_options;
  bw_model_options_init(&model_options);
  model_options.allocator = &hook;
  bw_plan_options plan_options;
  bw_plan_options_init(&plan_options);
  plan_options.allocator = &hook;
  bw_session_options session_options;
  bw_session_options_init(&session_options);
  session_options.allocator = &hook;
  session_options.threads = threads;

  bw_model* model = nullptr;
  bw_plan* plan = nullptr;
  bw_session* session = nullptr;
  bw_status status = bw_model_load_memory(bytes.data(), bytes.size(), &model_options, &model);
  if (status == BW_STATUS_OK) status = bw_plan_create(model, &plan_options, &plan);
  if (status == BW_STATUS_OK) status = bw_session_create(plan, &session_options, &session);
  if (status == BW_STATUS_OK) status = bw_session_run(session);
  bw_model_release(model);
  bw_plan_release(plan);
  bw_session_release(session);
  return status;
}

void fail_every_allocation(const ModelBytes& bytes, std::int32_t threads) {
  bw_status status = BW_STATUS_OUT_OF_MEMORY;
  std::int64_t failing = 0;
  while (status != BW_STATUS_OK) {
    TrackingAllocator tracking(++failing);
    status = make_everything(bytes, tracking, threads);
    INFO("allocation " << failing << ": " << bw_status_message());
    REQUIRE((status == BW_STATUS_OUT_OF_MEMORY || tracking.calls() < failing));
    REQUIRE((status == BW_STATUS_OK || *bw_status_message() != '\0'));
    REQUIRE(tracking.live_blocks() == 0);
    REQUIRE(tracking.sizes_agree());
    REQUIRE(failing < 1000);
  }
  CHECK(failing > 8);
}

#if defined(__arm__) || defined(__aarch64__)
constexpr std::int32_t kQuickRuns = 5000;  // emulated
#else
constexpr std::int32_t kQuickRuns = 100000;
#endif

}  // namespace

TEST_CASE("runs allocate nothing") {
  Network n(1);
  const std::int32_t x = n.input_f32({1, 4, 4, 2});
  const std::int32_t a = n.conv(n.quantize(x), {4, 3, 1, 1, 1, 1}, WeightFormat::s4);
  n.output(n.softmax(n.reshape(n.pool(a, OperatorKind::average_pool_2d, 2, 2, 0), {1, 16})));
  const ModelBytes bytes(n.spec());
  const ModelHandle model = load(bytes);
  const PlanHandle plan = make_plan(model.get());
  const SessionHandle session = make_session(plan.get());
  const std::int32_t runs = cases(kQuickRuns, 1000000);
  bw_status status = BW_STATUS_OK;
  const std::int64_t before = allocation_calls();
  for (std::int32_t i = 0; i < runs; ++i) {
    void* data = nullptr;
    const void* result = nullptr;
    std::size_t size = 0;
    if (status == BW_STATUS_OK) status = bw_session_input(session.get(), 0, &data, &size);
    static_cast<float*>(data)[i % 32] = static_cast<float>(i % 7);
    if (status == BW_STATUS_OK) status = bw_session_run(session.get());
    if (status == BW_STATUS_OK) status = bw_session_output(session.get(), 0, &result, &size);
  }
  CHECK(allocation_calls() == before);
  CHECK(status == BW_STATUS_OK);
}

TEST_CASE("runs with threads, a profile and every operator allocate nothing") {
  for (const ModelSpec& spec : {every_operator_network(2), wide_network(2), float_network(2),
                                elementwise_network(2), float_elementwise_network(2)}) {
    const ModelBytes bytes(spec);
    const ModelHandle model = load(bytes);
    const PlanHandle plan = make_plan(model.get());
    const SessionHandle session = make_session(plan.get(), 3, true);
    const std::int64_t before = allocation_calls();
    bw_status status = BW_STATUS_OK;
    for (std::int32_t i = 0; i < 3 && status == BW_STATUS_OK; ++i) status = bw_session_run(session.get());
    CHECK(allocation_calls() == before);
    CHECK(status == BW_STATUS_OK);
  }
}

TEST_CASE("a session is one allocation") {
  const ModelBytes bytes(every_operator_network(3));
  const ModelHandle model = load(bytes);
  const PlanHandle plan = make_plan(model.get());
  TrackingAllocator tracking;
  const bw_allocator hook = tracking.hook();
  bw_session_options options;
  bw_session_options_init(&options);
  options.allocator = &hook;
  bw_session* session = nullptr;
  REQUIRE(bw_session_create(plan.get(), &options, &session) == BW_STATUS_OK);
  CHECK(tracking.calls() == 1);
  bw_session_release(session);
  CHECK(tracking.live_blocks() == 0);
}

TEST_CASE("failing any one allocation gives out of memory and leaks nothing") {
  fail_every_allocation(ModelBytes(every_operator_network(4)), 2);
  fail_every_allocation(ModelBytes(float_network(4)), 1);
  // With weights in the file, which are compared in memory of their own.
  const std::string best = available_paths().back();
  if (best == "reference") return;
  Bytes packed = packed_file(every_operator_network(4), {best});
  fail_every_allocation(ModelBytes(packed), 1);
  packed[packed.size() - 1000] ^= 1;
  fail_every_allocation(ModelBytes(packed), 1);
}

TEST_CASE("a refused thread gives out of memory and joins those that started") {
  const ModelBytes bytes(wide_network(1));
  const ModelHandle model = load(bytes);
  const PlanHandle plan = make_plan(model.get());
  for (std::int64_t failing = 1; failing <= 3; ++failing) {
    fail_pthread_create(failing);
    bw_session_options options;
    bw_session_options_init(&options);
    options.threads = 4;
    bw_session* session = nullptr;
    CHECK(bw_session_create(plan.get(), &options, &session) == BW_STATUS_OUT_OF_MEMORY);
    CHECK(session == nullptr);
    CHECK(std::string(bw_status_message()) == "the system can not start 3 threads");
    CHECK(fail_pthread_create(0) == failing);
  }
}

TEST_CASE("memory of an allocator that is not aligned is refused") {
  const bw_allocator hook = {
      [](void*, std::size_t size, std::size_t) -> void* {
        return static_cast<std::uint8_t*>(std::malloc(size + 1)) + 1;
      },
      [](void*, void* memory, std::size_t) { std::free(static_cast<std::uint8_t*>(memory) - 1); }, nullptr};
  const ModelBytes bytes(float_network(4));
  bw_model_options options;
  bw_model_options_init(&options);
  options.allocator = &hook;
  bw_model* model = nullptr;
  CHECK(bw_model_load_memory(bytes.data(), bytes.size(), &options, &model) == BW_STATUS_OUT_OF_MEMORY);
}

}  // namespace bulwark::test
