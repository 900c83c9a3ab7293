// SPDX-License-Identifier: Apache-2.0
// The rules of NUMERICS.md on operators of two tensors, lookups, functions, reductions and log_softmax.
#include <limits>

#include "tests/schema/refusal.h"

namespace bulwark::test {
namespace {

using fb::ElementType;
using fb::OperatorKind;

void make_float(fb::TensorT& tensor) {
  tensor.type = ElementType::f32;
  tensor.scale = 0;
  tensor.zero_point = tensor.lo = tensor.hi = 0;
}

TEST_CASE("accepted: operators of two tensors, lookups, functions, reductions") {
  accepts(elementwise_network());
  accepts(lookup_model());
  accepts(mul_model());
  accepts(prelu_model());
  accepts(function_model());
  accepts(log_softmax_model());
  for (const OperatorKind kind : {OperatorKind::maximum, OperatorKind::minimum}) accepts(extreme_model(kind));
  for (const OperatorKind kind : {OperatorKind::add, OperatorKind::sub, OperatorKind::mul, OperatorKind::div,
                                  OperatorKind::maximum, OperatorKind::minimum, OperatorKind::prelu}) {
    accepts(float_binary_model(kind));
  }
  for (const OperatorKind kind :
       {OperatorKind::reduce_sum, OperatorKind::reduce_max, OperatorKind::reduce_min}) {
    accepts(reduce_model(kind));
  }
}

TEST_CASE("rules: the operands of two tensors repeat along axes of 1 and nowhere else") {
  ModelBuilder b = mul_model();
  b.tensor(1).shape = {1, 1, 2, 3};
  accepts(b);
  b.tensor(1).shape = {1, 1, 1, 2};
  invalid(b, "operator 0 'op0': dimension 3 of its inputs is 3 and 2, of the output 3");
  b = mul_model();
  b.tensor(1).shape = {3};
  invalid(b, "operator 0 'op0': the ranks of its tensors differ: 4, 1 and 4");
  b = mul_model();
  b.tensor(2).shape = {1, 2, 4, 3};
  invalid(b, "operator 0 'op0': dimension 2 of its inputs is 2 and 1, of the output 4");
  b = mul_model();
  b.tensor(0).shape = {1, 1, 2, 3};
  invalid(b, "operator 0 'op0': dimension 1 of its inputs is 1 and 1, of the output 2");
  b = add_model();
  b.tensor(1).shape = {1, 1, 2, 1};
  accepts(b);
  b = prelu_model();
  b.tensor(0).shape = {1, 1, 1, 3};
  b.tensor(1).shape = {1, 2, 2, 3};
  invalid(b, "operator 0 'op0': the shapes of its tensors differ: dimension 1 is 1 and 2");
}

TEST_CASE("rules: types of operators of two tensors") {
  for (const OperatorKind kind : {OperatorKind::sub, OperatorKind::div}) {
    ModelBuilder b = extreme_model(kind);
    invalid(b, "operator 0 'op0': the input is s8, must be f32");
  }
  ModelBuilder b = mul_model();
  make_float(b.tensor(1));
  invalid(b, "operator 0 'op0': the second input is f32, must be s8");
  b = mul_model();
  make_float(b.tensor(2));
  invalid(b, "operator 0 'op0': the output is f32, must be s8");
  b = mul_model();
  b.tensor(0).type = ElementType::u8;
  b.tensor(0).lo = 0;
  b.tensor(0).hi = 255;
  invalid(b, "operator 0 'op0': the input is u8, must be s8 or f32");
}

TEST_CASE("rules: multipliers of operators of two tensors") {
  for (const float bad : {0.0f, -0.5f, 1e-40f, std::numeric_limits<float>::infinity()}) {
    ModelBuilder b = mul_model();
    b.at(0).multiplier = bad;
    invalid(b, "operator 0 'op0': multiplier is");
    b = prelu_model();
    b.at(0).prelu->slope_multiplier = bad;
    invalid(b, "operator 0 'op0': slope_multiplier is");
    b = prelu_model();
    b.at(0).prelu->multiplier = bad;
    invalid(b, "operator 0 'op0': multiplier is");
  }
  ModelBuilder b = float_binary_model(OperatorKind::mul);
  b.at(0).multiplier = 2;
  invalid(b, "operator 0 'op0': is a float operator and must have no multiplier");
  b = extreme_model(OperatorKind::maximum);
  b.at(0).multiplier = 2;
  invalid(b, "operator 0 'op0': must have no multiplier");
  b = extreme_model(OperatorKind::minimum);
  b.tensor(1).scale = 0.06f;
  invalid(b, "operator 0 'op0': scale and zero point of input and output differ: 0.06, 0 and 0.05, 0");
  b = extreme_model(OperatorKind::maximum);
  b.tensor(0).zero_point = 1;
  invalid(b, "operator 0 'op0': scale and zero point of input and output differ: 0.05, 1 and 0.05, 0");
  b = prelu_model();
  b.at(0).prelu.reset();
  invalid(b, "operator 0 'op0': has no prelu options");
  b = float_binary_model(OperatorKind::sub);
  b.at(0).float_lo = 2, b.at(0).float_hi = 1;
  invalid(b, "operator 0 'op0': float_lo is 2 and float_hi is 1, must be lo <= hi");
}

TEST_CASE("rules: a lookup has 256 entries inside the output's range") {
  ModelBuilder b = lookup_model();
  b.at(0).lookup->entries.pop_back();
  invalid(b, "operator 0 'op0': entries has 255 entries, must be 256");
  b = lookup_model();
  b.at(0).lookup->entries[255] = 101;
  invalid(b, "operator 0 'op0': entries[255] is 101, outside the range -100..100");
  b = lookup_model();
  b.at(0).lookup.reset();
  invalid(b, "operator 0 'op0': has no lookup options");
  b = lookup_model();
  make_float(b.tensor(0));
  invalid(b, "operator 0 'op0': the input is f32, must be s8");
  b = lookup_model();
  b.tensor(1).shape = {6, 2};
  invalid(b, "operator 0 'op0': the shapes of its tensors differ: dimension 0 is 2 and 6");
  b = lookup_model();
  b.tensor(1).type = ElementType::u8;
  b.tensor(1).lo = 0;
  invalid(b, "operator 0 'op0': the output is u8, must be s8");
}

TEST_CASE("a lookup knows in which direction it goes") {
  std::vector<std::int8_t> entries(256);
  for (int i = 0; i < 256; ++i)
    entries[static_cast<std::size_t>(i)] = static_cast<std::int8_t>(i < 100 ? 100 - i : i - 100);
  const schema::LookupView lookup{{entries.data(), entries.size()}};
  CHECK(lookup.direction(-128, 127) == 0);
  CHECK(lookup.direction(-128, -29) == -1);
  CHECK(lookup.direction(-28, 20) == 1);
  CHECK(lookup.direction(-28, -28) == 1);
}

TEST_CASE("rules: functions are known, with finite parameters, on f32") {
  ModelBuilder b = function_model();
  b.at(0).function->function = static_cast<fb::Function>(29);
  invalid(b, "operator 0 'op0': unknown function 29");
  b = function_model();
  b.at(0).function->alpha = std::numeric_limits<float>::quiet_NaN();
  invalid(b, "operator 0 'op0': alpha and beta must be finite");
  b = function_model();
  b.at(0).function->beta = std::numeric_limits<float>::infinity();
  invalid(b, "operator 0 'op0': alpha and beta must be finite");
  b = function_model();
  b.at(0).function.reset();
  invalid(b, "operator 0 'op0': has no function options");
  b = function_model();
  b.tensor(1) = b.tensor(0);
  b.tensor(1).name = "y";
  b.tensor(1).shape = {12};
  invalid(b, "operator 0 'op0': the ranks of its tensors differ: 2 and 1");
}

TEST_CASE("rules: reductions") {
  for (const OperatorKind kind :
       {OperatorKind::reduce_sum, OperatorKind::reduce_max, OperatorKind::reduce_min}) {
    ModelBuilder b = reduce_model(kind);
    b.at(0).axes = {2, 1};
    invalid(b, "operator 0 'op0': its axes are not in rising order");
    b.at(0).axes = {1, 1};
    invalid(b, "operator 0 'op0': its axes are not in rising order");
    b.at(0).axes = {1, 4};
    invalid(b, "operator 0 'op0': an axis is 4, must be 0..3");
    b.at(0).axes = {-1, 1};
    invalid(b, "operator 0 'op0': an axis is -1, must be 0..3");
    b.at(0).axes = {1};
    invalid(b, "operator 0 'op0': dimension 2 of the output is 1, must be 4");
    b.at(0).axes = {};
    invalid(b, "operator 0 'op0': has no axes options");
    b = reduce_model(kind);
    b.tensor(1).shape = {1, 5};
    invalid(b, "operator 0 'op0': the ranks of its tensors differ: 4 and 2");
    b = reduce_model(kind);
    make_float(b.tensor(1));
    invalid(b, "operator 0 'op0': the output is f32, must be s8");
  }
  ModelBuilder b = reduce_model(OperatorKind::reduce_max);
  b.tensor(1).scale = 0.1f;
  invalid(b, "operator 0 'op0': scale and zero point of input and output differ");
  b = reduce_model(OperatorKind::reduce_sum);
  b.at(0).multiplier = 0;
  invalid(b, "operator 0 'op0': multiplier is 0");
  b = reduce_model(OperatorKind::reduce_sum);
  b.tensor(0).shape = {1, 4096, 4096, 1};
  b.tensor(1).shape = {1, 1, 1, 1};
  invalid(b, "operator 0 'op0': its sum can reach 2231369728, must be at most 2147483647");
}

TEST_CASE("rules: log_softmax") {
  ModelBuilder b = log_softmax_model();
  b.at(0).log_softmax->table[0] -= 1;
  invalid(b, "operator 0 'op0': table[0] is 1048575, must be 1048576..1048576");
  b = log_softmax_model();
  b.at(0).log_softmax->table[200] = b.at(0).log_softmax->table[199] + 1;
  invalid(b, "operator 0 'op0': table[200] is");
  b = log_softmax_model();
  b.at(0).log_softmax->shift = 0;
  invalid(b, "operator 0 'op0': shift is 0, must be 1..32");
  b = log_softmax_model();
  b.at(0).log_softmax->shift = 33;
  invalid(b, "operator 0 'op0': shift is 33, must be 1..32");
  b = log_softmax_model();
  b.at(0).log_softmax->multiplier_x = (1u << 31) + 1;
  invalid(b, "operator 0 'op0': multiplier_x is 2147483649, must be 0..2147483648");
  b = log_softmax_model();
  b.at(0).log_softmax->multiplier_log = (1u << 31) + 1;
  invalid(b, "operator 0 'op0': multiplier_log is 2147483649, must be 0..2147483648");
  b = log_softmax_model();
  b.at(0).log_softmax.reset();
  invalid(b, "operator 0 'op0': has no log_softmax options");
}

}  // namespace
}  // namespace bulwark::test
