// SPDX-License-Identifier: Apache-2.0
// Bad input, classes 1-4, 10, 11 and 21: bytes that are no sound FlatBuffer of this version.
#include "schema/sha256.h"
#include "tests/schema/raw.h"
#include "tests/schema/refusal.h"

namespace bulwark::test {
namespace {

using schema::VerifyCode;

TEST_CASE("class 1: empty, tiny, bad root offset") {
  for (std::size_t size = 0; size < schema::kMinFileBytes; ++size) {
    refuses(Bytes(size, 0), VerifyCode::not_a_model, "the smallest file has 16");
  }
  refuses(Bytes(16, 0), VerifyCode::not_a_model, "identifier");
  for (const std::uint32_t offset : {0u, 0x7fffffffu, 0x80000000u, 0xffffffffu}) {
    Bytes bytes = conv_model().file();
    put(bytes, 0, offset);
    refuses(bytes, VerifyCode::malformed, "the root table lies outside the file");
  }
  Bytes at_the_end = conv_model().file();
  put(at_the_end, 0, static_cast<std::uint32_t>(at_the_end.size() - 1));
  refuses(at_the_end, VerifyCode::malformed, "the root table is broken or cut off");
}

TEST_CASE("class 2: cut off at every byte, or longer than the file says") {
  const Bytes whole = integer_network().file();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const schema::VerifyError error =
        verify(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)));
    if (error.code != VerifyCode::malformed && error.code != VerifyCode::not_a_model) {
      FAIL("length " << size << ": " << error.message);
    }
  }
  Bytes longer = whole;
  longer.insert(longer.end(), 16, 0);
  refuses(longer, VerifyCode::malformed, "packed weights: cut off: 16 bytes follow the model");
}

TEST_CASE("class 2: every single-bit flip is refused with the content hash on") {
  const Bytes whole = conv_model().file();
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    Bytes flipped = whole;
    flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ 1u << bit % 8);
    if (verify(flipped, true).code == VerifyCode::ok) FAIL("bit " << bit);
  }
}

TEST_CASE("class 3: wrong magic, older or newer version") {
  Bytes bytes = conv_model().file();
  bytes[4] = 'X';
  refuses(bytes, VerifyCode::not_a_model, "the identifier at byte 4 is not 'BWK1'");
  bytes = conv_model().file();
  bytes[7] = '2';
  refuses(bytes, VerifyCode::unsupported_version, "file format 'BWK2', this library reads 'BWK1'");
  for (const std::int32_t version : {0, 2, -1, INT32_MAX, INT32_MIN}) {
    ModelBuilder b = conv_model();
    b.model.schema_version = version;
    refuses(b, VerifyCode::unsupported_version,
            "schema version " + std::to_string(version) + ", this library reads 1");
  }
}

TEST_CASE("class 4: offset + size wraps") {
  const Bytes whole = integer_network().file();
  for (const std::uint32_t length :
       {0xffffffffu, 0xfffffffcu, 0x80000000u, 0x7fffffffu, 0x40000000u, 0x20000000u}) {
    CAPTURE(length);
    Bytes bytes = whole;
    put(bytes, length_word(bytes, root(bytes).tensors()), length);
    refuses(bytes, VerifyCode::malformed, "lies outside the file");
    bytes = whole;
    put(bytes, length_word(bytes, root(bytes).operators()->Get(3)->linear()->weights()->data()), length);
    refuses(bytes, VerifyCode::malformed, "lies outside the file");
    bytes = whole;
    put(bytes, length_word(bytes, root(bytes).operators()->Get(3)->linear()->requantization()->bias()),
        length);
    refuses(bytes, VerifyCode::malformed, "lies outside the file");
    bytes = whole;
    put(bytes, length_word(bytes, root(bytes).tensors()->Get(0)->name()), length);
    refuses(bytes, VerifyCode::malformed, "lies outside the file");
  }
  // A table in front of the vector that names it, by an offset that wraps around in 32 bits.
  for (const std::uint32_t offset : {0xfffffff0u, 0xffffff00u, 0x80000000u, 0u - 64u}) {
    Bytes bytes = whole;
    put(bytes, position(bytes, root(bytes).operators()->Data()), offset);
    refuses(bytes, VerifyCode::malformed, "lies outside the file");
  }
}

TEST_CASE("class 10: missing required vector, string or table") {
  const Bytes whole = integer_network().file();
  const auto without = [&](const auto& table_of, flatbuffers::voffset_t vt) {
    Bytes bytes = whole;
    remove_field(bytes, table_of(root(bytes)), vt);
    refuses(bytes, VerifyCode::malformed, "is missing or lies outside the file");
  };
  const auto model = [](const fb::Model& m) { return &m; };
  for (const auto vt : {fb::Model::VT_TENSORS, fb::Model::VT_OPERATORS, fb::Model::VT_INPUTS,
                        fb::Model::VT_OUTPUTS, fb::Model::VT_CONTENT_SHA256}) {
    without(model, static_cast<flatbuffers::voffset_t>(vt));
  }
  without([](const fb::Model& m) { return m.tensors()->Get(1); }, fb::Tensor::VT_NAME);
  without([](const fb::Model& m) { return m.tensors()->Get(1); }, fb::Tensor::VT_SHAPE);
  const auto conv = [](const fb::Model& m) { return m.operators()->Get(3); };
  without(conv, fb::Operator::VT_NAME);
  without(conv, fb::Operator::VT_INPUTS);
  without(conv, fb::Operator::VT_OUTPUTS);
  without([&](const fb::Model& m) { return conv(m)->linear(); }, fb::LinearOptions::VT_WEIGHTS);
  without([&](const fb::Model& m) { return conv(m)->linear()->weights(); }, fb::Weights::VT_DATA);
  without([&](const fb::Model& m) { return conv(m)->linear()->requantization(); },
          fb::Requantization::VT_BIAS);
  without([&](const fb::Model& m) { return conv(m)->linear()->requantization(); },
          fb::Requantization::VT_MULTIPLIER);
  without([](const fb::Model& m) { return m.operators()->Get(13)->softmax(); }, fb::SoftmaxOptions::VT_TABLE);
}

