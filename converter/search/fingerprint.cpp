// SPDX-License-Identifier: Apache-2.0
#include "converter/search/fingerprint.h"

#include <fmt/format.h>

namespace bulwark::converter::search {

Fingerprint& Fingerprint::add(const Graph& graph) {
  for (const Value& value : graph.values) {
    add(value.name).add(value.shape);
    if (value.constant) add(value.constant->floats).add(value.constant->ints);
  }
  for (const Node& node : graph.nodes) {
    add(node.name).add(std::string(name(node.op))).add(node.inputs).add(node.outputs);
    add(node.kernel).add(node.strides).add(node.dilations).add(node.pads).add(node.axes).add(node.perm);
    add(std::vector{node.groups, node.axis, static_cast<std::int64_t>(node.function)});
    add(std::vector{node.alpha, node.beta, node.epsilon, node.clip_lo, node.clip_hi});
  }
  return add(graph.inputs).add(graph.outputs);
}

Fingerprint& Fingerprint::add(const quantize::Samples& samples, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    for (const TensorData& tensor : samples[i]) add(tensor.shape).add(tensor.data);
  }
  return *this;
}

std::string Fingerprint::text() {
  std::uint8_t digest[schema::kSha256Bytes];
  sha_.digest(digest);
  std::string text;
  for (const std::uint8_t byte : digest) text += fmt::format("{:02x}", byte);
  return text;
}

}  // namespace bulwark::converter::search
