// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/fields.h"

#include <cmath>
#include <cstring>
#include <limits>

#include "generated/model_generated.h"

namespace bulwark::test {
namespace {

using flatbuffers::ElementaryType;
using flatbuffers::TypeTable;

class Walker {
 public:
  explicit Walker(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  void table(const std::uint8_t* at, const TypeTable* type) {
    const auto& fields = *reinterpret_cast<const flatbuffers::Table*>(at);
    for (std::size_t i = 0; i < type->num_elems; ++i) {
      const auto entry = static_cast<flatbuffers::voffset_t>(4 + 2 * i);
      const std::uint8_t* field = fields.GetAddressOf(entry);
      if (field == nullptr) continue;
      const flatbuffers::TypeCode code = type->type_codes[i];
      if (code.is_repeating)
        vector(follow(field), code, type);
      else
        value(field, code, type);
    }
  }

  std::vector<Field> found;

 private:
  static const std::uint8_t* follow(const std::uint8_t* offset) {
    return offset + flatbuffers::ReadScalar<flatbuffers::uoffset_t>(offset);
  }
  void add(FieldKind kind, const std::uint8_t* at) {
    found.push_back({kind, static_cast<std::size_t>(at - bytes_.data())});
  }

  void value(const std::uint8_t* at, flatbuffers::TypeCode code, const TypeTable* type) {
    switch (static_cast<ElementaryType>(code.base_type)) {
      case flatbuffers::ET_BOOL:
      case flatbuffers::ET_CHAR:
      case flatbuffers::ET_UCHAR:
        add(FieldKind::byte, at);
        break;
      case flatbuffers::ET_INT:
        add(FieldKind::int32, at);
        break;
      case flatbuffers::ET_UINT:
        add(FieldKind::uint32, at);
        break;
      case flatbuffers::ET_FLOAT:
        add(FieldKind::float32, at);
        break;
      case flatbuffers::ET_STRING:
        add(FieldKind::length, follow(at));
        break;
      case flatbuffers::ET_SEQUENCE:
        table(follow(at), type->type_refs[code.sequence_ref]());
        break;
      default:
        break;
    }
  }

  void vector(const std::uint8_t* at, flatbuffers::TypeCode code, const TypeTable* type) {
    constexpr std::uint32_t kEnds = 16;
    add(FieldKind::length, at);
    const auto count = flatbuffers::ReadScalar<flatbuffers::uoffset_t>(at);
    const bool bytes = code.base_type <= flatbuffers::ET_UCHAR;  // every other element takes four bytes
    const std::size_t size = bytes ? 1 : 4;
    for (std::uint32_t i = 0; i < count; ++i) {
      if (bytes && i >= kEnds && i + kEnds < count) continue;
      value(at + sizeof(flatbuffers::uoffset_t) + i * size, code, type);
    }
  }

  std::span<const std::uint8_t> bytes_;
};

template <typename T>
void push(std::vector<std::vector<std::uint8_t>>& values, T value) {
  std::vector<std::uint8_t> raw(sizeof value);
  std::memcpy(raw.data(), &value, sizeof value);
  values.push_back(std::move(raw));
}

template <typename T>
std::vector<std::vector<std::uint8_t>> integers(std::span<const std::uint8_t> bytes, std::size_t at) {
  using Limits = std::numeric_limits<T>;
  T now;
  std::memcpy(&now, bytes.data() + at, sizeof now);
  using Wide = std::int64_t;
  std::vector<std::vector<std::uint8_t>> values;
  for (const Wide value : {Wide{0}, Wide{1}, Wide{-1}, Wide{Limits::min()}, Wide{Limits::max()},
                           Wide{now} - 1, Wide{now} + 1, Wide{Limits::max()} / 2 + 1}) {
    if (static_cast<T>(value) != now) push(values, static_cast<T>(value));
  }
  return values;
}

std::vector<std::vector<std::uint8_t>> floats() {
  using Limits = std::numeric_limits<float>;
  std::vector<std::vector<std::uint8_t>> values;
  for (const float value :
       {0.0f, -0.0f, 1.0f, -1.0f, Limits::quiet_NaN(), Limits::infinity(), -Limits::infinity(), Limits::min(),
        Limits::denorm_min(), Limits::max(), Limits::lowest()}) {
    push(values, value);
  }
  return values;
}

}  // namespace

std::vector<Field> find_fields(std::span<const std::uint8_t> bytes) {
  Walker walker(bytes);
  walker.table(bytes.data() + flatbuffers::ReadScalar<flatbuffers::uoffset_t>(bytes.data()),
               fb::ModelTypeTable());
  return walker.found;
}

std::vector<std::vector<std::uint8_t>> hostile_values(const Field& field,
                                                      std::span<const std::uint8_t> bytes) {
  switch (field.kind) {
    case FieldKind::byte:
      return integers<std::uint8_t>(bytes, field.position);
    case FieldKind::int32:
      return integers<std::int32_t>(bytes, field.position);
    case FieldKind::uint32:
    case FieldKind::length:
      return integers<std::uint32_t>(bytes, field.position);
    case FieldKind::float32:
      return floats();
  }
  return {};
}

}  // namespace bulwark::test
