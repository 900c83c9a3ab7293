// SPDX-License-Identifier: Apache-2.0
// Deviations and clip bounds: nothing moves farther than said, and no calibration input that moves by at most
// eps, whichever way, is cut anywhere.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>

#include "converter/lipschitz/clip_bounds.h"
#include "converter/lipschitz/deviation.h"
#include "converter/lipschitz/note_norms.h"
#include "converter/write/writer.h"
#include "tests/runtime/fixture.h"

namespace bulwark::test {
namespace {

using converter::lipschitz::apply_clip_bounds;
using converter::lipschitz::Deviation;
using converter::lipschitz::SeenRange;

/// Every tensor of a model after a run.
class Watched {
 public:
  explicit Watched(const ModelSpec& spec)
      : bytes_(spec),
        model_(load(bytes_)),
        plan_(make_plan(model_.get(), nullptr, true)),
        session_(make_session(plan_.get())) {}
  const std::vector<Bytes>& run(const std::vector<Bytes>& inputs) {
    set_inputs(session_.get(), inputs);
    REQUIRE(bw_session_run(session_.get()) == BW_STATUS_OK);
    tensors_.resize(static_cast<std::size_t>(bw_session_tensor_count(session_.get())));
    for (std::size_t t = 0; t < tensors_.size(); ++t) {
      const void* data = nullptr;
      bw_tensor_info info;
      tensors_[t].clear();
      if (bw_session_tensor(session_.get(), static_cast<std::int32_t>(t), &info, &data) != BW_STATUS_OK)
        continue;
      const auto* begin = static_cast<const std::uint8_t*>(data);
      tensors_[t].assign(begin, begin + info.bytes);
    }
    return tensors_;
  }

