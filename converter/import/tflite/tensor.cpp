// SPDX-License-Identifier: Apache-2.0
#include "converter/import/tflite/tensor.h"

#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <cstring>

#include "converter/import/common/shapes.h"
#include "converter/passes/rewrite.h"
#include "schema/limits.h"

static_assert(std::endian::native == std::endian::little, "the format is little-endian");

namespace bulwark::converter::import_tflite {
namespace {

/// An offset of 0 or 1 says that the bytes are inside the FlatBuffer.
constexpr std::uint64_t kFirstOutsideOffset = 2;

template <typename T>
T load(std::span<const std::uint8_t> bytes, std::uint64_t i) {
  T value;
  std::memcpy(&value, bytes.data() + i * sizeof(T), sizeof(T));
  return value;
}

std::uint64_t stored_bytes(wire::TensorType type, std::uint64_t count) {
  switch (type) {
    case wire::TensorType::INT4:
      return (count + 1) / 2;
    case wire::TensorType::FLOAT16:
    case wire::TensorType::INT16:
      return count * 2;
    case wire::TensorType::FLOAT32:
    case wire::TensorType::INT32:
      return count * 4;
    case wire::TensorType::INT64:
      return count * 8;
    default:
      return count;
  }
}

/// IEEE 754 half precision; every value is a single precision one.
float widen_half(std::uint16_t half) {
  const int exponent = half >> 10 & 31, mantissa = half & 1023;
  const float sign = half >> 15 ? -1.0f : 1.0f;
  if (exponent == 31) return mantissa ? std::numeric_limits<float>::quiet_NaN() : sign * INFINITY;
  const float magnitude = exponent == 0 ? std::ldexp(static_cast<float>(mantissa), -24)
                                        : std::ldexp(static_cast<float>(mantissa + 1024), exponent - 25);
  return sign * magnitude;
}

std::int64_t integer_at(wire::TensorType type, std::span<const std::uint8_t> bytes, std::uint64_t i) {
  switch (type) {
    case wire::TensorType::INT4: {  // two in a byte, the low half first
      const std::int64_t nibble = i % 2 == 0 ? bytes[i / 2] & 15 : bytes[i / 2] >> 4;
      return nibble >= 8 ? nibble - 16 : nibble;
    }
    case wire::TensorType::INT8:
      return load<std::int8_t>(bytes, i);
    case wire::TensorType::INT16:
      return load<std::int16_t>(bytes, i);
    case wire::TensorType::INT32:
      return load<std::int32_t>(bytes, i);
    case wire::TensorType::INT64:
      return load<std::int64_t>(bytes, i);
    case wire::TensorType::BOOL:
      return bytes[i] != 0;
    default:
      return bytes[i];
  }
}

void check_scale(float scale, bool may_be_zero) {
  const bool zero = may_be_zero && scale == 0;
  if (!zero && (!std::isnormal(scale) || scale < 0)) throw Refusal(fmt::format("has a scale of {}", scale));
}

std::vector<std::int64_t> read_zero_points(const flatbuffers::Vector<std::int64_t>* stored,
                                           std::size_t count) {
  std::vector<std::int64_t> zeros(count, 0);
  if (!stored || stored->size() == 0) return zeros;
  if (stored->size() != count && stored->size() != 1) {
    throw Refusal(fmt::format("has {} zero points for {} scales", stored->size(), count));
  }
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t at = stored->size() == 1 ? 0 : i;
    std::memcpy(&zeros[i], stored->Data() + at * sizeof(std::int64_t), sizeof(std::int64_t));
  }
  return zeros;
}

}  // namespace

std::optional<DType> element_type(wire::TensorType type) {
  switch (type) {
    case wire::TensorType::FLOAT32:
    case wire::TensorType::FLOAT16:
      return DType::f32;
    case wire::TensorType::INT4:
      return DType::s4;
    case wire::TensorType::INT8:
      return DType::s8;
    case wire::TensorType::INT16:
      return DType::s16;
    case wire::TensorType::UINT8:
      return DType::u8;
    case wire::TensorType::INT32:
      return DType::s32;
    case wire::TensorType::INT64:
      return DType::s64;
    case wire::TensorType::BOOL:
      return DType::boolean;
    default:
      return std::nullopt;
  }
}

