// SPDX-License-Identifier: Apache-2.0
// ONNX's generated classes, with the settings of Debian's library.
#pragma once

#ifndef ONNX_ML
#define ONNX_ML 1
#endif
#ifndef ONNX_NAMESPACE
#define ONNX_NAMESPACE onnx
#endif

#include <onnx/onnx_pb.h>

#include <cstdint>

namespace bulwark::converter::import_onnx {

/// TensorProto.data_type; numbers from 17 on are younger than the library's own enumeration.
enum OnnxType : std::int32_t {
  kFloat = 1,
  kUint8 = 2,
  kInt8 = 3,
  kInt32 = 6,
  kInt64 = 7,
  kBool = 9,
  kUint4 = 21,
  kInt4 = 22,
};

}  // namespace bulwark::converter::import_onnx
