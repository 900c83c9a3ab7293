// SPDX-License-Identifier: Apache-2.0
// The rules of NUMERICS.md on 16-bit elements.
#include "tests/schema/refusal.h"

namespace bulwark::test {
namespace {

using fb::ElementType;
using fb::OperatorKind;

// Operators of wide_network.
enum : std::size_t { kQuantize, kLookup, kAdd, kMul, kSlice, kConcat, kFilter, kFlat, kAgain, kShown };

TEST_CASE("accepted: a network of 16-bit elements") { accepts(wide_network()); }

TEST_CASE("rules: 16-bit elements have no zero point and stay inside a network") {
  ModelBuilder b = wide_network();
  b.tensor(1).zero_point = 1;
  invalid(b, "tensor 1 't1': is s16 and must have a zero_point of 0");
  b = wide_network();
  b.outputs({10, 2});
  invalid(b, "tensor 2 is s16, which is not for outputs of the model");
  b = wide_network();
  b.tensor(0) = fb::TensorT(b.tensor(1));
  b.tensor(0).name = "t0";
  invalid(b, "model inputs: tensor 0 is s16");
  b = wide_network();
  b.at(kFlat).kind = OperatorKind::clip;
  invalid(b, "operator 7 'op7': tensor 4 is s16, must be s8, u8 or f32");
}

TEST_CASE("rules: sums of 16-bit elements have one scale and one shape, and no options") {
  ModelBuilder b = wide_network();
  b.tensor(2).scale = 0.002f;
  invalid(b, "operator 2 'op2': scale and zero point of input and output differ");
  b = wide_network();
  b.at(kAdd).add = std::make_unique<fb::AddOptionsT>();
  invalid(b, "operator 2 'op2': must have no add options");
  b = wide_network();
  b.at(kAdd).inputs = {1, 9};
  invalid(b, "operator 2 'op2': reads tensor 9 before it is written");
}

TEST_CASE("rules: products of 16-bit elements have a multiplier and become 16 or 8 bits") {
  ModelBuilder b = wide_network();
  b.at(kMul).multiplier = 0;
  invalid(b, "operator 3 'op3': multiplier");
  b = wide_network();
  b.at(kShown).inputs = {8, 0};
  invalid(b, "operator 9 'op9': the second input is f32, must be s16");
  b = wide_network();
  b.at(kShown).kind = OperatorKind::maximum;
  invalid(b, "operator 9 'op9'");
}

TEST_CASE("rules: a table of 16-bit elements has 1025 entries in the output's range") {
  ModelBuilder b = wide_network();
  b.at(kLookup).wide_lookup->entries.pop_back();
  invalid(b, "operator 1 'op1': entries has 1024 entries, must be 1025");
  b = wide_network();
  b.tensor(2).hi = 100;
  invalid(b, "operator 1 'op1': entries[");
  b = wide_network();
  b.at(kLookup).wide_lookup.reset();
  invalid(b, "operator 1 'op1': has no wide_lookup options");
  b = lookup_model();
  b.at(0).wide_lookup = std::make_unique<fb::WideLookupOptionsT>();
  invalid(b, "operator 0 'op0': must have no wide_lookup options");
}

TEST_CASE("rules: a time filter has a weight for every element and a bias for every unit or none") {
  ModelBuilder b = wide_network();
  b.at(kFilter).time_filter->bias.clear();
  accepts(b);
  b.at(kFilter).time_filter->bias = {1, 2};
  invalid(b, "operator 6 'op6': bias has 2 entries, must be 6");
  b = wide_network();
  b.at(kFilter).time_filter->weights.push_back(1);
  invalid(b, "operator 6 'op6': weights has 49 entries, must be 48");
  b = wide_network();
  b.tensor(10).shape = {1, 5};
  invalid(b, "operator 6 'op6': 12 features of a batch of 1 do not make 5 units of a batch of 1");
  b = wide_network();
  b.tensor(10).shape = {6};
  invalid(b, "operator 6 'op6': its tensors have 3 and 1 dimensions, must have 3 and 2");
  b = wide_network();
  b.at(kFilter).multiplier = -1;
  invalid(b, "operator 6 'op6': multiplier");
}

}  // namespace
}  // namespace bulwark::test