Shape shape_of(const wire::Tensor& tensor) {
  const auto* stored = tensor.shape();
  const auto* signature = tensor.shape_signature();
  const std::size_t rank = stored ? stored->size() : 0;
  if (rank > static_cast<std::size_t>(schema::kMaxRank)) {
    throw Refusal(fmt::format("has {} dimensions, at most {} are supported", rank, schema::kMaxRank));
  }
  const bool signed_off = signature && signature->size() == rank;
  Shape shape;
  for (std::size_t i = 0; i < rank; ++i) {
    const auto at = static_cast<flatbuffers::uoffset_t>(i);
    std::int64_t size = stored->Get(at);
    const bool open = size < 0 || (signed_off && signature->Get(at) < 0);
    if (open && i > 0) {
      throw Refusal(fmt::format("dimension {} has no size; only the first, the batch, may be open", i));
    }
    shape.push_back(open ? 1 : size);
  }
  return shape;
}

Levels levels_of(const wire::Tensor& tensor, const Shape& shape, Budget& budget) {
  const wire::QuantizationParameters* stored = tensor.quantization();
  if (!stored || !stored->scale() || stored->scale()->size() == 0) throw Refusal("has no scale");
  if (stored->details_kind() != 0)
    throw Refusal("has custom, blockwise or multi-axis quantization, which is not supported");
  const std::size_t count = stored->scale()->size();
  Levels levels;
  if (count > 1) {
    levels.axis = normalize_axis(stored->quantized_dimension(), shape.size());
    const std::int64_t size = shape[static_cast<std::size_t>(levels.axis)];
    if (static_cast<std::int64_t>(count) != size) {
      throw Refusal(
          fmt::format("has {} scales, axis {} of {} has {}", count, levels.axis, text(shape), size));
    }
  }
  budget.take(count * 2 * (sizeof(float) + sizeof(std::int64_t)));
  for (const float scale : *stored->scale()) {
    check_scale(scale, count > 1);
    levels.scales.push_back(scale);
  }
  levels.zero_points = read_zero_points(stored->zero_point(), count);
  const std::optional<DType> type = element_type(tensor.type());
  const TypeRange range = type_range(type.value_or(DType::s64));
  for (const std::int64_t zero : levels.zero_points) {
    if (zero < range.lo || zero > range.hi) {
      throw Refusal(fmt::format("has a zero point of {}, outside {}..{}", zero, range.lo, range.hi));
    }
  }
  return levels;
}

std::span<const std::uint8_t> buffer_bytes(const wire::Model& model, std::span<const std::uint8_t> file,
                                           std::uint32_t buffer) {
  if (buffer >= model.buffers()->size()) {
    throw Refusal(fmt::format("uses buffer {} of {}", buffer, model.buffers()->size()));
  }
  const wire::Buffer& stored = *model.buffers()->Get(buffer);
  if (stored.offset() < kFirstOutsideOffset) {
    return stored.data() ? std::span(stored.data()->Data(), stored.data()->size())
                         : std::span<const std::uint8_t>();
  }
  if (stored.offset() > file.size() || stored.size() > file.size() - stored.offset()) {
    throw Refusal(fmt::format("uses buffer {} at byte {} with {} bytes, the file has {}", buffer,
                              stored.offset(), stored.size(), file.size()));
  }
  return file.subspan(static_cast<std::size_t>(stored.offset()), static_cast<std::size_t>(stored.size()));
}

Constant read_constant(const wire::Tensor& tensor, const Shape& shape, std::span<const std::uint8_t> bytes,
                       Budget& budget) {
  const std::uint64_t count = static_cast<std::uint64_t>(constant_elements(shape));
  const std::uint64_t wanted = stored_bytes(tensor.type(), count);
  if (bytes.size() != wanted) {
    throw Refusal(
        fmt::format("has {} bytes of data, its shape {} needs {}", bytes.size(), text(shape), wanted));
  }
  const bool real = element_type(tensor.type()) == DType::f32;
  budget.take(count * (real ? sizeof(float) : sizeof(std::int64_t)));
  Constant constant;
  for (std::uint64_t i = 0; i < count; ++i) {
    if (tensor.type() == wire::TensorType::FLOAT32) {
      constant.floats.push_back(load<float>(bytes, i));
    } else if (real) {
      constant.floats.push_back(widen_half(load<std::uint16_t>(bytes, i)));
    } else {
      constant.ints.push_back(integer_at(tensor.type(), bytes, i));
    }
  }
  return constant;
}

}  // namespace bulwark::converter::import_tflite
