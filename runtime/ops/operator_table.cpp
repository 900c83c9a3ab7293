// SPDX-License-Identifier: Apache-2.0
#include "runtime/ops/operator.h"

namespace bulwark::runtime {

PrepareFn find_prepare(schema::OperatorKind kind) {
  using schema::OperatorKind;
  switch (kind) {
    case OperatorKind::conv_2d:
    case OperatorKind::fully_connected:
      return prepare_linear;
    case OperatorKind::max_pool_2d:
      return prepare_max_pool_2d;
    case OperatorKind::average_pool_2d:
      return prepare_average_pool_2d;
    case OperatorKind::add:
      return prepare_add;
    case OperatorKind::requantize:
      return prepare_requantize;
    case OperatorKind::quantize:
      return prepare_quantize;
    case OperatorKind::dequantize:
      return prepare_dequantize;
    case OperatorKind::clip:
      return prepare_clip;
    case OperatorKind::softmax:
      return prepare_softmax;
    case OperatorKind::reshape:
      return prepare_reshape;
    case OperatorKind::transpose:
      return prepare_transpose;
    case OperatorKind::concat:
      return prepare_concat;
    case OperatorKind::pad:
      return prepare_pad;
    case OperatorKind::slice:
      return prepare_slice;
    case OperatorKind::gather:
      return prepare_gather;
    case OperatorKind::resize:
      return prepare_resize;
    case OperatorKind::arg_max:
    case OperatorKind::arg_min:
      return prepare_arg_extreme;
    case OperatorKind::lookup:
      return prepare_lookup;
    case OperatorKind::mul:
      return prepare_mul;
    case OperatorKind::sub:
    case OperatorKind::div:
      return prepare_float_binary;
    case OperatorKind::maximum:
    case OperatorKind::minimum:
      return prepare_extreme;
    case OperatorKind::prelu:
      return prepare_prelu;
    case OperatorKind::function:
      return prepare_function;
    case OperatorKind::reduce_sum:
    case OperatorKind::reduce_max:
    case OperatorKind::reduce_min:
      return prepare_reduce;
    case OperatorKind::log_softmax:
      return prepare_log_softmax;
    case OperatorKind::time_filter:
      return prepare_time_filter;
  }
  return nullptr;
}

}  // namespace bulwark::runtime
