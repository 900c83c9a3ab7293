// SPDX-License-Identifier: Apache-2.0
// Second-order rounding of weights, and the moments that it needs.
#include <catch2/catch.hpp>
#include <cmath>
#include <random>

#include "converter/quantize/input_moments.h"
#include "converter/quantize/rounding.h"
#include "tests/converter/convert_graphs.h"

using namespace bulwark::converter;
using bulwark::test::GraphMaker;
using quantize::Matrix;
using quantize::QuantizedRow;
using quantize::SecondOrder;

namespace {

/// Inputs with strong correlations: a few sources mixed.
Matrix correlated(int size, std::mt19937& generator) {
  std::normal_distribution<double> normal;
  Matrix mix(size, size / 2), noise = Matrix::Identity(size, size) * 0.05;
  for (Eigen::Index i = 0; i < mix.size(); ++i) mix.data()[i] = normal(generator);
  return mix * mix.transpose() + noise;
}

std::vector<float> weights(int size, std::mt19937& generator) {
  std::normal_distribution<float> normal;
  std::vector<float> w(static_cast<std::size_t>(size));
  for (float& x : w) x = normal(generator);
  return w;
}

/// The least error over all integers at the row's scale.
double exhaustive(const SecondOrder& second, const std::vector<float>& w, QuantizedRow row, int limit,
                  std::size_t at = 0) {
  if (at == w.size()) return second.error(w, row);
  double least = INFINITY;
  for (int v = -limit; v <= limit; ++v) {
    row.values[at] = v;
    least = std::min(least, exhaustive(second, w, row, limit, at + 1));
  }
  return least;
}

}  // namespace

TEST_CASE("Second-order rounding is never worse than nearest, and far better where inputs are correlated") {
  std::mt19937 generator(7);
  for (const int bits : {4, 3, 2}) {
    double nearest_sum = 0, optimized_sum = 0;
    for (int trial = 0; trial < 20; ++trial) {
      const SecondOrder second(correlated(36, generator));
      const std::vector<float> w = weights(36, generator);
      const int limit = quantize::weight_limit(bits);
      const double nearest = second.error(w, quantize::quantize_row(w, limit, true));
      const QuantizedRow row = second.round(w, limit);
      const double optimized = second.error(w, row);
      CHECK(optimized <= nearest * (1 + 1e-9));
      CHECK(row.scale == static_cast<double>(static_cast<float>(row.scale)));
      for (const int v : row.values) CHECK(std::abs(v) <= limit);
      nearest_sum += nearest;
      optimized_sum += optimized;
    }
    CHECK(optimized_sum < 0.4 * nearest_sum);
  }
}

TEST_CASE("Second-order rounding at a given scale comes close to the best of all integers") {
  std::mt19937 generator(11);
  double found = 0, best = 0, nearest = 0;
  for (int trial = 0; trial < 20; ++trial) {
    const SecondOrder second(correlated(6, generator));
    const std::vector<float> w = weights(6, generator);
    const QuantizedRow plain = quantize::quantize_row(w, 1, true);
    const QuantizedRow row = second.round(w, 1, plain.scale);
    CHECK(row.scale == plain.scale);
    found += second.error(w, row);
    best += exhaustive(second, w, row, 1);
    nearest += second.error(w, plain);
  }
  CHECK(found <= nearest);
  CHECK(found - best <= 0.3 * (nearest - best));
}

TEST_CASE("A row of zeros stays one") {
  std::mt19937 generator(1);
  const SecondOrder second(correlated(8, generator));
  const QuantizedRow row = second.round(std::vector<float>(8, 0.0f), 7);
  CHECK(row.scale == 0);
  CHECK(row.values == std::vector<int>(8, 0));
}

TEST_CASE("The moments of a layer's inputs predict the error of its results") {
  // sum over positions of (e . patch)^2 = n * e^T H e, e in the order of the weights' constant.
  const int kind = GENERATE(0, 1, 2);  // convolution with groups, depthwise, gemm
  GraphMaker m;
  ValueId y = 0;
  if (kind == 2) {
    const ValueId x = m.input({5, 7});
    y = m.add(Op::gemm, {x, m.random({7, 3})}, {5, 3});
  } else {
    const std::int64_t groups = kind == 0 ? 2 : 4;
    const ValueId x = m.input({1, 4, 6, 6});
    y = m.conv(x, m.random({4, 4 / groups, 3, 3}), m.random({4}, 0.0f), 1, 1, groups);
  }
  m.output(y);
  const Node& layer = m.graph.nodes.back();
  const std::vector<TensorData> sample = m.sample();
  quantize::InputMoments moments(m.graph, layer, 1);
  moments.add(sample[0]);
  const auto result = evaluate(m.graph, sample)[0].data;
  const quantize::RowLayout layout(m.graph, layer);
  const auto rows = layout.split(m.graph[layer.inputs[1]].constant->floats);
  const std::size_t per_group = rows.size() / moments.groups(), positions = result.size() / rows.size();
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const Matrix h = moments.moments(r / per_group, false);
    Eigen::VectorXd w(static_cast<Eigen::Index>(rows[r].size()));
    for (std::size_t k = 0; k < rows[r].size(); ++k)
      w[static_cast<Eigen::Index>(k)] = static_cast<double>(rows[r][k]);
    double energy = 0, sum = 0;
    for (std::size_t p = 0; p < positions; ++p) {
      const double v =
          static_cast<double>(kind == 2 ? result[p * rows.size() + r] : result[r * positions + p]);
      energy += v * v;
      sum += v;
    }
    const double n = static_cast<double>(positions);
    CHECK(n * w.dot(h * w) == Approx(energy).epsilon(1e-4));
    const Matrix centred = moments.moments(r / per_group, true);
    CHECK(n * w.dot(centred * w) == Approx(energy - sum * sum / n).epsilon(1e-3).margin(1e-6));
  }
}
