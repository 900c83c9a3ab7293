// SPDX-License-Identifier: Apache-2.0
// The key says what an operator costs, and nothing about its bits, names and numbers.
#include "schema/layer_key.h"

#include <cstring>
#include <set>
#include <string>

#include "schema/limits.h"
#include "tests/schema/refusal.h"

namespace bulwark::test {
namespace {

/// The model's own copy of its bytes, at an aligned address.
struct Sealed {
  explicit Sealed(const ModelBuilder& builder) : file(builder.file()), memory(file.size() + 16) {
    std::uint8_t* begin = memory.data();
    while (reinterpret_cast<std::uintptr_t>(begin) % schema::kFileAlignment != 0) ++begin;
    std::memcpy(begin, file.data(), file.size());
    schema::VerifyError error;
    const bool sound = schema::VerifiedModel::verify({begin, file.size()}, {}, &model, &error);
    INFO(error.message);
    REQUIRE(sound);
  }
  Bytes file, memory;
  schema::VerifiedModel model;
};

std::string key(const ModelBuilder& builder, std::int32_t index = 0) {
  const Sealed sealed(builder);
  char text[schema::kMaxLayerKeyBytes];
  const std::size_t length = schema::layer_key(sealed.model, index, text, sizeof text);
  REQUIRE(length == std::strlen(text));
  return text;
}

TEST_CASE("layer key: kind, shapes and window") {
  CHECK(key(conv_model()) ==
        "conv_2d s8[1,5,5,4] -> s8[1,5,5,6] kernel 3x3 stride 1x1 padding 1,1,1,1 dilation 1x1 groups 1");
  CHECK(key(fully_connected_model()) == "fully_connected s8[2,8] -> s8[2,3]");
  CHECK(key(pool_model(fb::OperatorKind::max_pool_2d)) ==
        "max_pool_2d s8[1,6,6,3] -> s8[1,3,3,3] kernel 2x2 stride 2x2 padding 0,0,0,0 dilation 1x1");
  CHECK(key(mul_model()) == "mul s8[1,2,2,3] s8[1,1,1,3] -> s8[1,2,2,3]");
  CHECK(key(slice_model()) == "slice s8[2,5,6] -> s8[1,2,3] axes 1,0,5,1,3,-2");
  CHECK(key(function_model()).starts_with("function f32["));
  CHECK(key(arg_model(fb::OperatorKind::arg_max)) == "arg_max s8[2,4,3] -> s64[2,3] axes 1");
}

TEST_CASE("layer key: the same for every width, name, scale and clamp") {
  const std::string expected = key(conv_model());
  for (const fb::WeightFormat format : {fb::WeightFormat::s4, fb::WeightFormat::s3, fb::WeightFormat::s2,
                                        fb::WeightFormat::ternary, fb::WeightFormat::s9}) {
    CHECK(key(conv_model(format)) == expected);
  }
  ModelBuilder other = conv_model();
  other.at(0).name = "another";
  other.tensor(0).scale = 0.25f;
  other.tensor(1).hi = 100;
  other.tensor(1).zero_point = 3;
  other.linear().requantization->lo = {-5};
  other.linear().requantization->hi = {6};
  CHECK(key(other) == expected);
}

TEST_CASE("layer key: another one for every change of the work") {
  std::set<std::string> keys{key(conv_model())};
  const auto with = [](auto change) {
    ModelBuilder b = conv_model();
    change(b);
    return key(b);
  };
  keys.insert(with([](ModelBuilder& b) {
    b.linear().dilation_h = b.linear().dilation_w = 2;
    b.linear().pad_top = b.linear().pad_left = b.linear().pad_bottom = b.linear().pad_right = 2;
  }));
  keys.insert(with([](ModelBuilder& b) {
    b.linear().stride_h = 2;
    b.tensor(1).shape = {1, 3, 5, 6};
  }));
  keys.insert(with([](ModelBuilder& b) {
    b.linear().pad_bottom = 0;
    b.tensor(1).shape = {1, 4, 5, 6};
  }));
  CHECK(keys.size() == 4);
}

TEST_CASE("layer key: a short buffer cuts it off, and the length tells") {
  const Sealed sealed(fully_connected_model());
  const std::string whole = key(fully_connected_model());
  for (std::size_t capacity = 0; capacity <= whole.size() + 1; ++capacity) {
    std::string text(whole.size() + 2, '#');
    CHECK(schema::layer_key(sealed.model, 0, text.data(), capacity) == whole.size());
    if (capacity == 0) {
      CHECK(text[0] == '#');
      continue;
    }
    CHECK(std::string(text.c_str()) == whole.substr(0, capacity - 1));
    CHECK(text[capacity] == '#');
  }
}

TEST_CASE("layer key: every operator of the networks has one that fits") {
  for (const ModelBuilder& network :
       {integer_network(), float_network(), elementwise_network(), movement_network()}) {
    const Sealed sealed(network);
    for (std::int32_t i = 0; i < sealed.model.operator_count(); ++i) {
      char text[schema::kMaxLayerKeyBytes];
      const std::size_t length = schema::layer_key(sealed.model, i, text, sizeof text);
      CHECK(length < sizeof text);
      CHECK(std::string(text).find(" -> ") != std::string::npos);
    }
  }
}

}  // namespace
}  // namespace bulwark::test
