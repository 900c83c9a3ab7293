// SPDX-License-Identifier: Apache-2.0
// Ranges, corrected biases, and the report of each layer's error.
#include <catch2/catch.hpp>
#include <cmath>
#include <random>

#include "converter/passes/passes.h"
#include "converter/quantize/quantize.h"
#include "converter/quantize/ranges.h"
#include "tests/converter/convert_graphs.h"

using namespace bulwark::converter;
using bulwark::test::GraphMaker;
using quantize::QuantizeOptions;
using quantize::QuantizeReport;
using quantize::Range;
using quantize::RangeMethod;

namespace {

Range range_of(const std::vector<float>& values) {
  Range range;
  range.widen(values);
  range.count(values);
  return range;
}

/// Normal values, one of them far out, half of them cut at 0 as a ReLU does.
std::vector<float> activations(bool relu) {
  std::mt19937 generator(3);
  std::normal_distribution<float> normal;
  std::vector<float> values;
  for (int i = 0; i < 20000; ++i) values.push_back(normal(generator));
  values.push_back(23.0f);
  if (relu) {
    for (float& v : values) v = std::max(v, 0.0f);
  }
  return values;
}

GraphMaker network() {
  GraphMaker m;
  ValueId v = m.input({1, 3, 8, 8});
  for (int i = 0; i < 4; ++i) {
    v = m.conv(v, m.random({8, m.shape(v)[1], 3, 3}, 0.4f), m.random({8}, 0.2f), 1, 1);
    v = m.add(Op::relu, {v}, m.shape(v));
  }
  v = m.add(Op::global_average_pool, {v}, {1, 8, 1, 1});
  v = m.add(Op::reshape, {v}, {1, 8});
  m.output(m.add(Op::matmul, {v, m.random({8, 5})}, {1, 5}));
  passes::optimize(m.graph);
  return m;
}

QuantizeReport quantized(const QuantizeOptions& options, std::size_t samples = 24) {
  GraphMaker m = network();
  std::vector<std::vector<TensorData>> data;
  for (std::size_t i = 0; i < samples; ++i) data.push_back(m.sample(0, 1));
  QuantizeReport report;
  quantize::quantize_graph(m.graph, data, options, {}, &report);
  return report;
}

}  // namespace

TEST_CASE("Ranges by error and by divergence leave outliers out where levels are few") {
  const bool relu = GENERATE(false, true);
  const Range range = range_of(activations(relu));
  const auto method = GENERATE(RangeMethod::mse, RangeMethod::kl);
  double last = 0;
  for (const int bits : {2, 4, 8}) {
    const Range::Span span = range.choose(method, 99.99, bits);
    CHECK(span.lo <= 0);
    CHECK(span.hi > 0.5);
    CHECK(span.hi <= 23.0);
    if (method == RangeMethod::mse) CHECK(span.hi >= last);
    last = span.hi;
    if (bits <= 4) CHECK(span.hi < (method == RangeMethod::mse ? 10 : 14));
  }
  CHECK(range.choose(RangeMethod::min_max, 99.99, 8).hi == 23.0);
}

TEST_CASE("Divergence keeps the whole of a range that its levels hold exactly") {
  std::vector<float> values;
  for (int i = 0; i < 4096; ++i) values.push_back(static_cast<float>(i % 256));
  CHECK(range_of(values).choose(RangeMethod::kl, 99.99, 8).hi > 250);
}

TEST_CASE("Symmetric levels hold zero in the middle, and no negative ones where there are none") {
  const quantize::Levels both = quantize::symmetric_levels_of({-1.0, 2.0}, 8);
  CHECK(both.zero_point == 128);
  CHECK(both.scale == Approx(2.0 / 127));
  CHECK(quantize::symmetric_levels_of({0.0, 2.0}, 8).zero_point == 0);
  CHECK(quantize::nearest_level(-5.0f, both, 8) == Approx(-128 * 2.0 / 127));
  CHECK(quantize::nearest_level(5.0f, both, 8) == Approx(2.0));
}

TEST_CASE("The report tells each layer's error, and that rounding and biases lower it") {
  QuantizeOptions options;
  options.bits = {3, 8};
  options.first_last_8bit = false;
  const QuantizeReport report = quantized(options);
  REQUIRE(report.layers.size() == 5);
  CHECK(report.samples == 24);
  CHECK(report.correction_samples == 24);
  for (const quantize::LayerError& layer : report.layers) {
    CHECK(layer.weight_bits == 3);
    CHECK(layer.optimized);
    CHECK(layer.bias_corrected);
    CHECK(layer.after.sqnr_db > layer.before.sqnr_db);
  }
  CHECK(report.layers[0].after.mean_steps < report.layers[0].before.mean_steps);
  CHECK(report.layers.back().activation_bits == 0);
  REQUIRE(report.activations.size() >= 5);
  for (const quantize::ActivationError& activation : report.activations) {
    CHECK(activation.sqnr_db > 20);
    CHECK(activation.clipped < 0.01);
    CHECK(activation.lo <= 0);
  }
}

TEST_CASE("What is switched off is not done") {
  QuantizeOptions options;
  options.bits = {4, 8};
  options.rounding = quantize::Rounding::nearest;
  options.correct_biases = false;
  for (const quantize::LayerError& layer : quantized(options).layers) {
    CHECK(!layer.optimized);
    CHECK(!layer.bias_corrected);
    CHECK(layer.after.sqnr_db == layer.before.sqnr_db);
  }
}

TEST_CASE("Corrected biases take the mean error out of every channel") {
  GraphMaker m = network();
  std::vector<std::vector<TensorData>> data;
  for (int i = 0; i < 16; ++i) data.push_back(m.sample(0, 1));
  const Graph source = m.graph;
  const auto mean_error = [&](bool correct) {
    Graph graph = source;
    QuantizeOptions options;
    options.bits = {2, 8};
    options.rounding = quantize::Rounding::nearest;
    options.first_last_8bit = false;
    options.correct_biases = correct;
    quantize::quantize_graph(graph, data, options);
    std::vector<double> sums(5, 0.0);
    for (const auto& sample : data) {
      const auto wanted = evaluate(source, sample)[0].data, got = evaluate(graph, sample)[0].data;
      for (std::size_t c = 0; c < 5; ++c)
        sums[c] += static_cast<double>(got[c]) - static_cast<double>(wanted[c]);
    }
    double worst = 0;
    for (const double sum : sums) worst = std::max(worst, std::abs(sum) / 16);
    return worst;
  };
  CHECK(mean_error(true) < 1e-4);
  CHECK(mean_error(false) > 1e-2);
}

TEST_CASE("Samples are asked for one at a time") {
  GraphMaker m = network();
  const std::vector<TensorData> sample = m.sample(0, 1);
  std::size_t asked = 0;
  const quantize::Samples samples(300, [&](std::size_t i) {
    CHECK(i < 300);
    ++asked;
    return sample;
  });
  QuantizeReport report;
  QuantizeOptions options;
  options.method = RangeMethod::mse;
  quantize::quantize_graph(m.graph, samples, options, {}, &report);
  CHECK(report.samples == 300);
  CHECK(report.correction_samples == 256);
  CHECK(asked == 300 + 300 + 256);
}
