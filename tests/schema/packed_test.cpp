// SPDX-License-Identifier: Apache-2.0
// Packed weights behind a model: what is found there, and that everything malformed is refused, with its
// place.
#include <functional>

#include "generated/packed_generated.h"
#include "tests/schema/raw.h"
#include "tests/schema/refusal.h"

namespace bulwark::test {
namespace {

using schema::VerifyCode;

struct Entry {
  std::int32_t op;
  std::string kernel;
  std::size_t bytes = 96;
  std::size_t alignment = 64;
};

Bytes section(const std::vector<Entry>& entries, const std::string& paths = "neon") {
  flatbuffers::FlatBufferBuilder builder;
  std::vector<flatbuffers::Offset<fb::PackedOperator>> operators;
  for (const Entry& entry : entries) {
    const auto kernel = builder.CreateString(entry.kernel);
    const Bytes data(entry.bytes, 7);
    builder.ForceVectorAlignment(data.size(), 1, entry.alignment);
    operators.push_back(fb::CreatePackedOperator(builder, entry.op, kernel, builder.CreateVector(data)));
  }
  const auto list = builder.CreateVector(operators);
  const auto names = builder.CreateString(paths);
  fb::FinishPackedWeightsBuffer(builder, fb::CreatePackedWeights(builder, 1, names, list));
  auto* root = flatbuffers::GetMutableRoot<flatbuffers::Table>(builder.GetBufferPointer());
  root->SetField<std::uint32_t>(fb::PackedWeights::VT_SECTION_BYTES, builder.GetSize(), 0);
  return {builder.GetBufferPointer(), builder.GetBufferPointer() + builder.GetSize()};
}

/// A convolution, operator 0.
Bytes with(const Bytes& packed) {
  Bytes file = conv_model().file();
  file.resize((file.size() + 63) / 64 * 64);
  file.insert(file.end(), packed.begin(), packed.end());
  return file;
}
Bytes with(const std::vector<Entry>& entries) { return with(section(entries)); }

std::size_t section_begin() { return (conv_model().file().size() + 63) / 64 * 64; }

void refuses_entries(const std::vector<Entry>& entries, const std::string& message) {
  refuses(with(entries), VerifyCode::invalid, message);
}

/// In memory of its own, aligned as a mapped file.
struct Loaded {
  explicit Loaded(const Bytes& file) : buffer(file.size(), GuardSide::back, 64) {
    std::memcpy(buffer.data(), file.data(), file.size());
    schema::VerifyError error;
    ok = schema::VerifiedModel::verify({buffer.data(), file.size()}, {}, &model, &error);
    INFO(error.message);
    CHECK(ok);
  }
  GuardedBuffer buffer;
  schema::VerifiedModel model;
  bool ok;
};

}  // namespace

TEST_CASE("packed weights are found by operator and kernel") {
  const Loaded plain(conv_model().file());
  CHECK(plain.model.packed_count() == 0);
  CHECK(plain.model.packed_paths().empty());
  CHECK(plain.model.find_packed(0, "a").empty());

  const Loaded packed(with({{0, "conv_a", 65}, {0, "conv_b", 66}, {0, "conv_bb", 67}}));
  REQUIRE(packed.model.packed_count() == 3);
  CHECK(packed.model.packed_paths() == "neon");
  CHECK(packed.model.packed(2).kernel == "conv_bb");
  for (const auto& [kernel, bytes] : {std::pair("conv_a", 65u), {"conv_b", 66u}, {"conv_bb", 67u}}) {
    const auto data = packed.model.find_packed(0, kernel);
    CHECK(data.size() == bytes);
    CHECK(reinterpret_cast<std::uintptr_t>(data.data()) % 64 == 0);
    CHECK(data[0] == 7);
  }
  for (const char* kernel : {"", "conv_", "conv_aa", "conv_c"})
    CHECK(packed.model.find_packed(0, kernel).empty());
  for (const std::int32_t op : {-1, 1, INT32_MAX}) CHECK(packed.model.find_packed(op, "conv_a").empty());
}

TEST_CASE("the model in front of packed weights is the model without them") {
  const Bytes plain = conv_model().file();
  Bytes packed = with({{0, "conv_a"}});
  CHECK(std::equal(plain.begin(), plain.end(), packed.begin()));
  // Its content hash does not cover them: a plan compares them with the weights.
  packed[packed.size() - 200] ^= 1;
  CHECK(verify(with({{0, "conv_a"}}), true).code == VerifyCode::ok);
}

TEST_CASE("class 2: packed weights cut off at every byte, or followed by others") {
  const Bytes whole = with({{0, "conv_a"}});
  for (std::size_t size = conv_model().file().size() + 1; size < whole.size(); ++size) {
    const auto error = verify(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)));
    if (error.code != VerifyCode::malformed) FAIL("length " << size << ": " << error.message);
  }
  Bytes longer = whole;
  longer.insert(longer.end(), 64, 0);
  refuses(longer, VerifyCode::malformed,
          "packed weights: cut off: " + std::to_string(longer.size() - section_begin()) +
              " bytes follow the model");
}

