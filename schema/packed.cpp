// SPDX-License-Identifier: Apache-2.0
#include "schema/packed.h"

#include <algorithm>
#include <cinttypes>
#include <cstring>

#include "schema/semantics/place.h"
#include "schema/structure.h"

namespace bulwark::schema {
namespace {

constexpr std::size_t kIdentifierOffset = 4, kIdentifierBytes = 4;

bool check_structure(const Place& place, std::span<const std::uint8_t> section) {
  const char* identifier = reinterpret_cast<const char*>(section.data()) + kIdentifierOffset;
  if (std::memcmp(identifier, fb::PackedWeightsIdentifier(), kIdentifierBytes) != 0) {
    return place.malformed("the identifier behind the model is not '%s'", fb::PackedWeightsIdentifier());
  }
  flatbuffers::Verifier verifier = make_verifier(section);
  if (!verifier.VerifyBuffer<fb::PackedWeights>(fb::PackedWeightsIdentifier()) ||
      !offsets_inside(section, fb::GetPackedWeights(section.data())->operators())) {
    return place.malformed("a table, vector or string is missing or lies outside the file");
  }
  const std::uint32_t stated = fb::GetPackedWeights(section.data())->section_bytes();
  return stated == section.size() ||
         place.malformed("cut off: %zu bytes follow the model, not %" PRIu32, section.size(), stated);
}

bool has_integer_weights(const fb::Model& model, std::int32_t op) {
  const fb::LinearOptions* linear = model.operators()->Get(static_cast<std::uint32_t>(op))->linear();
  return linear != nullptr && linear->requantization() != nullptr;
}

bool check_operator(const Place& place, const PackedView& packed, const fb::Model& model,
                    const std::uint8_t* file) {
  if (!place.in_range("operator_index", packed.operator_index, 0, count(model.operators()) - 1) ||
      !place.text("the kernel", packed.kernel, 1, kMaxNameBytes)) {
    return false;
  }
  if (!has_integer_weights(model, packed.operator_index)) {
    return place.invalid("operator %" PRId32 " has no integer weights", packed.operator_index);
  }
  const auto position = static_cast<std::uint64_t>(packed.data.data() - file);
  return (!packed.data.empty() && position % kPackedAlignment == 0) ||
         place.invalid("%zu bytes at %" PRIu64 ", must be some at a multiple of %" PRIu64, packed.data.size(),
                       position, kPackedAlignment);
}

bool is_before(const PackedView& a, std::int32_t op, std::string_view kernel) {
  return a.operator_index != op ? a.operator_index < op : a.kernel < kernel;
}

}  // namespace

bool verify_packed(std::span<const std::uint8_t> file, std::size_t model_bytes, const fb::Model& model,
                   const fb::PackedWeights** packed, VerifyError* error) {
  const Place whole(error, "packed weights");
  const std::size_t begin = (model_bytes + kPackedAlignment - 1) / kPackedAlignment * kPackedAlignment;
  if (file.size() < begin + kMinFileBytes) {
    return whole.malformed("cut off: %zu bytes follow the model", file.size() - model_bytes);
  }
  const auto gap = file.subspan(model_bytes, begin - model_bytes);
  if (std::any_of(gap.begin(), gap.end(), [](std::uint8_t byte) { return byte != 0; })) {
    return whole.malformed("the bytes between the model and them are not 0");
  }
  const auto section = file.subspan(begin);
  if (!check_structure(whole, section)) return false;
  const auto& root = *fb::GetPackedWeights(section.data());
  if (!whole.text("paths", view(root.paths()), 1, kMaxNameBytes) ||
      !whole.in_range("the number of entries", count(root.operators()), 1, kMaxPackedOperators)) {
    return false;
  }
  std::uint64_t bytes = 0;
  PackedView last;
  for (std::int32_t i = 0; i < count(root.operators()); ++i) {
    const PackedView here = view(*root.operators()->Get(static_cast<std::uint32_t>(i)));
    const Place place(error, "packed weights", i, here.kernel);
    if (!check_operator(place, here, model, file.data())) return false;
    if (i > 0 && !is_before(last, here.operator_index, here.kernel)) {
      return place.invalid("comes before the entry in front of it, or twice");
    }
    bytes += here.data.size();
    if (bytes > section.size()) return place.invalid("shares its data with other parts of the file");
    last = here;
  }
  *packed = &root;
  return true;
}

PackedView view(const fb::PackedOperator& packed) {
  return {packed.operator_index(), view(packed.kernel()), view(packed.data())};
}

std::int32_t VerifiedModel::packed_count() const {
  return packed_ ? count(static_cast<const fb::PackedWeights*>(packed_)->operators()) : 0;
}
PackedView VerifiedModel::packed(std::int32_t i) const {
  return view(
      *static_cast<const fb::PackedWeights*>(packed_)->operators()->Get(static_cast<std::uint32_t>(i)));
}
std::string_view VerifiedModel::packed_paths() const {
  return packed_ ? view(static_cast<const fb::PackedWeights*>(packed_)->paths()) : std::string_view{};
}

View<std::uint8_t> VerifiedModel::find_packed(std::int32_t op, std::string_view kernel) const {
  std::int32_t begin = 0, end = packed_count();
  while (begin < end) {
    const std::int32_t middle = begin + (end - begin) / 2;
    if (is_before(packed(middle), op, kernel)) {
      begin = middle + 1;
    } else {
      end = middle;
    }
  }
  if (begin == packed_count()) return {};
  const PackedView found = packed(begin);
  return found.operator_index == op && found.kernel == kernel ? found.data : View<std::uint8_t>{};
}

}  // namespace bulwark::schema
