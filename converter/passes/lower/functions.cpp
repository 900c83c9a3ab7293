// SPDX-License-Identifier: Apache-2.0
// A function of one quantized tensor, with everything between its dequantize and its quantize: a lookup of
// 256 entries, each what the float twin gives.
#include <algorithm>
#include <cmath>

#include "converter/passes/lower/lowering.h"
#include "converter/passes/pointwise.h"

namespace bulwark::converter::passes::lowering {
namespace {

/// The real numbers that the levels -128..127 stand for; levels outside the tensor's range count as its ends,
/// so that the table keeps its direction.
std::vector<float> levels_of(const Grid& grid) {
  std::vector<float> reals;
  for (std::int32_t q = -128; q <= 127; ++q) {
    reals.push_back(static_cast<float>(std::clamp(q, grid.lo, grid.hi) - grid.zero_point) * grid.scale);
  }
  return reals;
}

std::int8_t entry_of(float y, const Grid& grid) {
  const float steps = y / grid.scale;
  if (std::isnan(steps)) return static_cast<std::int8_t>(grid.lo);
  const double level = std::nearbyint(static_cast<double>(steps)) + grid.zero_point;
  return static_cast<std::int8_t>(
      std::clamp(level, static_cast<double>(grid.lo), static_cast<double>(grid.hi)));
}

}  // namespace

std::optional<TensorIndex> Lowering::compute_lookup(ValueId core, const Target& target) {
  const ValueId source = sources_[static_cast<std::size_t>(core)];
  if (source == core) return std::nullopt;
  const std::optional<TensorIndex> x = exact(source);
  if (!x) return std::nullopt;
  write::LookupSpec lookup;
  for (const float y : evaluate_pointwise(graph_, source, core, levels_of(grid_of(*x)))) {
    lookup.entries.push_back(entry_of(y, target.grid));
  }
  const TensorIndex result = add_tensor(target.name, write::ElementType::s8, shape_of(*x), target.grid);
  emit(write::OperatorKind::lookup, producer(core)->name, {*x}, result).lookup = std::move(lookup);
  return result;
}

}  // namespace bulwark::converter::passes::lowering
