// SPDX-License-Identifier: Apache-2.0
// The rules of NUMERICS.md on types, shapes and ranges, operator by operator.
#include "tests/schema/refusal.h"

namespace bulwark::test {
namespace {

using fb::ElementType;
using fb::OperatorKind;
using fb::WeightFormat;

void make_float(fb::TensorT& tensor) {
  tensor.type = ElementType::f32;
  tensor.scale = 0;
  tensor.zero_point = tensor.lo = tensor.hi = 0;
}

void make_u8(fb::TensorT& tensor) {
  tensor.type = ElementType::u8;
  tensor.zero_point = 128;
  tensor.lo = 0, tensor.hi = 255;
}

TEST_CASE("rules: linear operators take s8 and give s8 or f32") {
  ModelBuilder b = conv_model();
  make_u8(b.tensor(0));
  invalid(b, "operator 0 'op0': the input is u8, must be s8");
  b = conv_model();
  make_u8(b.tensor(1));
  invalid(b, "operator 0 'op0': the output is u8, must be s8 or f32");
  b = conv_model();
  make_float(b.tensor(0));
  invalid(b, "operator 0 'op0': its input is f32 and its weights are s8");
  b = conv_model();
  make_float(b.tensor(1));
  invalid(b, "operator 0 'op0': lo has 6 entries, must be 0");
  b = float_network();
  b.tensor(1).type = ElementType::s8;
  b.tensor(1).scale = 1;
  invalid(b, "operator 0 'op0': the output is s8, must be f32");
  b = fully_connected_model();
  b.linear().stride_w = 2;
  invalid(b, "operator 0 'op0': must have no kernel, stride, dilation, padding or groups");
  b = fully_connected_model();
  b.tensor(1).shape = {6};
  invalid(b, "operator 0 'op0': input and output have rank 2 and 1, must be 2");
  b = fully_connected_model();
  b.tensor(1).shape = {1, 3};
  invalid(b, "operator 0 'op0': the rows change from 2 to 1");
}

TEST_CASE("rules: pools take s8 or f32; the maximum keeps scale and zero point") {
  for (const OperatorKind kind : {OperatorKind::max_pool_2d, OperatorKind::average_pool_2d}) {
    ModelBuilder b = pool_model(kind);
    make_u8(b.tensor(0));
    make_u8(b.tensor(1));
    invalid(b, "operator 0 'op0': the input is u8, must be s8 or f32");
    b = pool_model(kind);
    make_float(b.tensor(1));
    invalid(b, "operator 0 'op0': the output is f32, must be s8");
  }
  ModelBuilder b = pool_model(OperatorKind::max_pool_2d);
  b.tensor(1).scale = 0.06f;
  invalid(b, "operator 0 'op0': scale and zero point of input and output differ: 0.05, 0 and 0.06, 0");
  b = pool_model(OperatorKind::max_pool_2d);
  b.at(0).pool->count_include_pad = true;
  invalid(b, "operator 0 'op0': must have no multiplier, no count_include_pad and no origin_shift");
  b = pool_model(OperatorKind::max_pool_2d);
  b.at(0).pool->origin_shift = 1;
  invalid(b, "operator 0 'op0': must have no multiplier, no count_include_pad and no origin_shift");
  b = float_network();
  b.at(2).pool->multiplier = 0.5f;
  invalid(b, "operator 2 'op2': is a float operator and must have no multiplier and no origin_shift");
  b = float_network();
  b.at(2).pool->origin_shift = 1;
  invalid(b, "operator 2 'op2': is a float operator and must have no multiplier and no origin_shift");
}

TEST_CASE("rules: the origin of an average is a level, and pads do not move with it") {
  ModelBuilder b = pool_model(OperatorKind::average_pool_2d);
  b.at(0).pool->origin_shift = 127;
  accepts(b);
  b.at(0).pool->origin_shift = 128;
  invalid(b, "operator 0 'op0': origin_shift moves a zero point to 128, must be -128..127");
  b.at(0).pool->origin_shift = -2147483647;
  invalid(b, "operator 0 'op0': origin_shift moves a zero point to -2147483647, must be -128..127");
  b.at(0).pool->origin_shift = 1;
  b.at(0).pool->count_include_pad = true;
  invalid(b, "operator 0 'op0': must have no origin_shift beside count_include_pad");
}

TEST_CASE("rules: add wants shapes that repeat to the output's, and equal types") {
  ModelBuilder b = add_model();
  b.tensor(1).shape = {1, 2, 2, 2};
  invalid(b, "operator 0 'op0': dimension 3 of its inputs is 3 and 2, of the output 3");
  b = add_model();
  b.tensor(2).shape = {1, 2, 6};
  invalid(b, "operator 0 'op0': the ranks of its tensors differ: 4, 4 and 3");
  b = add_model();
  make_u8(b.tensor(1));
  invalid(b, "operator 0 'op0': the second input is u8, must be s8");
  b = add_model();
  make_u8(b.tensor(0));
  invalid(b, "operator 0 'op0': the input is u8, must be s8 or f32");
  b = add_model();
  make_float(b.tensor(2));
  invalid(b, "operator 0 'op0': the output is f32, must be s8");
}

TEST_CASE("rules: the types of requantize, quantize, dequantize, clip and softmax") {
  ModelBuilder b = unary_model(OperatorKind::requantize);
  make_float(b.tensor(1));
  invalid(b, "operator 0 'op0': the output is f32, must be s8 or u8");
  b = unary_model(OperatorKind::requantize);
  make_float(b.tensor(0));
  invalid(b, "operator 0 'op0': the input is f32, must be s8 or u8");
  b = unary_model(OperatorKind::quantize);
  make_float(b.tensor(1));
  invalid(b, "operator 0 'op0': the output is f32, must be s8 or u8");
  b = unary_model(OperatorKind::quantize);
  make_u8(b.tensor(0));
  b.tensor(0).scale = 1;
  invalid(b, "operator 0 'op0': the input is u8, must be f32");
  b = unary_model(OperatorKind::dequantize);
  make_u8(b.tensor(1));
  b.tensor(1).scale = 1;
  invalid(b, "operator 0 'op0': the output is u8, must be f32");
  b = unary_model(OperatorKind::clip);
  make_u8(b.tensor(1));
  invalid(b, "operator 0 'op0': the output is u8, must be s8");
  b = unary_model(OperatorKind::clip);
  b.tensor(1).zero_point = 1;
  invalid(b, "operator 0 'op0': scale and zero point of input and output differ: 0.05, 0 and 0.05, 1");
  b = unary_model(OperatorKind::softmax);
  make_u8(b.tensor(0));
  invalid(b, "operator 0 'op0': the input is u8, must be s8 or f32");
  for (const OperatorKind kind : {OperatorKind::requantize, OperatorKind::quantize, OperatorKind::dequantize,
                                  OperatorKind::clip, OperatorKind::softmax}) {
    b = unary_model(kind);
    b.tensor(1).shape = {3, 4};
    invalid(b, "operator 0 'op0': the shapes of its tensors differ: dimension 0 is 2 and 3");
  }
}

TEST_CASE("rules: u8 may be requantized, clipped and moved") {
  ModelBuilder b = unary_model(OperatorKind::requantize);
  make_u8(b.tensor(0));
  accepts(b);
  b = unary_model(OperatorKind::clip);
  make_u8(b.tensor(0));
  make_u8(b.tensor(1));
  b.tensor(1).lo = 10;
  accepts(b);
  b = transpose_model();
  make_u8(b.tensor(0));
  make_u8(b.tensor(1));
  accepts(b);
  b = pad_model();
  make_u8(b.tensor(0));
  make_u8(b.tensor(1));
  accepts(b);
  make_float(b.tensor(0));
  make_float(b.tensor(1));
  accepts(b);
}

TEST_CASE("rules: reshape keeps the count, and data movement keeps scale, zero point and range") {
  ModelBuilder b = unary_model(OperatorKind::reshape);
  b.tensor(1).shape = {13};
  invalid(b, "operator 0 'op0': the input has 12 elements, the output 13");
  for (auto make : {+[] { return unary_model(OperatorKind::reshape); }, +[] { return transpose_model(); },
                    +[] { return pad_model(); }}) {
    b = make();
    b.tensor(1).scale = 1;
    invalid(b, "operator 0 'op0': scale and zero point of input and output differ");
    b = make();
    b.tensor(1).zero_point = 1;
    invalid(b, "operator 0 'op0': scale and zero point of input and output differ");
    b = make();
    b.tensor(1).hi = 100;
    invalid(b, "operator 0 'op0': its values reach -128..127, the output declares -128..100");
    b = make();
    make_float(b.tensor(1));
    invalid(b, "operator 0 'op0': the output is f32, must be s8");
  }
}

TEST_CASE("rules: transpose wants a permutation that gives the output's shape") {
  ModelBuilder b = transpose_model();
  b.at(0).axes = {0, 3, 2, 1};
  invalid(b, "operator 0 'op0': dimension 2 of the output is 2, must be 3");
  b.at(0).axes = {0, 3, 3, 2};
  invalid(b, "operator 0 'op0': axis 3 is listed twice");
  for (const std::int32_t axis : {-1, 4, INT32_MIN, INT32_MAX}) {
    b = transpose_model();
    b.at(0).axes[0] = axis;
    invalid(b, "operator 0 'op0': an axis is " + std::to_string(axis) + ", must be 0..3");
  }
  b = transpose_model();
  b.at(0).axes.pop_back();
  invalid(b, "operator 0 'op0': axes has 3 entries, must be 4");
  b = transpose_model();
  b.tensor(1).shape = {24};
  invalid(b, "operator 0 'op0': the ranks of its tensors differ: 4 and 1");
}

TEST_CASE("rules: concat") {
  ModelBuilder b = concat_model();
  for (const std::int32_t axis : {-1, 3, INT32_MIN, INT32_MAX}) {
    b.at(0).axes = {axis};
    invalid(b, "operator 0 'op0': the axis is " + std::to_string(axis) + ", must be 0..2");
  }
  b.at(0).axes = {1, 1};
  invalid(b, "operator 0 'op0': axes has 2 entries, must be 1");
  b = concat_model();
  b.at(0).axes = {2};
  invalid(b, "operator 0 'op0': dimension 1 of input 0 is 2, of the output 7");
  b = concat_model();
  b.tensor(2).shape[1] = 8;
  invalid(b, "operator 0 'op0': dimension 1 of the output is 8, must be 7");
  b = concat_model();
  b.tensor(1).scale = 1;
  invalid(b, "operator 0 'op0': scale and zero point of input and output differ: 1, 0 and 0.05, 0");
  b = concat_model();
  b.tensor(1).shape = {5, 3};
  invalid(b, "operator 0 'op0': the ranks of its tensors differ: 2 and 3");
  b = concat_model();
  b.tensor(2).lo = -127;
  invalid(b, "operator 0 'op0': its values reach -128..127, the output declares -127..127");
}

TEST_CASE("rules: pad") {
  for (const std::int32_t value : {-1, INT32_MIN, INT32_MAX}) {
    ModelBuilder b = pad_model();
    b.at(0).axes[1] = value;
    invalid(b, "operator 0 'op0': padding is " + std::to_string(value) + ", must be 0..16777216");
    b = pad_model();
    b.at(0).axes[5] = value;
    invalid(b, "operator 0 'op0': padding is " + std::to_string(value) + ", must be 0..16777216");
  }
  ModelBuilder b = pad_model();
  b.at(0).axes.pop_back();
  invalid(b, "operator 0 'op0': axes has 7 entries, must be 8");
  b = pad_model();
  b.tensor(1).shape[2] = 5;
  invalid(b, "operator 0 'op0': dimension 2 of the output is 5, must be 4");
}

}  // namespace
}  // namespace bulwark::test
