// SPDX-License-Identifier: Apache-2.0
// TFLite's own integer arithmetic (its reference kernels: 32-bit fixed-point multipliers with two roundings),
// written from their definition. Independent of the importer and of the runtime; reads the file itself.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "converter/import/tflite/wire.h"

namespace bulwark::test {

/// Levels as stored (int8 or uint8) of every tensor of the main subgraph that has been given or computed.
using TfliteLevels = std::vector<std::optional<std::vector<std::int32_t>>>;

class TfliteArithmetic {
 public:
  /// The bytes must be a sound model and outlive this.
  explicit TfliteArithmetic(const std::vector<std::uint8_t>& bytes);

  std::size_t operator_count() const { return graph_.operators()->size(); }
  std::string kind(std::size_t op) const;
  int input(std::size_t op, std::size_t i) const { return inputs(op).at(i); }
  int output(std::size_t op) const;
  int graph_input() const { return graph_.inputs()->Get(0); }
  std::string tensor_name(int tensor) const { return wire_tensor(tensor).name()->str(); }
  std::int32_t zero_point(int tensor) const;

  /// Levels of the operator's output. Knows CONV_2D, DEPTHWISE_CONV_2D, FULLY_CONNECTED, ADD (equal shapes),
  /// AVERAGE_POOL_2D and SOFTMAX; nothing for any other.
  std::optional<std::vector<std::int32_t>> run(std::size_t op, const TfliteLevels& levels) const;

 private:
  using Tensor = converter::import_tflite::wire::Tensor;
  struct Picture {
    int n, h, w, c;
  };
  const converter::import_tflite::wire::Operator& wire_op(std::size_t op) const {
    return *graph_.operators()->Get(static_cast<flatbuffers::uoffset_t>(op));
  }
  const Tensor& wire_tensor(int tensor) const {
    return *graph_.tensors()->Get(static_cast<flatbuffers::uoffset_t>(tensor));
  }
  std::vector<int> inputs(std::size_t op) const;
  Picture picture(int tensor) const;
  float scale(int tensor, std::size_t channel = 0) const;
  std::vector<std::int32_t> constant(int tensor) const;
  std::pair<std::int32_t, std::int32_t> clamp_of(int tensor, int activation) const;
  std::vector<std::int32_t> conv(std::size_t op, const std::vector<std::int32_t>& x, bool depthwise) const;
  std::vector<std::int32_t> fully_connected(std::size_t op, const std::vector<std::int32_t>& x) const;
  std::vector<std::int32_t> add(std::size_t op, const std::vector<std::int32_t>& a,
                                const std::vector<std::int32_t>& b) const;
  std::vector<std::int32_t> average_pool(std::size_t op, const std::vector<std::int32_t>& x) const;
  std::vector<std::int32_t> softmax(std::size_t op, const std::vector<std::int32_t>& x) const;

  const converter::import_tflite::wire::Model& model_;
  const converter::import_tflite::wire::SubGraph& graph_;
};

}  // namespace bulwark::test
