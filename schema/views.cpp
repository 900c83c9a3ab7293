// SPDX-License-Identifier: Apache-2.0
#include "schema/views.h"

namespace bulwark::schema {

std::int64_t TensorView::elements() const {
  std::int64_t product = 1;
  for (const std::int32_t dimension : shape) product *= dimension;
  return product;
}

int LookupView::direction(std::int32_t lo, std::int32_t hi) const {
  bool falls = false, rises = false;
  for (std::int32_t x = lo; x < hi; ++x) {
    const std::int8_t here = entries[static_cast<std::size_t>(x + 128)];
    const std::int8_t next = entries[static_cast<std::size_t>(x + 129)];
    rises = rises || next > here;
    falls = falls || next < here;
  }
  return rises && falls ? 0 : falls ? -1 : 1;
}

TensorView view(const fb::Tensor& tensor) {
  return {.name = view(tensor.name()),
          .type = static_cast<ElementType>(tensor.type()),
          .shape = view(tensor.shape()),
          .scale = tensor.scale(),
          .zero_point = tensor.zero_point(),
          .lo = tensor.lo(),
          .hi = tensor.hi(),
          .constant = view(tensor.constant())};
}

WeightsView view(const fb::Weights& weights) {
  return {.format = static_cast<WeightFormat>(weights.format()),
          .rows = weights.rows(),
          .row_elements = weights.row_elements(),
          .data = view(weights.data()),
          .scales = view(weights.scales())};
}

LinearView view(const fb::LinearOptions& options) {
  LinearView v;
  v.weights = view(*options.weights());
  v.kernel_h = options.kernel_h(), v.kernel_w = options.kernel_w();
  v.stride_h = options.stride_h(), v.stride_w = options.stride_w();
  v.dilation_h = options.dilation_h(), v.dilation_w = options.dilation_w();
  v.pad_top = options.pad_top(), v.pad_left = options.pad_left();
  v.pad_bottom = options.pad_bottom(), v.pad_right = options.pad_right();
  v.groups = options.groups();
  v.float_bias = view(options.float_bias());
  if (const fb::Requantization* requantization = options.requantization()) {
    v.fraction_bits = requantization->fraction_bits();
    v.bias = view(requantization->bias());
    v.multiplier = view(requantization->multiplier());
    v.lo = view(requantization->lo());
    v.hi = view(requantization->hi());
  }
  return v;
}

PoolView view(const fb::PoolOptions& options) {
  return {.kernel_h = options.kernel_h(),
          .kernel_w = options.kernel_w(),
          .stride_h = options.stride_h(),
          .stride_w = options.stride_w(),
          .dilation_h = options.dilation_h(),
          .dilation_w = options.dilation_w(),
          .pad_top = options.pad_top(),
          .pad_left = options.pad_left(),
          .pad_bottom = options.pad_bottom(),
          .pad_right = options.pad_right(),
          .count_include_pad = options.count_include_pad(),
          .multiplier = options.multiplier(),
          .origin_shift = options.origin_shift()};
}

OperatorView view(const fb::Operator& op) {
  OperatorView v;
  v.name = view(op.name());
  v.kind = static_cast<OperatorKind>(op.kind());
  v.inputs = view(op.inputs());
  v.outputs = view(op.outputs());
  v.multiplier = op.multiplier();
  v.float_lo = op.float_lo();
  v.float_hi = op.float_hi();
  v.axes = view(op.axes());
  if (const fb::LinearOptions* linear = op.linear()) v.linear = view(*linear);
  if (const fb::PoolOptions* pool = op.pool()) v.pool = view(*pool);
  if (const fb::AddOptions* add = op.add()) {
    v.add = {add->multiplier_a(), add->multiplier_b(), add->bias(), add->multiplier()};
  }
  if (const fb::SoftmaxOptions* softmax = op.softmax()) {
    v.softmax = {view(softmax->table()), softmax->numerator()};
  }
  if (const fb::LogSoftmaxOptions* o = op.log_softmax()) {
    v.log_softmax = {view(o->table()), o->multiplier_x(), o->multiplier_log(), o->shift()};
  }
  if (const fb::LookupOptions* lookup = op.lookup()) v.lookup = {view(lookup->entries())};
  if (const fb::PreluOptions* prelu = op.prelu()) v.prelu = {prelu->multiplier(), prelu->slope_multiplier()};
  if (const fb::FunctionOptions* o = op.function()) {
    v.function = {static_cast<Function>(o->function()), o->alpha(), o->beta()};
  }
  v.indices = view(op.indices());
  if (const fb::ResizeOptions* o = op.resize()) {
    v.resize = {view(o->rows()), view(o->columns()), view(o->float_rows()), view(o->float_columns())};
  }
  if (const fb::WideLookupOptions* o = op.wide_lookup()) v.wide_lookup = {view(o->entries())};
  if (const fb::TimeFilterOptions* o = op.time_filter())
    v.time_filter = {view(o->weights()), view(o->bias())};
  return v;
}

StateView view(const fb::State& state) { return {state.tensor(), state.next(), view(state.initial())}; }

LayerRobustnessView view(const fb::LayerRobustness& layer) {
  return {layer.operator_index(), layer.linf_norm(),          layer.l2_bound(),
          layer.clip_slack(),     view(layer.unclipped_lo()), view(layer.unclipped_hi())};
}

GoldenTensorView view(const fb::GoldenTensor& tensor) { return {tensor.index(), view(tensor.data())}; }

KeyValueView view(const fb::KeyValue& pair) { return {view(pair.key()), view(pair.value())}; }

}  // namespace bulwark::schema
