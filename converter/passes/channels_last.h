// SPDX-License-Identifier: Apache-2.0
// The state of the layout pass. Every value of the source graph has a first form (the source's own order) and
// may have a last form (N, spatial..., C) or, for a flattened picture, a flat form (the same elements counted
// in channels-last order). Forms are made when somebody asks for them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "converter/graph/graph.h"

namespace bulwark::converter::passes {

class ChannelsLast {
 public:
  explicit ChannelsLast(Graph& graph);
  /// Rewrites the whole graph.
  void run();

 private:
  /// A flattened picture: element i of the flat form is element order[i] of the source's row.
  struct Flat {
    ValueId value;
    std::vector<std::int64_t> order;
    Shape picture;  ///< C, spatial... of one row
  };

  void rewrite(Node node);
  bool rewrite_window(Node& node);
  bool rewrite_unary(Node& node);
  bool rewrite_elementwise(Node& node);
  bool rewrite_axes(Node& node);  ///< concat, pad, softmax, reductions
  bool rewrite_transpose(Node& node);
  bool rewrite_reshape(Node& node);
  bool rewrite_selection(Node& node);  ///< slice, gather, resize, arg_max, arg_min
  /// conv_transpose as a convolution that writes every phase of the stride to channels of its own.
  bool rewrite_conv_transpose(Node& node);
  bool rewrite_matrix(Node& node);  ///< gemm on a flat form: permutes the weights

  bool has_last(ValueId id) const { return last_.count(id) != 0; }
  ValueId last(ValueId id);
  ValueId first(ValueId id);
  /// A new value for the last form of `id`, which the node about to be emitted writes.
  ValueId declare_last(ValueId id);
  ValueId declare_flat(ValueId id, const Flat& like);
  ValueId permuted_weights(ValueId weights, std::int64_t axis, const std::vector<std::int64_t>& order);
  /// A constant (or dequantized constant) with other elements: element i is element indices[i] of the old
  /// one, or zero where that is -1. Channels along `axis` of the old one go to those of axis 0. kNoValue
  /// where it can not be.
  ValueId rebuilt(ValueId id, const Shape& shape, const std::vector<std::int64_t>& indices, std::int64_t axis,
                  const std::vector<std::int64_t>& channels);
  ValueId add_form(const std::string& name, DType type, Shape shape);
  ValueId with_rank(ValueId id, std::size_t rank);
  void restore_from_flat(ValueId id);
  void move(ValueId from, ValueId to, const std::vector<std::int64_t>& perm);
  void reshape(ValueId from, ValueId to);
  void name_after_source();
  void emit(Node node) { nodes_.push_back(std::move(node)); }

  Graph& graph_;
  std::vector<Node> nodes_;
  std::vector<bool> made_;           ///< by value: the first form exists
  std::map<ValueId, ValueId> last_;  ///< first form -> last form
  std::map<ValueId, Flat> flat_;
};

}  // namespace bulwark::converter::passes
