// SPDX-License-Identifier: Apache-2.0
// Bad input, classes 5-8 and 16: shapes, sizes and quantization of tensors, and data that parts share.
#include <cmath>
#include <limits>

#include "tests/schema/raw.h"
#include "tests/schema/refusal.h"

namespace bulwark::test {
namespace {

using schema::VerifyCode;
constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

TEST_CASE("class 5: dimension negative, zero or huge; rank 0 or too big") {
  for (const std::int32_t value : {0, -1, INT32_MIN, INT32_MAX, (1 << 24) + 1}) {
    for (const std::size_t place : {0u, 3u}) {
      ModelBuilder b = conv_model();
      b.tensor(1).shape[place] = value;
      invalid(b, "tensor 1 't1': dimension " + std::to_string(place) + " is " + std::to_string(value) +
                     ", must be 1..16777216");
    }
  }
  ModelBuilder b = conv_model();
  b.tensor(0).shape.clear();
  invalid(b, "tensor 0 't0': the rank is 0, must be 1..6");
  b.tensor(0).shape.assign(7, 1);
  invalid(b, "tensor 0 't0': the rank is 7, must be 1..6");
}

TEST_CASE("class 6: element or byte product overflows") {
  const std::vector<Shape> shapes = {{1 << 24, 1 << 24},                    // 2^48
                                     {1 << 16, 1 << 16},                    // 2^32: 0 in 32 bits
                                     {1 << 16, 1 << 16, 1 << 16, 1 << 16},  // 2^64: 0 in 64 bits
                                     {1 << 24, 1 << 24, 1 << 24, 1 << 24, 2, 2},
                                     {1 << 24, 17}};
  for (const Shape& shape : shapes) {
    ModelBuilder b = conv_model();
    b.tensor(1).shape = shape;
    refuses(b, VerifyCode::too_large, "tensor 1 't1': has more than 268435456 bytes");
  }
  ModelBuilder words = unary_model(fb::OperatorKind::quantize);
  words.tensor(0).shape = words.tensor(1).shape = {1 << 24, 5};  // 80 MiB as s8, 320 MiB as f32
  refuses(words, VerifyCode::too_large, "tensor 0 't0': has more than 268435456 bytes");
}

TEST_CASE("class 7: sum of sizes overflows") {
  ModelBuilder b;
  const std::int32_t x = b.s8({1 << 24, 16});
  b.inputs({x});
  std::int32_t last = x;
  for (int i = 0; i < 16; ++i) {  // 17 * 2^28: 2^28 in 32 bits
    const std::int32_t next = b.s8({1 << 24, 16});
    b.op(fb::OperatorKind::clip, {last}, next);
    last = next;
  }
  b.outputs({last});
  refuses(b, VerifyCode::too_large,
          "tensor 4 't4': brings all tensors together to more than 1073741824 bytes");
}

TEST_CASE("class 7: sum of the weights is bounded") {
  ModelBuilder b = fully_connected_model();
  b.tensor(0).shape = {1, 1 << 24};
  b.tensor(1).shape = {1, 17};
  b.linear().weights->rows = 17;
  b.linear().weights->row_elements = 1 << 24;
  refuses(b, VerifyCode::too_large, "operator 0 'op0': brings all weights together to more than 268435456");
}

TEST_CASE("class 8: parts that lie over one another") {
  // Two operators that name the same options: their weights are counted twice and exceed the file.
  ModelBuilder b;
  const std::int32_t x = b.s8({1, 512}), y = b.s8({1, 512}), z = b.s8({1, 512});
  b.inputs({x});
  b.outputs({z});
  give_linear(b.op(fb::OperatorKind::fully_connected, {x}, y), fb::WeightFormat::s4, 512, 512);
  give_linear(b.op(fb::OperatorKind::fully_connected, {y}, z), fb::WeightFormat::s4, 512, 512);
  accepts(b);
  give_linear(b.at(1), fb::WeightFormat::s4, 1, 1);
  Bytes bytes = b.file();
  const fb::Operator* first = root(bytes).operators()->Get(0);
  const std::size_t second = field(bytes, root(bytes).operators()->Get(1), fb::Operator::VT_LINEAR);
  put(bytes, second, static_cast<std::uint32_t>(position(bytes, first->linear()) - second));
  refuses(bytes, VerifyCode::invalid, "operator 1 'op1': shares its data with other parts of the file");

  ModelBuilder constants = add_model();
  for (const std::int32_t i : {0, 1}) {
    constants.tensor(i).shape = {1, 4096};
    constants.tensor(i).constant.assign(i == 0 ? 4096 : 1, 1);
  }
  bytes = constants.file();
  const fb::Tensor* one = root(bytes).tensors()->Get(0);
  const std::size_t other = field(bytes, root(bytes).tensors()->Get(1), fb::Tensor::VT_CONSTANT);
  put(bytes, other, static_cast<std::uint32_t>(position(bytes, one->constant()) - other));
  refuses(bytes, VerifyCode::invalid, "tensor 1 't1': shares its data with other parts of the file");
}

TEST_CASE("class 16: scale 0, negative, subnormal, NaN or infinite") {
  for (const float scale : {0.0f, -1.0f, 1e-40f, kNaN, kInfinity, -kInfinity, -kNaN}) {
    ModelBuilder b = conv_model();
    b.tensor(1).scale = scale;
    invalid(b, "tensor 1 't1': scale is ");
    b = conv_model();
    b.linear().weights->scales[5] = scale;
    invalid(b, "operator 0 'op0': scales[5] is ");
    b = conv_model();
    b.linear().requantization->multiplier[2] = scale;
    invalid(b, "operator 0 'op0': multiplier[2] is ");
    b = add_model();
    b.at(0).add->multiplier = scale;
    invalid(b, "operator 0 'op0': multiplier is ");
    b = unary_model(fb::OperatorKind::requantize);
    b.at(0).multiplier = scale;
    invalid(b, "operator 0 'op0': multiplier is ");
    b = pool_model(fb::OperatorKind::average_pool_2d);
    b.at(0).pool->multiplier = scale;
    invalid(b, "operator 0 'op0': multiplier is ");
  }
  ModelBuilder tiny = pool_model(fb::OperatorKind::average_pool_2d);
  tiny.at(0).pool->multiplier = 2e-38f;  // normal, but not a quarter of it
  invalid(tiny, "multiplier / taps is ");
}

TEST_CASE("class 16: zero point outside its type") {
  for (const std::int32_t value : {-129, 128, INT32_MIN, INT32_MAX}) {
    ModelBuilder b = conv_model();
    b.tensor(1).zero_point = value;
    invalid(b, "tensor 1 't1': zero_point is " + std::to_string(value) + ", must be -128..127");
  }
  for (const std::int32_t value : {-1, 256}) {
    ModelBuilder b = unary_model(fb::OperatorKind::requantize);
    b.tensor(1).zero_point = value;
    invalid(b, "tensor 1 't1': zero_point is " + std::to_string(value) + ", must be 0..255");
  }
}

TEST_CASE("class 16: a zero point outside [lo, hi] is refused where it pads") {
  ModelBuilder b;
  const std::int32_t x = b.s8({1, 5, 5, 4}), clipped = b.s8({1, 5, 5, 4}, 0.05f, 0, 1, 127);
  b.inputs({x});
  b.outputs({b.s8({1, 5, 5, 6})});
  b.op(fb::OperatorKind::clip, {x}, clipped);
  give_linear(b.op(fb::OperatorKind::conv_2d, {clipped}, 2), fb::WeightFormat::s8, 6, 36);
  b.linear(1).kernel_h = b.linear(1).kernel_w = 3;
  b.linear(1).pad_top = b.linear(1).pad_bottom = b.linear(1).pad_left = b.linear(1).pad_right = 1;
  invalid(b, "operator 1 'op1': pads with the zero point 0, outside the range 1..127");
  b.linear(1).pad_top = b.linear(1).pad_bottom = b.linear(1).pad_left = b.linear(1).pad_right = 0;
  b.tensor(2).shape = {1, 3, 3, 6};
  accepts(b);
  ModelBuilder pad = pad_model();
  pad.tensor(0).zero_point = pad.tensor(1).zero_point = 0;
  pad.tensor(1).lo = 1;
  invalid(pad, "operator 0 'op0': its values reach -128..127, the output declares 1..127");
}

TEST_CASE("class 16: lower bound above upper, or outside the type") {
  ModelBuilder b = conv_model();
  b.tensor(1).lo = 11, b.tensor(1).hi = 10;
  invalid(b, "tensor 1 't1': lo is 11, above hi, which is 10");
  b = conv_model();
  b.tensor(1).lo = -129;
  invalid(b, "tensor 1 't1': lo is -129, must be -128..127");
  b = conv_model();
  b.tensor(1).hi = 128;
  invalid(b, "tensor 1 't1': hi is 128, must be -128..127");
  b = conv_model();
  b.linear().requantization->lo[4] = 3;
  b.linear().requantization->hi[4] = 2;
  invalid(b, "operator 0 'op0': lo[4] is 3, above hi, which is 2");
  b = conv_model();
  b.tensor(1).hi = 126;
  invalid(b, "operator 0 'op0': channel 0 reaches -128..127, the output declares -128..126");
  b = conv_model();
  b.tensor(0).lo = -127;
  invalid(b, "model inputs: tensor 0 has the range -127..127, must be the whole range of its type");
}

TEST_CASE("class 16: float tensors have no quantization, float clamps no NaN") {
  ModelBuilder b = float_network();
  b.tensor(1).scale = kNaN;
  invalid(b, "tensor 1 't1': is f32 and must have no scale, zero point or range");
  b = float_network();
  b.tensor(1).hi = 1;
  invalid(b, "is f32 and must have no scale, zero point or range");
  for (const auto& [lo, hi] : {std::pair{kNaN, 1.0f}, {0.0f, kNaN}, {1.0f, 0.5f}}) {
    b = float_network();
    b.at(0).float_lo = lo, b.at(0).float_hi = hi;
    invalid(b, "operator 0 'op0': float_lo is ");
  }
}

TEST_CASE("class 16: a constant outside its range") {
  ModelBuilder b = add_model();
  b.inputs({0});
  b.tensor(1).lo = -5, b.tensor(1).hi = 5;
  b.tensor(1).constant.assign(12, 5);
  accepts(b);
  b.tensor(1).constant[7] = 0xfa;
  invalid(b, "tensor 1 't1': constant[7] is -6, outside the range -5..5");
  b.tensor(1).constant.assign(11, 0);
  invalid(b, "tensor 1 't1': constant has 11 entries, must be 12");
}

TEST_CASE("class 23: duplicate, empty, endless or cut names") {
  ModelBuilder b = integer_network();
  b.tensor(9).name = "t4";
  invalid(b, "tensor 9 't4': has the name of tensor 4");
  b = conv_model();
  b.tensor(1).name.clear();
  invalid(b, "tensor 1 '': the name has 0 bytes, must be 1..1024");
  b.tensor(1).name.assign(1025, 'n');
  invalid(b, "the name has 1025 bytes, must be 1..1024");
  b.tensor(1).name = std::string("a\0b", 3);
  invalid(b, "the name contains a zero byte");
  b = conv_model();
  b.at(0).name = std::string("\033[2J\nx\xff");
  b.linear().stride_h = 0;
  invalid(b, "operator 0 '?[2J?x?': stride_h is 0");
}

}  // namespace
}  // namespace bulwark::test
