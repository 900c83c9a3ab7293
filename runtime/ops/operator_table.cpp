// SPDX-License-Identifier: Apache-2.0
#include "runtime/ops/operator.h"

namespace bulwark::runtime {

PrepareFn find_prepare(schema::OperatorKind kind) {
  using schema::OperatorKind;
  switch (kind) {
    case OperatorKind::conv_2d:
      return prepare_conv_2d;
    case OperatorKind::fully_connected:
      return prepare_fully_connected;
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
  }
  return nullptr;
}

}  // namespace bulwark::runtime