 private:
  ModelBytes bytes_;
  ModelHandle model_;
  PlanHandle plan_;
  SessionHandle session_;
  std::vector<Bytes> tensors_;
};

int value(const converter::write::TensorSpec& tensor, std::uint8_t byte) {
  return tensor.type == ElementType::s8 ? static_cast<std::int8_t>(byte) : int{byte};
}

/// Every element moved by `step(i)`, inside its type.
std::vector<Bytes> moved(const ModelSpec& spec, std::vector<Bytes> inputs,
                         const std::function<int(std::size_t)>& step) {
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    const auto& tensor = spec.tensors[static_cast<std::size_t>(spec.inputs[k])];
    for (std::size_t i = 0; i < inputs[k].size(); ++i) {
      const int to = std::clamp(value(tensor, inputs[k][i]) + step(i), tensor.lo, tensor.hi);
      inputs[k][i] = static_cast<std::uint8_t>(to);
    }
  }
  return inputs;
}

std::int64_t sum_of(const ModelSpec& spec, const std::vector<Bytes>& tensors, std::int32_t t) {
  std::int64_t sum = 0;
  for (const std::uint8_t byte : tensors[static_cast<std::size_t>(t)])
    sum += value(spec.tensors[static_cast<std::size_t>(t)], byte);
  return sum;
}

/// Moves of at most eps: random ones, corners, and climbs of the sum of one layer's outputs, element by
/// element.
std::vector<std::vector<Bytes>> all_moves(const ModelSpec& spec, Watched& model,
                                          const std::vector<Bytes>& inputs, int eps, std::mt19937& random) {
  std::vector<std::vector<Bytes>> moves;
  for (int i = 0; i < 8; ++i) {
    moves.push_back(moved(spec, inputs, [&](std::size_t) {
      return static_cast<int>(random() % (2u * static_cast<unsigned>(eps) + 1)) - eps;
    }));
    moves.push_back(moved(spec, inputs, [&](std::size_t) { return random() % 2 == 0 ? eps : -eps; }));
  }
  moves.push_back(moved(spec, inputs, [&](std::size_t) { return eps; }));
  moves.push_back(moved(spec, inputs, [&](std::size_t) { return -eps; }));
  for (const OperatorSpec& op : spec.operators) {
    if (!op.linear || op.linear->lo.empty()) continue;
    std::vector<int> direction(inputs[0].size());
    std::int64_t best = sum_of(spec, model.run(inputs), op.outputs[0]);
    for (int query = 0; query < 40; ++query) {
      std::vector<int> next = direction;
      next[random() % next.size()] = random() % 2 == 0 ? eps : -eps;
      const auto candidate =
          moved(spec, inputs, [&](std::size_t i) { return i < next.size() ? next[i] : 0; });
      const std::int64_t sum = sum_of(spec, model.run(candidate), op.outputs[0]);
      if (sum < best) continue;
      best = sum;
      direction = next;
    }
    moves.push_back(
        moved(spec, inputs, [&](std::size_t i) { return i < direction.size() ? direction[i] : 0; }));
  }
  return moves;
}

/// Convolutions, a sum, a concatenation, pools, a table and a product on an integer input.
ModelSpec integer_network(std::uint32_t seed) {
  Network n(seed);
  const std::int32_t x = n.input_integer({1, 6, 7, 3}, seed % 2 == 0 ? ElementType::s8 : ElementType::u8);
  const std::int32_t start = seed % 2 == 0 ? x : n.requantize(x);
  const std::int32_t a = n.conv(start, {6, 3, 1, 1, 1, seed % 3 == 0 ? 3 : 1});
  const std::int32_t b = n.conv(a, {6, 1, 1, 0}, WeightFormat::s4);
  std::int32_t y = n.add(a, b);
  if (seed % 4 == 1) y = n.binary(OperatorKind::mul, y, b);
  if (seed % 4 == 2) y = n.lookup(y);
  if (seed % 4 == 3) y = n.binary(OperatorKind::maximum, y, n.clip(y, -60, 60));
  y = n.pool(y, seed % 2 == 0 ? OperatorKind::average_pool_2d : OperatorKind::max_pool_2d, 2, 1, 0);
  y = n.conv(y, {5, 2, 2, 0, 1}, WeightFormat::s4);
  const auto shape = n.shape(y);
  y = n.fully_connected(n.reshape(y, {1, shape[1] * shape[2] * shape[3]}), 12, WeightFormat::s4);
  n.output(n.fully_connected(n.concat({y, y}, 1), 4));
  return n.spec();
}

/// Small weights, so that a change of the input stays one of few steps.
ModelSpec calm_network(std::uint32_t seed, float factor) {
  ModelSpec spec = integer_network(seed);
  for (OperatorSpec& op : spec.operators) {
    if (!op.linear || op.linear->lo.empty()) continue;
    for (float& multiplier : op.linear->multiplier) multiplier *= factor;
  }
  return spec;
}

std::vector<Deviation> deviations_of(const ModelSpec& spec, int eps) {
  const Bytes bytes = converter::write::serialize(spec);
  return converter::lipschitz::deviations(converter::lipschitz::verified(bytes), eps);
}

std::vector<SeenRange> watch(const ModelSpec& spec, Watched& model,
                             const std::vector<std::vector<Bytes>>& samples) {
  std::vector<SeenRange> seen(spec.tensors.size());
  for (const auto& sample : samples) {
    const std::vector<Bytes>& tensors = model.run(sample);
    for (const OperatorSpec& op : spec.operators) {
      if (!op.linear || op.linear->lo.empty()) continue;
      const auto t = static_cast<std::size_t>(op.outputs[0]);
      const auto channels = static_cast<std::size_t>(op.linear->weights.rows);
      seen[t].lo.resize(channels, 127);
      seen[t].hi.resize(channels, -128);
      for (std::size_t i = 0; i < tensors[t].size(); ++i) {
        const int v = value(spec.tensors[t], tensors[t][i]);
        seen[t].lo[i % channels] = std::min(seen[t].lo[i % channels], v);
        seen[t].hi[i % channels] = std::max(seen[t].hi[i % channels], v);
      }
    }
  }
  return seen;
}

}  // namespace

