// SPDX-License-Identifier: Apache-2.0
#include "converter/quantize/weights.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "converter/passes/rewrite.h"

namespace bulwark::converter::quantize {
namespace {

constexpr int kShrinkSteps = 40;  // candidate scales down to 1/5 of the largest

double square(double x) { return x * x; }

double level(float w, double scale, int limit) {
  return std::clamp(std::nearbyint(static_cast<double>(w) / scale), -static_cast<double>(limit),
                    static_cast<double>(limit));
}

double error_at(const std::vector<float>& weights, int limit, double scale) {
  double error = 0;
  for (const float w : weights) error += square(level(w, scale, limit) * scale - static_cast<double>(w));
  return error;
}

double largest_of(const std::vector<float>& weights) {
  double largest = 0;
  for (const float w : weights) largest = std::max(largest, std::abs(static_cast<double>(w)));
  return largest;
}

/// The scale with the least error(scale) among parts of `whole`.
template <typename F>
double best_scale(double whole, const F& error) {
  double least = std::numeric_limits<double>::infinity(), best = whole;
  for (int step = kShrinkSteps; step > kShrinkSteps / 5; --step) {
    const double scale = whole * step / kShrinkSteps, e = error(scale);
    if (e < least) {
      least = e;
      best = scale;
    }
  }
  return best;
}

}  // namespace

int weight_limit(int bits) { return (1 << (bits - 1)) - 1; }

QuantizedRow quantize_row_at(const std::vector<float>& weights, int limit, double scale) {
  QuantizedRow row;
  row.values.assign(weights.size(), 0);
  row.scale = static_cast<double>(static_cast<float>(scale));
  if (!(row.scale > 0)) return row;
  for (std::size_t i = 0; i < weights.size(); ++i)
    row.values[i] = static_cast<int>(level(weights[i], row.scale, limit));
  return row;
}

QuantizedRow quantize_row(const std::vector<float>& weights, int limit, bool search) {
  const double largest = largest_of(weights);
  if (!(largest > 0)) return {0, std::vector<int>(weights.size(), 0)};
  const double whole = largest / limit;
  return quantize_row_at(
      weights, limit,
      search ? best_scale(whole, [&](double scale) { return error_at(weights, limit, scale); }) : whole);
}

RowLayout::RowLayout(const Graph& graph, const Node& layer) {
  const Shape& shape = graph[layer.inputs[1]].shape;
  const auto axis = static_cast<std::size_t>(passes::output_channel_axis(graph, layer));
  for (std::size_t i = axis + 1; i < shape.size(); ++i) inner_ *= shape[i];
  count_ = shape[axis];
}

void fill_empty_scales(std::vector<QuantizedRow>& rows) {
  double largest = 0;
  for (const QuantizedRow& row : rows) largest = std::max(largest, row.scale);
  for (QuantizedRow& row : rows) {
    if (!(row.scale > 0)) row.scale = largest > 0 ? largest : 1.0;  // an empty channel: any scale will do
  }
}

QuantizedWeights round_to_nearest(const std::vector<std::vector<float>>& rows, int bits, bool per_tensor) {
  const int limit = weight_limit(bits);
  const bool search = bits <= 4;
  QuantizedWeights out;
  double scale = 0;
  if (per_tensor) {
    for (const auto& row : rows) scale = std::max(scale, largest_of(row) / limit);
    const auto error = [&](double s) {
      double sum = 0;
      for (const auto& row : rows) sum += error_at(row, limit, s);
      return sum;
    };
    if (search && scale > 0) scale = best_scale(scale, error);
  }
  for (const auto& row : rows)
    out.rows.push_back(per_tensor ? quantize_row_at(row, limit, scale) : quantize_row(row, limit, search));
  fill_empty_scales(out.rows);
  return out;
}

std::vector<float> real_weights(const RowLayout& layout, const std::vector<QuantizedRow>& rows) {
  std::vector<std::vector<float>> real;
  for (const QuantizedRow& row : rows) {
    real.emplace_back();
    for (const int v : row.values)
      real.back().push_back(static_cast<float>(v) * static_cast<float>(row.scale));
  }
  return layout.join(real);
}

}  // namespace bulwark::converter::quantize
