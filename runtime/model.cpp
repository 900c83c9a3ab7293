// SPDX-License-Identifier: Apache-2.0
#include "runtime/model.h"

#include <algorithm>

#include "runtime/status.h"

namespace bulwark::runtime {
namespace {

using schema::ElementType;
using schema::OperatorKind;
using schema::VerifyCode;

bw_status to_status(VerifyCode code) {
  switch (code) {
    case VerifyCode::ok:
      return BW_STATUS_OK;
    case VerifyCode::misaligned:
      return BW_STATUS_MISALIGNED;
    case VerifyCode::not_a_model:
      return BW_STATUS_NOT_A_MODEL;
    case VerifyCode::unsupported_version:
      return BW_STATUS_UNSUPPORTED_VERSION;
    case VerifyCode::malformed:
      return BW_STATUS_MALFORMED;
    case VerifyCode::too_large:
      return BW_STATUS_TOO_LARGE;
    case VerifyCode::invalid:
      return BW_STATUS_INVALID_MODEL;
    case VerifyCode::corrupted:
      return BW_STATUS_CORRUPTED;
  }
  return BW_STATUS_INVALID_MODEL;
}

std::int64_t count_of(schema::View<std::int32_t> indices, std::int32_t tensor) {
  return std::count(indices.begin(), indices.end(), tensor);
}

// The operator that alone reads `tensor`, or -1 when there is none or more than one reader.
std::int32_t only_reader(const schema::VerifiedModel& file, std::int32_t tensor) {
  std::int32_t reader = -1;
  for (std::int32_t i = 0; i < file.operator_count(); ++i) {
    const std::int64_t uses = count_of(file.op(i).inputs, tensor);
    if (uses == 0) continue;
    if (uses > 1 || reader >= 0) return -1;
    reader = i;
  }
  return reader;
}

std::int32_t find_door(const schema::VerifiedModel& file, std::int32_t tensor) {
  if (file.tensor(tensor).type != ElementType::f32) return -1;
  if (count_of(file.inputs(), tensor) != 1 || count_of(file.outputs(), tensor) != 0) return -1;
  const std::int32_t reader = only_reader(file, tensor);
  return reader >= 0 && file.op(reader).kind == OperatorKind::quantize ? reader : -1;
}

bool all_bit_exact(const schema::VerifiedModel& file) {
  for (std::int32_t i = 0; i < file.operator_count(); ++i) {
    if (!is_bit_exact(file, file.op(i))) return false;
  }
  return true;
}

schema::WeightExtremes* room_for_extremes(void* context, std::int32_t operators) {
  auto& model = *static_cast<bw_model*>(context);
  if (!model.weight_extremes.allocate(model.allocator, static_cast<std::size_t>(operators))) return nullptr;
  return model.weight_extremes.data();
}

}  // namespace

bw_status verify_model(bw_model& model, std::span<const std::uint8_t> bytes, bool check_hash,
                       const char* label) {
  schema::VerifyOptions options;
  options.check_content_hash = check_hash;
  options.room_for_extremes = room_for_extremes;
  options.context = &model;
  schema::VerifyError error;
  if (!schema::VerifiedModel::verify(bytes, options, &model.file, &error)) {
    return fail(to_status(error.code), "%s%s%s", label, *label != '\0' ? ": " : "", error.message);
  }
  if (model.weight_extremes.size() == 0)
    return fail(BW_STATUS_OUT_OF_MEMORY, "no memory for the model's layers");
  model.bit_exact = all_bit_exact(model.file);
  std::fill(std::begin(model.door_operator), std::end(model.door_operator), -1);
  const auto inputs = model.file.inputs();
  for (std::size_t i = 0; i < inputs.size(); ++i) model.door_operator[i] = find_door(model.file, inputs[i]);
  return BW_STATUS_OK;
}

bool is_bit_exact(const schema::VerifiedModel& file, const schema::OperatorView& op) {
  switch (op.kind) {
    // One IEEE operation per element, or none: exact in float too.
    case OperatorKind::requantize:
    case OperatorKind::quantize:
    case OperatorKind::dequantize:
    case OperatorKind::reshape:
    case OperatorKind::transpose:
    case OperatorKind::concat:
    case OperatorKind::pad:
    case OperatorKind::slice:
    case OperatorKind::gather:
    case OperatorKind::arg_max:
    case OperatorKind::arg_min:
      return true;
    default:
      return file.tensor(op.inputs[0]).type != ElementType::f32;
  }
}

bw_tensor_info tensor_info(const schema::TensorView& tensor) {
  bw_tensor_info info = {};
  info.name = tensor.name.data();
  info.type = static_cast<bw_type>(tensor.type);
  info.rank = static_cast<std::int32_t>(tensor.shape.size());
  std::copy(tensor.shape.begin(), tensor.shape.end(), info.shape);
  info.bytes = static_cast<std::size_t>(tensor.bytes());
  info.scale = tensor.scale;
  info.zero_point = tensor.zero_point;
  info.lo = tensor.lo;
  info.hi = tensor.hi;
  return info;
}

}  // namespace bulwark::runtime
