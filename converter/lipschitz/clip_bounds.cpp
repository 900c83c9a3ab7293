// SPDX-License-Identifier: Apache-2.0
#include "converter/lipschitz/clip_bounds.h"

#include <algorithm>
#include <limits>

#include "converter/lipschitz/deviation.h"
#include "converter/lipschitz/note_norms.h"
#include "converter/write/writer.h"

namespace bulwark::converter::lipschitz {
namespace {

constexpr std::int32_t kNone = std::numeric_limits<std::int32_t>::max();

void per_row(std::vector<std::int8_t>& bound, std::size_t rows) {
  if (bound.size() == 1) bound.resize(rows, bound[0]);
}

/// Tightens the clamp; the smallest distance from a new bound to what was seen, kNone when there is no new
/// one.
std::int32_t tighten(write::LinearSpec& linear, const SeenRange& seen, const Deviation& d) {
  std::int32_t slack = kNone;
  for (std::size_t c = 0; c < linear.lo.size(); ++c) {
    const std::int32_t lo = seen.lo[c] - d[c], hi = seen.hi[c] + d[c];
    if (lo > linear.lo[c]) {
      linear.lo[c] = static_cast<std::int8_t>(lo);
      slack = std::min(slack, d[c]);
    }
    if (hi < linear.hi[c]) {
      linear.hi[c] = static_cast<std::int8_t>(hi);
      slack = std::min(slack, d[c]);
    }
  }
  return slack;
}

}  // namespace

std::int32_t apply_clip_bounds(write::ModelSpec& spec, std::int32_t eps, const std::vector<SeenRange>& seen) {
  const std::vector<std::uint8_t> bytes = write::serialize(spec);
  const std::vector<Deviation> moved = deviations(verified(bytes), eps);
  std::int32_t bounded = 0;
  for (std::size_t i = 0; i < spec.operators.size(); ++i) {
    write::OperatorSpec& op = spec.operators[i];
    if (!op.linear || op.linear->lo.empty()) continue;
    const auto output = static_cast<std::size_t>(op.outputs[0]);
    if (seen[output].lo.empty()) continue;
    const auto rows = static_cast<std::size_t>(op.linear->weights.rows);
    per_row(op.linear->lo, rows);
    per_row(op.linear->hi, rows);
    const std::vector<std::int8_t> lo = op.linear->lo, hi = op.linear->hi;
    const std::int32_t slack = tighten(*op.linear, seen[output], moved[output]);
    if (slack == kNone) continue;
    write::LayerRobustnessSpec& row = robustness_row(spec, static_cast<std::int32_t>(i));
    row.clip_slack = static_cast<float>(slack);
    row.unclipped_lo = lo;
    row.unclipped_hi = hi;
    ++bounded;
  }
  spec.clip_eps = static_cast<float>(eps);
  return bounded;
}

}  // namespace bulwark::converter::lipschitz
