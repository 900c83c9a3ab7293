// SPDX-License-Identifier: Apache-2.0
#include "schema/semantics/semantics.h"

#include <algorithm>
#include <cinttypes>

#include "schema/checked.h"

namespace bulwark::schema {

bool verify_semantics(Context& context) {
  return check_counts(context) && check_tensors(context) && check_tensor_names(context) &&
         check_graph(context) && check_operators(context) && check_states(context) && check_golden(context) &&
         check_robustness(context) && check_metadata(context);
}

bool check_counts(const Context& context) {
  const Place place(context.error, "model");
  return place.in_range("the number of tensors", context.model.tensors()->size(), 1, kMaxTensors) &&
         place.in_range("the number of operators", context.model.operators()->size(), 1, kMaxOperators) &&
         place.in_range("the number of inputs", context.model.inputs()->size(), 1, kMaxNodeTensors) &&
         place.in_range("the number of outputs", context.model.outputs()->size(), 1, kMaxNodeTensors);
}

bool count_scan(Context& context, const Place& place, std::uint64_t bytes) {
  context.scanned_bytes += bytes;  // each addend is at most 2^33, and the first one too many ends the scan
  if (context.scanned_bytes <= context.file_bytes) return true;
  return place.invalid("shares its data with other parts of the file");
}

bool count_macs(Context& context, const Place& place, std::int64_t outputs, std::int64_t taps) {
  const std::optional<std::int64_t> macs = checked_multiply(outputs, taps);
  const std::optional<std::int64_t> sum = macs ? checked_add(context.macs, *macs) : std::nullopt;
  if (!sum || *sum > kMaxMacs) {
    return place.too_large("one run would take more than %" PRId64 " multiplications", kMaxMacs);
  }
  context.macs = *sum;
  return true;
}

bool require_type(const Place& place, const char* what, const TensorView& tensor, ElementType type) {
  if (tensor.type == type) return true;
  return place.invalid("%s is %s, must be %s", what, name(tensor.type), name(type));
}

bool require_same_shape(const Place& place, const TensorView& a, const TensorView& b) {
  if (a.shape.size() != b.shape.size()) {
    return place.invalid("the ranks of its tensors differ: %zu and %zu", a.shape.size(), b.shape.size());
  }
  for (std::size_t i = 0; i < a.shape.size(); ++i) {
    if (a.shape[i] == b.shape[i]) continue;
    return place.invalid("the shapes of its tensors differ: dimension %zu is %" PRId32 " and %" PRId32, i,
                         a.shape[i], b.shape[i]);
  }
  return true;
}

bool require_broadcast(const Place& place, const TensorView& a, const TensorView& b,
                       const TensorView& output) {
  if (a.shape.size() != output.shape.size() || b.shape.size() != output.shape.size()) {
    return place.invalid("the ranks of its tensors differ: %zu, %zu and %zu", a.shape.size(), b.shape.size(),
                         output.shape.size());
  }
  for (std::size_t i = 0; i < output.shape.size(); ++i) {
    const std::int32_t da = a.shape[i], db = b.shape[i], d = output.shape[i];
    if ((da == d || da == 1) && (db == d || db == 1) && (da == d || db == d)) continue;
    return place.invalid("dimension %zu of its inputs is %" PRId32 " and %" PRId32 ", of the output %" PRId32,
                         i, da, db, d);
  }
  return true;
}

bool require_same_quantization(const Place& place, const TensorView& input, const TensorView& output) {
  if (!require_type(place, "the output", output, input.type)) return false;
  if (input.scale == output.scale && input.zero_point == output.zero_point) return true;
  return place.invalid("scale and zero point of input and output differ: %g, %" PRId32 " and %g, %" PRId32,
                       static_cast<double>(input.scale), input.zero_point, static_cast<double>(output.scale),
                       output.zero_point);
}

bool require_range_kept(const Place& place, const TensorView& input, const TensorView& output) {
  if (output.lo <= input.lo && input.hi <= output.hi) return true;
  return place.invalid("its values reach %" PRId32 "..%" PRId32 ", the output declares %" PRId32 "..%" PRId32,
                       input.lo, input.hi, output.lo, output.hi);
}

bool require_zero_point_in_range(const Place& place, const TensorView& tensor) {
  if (tensor.lo <= tensor.zero_point && tensor.zero_point <= tensor.hi) return true;
  return place.invalid("pads with the zero point %" PRId32 ", outside the range %" PRId32 "..%" PRId32,
                       tensor.zero_point, tensor.lo, tensor.hi);
}

}  // namespace bulwark::schema
