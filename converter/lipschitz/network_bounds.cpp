// SPDX-License-Identifier: Apache-2.0
#include "converter/lipschitz/network_bounds.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "converter/lipschitz/operator_gains.h"

namespace bulwark::converter::lipschitz {
namespace {

using schema::OperatorKind;
using Bounds = std::vector<std::optional<TensorBound>>;

bool is_linear(OperatorKind kind) {
  return kind == OperatorKind::conv_2d || kind == OperatorKind::fully_connected;
}

std::map<std::int32_t, Gain> layer_norms(const schema::VerifiedModel& model) {
  std::map<std::int32_t, Gain> norms;
  for (std::int32_t i = 0; i < model.robustness_layer_count(); ++i) {
    const schema::LayerRobustnessView row = model.robustness_layer(i);
    if (row.l2_bound < 0 || row.linf_norm < 0) continue;
    norms[row.operator_index] = {static_cast<double>(row.l2_bound), static_cast<double>(row.linf_norm)};
  }
  return norms;
}

/// Nothing when an input that moves has no bound.
std::optional<TensorBound> joined(const schema::OperatorView& op, const OperatorGains& gains,
                                  const Bounds& bounds) {
  TensorBound out;
  for (std::size_t k = 0; k < op.inputs.size(); ++k) {
    const auto& in = bounds[static_cast<std::size_t>(op.inputs[k])];
    if (!in) return std::nullopt;
    const Gain& gain = gains.inputs[k];
    const double l2 = gain.l2 * in->l2, linf = gain.linf * in->linf, rounding = gain.linf * in->rounding;
    if (gains.side_by_side) {
      out.l2 = std::hypot(out.l2, l2);
      out.linf = std::max(out.linf, linf);
      out.rounding = std::max(out.rounding, rounding);
    } else {
      out.l2 += l2;
      out.linf += linf;
      out.rounding += rounding;
    }
  }
  return out;
}

}  // namespace

Bounds network_bounds(const schema::VerifiedModel& model) {
  Bounds bounds(static_cast<std::size_t>(model.tensor_count()));
  const std::map<std::int32_t, Gain> norms = layer_norms(model);
  for (std::int32_t i = 0; i < model.tensor_count(); ++i) {
    if (!model.tensor(i).constant.empty()) bounds[static_cast<std::size_t>(i)] = TensorBound{};
  }
  for (std::int32_t i = 0; i < model.state_count(); ++i)
    bounds[static_cast<std::size_t>(model.state(i).tensor)] = TensorBound{};
  for (const std::int32_t input : model.inputs())
    bounds[static_cast<std::size_t>(input)] = TensorBound{1, 1, 0};
  for (std::int32_t i = 0; i < model.operator_count(); ++i) {
    const schema::OperatorView op = model.op(i);
    const schema::TensorView out = model.tensor(op.outputs[0]);
    std::optional<OperatorGains> gains;
    if (!is_linear(op.kind)) {
      gains = operator_gains(model, op);
    } else if (const auto norm = norms.find(i); norm != norms.end()) {
      gains = OperatorGains{{norm->second}, false, schema::is_quantized(out.type)};
    }
    if (!gains) continue;
    std::optional<TensorBound> bound = joined(op, *gains, bounds);
    if (bound && gains->rounds) bound->rounding += static_cast<double>(out.scale) / 2;
    bounds[static_cast<std::size_t>(op.outputs[0])] = bound;
  }
  return bounds;
}

}  // namespace bulwark::converter::lipschitz
