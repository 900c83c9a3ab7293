// SPDX-License-Identifier: Apache-2.0
// The parts a run does not need: golden data, the robustness table, producer and metadata.
#include <cinttypes>
#include <cmath>

#include "schema/semantics/semantics.h"

namespace bulwark::schema {
namespace {

using GoldenTensors = flatbuffers::Vector<flatbuffers::Offset<fb::GoldenTensor>>;

/// One entry for each of the model's inputs (or outputs), in any order.
bool check_golden_tensors(const Context& context, const char* kind, const GoldenTensors& tensors,
                          View<std::int32_t> of_model) {
  const Place place(context.error, kind);
  if (!place.has_entries("the list", tensors.size(), of_model.size())) return false;
  std::uint64_t seen = 0;
  static_assert(kMaxNodeTensors <= 64);
  for (std::uint32_t i = 0; i < tensors.size(); ++i) {
    const GoldenTensorView golden = view(*tensors.Get(i));
    if (!place.in_range("an index", golden.index, 0, static_cast<std::int64_t>(of_model.size()) - 1))
      return false;
    if (seen >> golden.index & 1) return place.invalid("index %" PRId32 " is listed twice", golden.index);
    seen |= std::uint64_t{1} << golden.index;
    const std::int64_t bytes = context.tensor(of_model[static_cast<std::size_t>(golden.index)]).bytes();
    if (!place.has_entries("data", golden.data.size(), static_cast<std::size_t>(bytes))) return false;
  }
  return true;
}

template <typename T>
T entry(View<T> values, std::size_t row) {
  return values[values.size() == 1 ? 0 : row];
}

/// The clamp without clip bounds lies inside the output's range and contains the clamp that runs.
bool check_unclipped(Context& context, const Place& place, const LayerRobustnessView& layer) {
  if (layer.unclipped_lo.empty() && layer.unclipped_hi.empty()) return true;
  const OperatorView op =
      view(*context.model.operators()->Get(static_cast<std::uint32_t>(layer.operator_index)));
  if (op.linear.lo.empty())
    return place.invalid("operator %" PRId32 " has no clamp that could be unclipped", layer.operator_index);
  const auto rows = static_cast<std::size_t>(op.linear.weights.rows);
  if (!place.has_entries("unclipped_lo", layer.unclipped_lo.size(), rows) ||
      !place.has_entries("unclipped_hi", layer.unclipped_hi.size(), rows) ||
      !count_scan(context, place, 2 * rows)) {
    return false;
  }
  const TensorView output = context.tensor(op.outputs[0]);
  for (std::size_t row = 0; row < rows; ++row) {
    const int lo = layer.unclipped_lo[row], hi = layer.unclipped_hi[row];
    if (output.lo <= lo && lo <= entry(op.linear.lo, row) && entry(op.linear.hi, row) <= hi &&
        hi <= output.hi)
      continue;
    return place.invalid("the unclipped range %d..%d of operator %" PRId32
                         ", channel %zu must hold its clamp and lie in its output's range",
                         lo, hi, layer.operator_index, row);
  }
  return true;
}

bool check_layer(const Place& place, const fb::LayerRobustness& layer, std::int32_t operators) {
  if (!place.in_range("operator_index", layer.operator_index(), 0, operators - 1)) return false;
  for (const float value : {layer.linf_norm(), layer.l2_bound(), layer.clip_slack()}) {
    if (!std::isfinite(value)) return place.invalid("a figure is not finite");
  }
  return true;
}

}  // namespace

bool check_golden(const Context& context) {
  const fb::Golden* golden = context.model.golden();
  return golden == nullptr ||
         (check_golden_tensors(context, "golden inputs", *golden->inputs(), view(context.model.inputs())) &&
          check_golden_tensors(context, "golden outputs", *golden->outputs(), view(context.model.outputs())));
}

bool check_robustness(Context& context) {
  const fb::Robustness* robustness = context.model.robustness();
  if (robustness == nullptr) return true;
  const Place place(context.error, "robustness");
  const std::int32_t operators = count(context.model.operators());
  if (!place.in_range("the number of layers", count(robustness->layers()), 0, operators) ||
      !place.text("the recipe", view(robustness->recipe()), 0, kMaxTextBytes)) {
    return false;
  }
  if (!std::isfinite(robustness->clip_eps()) || robustness->clip_eps() < 0) {
    return place.invalid("clip_eps is %g, must be finite and not negative",
                         static_cast<double>(robustness->clip_eps()));
  }
  for (std::int32_t i = 0; i < count(robustness->layers()); ++i) {
    const fb::LayerRobustness& layer = *robustness->layers()->Get(static_cast<std::uint32_t>(i));
    if (!check_layer(place, layer, operators) || !check_unclipped(context, place, view(layer))) return false;
  }
  return true;
}

bool check_metadata(const Context& context) {
  const Place place(context.error, "metadata");
  if (!place.text("the producer", view(context.model.producer()), 0, kMaxNameBytes) ||
      !place.in_range("the number of entries", count(context.model.metadata()), 0, kMaxMetadata)) {
    return false;
  }
  for (std::int32_t i = 0; i < count(context.model.metadata()); ++i) {
    const KeyValueView pair = view(*context.model.metadata()->Get(static_cast<std::uint32_t>(i)));
    if (!place.text("a key", pair.key, 1, kMaxNameBytes) ||
        !place.text("a value", pair.value, 0, kMaxTextBytes)) {
      return false;
    }
  }
  return true;
}

}  // namespace bulwark::schema
