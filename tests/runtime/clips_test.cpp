// SPDX-License-Identifier: Apache-2.0
// Counting what clip bounds cut: exact against the literal evaluator, for nothing but the asking, and the
// observer of steps.
#include <algorithm>
#include <catch2/catch.hpp>
#include <numeric>

#include "tests/runtime/counted_calls.h"
#include "tests/runtime/fixture.h"
#include "tests/support/budget.h"

namespace bulwark::test {
namespace {

/// every_operator_network with closer clamps for every second operator with weights, and the old ones noted.
ModelSpec clipped_network(std::uint32_t seed) {
  ModelSpec spec = every_operator_network(seed);
  std::mt19937 random(seed);
  for (std::size_t i = 0; i < spec.operators.size(); ++i) {
    auto& linear = spec.operators[i].linear;
    if (!linear || linear->lo.empty() || i % 2 != seed % 2) continue;
    const auto rows = static_cast<std::size_t>(linear->weights.rows);
    if (linear->lo.size() == 1) linear->lo.resize(rows, linear->lo[0]);
    if (linear->hi.size() == 1) linear->hi.resize(rows, linear->hi[0]);
    converter::write::LayerRobustnessSpec row;
    row.operator_index = static_cast<std::int32_t>(i);
    row.unclipped_lo = linear->lo;
    row.unclipped_hi = linear->hi;
    spec.robustness.push_back(row);
    for (std::size_t c = 0; c < rows; ++c) {
      const int quarter = (linear->hi[c] - linear->lo[c]) / 4;
      if (random() % 3 != 0) linear->lo[c] = static_cast<std::int8_t>(linear->lo[c] + quarter);
      if (random() % 3 != 0) linear->hi[c] = static_cast<std::int8_t>(linear->hi[c] - quarter);
    }
  }
  return spec;
}

/// Per operator and channel, by running each of them with either clamp on the same inputs.
std::vector<std::vector<std::int64_t>> naive_counts(const ModelSpec& spec, const std::vector<Bytes>& values) {
  std::vector<std::vector<std::int64_t>> counts(spec.operators.size());
  for (const auto& row : spec.robustness) {
    ModelSpec one = spec;
    const auto at = static_cast<std::size_t>(row.operator_index);
    one.operators = {spec.operators[at]};
    one.inputs = one.operators[0].inputs;
    one.operators[0].linear->lo = row.unclipped_lo;
    one.operators[0].linear->hi = row.unclipped_hi;
    const auto output = static_cast<std::size_t>(one.operators[0].outputs[0]);
    const Bytes open = evaluate_naively(one, {values[static_cast<std::size_t>(one.inputs[0])]})[output];
    counts[at].resize(row.unclipped_lo.size());
    for (std::size_t i = 0; i < open.size(); ++i)
      counts[at][i % counts[at].size()] += open[i] != values[output][i] ? 1 : 0;
  }
  return counts;
}

PlanHandle counting_plan(bw_model* model, const char* path = nullptr) {
  bw_plan_options options;
  bw_plan_options_init(&options);
  options.count_clips = 1;
  options.path = path;
  bw_plan* plan = nullptr;
  REQUIRE(bw_plan_create(model, &options, &plan) == BW_STATUS_OK);
  return PlanHandle(plan);
}

std::vector<std::int64_t> counts_of(const bw_session* session, std::int32_t step) {
  const std::int64_t* counts = nullptr;
  std::int32_t channels = 0;
  REQUIRE(bw_session_clip_counts(session, step, &counts, &channels) == BW_STATUS_OK);
  return {counts, counts + channels};
}

/// Sums what it sees; flips the lowest bit of a step's first byte when told to.
struct Watcher {
  static void call(void* context, std::int32_t step, void* output, std::size_t bytes) {
    auto& self = *static_cast<Watcher*>(context);
    self.steps.push_back(step);
    self.bytes += bytes;
    if (step == self.change) *static_cast<std::uint8_t*>(output) ^= 1;
  }
  std::vector<std::int32_t> steps;
  std::size_t bytes = 0;
  std::int32_t change = -1;
};

}  // namespace

TEST_CASE("what clip bounds cut is counted exactly, and the outputs are those of a plan that does not count",
          "[clips]") {
  std::int64_t cut = 0;
  for (std::uint32_t seed = 1; seed <= static_cast<std::uint32_t>(cases(6, 60)); ++seed) {
    const ModelSpec spec = clipped_network(seed);
    const ModelBytes bytes(spec);
    const ModelHandle model = load(bytes);
    const std::vector<Bytes> inputs = random_inputs(spec, seed);
    const std::vector<Bytes> expected = run_model(bytes, inputs);
    const auto counts = naive_counts(spec, evaluate_naively(spec, inputs));
    for (const std::string& path : available_paths()) {
      const PlanHandle plan = counting_plan(model.get(), path.c_str());
      const SessionHandle session = make_session(plan.get(), seed % 2 == 0 ? 1 : 3);
      set_inputs(session.get(), inputs);
      INFO("seed " << seed << ", path " << path);
      for (int round = 0; round < 2; ++round) CHECK(run(session.get()) == expected);
      for (std::size_t i = 0; i < counts.size(); ++i) {
        INFO("operator " << i);
        CHECK(counts_of(session.get(), static_cast<std::int32_t>(i)) == counts[i]);
        cut += std::accumulate(counts[i].begin(), counts[i].end(), std::int64_t{0});
      }
    }
  }
  CHECK(cut > 0);
}

TEST_CASE("counting allocates nothing in a run, and its calls check their arguments", "[clips]") {
  const ModelSpec spec = clipped_network(1);
  const ModelBytes bytes(spec);
  const ModelHandle model = load(bytes);
  const PlanHandle plan = counting_plan(model.get());
  const SessionHandle session = make_session(plan.get());
  set_inputs(session.get(), random_inputs(spec, 1));
  const auto before = allocation_calls();
  REQUIRE(bw_session_run(session.get()) == BW_STATUS_OK);
  CHECK(allocation_calls() == before);

  const std::int64_t* counts = nullptr;
  std::int32_t channels = 0;
  CHECK(bw_session_clip_counts(nullptr, 0, &counts, &channels) == BW_STATUS_INVALID_ARGUMENT);
  CHECK(bw_session_clip_counts(session.get(), 0, nullptr, &channels) == BW_STATUS_INVALID_ARGUMENT);
  CHECK(bw_session_clip_counts(session.get(), 0, &counts, nullptr) == BW_STATUS_INVALID_ARGUMENT);
  CHECK(bw_session_clip_counts(session.get(), 999, &counts, &channels) == BW_STATUS_INVALID_ARGUMENT);
  const PlanHandle plain = make_plan(model.get());
  const SessionHandle other = make_session(plain.get());
  CHECK(bw_session_clip_counts(other.get(), 0, &counts, &channels) == BW_STATUS_NOT_FOUND);
  CHECK(std::string(bw_status_message()) == "the plan was created without count_clips");
}

TEST_CASE("an observer sees every step and may change what it wrote", "[clips]") {
  const ModelSpec spec = every_operator_network(3);
  const ModelBytes bytes(spec);
  const ModelHandle model = load(bytes);
  const PlanHandle plan = make_plan(model.get(), nullptr, true);
  const std::vector<Bytes> inputs = random_inputs(spec, 3);
  const auto observed = [&](std::int32_t change, Watcher* watcher) {
    watcher->change = change;
    const bw_step_observer observer{Watcher::call, watcher};
    bw_session_options options;
    bw_session_options_init(&options);
    options.observer = &observer;
    bw_session* handle = nullptr;
    REQUIRE(bw_session_create(plan.get(), &options, &handle) == BW_STATUS_OK);
    const SessionHandle session(handle);
    set_inputs(session.get(), inputs);
    return run(session.get());
  };
  Watcher silent, first;
  const std::vector<Bytes> expected = run_model(bytes, inputs);
  CHECK(observed(-1, &silent) == expected);
  CHECK(silent.steps.size() == spec.operators.size());
  CHECK(std::is_sorted(silent.steps.begin(), silent.steps.end()));
  CHECK(silent.bytes > 0);
  // The last step's output is the model's.
  CHECK(observed(static_cast<std::int32_t>(spec.operators.size()) - 1, &first) != expected);

  const bw_step_observer empty{nullptr, nullptr};
  bw_session_options options;
  bw_session_options_init(&options);
  options.observer = &empty;
  bw_session* handle = nullptr;
  CHECK(bw_session_create(plan.get(), &options, &handle) == BW_STATUS_INVALID_ARGUMENT);
  CHECK(std::string(bw_status_message()) == "options.observer lacks call");
}

}  // namespace bulwark::test
