// SPDX-License-Identifier: Apache-2.0
// The attributes that Conv and the pools share.
#pragma once

#include <vector>

#include "converter/import/onnx/node_context.h"

namespace bulwark::converter::import_onnx {

/// Reads strides, dilations, pads, auto_pad (and node.ceil_mode) into the node and gives the output's spatial
/// sizes.
std::vector<std::int64_t> read_windows(NodeContext& context, Node& node,
                                       const std::vector<std::int64_t>& kernel,
                                       const std::vector<std::int64_t>& sizes);

}  // namespace bulwark::converter::import_onnx
