// SPDX-License-Identifier: Apache-2.0
// Sound models of every operator kind, type and weight format, and what the views then show.
#include "tests/schema/refusal.h"

namespace bulwark::test {
namespace {

using fb::OperatorKind;
using fb::WeightFormat;

TEST_CASE("accepted: the networks, content hash included") {
  accepts(legacy_network());
  accepts(padding_network());
  accepts(integer_network());
  accepts(float_network());
}

TEST_CASE("accepted: linear operators in every weight format") {
  for (const WeightFormat format : {WeightFormat::s8, WeightFormat::s4, WeightFormat::s3, WeightFormat::s2,
                                    WeightFormat::ternary, WeightFormat::s9}) {
    CAPTURE(fb::EnumNameWeightFormat(format));
    accepts(conv_model(format));
    accepts(fully_connected_model(format));
  }
}

TEST_CASE("accepted: linear operators with float output, one multiplier, one clamp") {
  ModelBuilder to_float = fully_connected_model();
  to_float.tensor(1).type = fb::ElementType::f32;
  to_float.tensor(1).scale = 0;
  to_float.tensor(1).lo = to_float.tensor(1).hi = 0;
  to_float.linear().requantization->lo.clear();
  to_float.linear().requantization->hi.clear();
  accepts(to_float);

  ModelBuilder per_tensor = conv_model();
  per_tensor.linear().requantization->multiplier = {0.01f};
  per_tensor.linear().requantization->lo = {-5};
  per_tensor.linear().requantization->hi = {6};
  accepts(per_tensor);
}

TEST_CASE("accepted: strides, dilations, groups and uneven padding") {
  ModelBuilder b = conv_model();
  fb::LinearOptionsT& linear = b.linear();
  linear.stride_h = 2, linear.stride_w = 3;
  linear.dilation_h = 2, linear.dilation_w = 1;
  linear.pad_top = 0, linear.pad_bottom = 3, linear.pad_left = 2, linear.pad_right = 0;
  // h: (5 + 3 - 5) / 2 + 1 = 2; w: (5 + 2 - 3) / 3 + 1 = 2
  b.tensor(1).shape = {1, 2, 2, 6};
  accepts(b);

  ModelBuilder grouped = conv_model();
  give_linear(grouped.at(0), WeightFormat::s8, 6, 18);
  grouped.linear().kernel_h = grouped.linear().kernel_w = 3;
  grouped.linear().pad_top = grouped.linear().pad_left = grouped.linear().pad_bottom = 1;
  grouped.linear().pad_right = 1;
  grouped.linear().groups = 2;
  accepts(grouped);
}

TEST_CASE("accepted: every other operator kind") {
  accepts(pool_model(OperatorKind::max_pool_2d));
  accepts(pool_model(OperatorKind::average_pool_2d));
  accepts(add_model());
  accepts(transpose_model());
  accepts(concat_model());
  accepts(pad_model());
  for (const OperatorKind kind : {OperatorKind::requantize, OperatorKind::quantize, OperatorKind::dequantize,
                                  OperatorKind::clip, OperatorKind::softmax, OperatorKind::reshape}) {
    CAPTURE(fb::EnumNameOperatorKind(kind));
    accepts(unary_model(kind));
  }
}

TEST_CASE("accepted: constants, golden data, robustness figures and metadata") {
  ModelBuilder b = add_model();
  b.inputs({0});
  b.tensor(1).constant.assign(12, 7);
  b.model.golden = std::make_unique<fb::GoldenT>();
  b.model.golden->inputs.push_back(std::make_unique<fb::GoldenTensorT>());
  b.model.golden->inputs[0]->data.assign(12, 3);
  b.model.golden->outputs.push_back(std::make_unique<fb::GoldenTensorT>());
  b.model.golden->outputs[0]->data.assign(12, 4);
  b.model.robustness = std::make_unique<fb::RobustnessT>();
  b.model.robustness->clip_eps = 8;
  b.model.robustness->recipe = "trained";
  b.model.robustness->layers.push_back(std::make_unique<fb::LayerRobustnessT>());
  b.model.metadata.push_back(std::make_unique<fb::KeyValueT>());
  b.model.metadata[0]->key = "source";
  b.model.metadata[0]->value = "net.onnx";
  accepts(b);

  const Bytes bytes = b.file();
  GuardedBuffer buffer(bytes.size(), GuardSide::front, schema::kFileAlignment);
  std::memcpy(buffer.data(), bytes.data(), bytes.size());
  schema::VerifiedModel model;
  schema::VerifyError error;
  REQUIRE(schema::VerifiedModel::verify({buffer.data(), bytes.size()}, {}, &model, &error));
  CHECK(model.bytes().size() == bytes.size());
  CHECK(model.producer() == "bulwark tests");
  REQUIRE(model.tensor_count() == 3);
  CHECK(model.tensor(1).constant.size() == 12);
  CHECK(model.tensor(2).zero_point == -3);
  CHECK(model.tensor(2).bytes() == 12);
  REQUIRE(model.operator_count() == 1);
  CHECK(model.op(0).kind == schema::OperatorKind::add);
  CHECK(model.op(0).add.multiplier_b == -(1 << 15));
  REQUIRE(model.has_golden());
  CHECK(model.golden_input(0).data[11] == 3);
  CHECK(model.golden_output(0).data[0] == 4);
  CHECK(model.robustness_layer_count() == 1);
  CHECK(model.robustness_layer(0).linf_norm == -1);
  CHECK(model.clip_eps() == 8);
  CHECK(model.recipe() == "trained");
  REQUIRE(model.metadata_count() == 1);
  CHECK(model.metadata(0).value == "net.onnx");
  CHECK(model.content_sha256().size() == 32);
}

TEST_CASE("accepted: an empty model has nothing in it") {
  const schema::VerifiedModel model;
  CHECK(model.tensor_count() == 0);
  CHECK(model.operator_count() == 0);
  CHECK(model.inputs().empty());
  CHECK(model.outputs().empty());
  CHECK_FALSE(model.has_golden());
  CHECK(model.golden_input_count() == 0);
  CHECK(model.robustness_layer_count() == 0);
  CHECK(model.metadata_count() == 0);
  CHECK(model.producer().empty());
  CHECK(model.content_sha256().empty());
}

}  // namespace
}  // namespace bulwark::test
