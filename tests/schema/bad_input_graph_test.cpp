// SPDX-License-Identifier: Apache-2.0
// Bad input, classes 9, 18 and 19: indices, the order of writing, and files that ask for too much.
#include <chrono>

#include "tests/schema/raw.h"
#include "tests/schema/refusal.h"

namespace bulwark::test {
namespace {

using schema::VerifyCode;

TEST_CASE("class 9: tensor index out of range, or -1") {
  for (const std::int32_t index : {-1, 2, INT32_MIN, INT32_MAX}) {
    const std::string tail = "tensor " + std::to_string(index) + ", the file has 2";
    ModelBuilder b = conv_model();
    b.at(0).inputs = {index};
    invalid(b, "operator 0 'op0': an input is " + tail);
    b = conv_model();
    b.at(0).outputs = {index};
    invalid(b, "operator 0 'op0': the output is " + tail);
    b = conv_model();
    b.inputs({index});
    invalid(b, "model inputs: an input is " + tail);
    b = conv_model();
    b.outputs({index});
    invalid(b, "model outputs: an output is " + tail);
  }
}

TEST_CASE("class 9: golden and robustness indices out of range") {
  for (const std::int32_t index : {-1, 1, INT32_MIN, INT32_MAX, 64}) {
    ModelBuilder b = conv_model();
    b.model.golden = std::make_unique<fb::GoldenT>();
    b.model.golden->inputs.push_back(std::make_unique<fb::GoldenTensorT>());
    b.model.golden->outputs.push_back(std::make_unique<fb::GoldenTensorT>());
    b.model.golden->inputs[0]->data.assign(100, 1);
    b.model.golden->outputs[0]->data.assign(150, 1);
    accepts(b);
    b.model.golden->outputs[0]->index = index;
    invalid(b, "golden outputs: an index is " + std::to_string(index) + ", must be 0..0");
    b.model.golden->inputs[0]->index = index;
    invalid(b, "golden inputs: an index is " + std::to_string(index) + ", must be 0..0");
    b = conv_model();
    b.model.robustness = std::make_unique<fb::RobustnessT>();
    b.model.robustness->layers.push_back(std::make_unique<fb::LayerRobustnessT>());
    b.model.robustness->layers[0]->operator_index = index;
    invalid(b, "robustness: operator_index is " + std::to_string(index) + ", must be 0..0");
  }
  ModelBuilder b = conv_model();
  b.model.golden = std::make_unique<fb::GoldenT>();
  b.model.golden->inputs.push_back(std::make_unique<fb::GoldenTensorT>());
  b.model.golden->inputs[0]->data.assign(99, 1);
  invalid(b, "golden inputs: data has 99 entries, must be 100");
  b.model.golden->inputs[0]->data.assign(100, 1);
  invalid(b, "golden outputs: the list has 0 entries, must be 1");
}

TEST_CASE("class 9: a clamp without its clip bounds holds the one that runs and lies in the output's range") {
  const auto clipped = [](std::vector<std::int8_t> lo, std::vector<std::int8_t> hi) {
    ModelBuilder b = conv_model();
    b.tensor(1).lo = -100;
    b.tensor(1).hi = 100;
    b.linear().requantization->lo = {-20, -20, -20, -20, -20, -20};
    b.linear().requantization->hi = {20, 20, 20, 20, 20, 20};
    b.model.robustness = std::make_unique<fb::RobustnessT>();
    b.model.robustness->layers.push_back(std::make_unique<fb::LayerRobustnessT>());
    b.model.robustness->layers[0]->unclipped_lo = std::move(lo);
    b.model.robustness->layers[0]->unclipped_hi = std::move(hi);
    return b;
  };
  const std::vector<std::int8_t> lo(6, -100), hi(6, 100);
  accepts(clipped(lo, hi));
  accepts(clipped(std::vector<std::int8_t>(6, -20), std::vector<std::int8_t>(6, 20)));
  const std::string rule = ", channel 5 must hold its clamp and lie in its output's range";
  const auto last = [](std::vector<std::int8_t> values, int value) {
    values[5] = static_cast<std::int8_t>(value);
    return values;
  };
  invalid(clipped(last(lo, -19), hi), "the unclipped range -19..100 of operator 0" + rule);
  invalid(clipped(lo, last(hi, 19)), "the unclipped range -100..19 of operator 0" + rule);
  invalid(clipped(last(lo, -101), hi), "the unclipped range -101..100 of operator 0" + rule);
  invalid(clipped(lo, last(hi, 101)), "the unclipped range -100..101 of operator 0" + rule);
  invalid(clipped(std::vector<std::int8_t>(5, -100), hi),
          "robustness: unclipped_lo has 5 entries, must be 6");
  invalid(clipped(lo, {}), "robustness: unclipped_hi has 0 entries, must be 6");
  ModelBuilder b = pool_model(fb::OperatorKind::max_pool_2d);
  b.model.robustness = std::make_unique<fb::RobustnessT>();
  b.model.robustness->layers.push_back(std::make_unique<fb::LayerRobustnessT>());
  b.model.robustness->layers[0]->unclipped_lo = {0};
  invalid(b, "robustness: operator 0 has no clamp that could be unclipped");
}

TEST_CASE("class 18: use before write, cycles, self-reference") {
  ModelBuilder b;
  const std::int32_t x = b.s8({4}), y = b.s8({4}), z = b.s8({4});
  b.inputs({x});
  b.outputs({z});
  b.op(fb::OperatorKind::clip, {y}, z);
  b.op(fb::OperatorKind::clip, {x}, y);
  invalid(b, "operator 0 'op0': reads tensor 1 before it is written");  // sound in the other order
  b.at(1).inputs = {z};
  invalid(b, "operator 0 'op0': reads tensor 1 before it is written");  // a cycle in any order
  b = unary_model(fb::OperatorKind::clip);
  b.at(0).inputs = {1};
  invalid(b, "operator 0 'op0': reads tensor 1 before it is written");
}

TEST_CASE("class 18: double write, writing an input or a constant, a tensor nobody writes") {
  ModelBuilder b = unary_model(fb::OperatorKind::clip);
  b.op(fb::OperatorKind::clip, {0}, 1);
  invalid(b, "operator 1 'op1': the output, tensor 1, is written a second time");
  b = unary_model(fb::OperatorKind::clip);
  b.at(0).outputs = {0};
  invalid(b, "operator 0 'op0': the output, tensor 0, is written a second time");
  b = unary_model(fb::OperatorKind::clip);
  b.tensor(1).constant.assign(12, 0);
  invalid(b, "operator 0 'op0': the output, tensor 1, is written a second time");
  b = unary_model(fb::OperatorKind::clip);
  b.tensor(0).constant.assign(12, 0);
  invalid(b, "model inputs: an input, tensor 0, is written a second time");
  b = unary_model(fb::OperatorKind::clip);
  b.inputs({0, 0});
  invalid(b, "model inputs: an input, tensor 0, is written a second time");
  b = unary_model(fb::OperatorKind::clip);
  b.s8({3});
  invalid(b, "tensor 2 't2': is never written");
  b = unary_model(fb::OperatorKind::clip);
  b.outputs({0});
  invalid(b, "model outputs: tensor 0 is not written by an operator");
  b.outputs({1, 1});
  invalid(b, "model outputs: tensor 1 is listed twice");
}

TEST_CASE("class 18: wrong number of inputs and outputs") {
  ModelBuilder b = add_model();
  b.at(0).inputs = {0};
  invalid(b, "operator 0 'op0': the number of inputs is 1, must be 2..2");
  b.at(0).inputs = {0, 1, 0};
  invalid(b, "operator 0 'op0': the number of inputs is 3, must be 2..2");
  b.at(0).inputs.clear();
  invalid(b, "operator 0 'op0': the number of inputs is 0, must be 1..64");
  b = conv_model();
  b.at(0).outputs.clear();
  invalid(b, "operator 0 'op0': the number of outputs is 0, must be 1..1");
  b.at(0).outputs = {1, 1};
  invalid(b, "operator 0 'op0': the number of outputs is 2, must be 1..1");
}

TEST_CASE("class 19: counts of tensors, operators, inputs and outputs") {
  ModelBuilder b = conv_model();
  b.model.tensors.clear();
  invalid(b, "model: the number of tensors is 0, must be 1..8192");
  b = conv_model();
  b.model.operators.clear();
  invalid(b, "model: the number of operators is 0, must be 1..8192");
  b = conv_model();
  b.inputs({});
  invalid(b, "model: the number of inputs is 0, must be 1..64");
  b.inputs(std::vector<std::int32_t>(65, 0));
  invalid(b, "model: the number of inputs is 65, must be 1..64");
  b = conv_model();
  b.outputs(std::vector<std::int32_t>(1 << 20, 1));
  invalid(b, "model: the number of outputs is 1048576, must be 1..64");
  b = conv_model();
  while (b.model.tensors.size() <= 8192) b.s8({1});
  invalid(b, "model: the number of tensors is 8193, must be 1..8192");
}

TEST_CASE("class 19: one table named a million times") {
  ModelBuilder b = conv_model();
  for (int i = 0; i < 70000; ++i) {
    b.model.metadata.push_back(std::make_unique<fb::KeyValueT>());
    b.model.metadata.back()->key = "note";
  }
  Bytes bytes = b.file();  // more tables than the structure step visits; seal refuses it for the same reason
  refuses(bytes, VerifyCode::malformed, "");
  b.model.metadata.resize(1025);
  invalid(b, "metadata: the number of entries is 1025, must be 0..1024");
}

TEST_CASE("class 19: work that never ends") {
  // 4096 x 4096 windows over a large image: 2^24 taps for each of 2^24 outputs.
  ModelBuilder b;
  b.inputs({b.s8({1, 8191, 8191, 1})});
  b.outputs({b.s8({1, 4096, 4096, 1})});
  fb::OperatorT& op = b.op(fb::OperatorKind::max_pool_2d, {0}, 1);
  op.pool = std::make_unique<fb::PoolOptionsT>();
  set_window(*op.pool, 4096, 1, 0);
  refuses(b, VerifyCode::too_large,
          "operator 0 'op0': one run would take more than 274877906944 multiplications");
}

TEST_CASE("class 19: names made to collide do not cost quadratic time") {
  // A whole file of the longest names takes no longer than it should.
  ModelBuilder b;
  std::int32_t last = b.s8({1});
  b.inputs({last});
  for (int i = 1; i < 8192; ++i) {
    const std::int32_t next = b.s8({1});
    b.tensor(next).name = std::string(1000, 'n') + b.tensor(next).name;
    b.op(fb::OperatorKind::clip, {last}, next);
    last = next;
  }
  b.outputs({last});
  const auto start = std::chrono::steady_clock::now();
  accepts(b);
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(60));
}

TEST_CASE("class 19: texts of the model are bounded") {
  ModelBuilder b = conv_model();
  b.model.producer.assign(1025, 'p');
  invalid(b, "metadata: the producer has 1025 bytes, must be 0..1024");
  b = conv_model();
  b.model.metadata.push_back(std::make_unique<fb::KeyValueT>());
  invalid(b, "metadata: a key has 0 bytes, must be 1..1024");
  b.model.metadata[0]->key = "key";
  b.model.metadata[0]->value.assign(65537, 'v');
  invalid(b, "metadata: a value has 65537 bytes, must be 0..65536");
  b = conv_model();
  b.model.robustness = std::make_unique<fb::RobustnessT>();
  b.model.robustness->recipe.assign(65537, 'r');
  invalid(b, "robustness: the recipe has 65537 bytes, must be 0..65536");
  b.model.robustness->recipe.clear();
  b.model.robustness->clip_eps = -1;
  invalid(b, "robustness: clip_eps is -1, must be finite and not negative");
}

}  // namespace
}  // namespace bulwark::test
