// SPDX-License-Identifier: Apache-2.0
// Lipschitz constants from the input to every tensor, against what really happens when inputs move.
#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>
#include <map>
#include <optional>
#include <random>

#include "converter/convert.h"
#include "converter/error.h"
#include "converter/lipschitz/network_bounds.h"
#include "converter/lipschitz/note_norms.h"
#include "converter/write/writer.h"
#include "tests/converter/convert_runner.h"
#include "tests/converter/sample_models.h"

using namespace bulwark;
using converter::TensorData;

namespace {

/// A spec and the view of its bytes.
struct Verified {
  explicit Verified(converter::write::ModelSpec given) : spec(std::move(given)) {
    const std::vector<std::uint8_t> written = converter::write::serialize(spec);
    memory.resize(written.size() / 8 + 16);
    auto* begin = reinterpret_cast<std::uint8_t*>(memory.data());
    begin += (64 - reinterpret_cast<std::uintptr_t>(begin) % 64) % 64;
    std::copy(written.begin(), written.end(), begin);
    schema::VerifyError error;
    INFO(error.message);
    REQUIRE(schema::VerifiedModel::verify({begin, written.size()}, {false}, &model, &error));
  }
  converter::write::ModelSpec spec;
  std::vector<std::uint64_t> memory;
  schema::VerifiedModel model;
};

/// Inputs near others: at most `reach` of the range away.
std::vector<TensorData> inputs_of(const schema::VerifiedModel& model, std::mt19937& random,
                                  const std::vector<TensorData>* near, float reach) {
  std::vector<TensorData> inputs;
  for (const std::int32_t index : model.inputs()) {
    const schema::TensorView view = model.tensor(index);
    const bool is_float = view.type == schema::ElementType::f32;
    const float lo = is_float ? -1.5f : static_cast<float>(view.lo),
                hi = is_float ? 1.5f : static_cast<float>(view.hi);
    std::uniform_real_distribution<float> any(lo, hi), step(-reach * (hi - lo), reach * (hi - lo));
    TensorData input{{view.shape.begin(), view.shape.end()}, {}};
    for (std::int64_t i = 0; i < view.elements(); ++i) {
      float value =
          near ? (*near)[inputs.size()].data[static_cast<std::size_t>(i)] + step(random) : any(random);
      value = std::clamp(value, lo, hi);
      input.data.push_back(is_float ? value : std::round(value));
    }
    inputs.push_back(std::move(input));
  }
  return inputs;
}

struct Change {
  double squares = 0, largest = 0;
  void add(double difference) {
    squares += difference * difference;
    largest = std::max(largest, std::abs(difference));
  }
};

Change change_of(const schema::VerifiedModel& model, const std::vector<TensorData>& a,
                 const std::vector<TensorData>& b) {
  Change change;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const schema::TensorView view = model.tensor(model.inputs()[i]);
    const double step = view.type == schema::ElementType::f32 ? 1.0 : static_cast<double>(view.scale);
    for (std::size_t k = 0; k < a[i].data.size(); ++k)
      change.add(step * (static_cast<double>(a[i].data[k]) - static_cast<double>(b[i].data[k])));
  }
  return change;
}

/// Moves inputs and holds every integer tensor to its bounds; returns the number of tensors compared.
int check_bounds(const Verified& verified, float reach) {
  const schema::VerifiedModel& model = verified.model;
  const auto bounds = converter::lipschitz::network_bounds(model);
  test::Runner runner(verified.spec);
  std::mt19937 random(7);
  int compared = 0;
  for (int round = 0; round < 3; ++round) {
    const std::vector<TensorData> here = inputs_of(model, random, nullptr, 0);
    const std::vector<TensorData> there = inputs_of(model, random, &here, reach);
    const Change input = change_of(model, here, there);
    std::map<std::string, std::vector<float>> before;
    runner.run(here);
    for (std::int32_t t = 0; t < model.tensor_count(); ++t) {
      const schema::TensorView view = model.tensor(t);
      if (view.type != schema::ElementType::s8 && view.type != schema::ElementType::u8) continue;
      if (const auto steps = runner.steps(std::string(view.name))) before[std::string(view.name)] = *steps;
    }
    runner.run(there);
    for (std::int32_t t = 0; t < model.tensor_count(); ++t) {
      const schema::TensorView view = model.tensor(t);
      const auto& bound = bounds[static_cast<std::size_t>(t)];
      const auto found = before.find(std::string(view.name));
      if (!bound || found == before.end()) continue;
      const std::vector<float> after = runner.steps(found->first).value();
      Change change;
      for (std::size_t i = 0; i < after.size(); ++i)
        change.add(static_cast<double>(view.scale) * (after[i] - found->second[i]));
      INFO(found->first);
      const double slack = 2 * bound->rounding, size = std::sqrt(static_cast<double>(after.size()));
      CHECK(change.largest <= (bound->linf * input.largest + slack) * 1.001);
      CHECK(std::sqrt(change.squares) <= (bound->l2 * std::sqrt(input.squares) + slack * size) * 1.001);
      ++compared;
    }
  }
  return compared;
}

}  // namespace

TEST_CASE("No tensor of any corpus model moves farther than its bounds", "[lipschitz]") {
  int models = 0;
  for (const auto& entry : std::filesystem::directory_iterator(BULWARK_SOURCE_DIR "/tests/corpus/tflite")) {
    if (entry.path().extension() != ".tflite") continue;
    std::optional<converter::Graph> graph;
    try {
      graph = converter::import_source(entry.path().string());
    } catch (const bulwark::converter::Error&) {
      continue;  // models that are there to be refused
    }
    if (!graph->states.empty() || converter::quantize::is_float_graph(*graph)) continue;
    INFO(entry.path().filename().string());
    const Verified verified(converter::convert(entry.path().string(), {}).spec);
    if (check_bounds(verified, 0.02f) + check_bounds(verified, 1.0f) > 0) ++models;
  }
  CHECK(models >= 100);
}

TEST_CASE("Bounds multiply along chains and add at sums", "[lipschitz]") {
  converter::write::ModelSpec spec = test::conv_model();
  converter::lipschitz::note_norms(spec);
  const Verified verified(spec);
  const auto bounds = converter::lipschitz::network_bounds(verified.model);
  double l2 = 1, linf = 1;
  for (const auto& row : spec.robustness)
    l2 *= static_cast<double>(row.l2_bound), linf *= static_cast<double>(row.linf_norm);
  const auto& last = bounds[static_cast<std::size_t>(verified.model.outputs()[0])];
  REQUIRE(last);
  CHECK(last->l2 == Approx(l2));
  CHECK(last->linf == Approx(linf));
  CHECK(last->rounding > 0);
}

TEST_CASE("A tensor behind a layer without norms has no bound", "[lipschitz]") {
  converter::write::ModelSpec spec = test::conv_model();
  spec.robustness.clear();
  const Verified verified(spec);
  const auto bounds = converter::lipschitz::network_bounds(verified.model);
  CHECK(bounds[static_cast<std::size_t>(verified.model.inputs()[0])]);
  CHECK(!bounds[static_cast<std::size_t>(verified.model.outputs()[0])]);
}