TEST_CASE("class 10: options that a kind needs are absent, or those of another kind are there") {
  ModelBuilder b = conv_model();
  b.at(0).linear.reset();
  invalid(b, "operator 0 'op0': has no linear options");
  b = conv_model();
  b.at(0).pool = std::make_unique<fb::PoolOptionsT>();
  invalid(b, "operator 0 'op0': must have no pool options");
  b = pool_model(fb::OperatorKind::max_pool_2d);
  b.at(0).pool.reset();
  invalid(b, "has no pool options");
  b = add_model();
  b.at(0).add.reset();
  invalid(b, "has no add options");
  b = unary_model(fb::OperatorKind::softmax);
  b.at(0).softmax.reset();
  invalid(b, "has no softmax options");
  b = transpose_model();
  b.at(0).axes.clear();
  invalid(b, "has no axes options");
  b = unary_model(fb::OperatorKind::clip);
  b.at(0).axes = {0};
  invalid(b, "must have no axes options");
  b = conv_model();
  b.linear().requantization.reset();
  invalid(b, "has no requantization");
  b = unary_model(fb::OperatorKind::clip);
  b.at(0).multiplier = 2;
  invalid(b, "must have no multiplier");
  b = unary_model(fb::OperatorKind::clip);
  b.at(0).float_hi = 6;
  invalid(b, "must have no float_lo and float_hi");
  b = float_network();
  b.at(3).add = std::make_unique<fb::AddOptionsT>();
  invalid(b, "operator 3 'op3': must have no add options");
  b = conv_model();
  b.model.content_sha256.resize(31);
  invalid(b, "content_sha256 has 31 bytes, must be 32");
}

TEST_CASE("class 11: unknown element type, weight format, operator kind") {
  const auto types = static_cast<std::uint8_t>(fb::ElementType::MAX) + 1;
  const auto kinds = static_cast<std::uint8_t>(fb::OperatorKind::MAX) + 1;
  for (const std::uint8_t value : {static_cast<std::uint8_t>(types), std::uint8_t{100}, std::uint8_t{255}}) {
    ModelBuilder b = conv_model();
    b.tensor(1).type = static_cast<fb::ElementType>(value);
    invalid(b, "tensor 1 't1': unknown element type " + std::to_string(value));
    b = conv_model();
    b.linear().weights->format = static_cast<fb::WeightFormat>(value + 1);
    if (value < 255) invalid(b, "operator 0 'op0': unknown weight format " + std::to_string(value + 1));
    b = conv_model();
    const int kind = value == types ? kinds : value;
    b.at(0).kind = static_cast<fb::OperatorKind>(kind);
    invalid(b, "operator 0 'op0': unknown operator kind " + std::to_string(kind));
  }
}

TEST_CASE("class 21: the buffer is not aligned, or a part inside it is not") {
  const Bytes bytes = conv_model().file();
  for (const std::size_t shift : {1u, 2u, 4u, 8u}) {
    GuardedBuffer buffer(bytes.size() + shift, GuardSide::front, 16);
    std::memcpy(buffer.data() + shift, bytes.data(), bytes.size());
    schema::VerifiedModel model;
    schema::VerifyError error;
    CHECK_FALSE(schema::VerifiedModel::verify({buffer.data() + shift, bytes.size()}, {}, &model, &error));
    CHECK(error.code == VerifyCode::misaligned);
    CHECK(std::string(error.message) == "the model's address is not a multiple of 16");
  }
  for (const std::uint32_t shift : {1u, 2u, 3u}) {
    Bytes moved = bytes;
    const std::size_t at = field(moved, root(moved).operators()->Get(0)->linear()->requantization(),
                                 fb::Requantization::VT_BIAS);
    put(moved, at, get<std::uint32_t>(moved, at) - shift);
    refuses(moved, VerifyCode::malformed, "lies outside the file");
  }
}

TEST_CASE("class 3: a changed byte is told as corruption before anything is believed") {
  Bytes bytes = conv_model().file();
  const std::size_t weight =
      position(bytes, root(bytes).operators()->Get(0)->linear()->weights()->data()->Data());
  bytes[weight] = static_cast<std::uint8_t>(bytes[weight] ^ 1);
  const schema::VerifyError error = verify(bytes, true);
  CHECK(error.code == VerifyCode::corrupted);
  CHECK(std::string(error.message) == "corrupted: the content does not match its SHA-256");
  CHECK(verify(bytes, false).code == VerifyCode::ok);
}

TEST_CASE("seal: refuses what is not a finished model") {
  schema::VerifyError error;
  Bytes nothing;
  CHECK_FALSE(schema::seal(nothing, &error));
  Bytes zeros(64, 0);
  CHECK_FALSE(schema::seal(zeros, &error));
  CHECK_THAT(std::string(error.message), Catch::Matchers::Contains("not a finished model buffer"));
  ModelBuilder b = conv_model();
  b.model.file_bytes = 0;
  flatbuffers::FlatBufferBuilder builder;
  fb::FinishModelBuffer(builder, fb::CreateModel(builder, &b.model));
  CHECK_FALSE(schema::seal({builder.GetBufferPointer(), builder.GetSize()}, &error));
  CHECK_THAT(std::string(error.message), Catch::Matchers::Contains("file_bytes is not stored"));
}

}  // namespace
}  // namespace bulwark::test
