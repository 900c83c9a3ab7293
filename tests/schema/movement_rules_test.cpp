// SPDX-License-Identifier: Apache-2.0
// The rules of NUMERICS.md on slices, gathers, resizing, indices and states.
#include <limits>

#include "tests/schema/refusal.h"

namespace bulwark::test {
namespace {

using fb::ElementType;
using fb::OperatorKind;

TEST_CASE("accepted: slices, gathers, resizing, indices, states") {
  accepts(movement_network());
  accepts(slice_model());
  accepts(gather_model());
  accepts(resize_model());
  accepts(resize_model(true));
  accepts(arg_model(OperatorKind::arg_max));
  accepts(arg_model(OperatorKind::arg_min));
  accepts(state_model());
}

TEST_CASE("class 20: places outside of the input are refused when the file is loaded") {
  ModelBuilder b = gather_model();
  b.at(0).indices = {3, 4, 0};
  invalid(b, "operator 0 'op0': an index is 4, must be 0..3");
  b.at(0).indices = {3, -1, 0};
  invalid(b, "operator 0 'op0': an index is -1, must be 0..3");
  b = slice_model();
  b.at(0).axes[2] = 6;
  invalid(b, "operator 0 'op0': a start is 6, must be 0..5");
  b = slice_model();
  b.at(0).axes[5] = -3;
  invalid(b, "operator 0 'op0': the last element is -1, must be 0..5");
  b.at(0).axes[5] = std::numeric_limits<std::int32_t>::min();
  invalid(b, "operator 0 'op0': the last element is -4294967291, must be 0..5");
  b = resize_model();
  b.at(0).resize->rows[2] = 1025;
  invalid(b, "operator 0 'op0': a position is 1025, must be 0..1024");
  b = resize_model();
  b.at(0).resize->columns[0] = -1;
  invalid(b, "operator 0 'op0': a position is -1, must be 0..2048");
  for (const float bad : {-0.5f, 1.01f, std::numeric_limits<float>::quiet_NaN()}) {
    b = resize_model(true);
    b.at(0).resize->float_rows[1] = bad;
    invalid(b, "operator 0 'op0': a position is");
  }
}

TEST_CASE("rules: slices, gathers and resizing keep everything but places") {
  ModelBuilder b = slice_model();
  b.at(0).axes[4] = 0;
  invalid(b, "operator 0 'op0': the step along axis 1 is 0");
  b = slice_model();
  b.at(0).axes.pop_back();
  invalid(b, "axes has 5 entries, must be 6");
  b = slice_model();
  b.tensor(1).scale = 0.1f;
  invalid(b, "scale and zero point of input and output differ");
  b = gather_model();
  b.at(0).indices = {3, 0};
  invalid(b, "indices has 2 entries, must be 3");
  b = gather_model();
  b.at(0).axes = {3};
  invalid(b, "the axis is 3, must be 0..2");
  b = gather_model();
  b.tensor(1).shape = {1, 3, 3};
  invalid(b, "dimension 0 of the output is 1, must be 2");
  b = gather_model();
  b.at(0).indices.clear();
  invalid(b, "has no indices options");
  b = slice_model();
  b.at(0).indices = {1};
  invalid(b, "must have no indices options");
  b = resize_model();
  b.at(0).axes = {3};
  invalid(b, "the axis is 3, must be 0..2");
  b = resize_model();
  b.at(0).resize->float_rows = {0, 0, 0};
  invalid(b, "float_rows has 3 entries, must be 0");
  b = resize_model();
  b.at(0).resize->rows.pop_back();
  invalid(b, "rows has 2 entries, must be 3");
  b = resize_model();
  b.tensor(1).hi = 100;
  invalid(b, "its values reach -128..127, the output declares -128..100");
}

TEST_CASE("rules: indices are outputs and nothing else") {
  ModelBuilder b = arg_model(OperatorKind::arg_max);
  b.tensor(1).type = ElementType::s32;
  accepts(b);
  b.tensor(1).shape = {6, 1};
  accepts(b);
  b.tensor(1).shape = {5};
  invalid(b, "the output has 5 elements, must have 6");
  b = arg_model(OperatorKind::arg_min);
  b.tensor(1) = fb::TensorT(b.tensor(0));
  b.tensor(1).name = "t1";
  b.tensor(1).shape = {2, 3};
  invalid(b, "the output is s8, must be s32 or s64");
  b = arg_model(OperatorKind::arg_max);
  b.tensor(1).scale = 1;
  invalid(b, "tensor 1 't1': is s64 and must have no scale, zero point or range");
  b = arg_model(OperatorKind::arg_max);
  b.op(OperatorKind::reshape, {1}, b.indices({6}, ElementType::s64));
  b.outputs({2});
  invalid(b, "operator 1 'op1': tensor 1 is s64, must be s8, u8 or f32");
  b = slice_model();
  b.tensor(0).type = ElementType::s32;
  b.tensor(0).scale = 0;
  b.tensor(0).lo = b.tensor(0).hi = 0;
  invalid(b, "model inputs: tensor 0 is s32, must be s8, u8 or f32");
}

TEST_CASE("rules: a state is written by the session, its next value by an operator of the same kind") {
  ModelBuilder b = state_model();
  b.model.states[0]->next = 0;
  invalid(b, "model states: the next value, tensor 0, is not written by an operator");
  b.model.states[0]->next = 1;
  invalid(b, "model states: the next value, tensor 1, is not written by an operator");
  b.model.states[0]->next = 5;
  invalid(b, "model states: the next value is tensor 5, the file has 5");
  b = state_model();
  b.model.states[0]->tensor = 0;
  invalid(b, "model states: a state, tensor 0, is written a second time");
  b.model.states[0]->tensor = -1;
  invalid(b, "model states: a state is tensor -1, the file has 5");
  b = state_model();
  b.state(1, 3);
  invalid(b, "model states: a state, tensor 1, is written a second time");
  b = state_model();
  b.model.states[0]->tensor = 3;
  invalid(b, "operator");  // the ring is then written by nobody, and tensor 3 twice
  b = state_model();
  b.model.states[0]->next = 4;
  invalid(b, "state 0 't1': the shapes of its tensors differ: dimension 1 is 3 and 1");
  b = state_model();
  b.outputs({1});
  invalid(b, "model outputs: tensor 1 is not written by an operator");
  b = state_model();
  b.model.states[0]->initial = {1, 2, 3};
  invalid(b, "state 0 't1': initial has 3 entries, must be 12");
  b = state_model();
  b.tensor(1).hi = b.tensor(2).hi = 100;
  invalid(b, "state 0 't1': its values reach -128..127, the output declares -128..100");
  b = movement_network();
  b.tensor(8).lo = 0;
  invalid(b, "state 0 't8'");
}

}  // namespace
}  // namespace bulwark::test
