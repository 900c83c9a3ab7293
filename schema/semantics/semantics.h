// SPDX-License-Identifier: Apache-2.0
// Second step of verification: every rule of NUMERICS.md and limits.h, on a file whose structure is known to
// be sound. Each function returns false with the error filled in at the first rule that is broken; later ones
// rely on what earlier ones have shown, in the order of verify_semantics.
#pragma once

#include "schema/semantics/place.h"
#include "schema/views.h"

namespace bulwark::schema {

/// What the checks share, and the sums they keep.
struct Context {
  const fb::Model& model;
  std::uint64_t file_bytes;
  VerifyError* error;
  WeightExtremes* extremes = nullptr;  ///< one per operator, or null
  std::uint64_t scanned_bytes = 0;
  std::int64_t activation_bytes = 0;
  std::int64_t weights = 0;
  std::int64_t macs = 0;

  TensorView tensor(std::int32_t index) const {
    return view(*model.tensors()->Get(static_cast<std::uint32_t>(index)));
  }
};

/// One operator under inspection: its tensors' indices are in range, and the tensors themselves are sound.
struct OperatorCheck {
  Context& context;
  const Place& place;
  const fb::Operator& raw;
  OperatorView op;
  std::int32_t index;

  TensorView input(std::size_t i) const { return context.tensor(op.inputs[i]); }
  TensorView output() const { return context.tensor(op.outputs[0]); }
};

bool verify_semantics(Context& context);

bool check_counts(const Context& context);
bool check_tensors(Context& context);
bool check_tensor_names(const Context& context);
bool check_graph(const Context& context);
bool check_operators(Context& context);
bool check_golden(const Context& context);
bool check_states(Context& context);
bool check_robustness(Context& context);
bool check_metadata(const Context& context);

bool check_linear(const OperatorCheck& check);
/// Weights, bias, multipliers and clamps of a linear operator whose shapes are known to fit.
bool check_linear_numbers(const OperatorCheck& check);
bool check_pool(const OperatorCheck& check);
bool check_add(const OperatorCheck& check);
bool check_requantize(const OperatorCheck& check);
bool check_quantize(const OperatorCheck& check);
bool check_dequantize(const OperatorCheck& check);
bool check_binary(const OperatorCheck& check);  ///< mul, sub, div, maximum, minimum, prelu
bool check_lookup(const OperatorCheck& check);
bool check_function(const OperatorCheck& check);
bool check_reduce(const OperatorCheck& check);
bool check_log_softmax(const OperatorCheck& check);
bool check_time_filter(const OperatorCheck& check);
bool check_clip(const OperatorCheck& check);
bool check_softmax(const OperatorCheck& check);
bool check_reshape(const OperatorCheck& check);
bool check_transpose(const OperatorCheck& check);
bool check_concat(const OperatorCheck& check);
bool check_pad(const OperatorCheck& check);
bool check_slice(const OperatorCheck& check);
bool check_gather(const OperatorCheck& check);
bool check_resize(const OperatorCheck& check);
bool check_arg_extreme(const OperatorCheck& check);  ///< arg_max, arg_min

/// Counts bytes that are about to be read. In an honest file no two parts share bytes, so the sum stays below
/// the file's size; a file in which thousands of operators point at the same weights would make verification
/// take more than linear time, and is refused.
bool count_scan(Context& context, const Place& place, std::uint64_t bytes);
/// Counts the multiplications of a linear operator or the taps of a pool.
bool count_macs(Context& context, const Place& place, std::int64_t outputs, std::int64_t taps);

/// s8, u8, f32.
constexpr bool is_activation(ElementType type) {
  return type == ElementType::s8 || type == ElementType::u8 || type == ElementType::f32;
}

/// Rules that several operators share. "Kind" is one of the element types.
bool require_type(const Place& place, const char* what, const TensorView& tensor, ElementType type);
bool require_same_shape(const Place& place, const TensorView& a, const TensorView& b);
/// Two operands of one rank, each axis as long as the output's or 1 in one of them.
bool require_broadcast(const Place& place, const TensorView& a, const TensorView& b,
                       const TensorView& output);
/// 256 entries, none above the one before; table[0] in first_lo..2^20.
bool require_exponentials(const OperatorCheck& check, View<std::uint32_t> table, std::uint32_t first_lo);
/// Same type, scale and zero point.
bool require_same_quantization(const Place& place, const TensorView& input, const TensorView& output);
/// The output's declared range contains the input's.
bool require_range_kept(const Place& place, const TensorView& input, const TensorView& output);
/// The zero point, which stands for padding, lies in the tensor's range.
bool require_zero_point_in_range(const Place& place, const TensorView& tensor);

}  // namespace bulwark::schema
