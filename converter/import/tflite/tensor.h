// SPDX-License-Identifier: Apache-2.0
// Tensors of the file as values of the graph. Types, shapes, quantization and where the bytes lie are all
// untrusted. Every function throws Refusal.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "converter/graph/graph.h"
#include "converter/import/common/refusal.h"
#include "converter/import/tflite/wire.h"

namespace bulwark::converter::import_tflite {

using namespace importing;

/// The element type, if it is one of ours. FLOAT16 is float32: its constants are widened exactly.
std::optional<DType> element_type(wire::TensorType type);

/// The shape as stored; an open first dimension is 1.
Shape shape_of(const wire::Tensor& tensor);

/// real = scale * (q - zero_point); one entry, or one for each index of `axis`.
struct Levels {
  std::vector<float> scales;
  std::vector<std::int64_t> zero_points;
  std::int64_t axis = 0;

  bool per_axis() const { return scales.size() > 1; }
};

/// Scale and zero point of an integer tensor of this shape, checked: scales are normal and positive (of a
/// constant also 0), zero points lie in the type, their numbers fit. Takes their memory from the budget.
Levels levels_of(const wire::Tensor& tensor, const Shape& shape, Budget& budget);

/// The bytes of a buffer; empty where it holds none.
std::span<const std::uint8_t> buffer_bytes(const wire::Model& model, std::span<const std::uint8_t> file,
                                           std::uint32_t buffer);

/// The elements of a constant, whose bytes must be exactly those of its shape.
Constant read_constant(const wire::Tensor& tensor, const Shape& shape, std::span<const std::uint8_t> bytes,
                       Budget& budget);

}  // namespace bulwark::converter::import_tflite
