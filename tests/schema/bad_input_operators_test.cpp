// SPDX-License-Identifier: Apache-2.0
// Bad input, classes 12-15 and 17: geometry, packed weights, per-channel vectors, and what could overflow
// int32.
#include "tests/schema/raw.h"
#include "tests/schema/refusal.h"

namespace bulwark::test {
namespace {

using fb::OperatorKind;
using fb::WeightFormat;
using schema::VerifyCode;

TEST_CASE("class 12: stride, filter, dilation, group or channels of zero") {
  using Options = fb::LinearOptionsT;
  const std::pair<const char*, std::int32_t Options::*> fields[] = {
      {"stride_h", &Options::stride_h},     {"stride_w", &Options::stride_w},
      {"dilation_h", &Options::dilation_h}, {"dilation_w", &Options::dilation_w},
      {"kernel_h", &Options::kernel_h},     {"kernel_w", &Options::kernel_w}};
  for (const auto& [name, member] : fields) {
    for (const std::int32_t value : {0, -1, INT32_MIN, INT32_MAX, 4097}) {
      ModelBuilder b = conv_model();
      b.linear().*member = value;
      invalid(
          b, std::string("operator 0 'op0': ") + name + " is " + std::to_string(value) + ", must be 1..4096");
    }
  }
  for (const std::int32_t value : {0, -1, INT32_MIN, INT32_MAX}) {
    ModelBuilder b = conv_model();
    b.linear().groups = value;
    invalid(b, "operator 0 'op0': groups is " + std::to_string(value) + ", must be 1..65536");
    b = conv_model();
    b.linear().pad_left = value == 0 ? 4097 : value;
    invalid(b, "operator 0 'op0': pad_left is " + std::to_string(value == 0 ? 4097 : value) +
                   ", must be 0..4096");
  }
}

TEST_CASE("class 12: the same of pools") {
  using Options = fb::PoolOptionsT;
  const std::pair<const char*, std::int32_t Options::*> fields[] = {
      {"stride_h", &Options::stride_h},     {"stride_w", &Options::stride_w},
      {"dilation_h", &Options::dilation_h}, {"dilation_w", &Options::dilation_w},
      {"kernel_h", &Options::kernel_h},     {"kernel_w", &Options::kernel_w}};
  for (const OperatorKind kind : {OperatorKind::max_pool_2d, OperatorKind::average_pool_2d}) {
    for (const auto& [name, member] : fields) {
      for (const std::int32_t value : {0, -1, INT32_MIN, INT32_MAX}) {
        ModelBuilder b = pool_model(kind);
        b.at(0).pool.get()->*member = value;
        invalid(b, std::string("operator 0 'op0': ") + name + " is " + std::to_string(value) +
                       ", must be 1..4096");
      }
    }
  }
}

TEST_CASE("class 12: channels that do not divide into the groups") {
  ModelBuilder b = conv_model();
  b.linear().groups = 3;
  invalid(b, "operator 0 'op0': 4 input and 6 output channels do not divide into 3 groups");
  b.linear().groups = 4;
  invalid(b, "operator 0 'op0': 4 input and 6 output channels do not divide into 4 groups");
  b = pool_model(OperatorKind::max_pool_2d);
  b.tensor(1).shape[3] = 2;
  invalid(b, "operator 0 'op0': the channels change from 3 to 2");
}

TEST_CASE("class 13: padding or kernel makes an output size <= 0, or another one than declared") {
  ModelBuilder b = conv_model();
  b.linear().dilation_h = 4;
  invalid(b, "operator 0 'op0': its window spans 9 in h, the padded input has 7");
  b = conv_model();
  b.linear().pad_right = 2;
  invalid(b, "operator 0 'op0': the output has size 5 in w, must be 6");
  b = conv_model();
  b.tensor(0).shape = {2, 5, 5, 4};
  invalid(b, "operator 0 'op0': the batch changes from 2 to 1");
  b = conv_model();
  b.tensor(0).shape = {5, 5, 4};
  invalid(b, "operator 0 'op0': input and output have rank 3 and 4, must be 4");
}

TEST_CASE("class 13: a pool's window that lies in the padding alone") {
  ModelBuilder b = pool_model(OperatorKind::max_pool_2d);
  set_window(*b.at(0).pool, 2, 2, 2);
  b.tensor(1).shape = {1, 5, 5, 3};
  invalid(b, "operator 0 'op0': a window lies in the padding alone in h");
  b.at(0).pool->pad_top = b.at(0).pool->pad_left = 0;  // the last window starts at row 6 of 6
  b.tensor(1).shape = {1, 4, 4, 3};
  invalid(b, "operator 0 'op0': a window lies in the padding alone in h");
  // Taps 2 apart step over an input of one element: rows -1 and 1.
  b.tensor(0).shape = {1, 1, 1, 3};
  b.tensor(1).shape = {1, 1, 1, 3};
  set_window(*b.at(0).pool, 2, 4, 1);
  b.at(0).pool->dilation_h = b.at(0).pool->dilation_w = 2;
  invalid(b, "operator 0 'op0': a window lies in the padding alone in h");
  b.at(0).pool->dilation_h = b.at(0).pool->dilation_w = 1;
  accepts(b);
}

TEST_CASE("class 14: weight bytes, rows and row elements against the shape") {
  for (const WeightFormat format : {WeightFormat::s8, WeightFormat::s4, WeightFormat::s3, WeightFormat::s2,
                                    WeightFormat::ternary, WeightFormat::s9}) {
    CAPTURE(fb::EnumNameWeightFormat(format));
    ModelBuilder b = conv_model(format);
    b.linear().weights->data.pop_back();
    invalid(b, "operator 0 'op0': weights have ");
    b.linear().weights->data.resize(b.linear().weights->data.size() + 2);
    invalid(b, "6 rows of 36 in ");
    b.linear().weights->data.clear();
    invalid(b, "operator 0 'op0': weights have 0 bytes, 6 rows of 36 in ");
  }
  for (const std::int32_t value : {0, -1, 5, INT32_MIN, INT32_MAX}) {
    ModelBuilder b = conv_model();
    b.linear().weights->rows = value;
    invalid(b,
            "operator 0 'op0': weights are " + std::to_string(value) + " rows of 36, must be 6 rows of 36");
    b = conv_model();
    b.linear().weights->row_elements = value;
    invalid(b, "operator 0 'op0': weights are 6 rows of " + std::to_string(value) + ", must be 6 rows of 36");
  }
  ModelBuilder b = fully_connected_model();
  b.tensor(0).shape = {2, 9};
  invalid(b, "operator 0 'op0': weights are 3 rows of 8, must be 3 rows of 9");
  b = float_network();
  b.linear(0).weights->data.pop_back();
  invalid(b, "operator 0 'op0': weights have 215 bytes, 3 rows of 18 in f32 need 216");
}

TEST_CASE("class 14: values and padding bits that the format does not have") {
  ModelBuilder b = fully_connected_model(WeightFormat::ternary);
  for (const std::uint8_t value : {243, 255}) {
    b.linear().weights->data[2] = value;
    invalid(b,
            "operator 0 'op0': weights of channel 1 hold a value outside ternary, or padding that is not 0");
  }
  b.linear().weights->data[2] = 242;
  accepts(b);
  b.linear().weights->data[1] = 27;  // the fourth digit of a byte that holds three
  invalid(b, "weights of channel 0 hold a value outside ternary");
  b = fully_connected_model(WeightFormat::s9);
  b.linear().weights->data[17] = 1, b.linear().weights->data[16] = 0;  // 256
  invalid(b, "weights of channel 1 hold a value outside s9");
  b.linear().weights->data[17] = 0xff, b.linear().weights->data[16] = 0x00;  // -256
  invalid(b, "weights of channel 1 hold a value outside s9");
  b.linear().weights->data[16] = 0x01;  // -255
  accepts(b);
  b = conv_model(WeightFormat::s3);
  give_linear(b.at(0), WeightFormat::s3, 6, 4);  // 12 bits in two bytes
  b.linear().weights->data[1] |= 0x10;
  b.linear().kernel_h = b.linear().kernel_w = 1;
  invalid(b, "weights of channel 0 hold a value outside s3");
}

TEST_CASE("class 15: bias, multiplier, scale or clamp vector of the wrong length") {
  const auto with = [](auto change) {
    ModelBuilder b = conv_model();
    change(*b.linear().requantization, *b.linear().weights);
    return b;
  };
  using R = fb::RequantizationT;
  using W = fb::WeightsT;
  invalid(with([](R& r, W&) { r.bias.pop_back(); }), "operator 0 'op0': bias has 5 entries, must be 6");
  invalid(with([](R& r, W&) { r.bias = {1}; }), "operator 0 'op0': bias has 1 entries, must be 6");
  invalid(with([](R& r, W&) { r.bias.clear(); }), "operator 0 'op0': bias has 0 entries, must be 6");
  invalid(with([](R& r, W&) { r.multiplier.pop_back(); }),
          "operator 0 'op0': multiplier has 5 entries, must be 6");
  invalid(with([](R& r, W&) { r.multiplier.clear(); }),
          "operator 0 'op0': multiplier has 0 entries, must be 6");
  invalid(with([](R& r, W&) { r.lo.pop_back(); }), "operator 0 'op0': lo has 5 entries, must be 6");
  invalid(with([](R& r, W&) { r.lo.clear(); }), "operator 0 'op0': lo has 0 entries, must be 6");
  invalid(with([](R& r, W&) { r.hi.push_back(1); }), "operator 0 'op0': hi has 7 entries, must be 6");
  invalid(with([](R&, W& w) { w.scales.pop_back(); }), "operator 0 'op0': scales has 5 entries, must be 6");
  invalid(with([](R&, W& w) { w.scales.clear(); }), "operator 0 'op0': scales has 0 entries, must be 6");
  invalid(with([](R& r, W&) { r.fraction_bits = 17; }),
          "operator 0 'op0': fraction_bits is 17, must be 0..16");
  ModelBuilder b = conv_model();
  b.linear().float_bias = {1};
  invalid(b, "operator 0 'op0': float_bias has 1 entries, must be 0");
  b = float_network();
  b.linear(0).float_bias.pop_back();
  invalid(b, "operator 0 'op0': float_bias has 2 entries, must be 3");
  b = float_network();
  b.linear(0).requantization = std::make_unique<fb::RequantizationT>();
  invalid(b, "operator 0 'op0': is a float operator and must have no requantization");
  b = unary_model(OperatorKind::softmax);
  b.at(0).softmax->table.pop_back();
  invalid(b, "operator 0 'op0': table has 255 entries, must be 256");
}

TEST_CASE("class 17: the accumulator, to the last unit") {
  ModelBuilder b = fully_connected_model();
  // Channel 1: weights 8 * 127, input -128: 130048, shifted by 14: 2130706432.
  for (std::size_t i = 8; i < 16; ++i) b.linear().weights->data[i] = 127;
  for (const std::size_t row : {0u, 2u}) {
    for (std::size_t i = 0; i < 8; ++i) b.linear().weights->data[8 * row + i] = 1;
  }
  b.linear().requantization->fraction_bits = 14;
  for (const std::int32_t sign : {1, -1}) {
    b.linear().requantization->bias = {0, sign * (INT32_MAX - 2130706432), 0};
    accepts(b);
    b.linear().requantization->bias[1] += sign;
    invalid(
        b, "operator 0 'op0': the accumulator of channel 1 can reach 2147483648, must be at most 2147483647");
  }
  b.linear().requantization->bias = {0, 0, INT32_MIN};
  invalid(b, "operator 0 'op0': the accumulator of channel 2 can reach ");
  b.linear().requantization->bias = {0, 0, 0};
  b.linear().requantization->fraction_bits = 15;
  invalid(b, "operator 0 'op0': the accumulator of channel 1 can reach 4261412864");
}

TEST_CASE("class 17: the sum of an addition, to the last unit") {
  ModelBuilder b = add_model();
  fb::AddOptionsT& add = *b.at(0).add;
  add.multiplier_a = 1 << 23, add.multiplier_b = -(1 << 23) + 1, add.bias = 127;  // 2^30 + 2^30 - 128 + 127
  accepts(b);
  add.bias = -128;
  invalid(b, "operator 0 'op0': its sum can reach 2147483648, must be at most 2147483647");
  for (std::int32_t fb::AddOptionsT::*member :
       {&fb::AddOptionsT::multiplier_a, &fb::AddOptionsT::multiplier_b, &fb::AddOptionsT::bias}) {
    b = add_model();
    b.at(0).add.get()->*member = INT32_MIN;
    invalid(b, "operator 0 'op0': its sum can reach ");
  }
}

TEST_CASE("class 17: the sum of an average pool") {
  ModelBuilder b;
  b.inputs({b.s8({1, 4096, 4096, 1}, 0.05f, 127)});
  b.outputs({b.s8({1, 1, 1, 1})});
  fb::OperatorT& op = b.op(OperatorKind::average_pool_2d, {0}, 1);
  op.pool = std::make_unique<fb::PoolOptionsT>();
  set_window(*op.pool, 4096, 1, 0);
  invalid(b, "operator 0 'op0': the sum of a window can reach 4278190080, must be at most 2147483647");
  b.tensor(0).zero_point = 0;  // 2^24 * 128
  invalid(b, "the sum of a window can reach 2147483648");
  b.tensor(0).shape = {1, 4096, 4095, 1};
  op.pool->kernel_w = 4095;
  accepts(b);
  op.pool->origin_shift = 127;  // 2^12 * 4095 * 255
  invalid(b, "the sum of a window can reach 4277145600");
}

TEST_CASE("class 17: softmax tables within their bounds") {
  const auto with = [](auto change) {
    ModelBuilder b = unary_model(OperatorKind::softmax);
    change(*b.at(0).softmax);
    return b;
  };
  using S = fb::SoftmaxOptionsT;
  invalid(with([](S& s) { s.table[0] = (1u << 20) + 1; }), "table[0] is 1048577, must be 1..1048576");
  invalid(with([](S& s) { s.table.assign(256, 0); }), "table[0] is 0, must be 1..1048576");
  invalid(with([](S& s) { s.table[200] = s.table[199] + 1; }), "table[200] is ");
  invalid(with([](S& s) { s.numerator = (1u << 26) + 1; }), "numerator is 67108865, must be 1..67108864");
  invalid(with([](S& s) { s.numerator = 0; }), "numerator is 0, must be 1..67108864");
}

}  // namespace
}  // namespace bulwark::test
