// SPDX-License-Identifier: Apache-2.0
#include <tuple>

#include "converter/passes/passes.h"

namespace bulwark::converter::passes {
namespace {

/// What changes when a pass did something.
using Fingerprint = std::vector<std::tuple<Op, std::vector<ValueId>, std::vector<ValueId>>>;

Fingerprint fingerprint(const Graph& graph) {
  Fingerprint print;
  for (const Node& node : graph.nodes) print.emplace_back(node.op, node.inputs, node.outputs);
  return print;
}

}  // namespace

void optimize(Graph& graph) {
  remove_dead_nodes(graph);
  remove_identities(graph);
  fuse_dilation(graph);
  Fingerprint before;
  do {
    before = fingerprint(graph);
    remove_identities(graph);
    fold_constants(graph);
    fuse_pads(graph);
    fuse_matmul_bias(graph);
    fold_batch_norm(graph);
    move_quantize_to_inputs(graph);
    remove_dead_nodes(graph);
  } while (fingerprint(graph) != before);
  to_channels_last(graph);
  move_quantize_to_layers(graph);
  fold_constants(graph);
  remove_identities(graph);
  remove_dead_nodes(graph);
}

}  // namespace bulwark::converter::passes
