// SPDX-License-Identifier: Apache-2.0
// The norms that a converted model carries.
#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "converter/convert.h"
#include "converter/lipschitz/norms.h"
#include "converter/lipschitz/note_norms.h"
#include "converter/write/writer.h"
#include "tests/converter/convert_graphs.h"

using namespace bulwark::converter;
using bulwark::test::GraphMaker;

TEST_CASE("Norms of a fully connected layer are those of its matrix", "[lipschitz]") {
  GraphMaker m;
  const ValueId x = m.requantized(m.input({1, 2}), 0.02f, 0, DType::s8);
  const ValueId stored = m.ints({2, 2}, DType::s8, {3, -4, 10, 5});
  m.output(m.add(Op::matmul, {x, m.dequantize(stored, 0.5f, 0)}, {1, 2}));
  passes::optimize(m.graph);
  write::ModelSpec spec = passes::lower(m.graph, nullptr);
  lipschitz::note_norms(spec);
  REQUIRE(spec.robustness.size() == 1);
  CHECK(spec.robustness[0].linf_norm == Approx(6.5));
  // W W^T = [[6.25, 2.5], [2.5, 31.25]]: 18.75 + sqrt(162.5) is its larger eigenvalue.
  CHECK(spec.robustness[0].l2_bound == Approx(std::sqrt(18.75 + std::sqrt(162.5))));
}

namespace {

/// Power iteration <= bound <= cheap bound, and the l-infinity norm, of every layer that has norms. How many
/// have.
std::size_t check_layers(const std::string& source, int iterations, std::int64_t extent) {
  INFO(source);
  const ConvertResult result = convert(source, {});
  const std::vector<std::uint8_t> bytes = write::serialize(result.spec);
  bulwark::schema::VerifiedModel model;
  bulwark::schema::VerifyError error;
  REQUIRE(bulwark::schema::VerifiedModel::verify(bytes, {false}, &model, &error));
  for (const auto& row : result.spec.robustness) {
    const lipschitz::LinearMap map = lipschitz::linear_map(model, model.op(row.operator_index));
    CHECK(row.l2_bound >= lipschitz::l2_lower_bound(map, iterations, extent));
    CHECK(row.l2_bound <= lipschitz::cheap_l2_bound(map) * (1 + 1e-6));
    CHECK(row.linf_norm == Approx(lipschitz::linf_norm(map)));
  }
  return result.spec.robustness.size();
}

}  // namespace

TEST_CASE("Every layer of a trained network: power iteration <= bound <= cheap bound", "[lipschitz]") {
  CHECK(check_layers(BULWARK_SOURCE_DIR "/examples/quickstart/fmnist-interval-w4a4.onnx", 100, 1000) == 4);
}

TEST_CASE("Every layer of every shipped quantized network lies between its bounds", "[lipschitz]") {
  int networks = 0;
  for (const auto& file : std::filesystem::directory_iterator(BULWARK_SOURCE_DIR "/examples/models")) {
    const std::string source = file.path().string();
    if (file.path().extension() == ".onnx" && source.find("-float") == std::string::npos) {
      CHECK(check_layers(source, 20, 32) >= 4);
      ++networks;
    }
  }
  CHECK(networks >= 23);
}
