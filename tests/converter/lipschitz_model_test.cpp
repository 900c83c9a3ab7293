// SPDX-License-Identifier: Apache-2.0
// The norms that a converted model carries.
#include <catch2/catch.hpp>

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
  // Columns (1.5, 5) and (-2, 2.5): the larger eigenvalue of the Gram matrix [[27.25, 9.5], [9.5, 10.25]].
  CHECK(spec.robustness[0].l2_bound == Approx(5.5836).epsilon(1e-4));
}

TEST_CASE("Every layer of a trained network: power iteration <= bound <= cheap bound", "[lipschitz]") {
  const std::string source = BULWARK_SOURCE_DIR "/examples/quickstart/fmnist-interval-w4a4.onnx";
  const ConvertResult result = convert(source, {});
  const std::vector<std::uint8_t> bytes = write::serialize(result.spec);
  bulwark::schema::VerifiedModel model;
  bulwark::schema::VerifyError error;
  REQUIRE(bulwark::schema::VerifiedModel::verify(bytes, {false}, &model, &error));
  REQUIRE(result.spec.robustness.size() == 4);
  for (const auto& row : result.spec.robustness) {
    const lipschitz::LinearMap map = lipschitz::linear_map(model, model.op(row.operator_index));
    CHECK(row.l2_bound >= lipschitz::l2_lower_bound(map, 100, 1000));
    CHECK(row.l2_bound <= lipschitz::cheap_l2_bound(map) * (1 + 1e-6));
    CHECK(row.linf_norm == Approx(lipschitz::linf_norm(map)));
  }
}
