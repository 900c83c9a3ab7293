// SPDX-License-Identifier: Apache-2.0

// FlatBuffers asserts that no alignment exceeds this; packed weights are placed on cache lines.
#define FLATBUFFERS_MAX_ALIGNMENT 64

#include "converter/write/packed_section.h"

#include <algorithm>
#include <tuple>

#include "converter/error.h"
#include "generated/packed_generated.h"
#include "schema/limits.h"

namespace bulwark::converter::write {
namespace {

bool is_before(const PackedSpec& a, const PackedSpec& b) {
  return std::tie(a.operator_index, a.kernel) < std::tie(b.operator_index, b.kernel);
}

std::uint64_t bytes_of(const std::vector<PackedSpec>& packed) {
  std::uint64_t bytes = 0;
  for (const PackedSpec& spec : packed) bytes += spec.data.size();
  return bytes;
}

}  // namespace

std::vector<std::uint8_t> append_packed(std::vector<std::uint8_t> model, const std::string& paths,
                                        std::vector<PackedSpec> packed) {
  // The builder counts in 31 bits; the file's own limit is below that.
  if (model.size() + bytes_of(packed) > schema::kMaxFileBytes) {
    throw bad_input("with packed weights the model is larger than 2^30 bytes");
  }
  std::stable_sort(packed.begin(), packed.end(), is_before);
  const auto same = [](const PackedSpec& a, const PackedSpec& b) {
    return !is_before(a, b) && !is_before(b, a);
  };
  packed.erase(std::unique(packed.begin(), packed.end(), same), packed.end());

  flatbuffers::FlatBufferBuilder builder;
  std::vector<flatbuffers::Offset<fb::PackedOperator>> operators;
  for (const PackedSpec& spec : packed) {
    const auto kernel = builder.CreateString(spec.kernel);
    builder.ForceVectorAlignment(spec.data.size(), 1, schema::kPackedAlignment);
    const auto data = builder.CreateVector(spec.data);
    operators.push_back(fb::CreatePackedOperator(builder, spec.operator_index, kernel, data));
  }
  const auto list = builder.CreateVector(operators);
  const auto names = builder.CreateString(paths);
  constexpr std::uint32_t kFilledLater = 1;  // a field that is 0 would not be stored
  fb::FinishPackedWeightsBuffer(builder, fb::CreatePackedWeights(builder, kFilledLater, names, list));
  auto* root = flatbuffers::GetMutableRoot<flatbuffers::Table>(builder.GetBufferPointer());
  root->SetField<std::uint32_t>(fb::PackedWeights::VT_SECTION_BYTES, builder.GetSize(), 0);

  model.resize((model.size() + schema::kPackedAlignment - 1) / schema::kPackedAlignment *
               schema::kPackedAlignment);
  model.insert(model.end(), builder.GetBufferPointer(), builder.GetBufferPointer() + builder.GetSize());
  return model;
}

}  // namespace bulwark::converter::write
