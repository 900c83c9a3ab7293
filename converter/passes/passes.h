// SPDX-License-Identifier: Apache-2.0
// Rewrites of the graph, each exact on real numbers, and the lowering to integers.
#pragma once

#include <string>
#include <vector>

#include "converter/graph/graph.h"
#include "converter/write/model_spec.h"

namespace bulwark::converter::passes {

void remove_identities(
    Graph& graph);  ///< identity, cast of equal types, clip to (-inf, inf), reshape to the same shape
void fold_constants(
    Graph& graph);  ///< nodes whose inputs are all constants; dequantized weights stay as they are
void fold_batch_norm(
    Graph& graph);  ///< conv/gemm -> batch_norm; also through a dequantized weight (per-channel scale)
void fuse_pads(Graph& graph);         ///< pad -> conv / pool where the value is the operator's own padding
void fuse_matmul_bias(Graph& graph);  ///< matmul (+ add constant) -> gemm, in float graphs
void move_quantize_to_inputs(
    Graph& graph);  ///< input -> reshape/transpose -> quantize becomes input -> quantize -> reshape/transpose
void move_quantize_to_layers(
    Graph& graph);  ///< conv/gemm -> reshape/transpose/slice -> relu/clip/quantize: the movement comes last
void fuse_dilation(Graph& graph);     ///< space_to_batch -> conv -> batch_to_space becomes a dilated conv;
                                      ///< others become movement
void to_channels_last(Graph& graph);  ///< conv and pools to NHWC; transposes inserted, moved and cancelled
void remove_dead_nodes(Graph& graph);

/// All of the above in order, until nothing changes.
void optimize(Graph& graph);

struct LowerReport {
  std::vector<std::string> float_operators;  ///< names of operators that stay in float, with the reason
  std::vector<std::string> notes;            ///< e.g. "weights of 'conv1' fit 4 bits: stored as s4"
};

/// Turns an optimized graph into integer (and, where nothing is quantized around an operator, float)
/// operators. The boundary keeps the source's layout and names. Throws Error (bad_input) listing every
/// operator that can not be lowered.
write::ModelSpec lower(const Graph& graph, LowerReport* report = nullptr);

}  // namespace bulwark::converter::passes
