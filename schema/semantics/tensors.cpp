// SPDX-License-Identifier: Apache-2.0
// Every tensor on its own: shape, size, type, quantization, range, constant.
#include <algorithm>
#include <cinttypes>

#include "schema/checked.h"
#include "schema/semantics/semantics.h"

namespace bulwark::schema {
namespace {

bool check_shape(const Place& place, const TensorView& tensor, std::int64_t* bytes) {
  if (!place.in_range("the rank", static_cast<std::int64_t>(tensor.shape.size()), 1, kMaxRank)) return false;
  std::int64_t size = static_cast<std::int64_t>(element_size(tensor.type));
  for (std::size_t i = 0; i < tensor.shape.size(); ++i) {
    const std::int32_t dimension = tensor.shape[i];
    if (dimension < 1 || dimension > kMaxDimension) {
      return place.invalid("dimension %zu is %" PRId32 ", must be 1..%" PRId32, i, dimension, kMaxDimension);
    }
    size *= dimension;  // at most 2^28 * 2^24
    if (size > kMaxTensorBytes) {
      return place.too_large("has more than %" PRId64 " bytes", kMaxTensorBytes);
    }
  }
  *bytes = size;
  return true;
}

bool check_quantization(const Place& place, const TensorView& tensor) {
  if (!is_quantized(tensor.type)) {
    if (tensor.scale == 0 && tensor.zero_point == 0 && tensor.lo == 0 && tensor.hi == 0) return true;
    return place.invalid("is %s and must have no scale, zero point or range", name(tensor.type));
  }
  const bool wide = tensor.type == ElementType::s16;
  const std::int32_t lo = wide ? INT16_MIN : tensor.type == ElementType::s8 ? -128 : 0;
  const std::int32_t hi = wide ? INT16_MAX : lo + 255;
  if (!place.positive_normal("scale", tensor.scale) ||
      !place.in_range("zero_point", tensor.zero_point, lo, hi) || !place.in_range("lo", tensor.lo, lo, hi) ||
      !place.in_range("hi", tensor.hi, lo, hi)) {
    return false;
  }
  if (wide && tensor.zero_point != 0) return place.invalid("is s16 and must have a zero_point of 0");
  if (tensor.lo <= tensor.hi) return true;
  return place.invalid("lo is %" PRId32 ", above hi, which is %" PRId32, tensor.lo, tensor.hi);
}

bool check_constant(Context& context, const Place& place, const TensorView& tensor, std::int64_t bytes) {
  if (!is_activation(tensor.type)) {
    return place.invalid("is %s, a constant must be s8, u8 or f32", name(tensor.type));
  }
  if (!place.has_entries("constant", tensor.constant.size(), static_cast<std::size_t>(bytes))) return false;
  if (!count_scan(context, place, tensor.constant.size())) return false;
  if (tensor.type == ElementType::f32) return true;
  for (std::size_t i = 0; i < tensor.constant.size(); ++i) {
    const std::int32_t value = tensor.type == ElementType::s8
                                   ? std::int32_t{static_cast<std::int8_t>(tensor.constant[i])}
                                   : std::int32_t{tensor.constant[i]};
    if (value >= tensor.lo && value <= tensor.hi) continue;
    return place.invalid("constant[%zu] is %" PRId32 ", outside the range %" PRId32 "..%" PRId32, i, value,
                         tensor.lo, tensor.hi);
  }
  return true;
}

bool check_tensor(Context& context, const Place& place, const fb::Tensor& raw) {
  const TensorView tensor = view(raw);
  if (!place.text("the name", tensor.name, 1, kMaxNameBytes)) return false;
  if (static_cast<unsigned>(raw.type()) > static_cast<unsigned>(fb::ElementType::MAX)) {
    return place.invalid("unknown element type %u", static_cast<unsigned>(raw.type()));
  }
  std::int64_t bytes = 0;
  if (!check_shape(place, tensor, &bytes) || !check_quantization(place, tensor)) return false;
  context.activation_bytes += bytes;  // at most 2^30 + 2^28
  if (context.activation_bytes > kMaxActivationBytes) {
    return place.too_large("brings all tensors together to more than %" PRId64 " bytes", kMaxActivationBytes);
  }
  return raw.constant() == nullptr || check_constant(context, place, tensor, bytes);
}

}  // namespace

bool check_tensors(Context& context) {
  const std::int32_t tensors = count(context.model.tensors());
  for (std::int32_t i = 0; i < tensors; ++i) {
    const fb::Tensor& raw = *context.model.tensors()->Get(static_cast<std::uint32_t>(i));
    if (!check_tensor(context, Place(context.error, "tensor", i, view(raw.name())), raw)) return false;
  }
  return true;
}

}  // namespace bulwark::schema
