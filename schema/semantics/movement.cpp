// SPDX-License-Identifier: Apache-2.0
// slice, gather, resize: values of the input at other places. arg_max, arg_min: the place of one.
#include <cinttypes>

#include "schema/semantics/semantics.h"

namespace bulwark::schema {
namespace {

constexpr std::int32_t kPositionUnit = 1024;  // of a row, between two rows of the input

bool check_kept(const OperatorCheck& check) {
  return require_same_quantization(check.place, check.input(0), check.output()) &&
         require_range_kept(check.place, check.input(0), check.output());
}

/// Both tensors have the same rank and, outside of axes first .. first + count - 1, the same dimensions.
bool check_other_axes(const OperatorCheck& check, std::int32_t first, std::int32_t count) {
  const View<std::int32_t> in = check.input(0).shape, out = check.output().shape;
  if (in.size() != out.size()) {
    return check.place.invalid("the ranks of its tensors differ: %zu and %zu", in.size(), out.size());
  }
  for (std::int32_t i = 0; i < static_cast<std::int32_t>(in.size()); ++i) {
    const auto axis = static_cast<std::size_t>(i);
    if ((i >= first && i < first + count) || in[axis] == out[axis]) continue;
    return check.place.invalid("dimension %zu of the output is %" PRId32 ", must be %" PRId32, axis,
                               out[axis], in[axis]);
  }
  return true;
}

/// The one entry of axes, such that `count` axes begin there.
bool check_axis(const OperatorCheck& check, std::int32_t count) {
  const auto rank = static_cast<std::int64_t>(check.input(0).shape.size());
  return check.place.has_entries("axes", check.op.axes.size(), 1) &&
         check.place.in_range("the axis", check.op.axes[0], 0, rank - count);
}

bool check_positions(const OperatorCheck& check, const char* what, View<std::int32_t> positions,
                     std::int32_t input, std::int32_t output) {
  if (!check.place.has_entries(what, positions.size(), static_cast<std::size_t>(output)) ||
      !count_scan(check.context, check.place, positions.size_bytes())) {
    return false;
  }
  const std::int64_t last = std::int64_t{input - 1} * kPositionUnit;
  for (const std::int32_t position : positions) {
    if (!check.place.in_range("a position", position, 0, last)) return false;
  }
  return true;
}

bool check_positions(const OperatorCheck& check, const char* what, View<float> positions, std::int32_t input,
                     std::int32_t output) {
  if (!check.place.has_entries(what, positions.size(), static_cast<std::size_t>(output)) ||
      !count_scan(check.context, check.place, positions.size_bytes())) {
    return false;
  }
  for (const float position : positions) {
    if (position >= 0 && position <= static_cast<float>(input - 1)) continue;  // a NaN is neither
    return check.place.invalid("a position is %g, must be 0..%" PRId32, static_cast<double>(position),
                               input - 1);
  }
  return true;
}

}  // namespace

bool check_slice(const OperatorCheck& check) {
  const TensorView input = check.input(0), output = check.output();
  const std::size_t rank = input.shape.size();
  if (!check.place.has_entries("axes", check.op.axes.size(), 2 * rank) ||
      !check_other_axes(check, 0, static_cast<std::int32_t>(rank))) {
    return false;
  }
  for (std::size_t i = 0; i < rank; ++i) {
    const std::int64_t start = check.op.axes[i], step = check.op.axes[rank + i];
    const std::int64_t last = start + step * (output.shape[i] - 1);
    if (step == 0) return check.place.invalid("the step along axis %zu is 0", i);
    if (!check.place.in_range("a start", start, 0, input.shape[i] - 1) ||
        !check.place.in_range("the last element", last, 0, input.shape[i] - 1)) {
      return false;
    }
  }
  return check_kept(check);
}

bool check_gather(const OperatorCheck& check) {
  if (!check_axis(check, 1) || !check_other_axes(check, check.op.axes[0], 1)) return false;
  const auto axis = static_cast<std::size_t>(check.op.axes[0]);
  if (!check.place.has_entries("indices", check.op.indices.size(),
                               static_cast<std::size_t>(check.output().shape[axis])) ||
      !count_scan(check.context, check.place, check.op.indices.size_bytes())) {
    return false;
  }
  const std::int64_t last = check.input(0).shape[axis] - 1;
  for (const std::int32_t index : check.op.indices) {
    if (!check.place.in_range("an index", index, 0, last)) return false;
  }
  return check_kept(check);
}

bool check_resize(const OperatorCheck& check) {
  const TensorView input = check.input(0), output = check.output();
  if (input.type == ElementType::u8) return check.place.invalid("the input is u8, must be s8 or f32");
  if (!check_axis(check, 2) || !check_other_axes(check, check.op.axes[0], 2) || !check_kept(check) ||
      !count_macs(check.context, check.place, output.elements(), 4)) {
    return false;
  }
  const auto axis = static_cast<std::size_t>(check.op.axes[0]);
  const bool is_float = input.type == ElementType::f32;
  const ResizeView& o = check.op.resize;
  if (!check.place.has_entries(is_float ? "rows" : "float_rows",
                               is_float ? o.rows.size() : o.float_rows.size(), 0) ||
      !check.place.has_entries(is_float ? "columns" : "float_columns",
                               is_float ? o.columns.size() : o.float_columns.size(), 0)) {
    return false;
  }
  if (is_float) {
    return check_positions(check, "float_rows", o.float_rows, input.shape[axis], output.shape[axis]) &&
           check_positions(check, "float_columns", o.float_columns, input.shape[axis + 1],
                           output.shape[axis + 1]);
  }
  return check_positions(check, "rows", o.rows, input.shape[axis], output.shape[axis]) &&
         check_positions(check, "columns", o.columns, input.shape[axis + 1], output.shape[axis + 1]);
}

bool check_arg_extreme(const OperatorCheck& check) {
  const TensorView input = check.input(0), output = check.output();
  if (input.type != ElementType::s8 && input.type != ElementType::f32) {
    return check.place.invalid("the input is %s, must be s8 or f32", name(input.type));
  }
  if (output.type != ElementType::s32 && output.type != ElementType::s64) {
    return check.place.invalid("the output is %s, must be s32 or s64", name(output.type));
  }
  if (!check_axis(check, 1)) return false;
  const std::int64_t count = input.shape[static_cast<std::size_t>(check.op.axes[0])];
  if (output.elements() * count != input.elements()) {
    return check.place.invalid("the output has %" PRId64 " elements, must have %" PRId64, output.elements(),
                               input.elements() / count);
  }
  return count_macs(check.context, check.place, output.elements(), count);
}

}  // namespace bulwark::schema
