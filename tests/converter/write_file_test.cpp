// SPDX-License-Identifier: Apache-2.0
// The writer and the verifier together.
#include <catch2/catch.hpp>

#include "converter/error.h"
#include "converter/write/writer.h"
#include "schema/verifier.h"
#include "tests/converter/sample_models.h"
#include "tests/converter/temp_folder.h"

namespace bulwark::converter::write {
namespace {

TEST_CASE("write: the verifier accepts what was written and reads the same values") {
  for (const ModelSpec& spec : {test::conv_model(), test::every_operator_model()}) {
    const std::vector<std::uint8_t> bytes = serialize(spec);
    schema::VerifiedModel model;
    schema::VerifyError error;
    const bool accepted = schema::VerifiedModel::verify(bytes, {}, &model, &error);
    INFO(error.message);
    REQUIRE(accepted);
    REQUIRE(model.tensor_count() == static_cast<std::int32_t>(spec.tensors.size()));
    REQUIRE(model.operator_count() == static_cast<std::int32_t>(spec.operators.size()));
    for (std::size_t i = 0; i < spec.tensors.size(); ++i) {
      const schema::TensorView tensor = model.tensor(static_cast<std::int32_t>(i));
      CHECK(tensor.name == spec.tensors[i].name);
      CHECK(tensor.type == spec.tensors[i].type);
      CHECK(std::vector<std::int32_t>(tensor.shape.begin(), tensor.shape.end()) == spec.tensors[i].shape);
      CHECK(tensor.scale == spec.tensors[i].scale);
      CHECK(tensor.zero_point == spec.tensors[i].zero_point);
      CHECK(tensor.lo == spec.tensors[i].lo);
      CHECK(tensor.hi == spec.tensors[i].hi);
    }
    for (std::size_t i = 0; i < spec.operators.size(); ++i) {
      const schema::OperatorView op = model.op(static_cast<std::int32_t>(i));
      CHECK(op.name == spec.operators[i].name);
      CHECK(op.kind == spec.operators[i].kind);
      CHECK(std::vector<std::int32_t>(op.axes.begin(), op.axes.end()) == spec.operators[i].axes);
    }
    CHECK(model.robustness_layer_count() == static_cast<std::int32_t>(spec.robustness.size()));
    CHECK(model.metadata_count() == static_cast<std::int32_t>(spec.metadata.size()));
  }
}

TEST_CASE("write: a spec that breaks a rule is not written and the old file stays") {
  const test::TempFolder folder;
  const std::string path = folder / "m.bwk";
  write_file(test::conv_model(), path);
  const std::vector<std::uint8_t> before = test::slurp(path);
  ModelSpec spec = test::conv_model();
  spec.operators[2].linear->stride_h = 0;
  try {
    write_file(spec, path);
    FAIL("accepted");
  } catch (const Error& error) {
    CHECK(error.code() == Exit::bad_input);
    CHECK_THAT(error.what(), Catch::Matchers::Contains("conv1"));
  }
  CHECK(test::slurp(path) == before);
  CHECK(folder.entries() == 1);
}

}  // namespace
}  // namespace bulwark::converter::write