TEST_CASE("No tensor moves by more than its deviation", "[clips]") {
  std::int64_t reached = 0;
  for (std::uint32_t seed = 1; seed <= 24; ++seed) {
    const ModelSpec spec = seed % 3 == 0
                               ? (seed % 2 == 0 ? elementwise_network(seed) : movement_network(seed))
                               : calm_network(seed, 0.1f);
    Watched model(spec);
    std::mt19937 random(seed);
    const auto inputs = random_inputs(spec, seed);
    if (spec.tensors[static_cast<std::size_t>(spec.inputs[0])].type == ElementType::f32) continue;
    for (const int eps : {0, 1, 3}) {
      const std::vector<Deviation> said = deviations_of(spec, eps);
      const std::vector<Bytes> at = model.run(inputs);
      for (const auto& move : all_moves(spec, model, inputs, eps, random)) {
        const std::vector<Bytes>& there = model.run(move);
        for (std::size_t t = 0; t < at.size(); ++t) {
          if (said[t].empty() || schema::element_size(spec.tensors[t].type) != 1) continue;
          for (std::size_t i = 0; i < at[t].size(); ++i) {
            const int distance =
                std::abs(value(spec.tensors[t], at[t][i]) - value(spec.tensors[t], there[t][i]));
            const int most = said[t][i % said[t].size()];
            if (distance == most && most > 0) ++reached;
            if (distance <= most) continue;
            INFO("seed " << seed << ", eps " << eps << ", tensor " << t << ", element " << i);
            REQUIRE(distance <= most);
          }
        }
      }
    }
  }
  // A bound that nothing comes near would pass too.
  CHECK(reached > 0);
}

TEST_CASE("No calibration input that moves by at most eps is cut, and others are", "[clips]") {
  std::int32_t bounded = 0;
  std::int64_t cut_far_away = 0;
  for (std::uint32_t seed = 1; seed <= 16; ++seed) {
    const ModelSpec spec = calm_network(seed, 0.15f);
    Watched open(spec);
    std::mt19937 random(seed);
    // Dark pictures: bright ones are then of another kind.
    std::vector<std::vector<Bytes>> samples;
    for (std::uint32_t i = 0; i < 4; ++i) {
      const std::vector<Bytes> any = random_inputs(spec, 100 * seed + i);
      const auto& tensor = spec.tensors[static_cast<std::size_t>(spec.inputs[0])];
      samples.push_back(any);
      for (std::uint8_t& byte : samples.back()[0])
        byte = static_cast<std::uint8_t>(tensor.lo + (value(tensor, byte) - tensor.lo) / 8);
    }
    for (const int eps : {0, 2}) {
      ModelSpec clipped = spec;
      bounded += apply_clip_bounds(clipped, eps, watch(spec, open, samples));
      CHECK(clipped.clip_eps == static_cast<float>(eps));
      Watched closed(clipped);
      for (const auto& sample : samples) {
        for (const auto& move : all_moves(spec, open, sample, eps, random)) {
          INFO("seed " << seed << ", eps " << eps);
          REQUIRE(closed.run(move) == open.run(move));
        }
      }
      const std::vector<Bytes> far = random_inputs(spec, seed + 7);
      cut_far_away += closed.run(far) != open.run(far) ? 1 : 0;
    }
  }
  CHECK(bounded > 16);
  CHECK(cut_far_away > 4);
}

TEST_CASE("Slack and the clamps without clip bounds are noted where a layer got a bound, and only there",
          "[clips]") {
  const ModelSpec spec = calm_network(2, 0.15f);
  Watched open(spec);
  ModelSpec clipped = spec;
  const std::int32_t bounded = apply_clip_bounds(clipped, 1, watch(spec, open, {random_inputs(spec, 1)}));
  const std::vector<Deviation> said = deviations_of(spec, 1);
  std::int32_t noted = 0;
  for (const auto& row : clipped.robustness) {
    if (row.unclipped_lo.empty()) continue;
    ++noted;
    const auto& op = clipped.operators[static_cast<std::size_t>(row.operator_index)];
    CHECK(row.unclipped_lo.size() == op.linear->lo.size());
    CHECK(row.unclipped_hi.size() == op.linear->hi.size());
    const Deviation& d = said[static_cast<std::size_t>(op.outputs[0])];
    CHECK(row.clip_slack >= static_cast<float>(*std::min_element(d.begin(), d.end())));
    CHECK(row.clip_slack <= static_cast<float>(*std::max_element(d.begin(), d.end())));
  }
  CHECK(noted == bounded);
  CHECK(bounded > 0);
}

}  // namespace bulwark::test