TEST_CASE("class 3: something else behind a model") {
  Bytes other = with({{0, "conv_a"}});
  other[section_begin() + 4] = 'X';
  refuses(other, VerifyCode::malformed, "packed weights: the identifier behind the model is not 'BWP1'");
  refuses(with(conv_model().file()), VerifyCode::malformed, "packed weights: the identifier behind");
  Bytes root = with({{0, "conv_a"}});
  put(root, section_begin(), 0x7fffffffu);
  refuses(root, VerifyCode::malformed, "packed weights: a table, vector or string is missing");
}

TEST_CASE("classes 9, 10, 21, 23: entries of packed weights") {
  for (const std::int32_t op : {-1, 1, INT32_MAX, INT32_MIN}) {
    refuses_entries({{op, "conv_a"}}, "operator_index is " + std::to_string(op) + ", must be 0..0");
  }
  refuses_entries({}, "packed weights: the number of entries is 0");
  refuses_entries({{0, ""}}, "packed weights 0 '': the kernel has 0 bytes");
  refuses_entries({{0, std::string("a\0b", 3)}}, "the kernel contains a zero byte");
  refuses_entries({{0, std::string(1025, 'a')}}, "the kernel has 1025 bytes");
  refuses_entries({{0, "conv_a", 0}}, "packed weights 0 'conv_a': 0 bytes at");
  refuses_entries({{0, "conv_a", 96, 32}, {0, "conv_b", 32, 32}}, "must be some at a multiple of 64");
  refuses_entries({{0, "conv_b"}, {0, "conv_a"}},
                  "packed weights 1 'conv_a': comes before the entry in front of it, or twice");
  refuses_entries({{0, "conv_a"}, {0, "conv_a"}}, "comes before the entry in front of it, or twice");
  refuses(with(section({{0, "conv_a"}}, "")), VerifyCode::invalid, "packed weights: paths has 0 bytes");

  Bytes behind = pool_model(fb::OperatorKind::max_pool_2d).file();
  behind.resize((behind.size() + 63) / 64 * 64);
  const Bytes packed = section({{0, "conv_a"}});
  behind.insert(behind.end(), packed.begin(), packed.end());
  refuses(behind, VerifyCode::invalid, "packed weights 0 'conv_a': operator 0 has no integer weights");
}

TEST_CASE("class 10: missing parts of packed weights") {
  const Bytes whole = with({{0, "conv_a"}});
  const auto without = [&](const std::function<void(Bytes&, fb::PackedWeights&)>& damage) {
    Bytes bytes = whole;
    damage(bytes, *flatbuffers::GetMutableRoot<fb::PackedWeights>(bytes.data() + section_begin()));
    refuses(bytes, VerifyCode::malformed, "packed weights: ");
  };
  without(
      [](Bytes& bytes, fb::PackedWeights& root) { remove_field(bytes, &root, fb::PackedWeights::VT_PATHS); });
  without([](Bytes& bytes, fb::PackedWeights& root) {
    remove_field(bytes, &root, fb::PackedWeights::VT_OPERATORS);
  });
  without([](Bytes& bytes, fb::PackedWeights& root) {
    remove_field(bytes, &root, fb::PackedWeights::VT_SECTION_BYTES);
  });
  without([](Bytes& bytes, fb::PackedWeights& root) {
    remove_field(bytes, root.operators()->Get(0), fb::PackedOperator::VT_KERNEL);
  });
  without([](Bytes& bytes, fb::PackedWeights& root) {
    remove_field(bytes, root.operators()->Get(0), fb::PackedOperator::VT_DATA);
  });
  for (const std::uint32_t length : {0x7fffffffu, 0x80000000u, 0xffffffffu, 4096u}) {
    without([length](Bytes& bytes, fb::PackedWeights& root) {
      put(bytes, length_word(bytes, root.operators()->Get(0)->data()), length);
    });
    without([length](Bytes& bytes, fb::PackedWeights& root) {
      put(bytes, length_word(bytes, root.operators()), length);
    });
  }
}

TEST_CASE("class 19: entries that share their bytes") {
  Bytes bytes = with({{0, "conv_a", 4096}, {0, "conv_b", 4096}});
  auto& root = *flatbuffers::GetMutableRoot<fb::PackedWeights>(bytes.data() + section_begin());
  // The second entry's bytes lie in front of the first one's: made longer, they reach over both.
  const std::size_t second = length_word(bytes, root.operators()->Get(1)->data());
  REQUIRE(second < length_word(bytes, root.operators()->Get(0)->data()));
  put(bytes, second, std::uint32_t{4096 + 4096});
  refuses(bytes, VerifyCode::invalid,
          "packed weights 1 'conv_b': shares its data with other parts of the file");
}

TEST_CASE("class 5: every flip of a bit of packed weights is refused or leaves the model as it is") {
  const Bytes whole = with({{0, "conv_a"}, {0, "conv_b"}});
  int accepted = 0;
  for (std::size_t bit = conv_model().file().size() * 8; bit < whole.size() * 8; ++bit) {
    Bytes flipped = whole;
    flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ 1u << bit % 8);
    const auto error = verify(flipped, true);
    if (error.code == VerifyCode::ok) ++accepted;
    if (error.code != VerifyCode::ok && *error.message == '\0') FAIL("bit " << bit);
  }
  CHECK(accepted >= 2 * 96 * 8);  // the packed bytes themselves
}

}  // namespace bulwark::test
