// SPDX-License-Identifier: Apache-2.0
#include "converter/lipschitz/note_norms.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "converter/error.h"
#include "converter/lipschitz/norms.h"
#include "converter/write/writer.h"

namespace bulwark::converter::lipschitz {
namespace {

/// Multiplications of all layers together; a layer gets its share by the number of its weights.
constexpr double kWork = 2e10;

/// A float that is not below the bound.
float rounded_up(double bound) {
  return std::nextafter(static_cast<float>(bound), std::numeric_limits<float>::infinity());
}

}  // namespace

write::LayerRobustnessSpec& robustness_row(write::ModelSpec& spec, std::int32_t op) {
  const auto found = std::find_if(spec.robustness.begin(), spec.robustness.end(),
                                  [&](const auto& row) { return row.operator_index == op; });
  if (found != spec.robustness.end()) return *found;
  write::LayerRobustnessSpec row;
  row.operator_index = op;
  return spec.robustness.emplace_back(std::move(row));
}

schema::VerifiedModel verified(std::span<const std::uint8_t> bytes) {
  schema::VerifiedModel model;
  schema::VerifyError error;
  if (!schema::VerifiedModel::verify(bytes, {false}, &model, &error)) throw bad_input(error.message);
  return model;
}

void note_norms(write::ModelSpec& spec) {
  const std::vector<std::uint8_t> bytes = write::serialize(spec);
  const schema::VerifiedModel model = verified(bytes);
  double weights = 0;
  for (const write::OperatorSpec& op : spec.operators) {
    if (op.linear) weights += static_cast<double>(op.linear->weights.rows) * op.linear->weights.row_elements;
  }
  for (std::int32_t i = 0; i < model.operator_count(); ++i) {
    const schema::OperatorView op = model.op(i);
    if (!spec.operators[static_cast<std::size_t>(i)].linear) continue;
    const LinearMap map = linear_map(model, op);
    write::LayerRobustnessSpec& row = robustness_row(spec, i);
    row.linf_norm = static_cast<float>(linf_norm(map));
    row.l2_bound = rounded_up(l2_bound(map, kWork * static_cast<double>(map.weights.size()) / weights));
  }
}

}  // namespace bulwark::converter::lipschitz
