// SPDX-License-Identifier: Apache-2.0
// From the optimized graph to operators, driven by demand. A value of the graph can be had in three ways:
//   integer(v)  a value of an integer type (what quantize writes), as an s8 tensor
//   exact(v)    a float value that an s8 tensor stands for exactly: dequantized, and moved, pooled by maximum
//   or cut since real(v)     a float value as an f32 tensor: the fallback, and what float outputs need
// quantize nodes are lowered in order; whatever computes their input becomes an integer operator when
// everything it reads is exact, a float operator otherwise.
#pragma once

#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "converter/graph/graph.h"
#include "converter/passes/lower/linear_numbers.h"
#include "converter/passes/passes.h"
#include "converter/write/model_spec.h"

namespace bulwark::converter::passes::lowering {

using TensorIndex = std::int32_t;

/// An integer value of the graph: level in the source = level in the s8 tensor + shift.
struct IntegerTensor {
  TensorIndex tensor = -1;
  std::int32_t shift = 0;
};

/// Where a quantized result goes: its levels and clamp, and its name.
struct Target {
  Grid grid;
  std::string name;                        ///< of the tensor
  std::string node_name;                   ///< of operators that have no node of their own
  std::vector<std::int32_t> channel_hi{};  ///< of a linear operator: the clamp of each row, or empty
};

/// The multiplier of a requantization, kept a normal number.
float multiplier_of(double ratio);

class Lowering {
 public:
  Lowering(const Graph& graph, LowerReport* report);
  write::ModelSpec run();

 private:
  // lower.cpp: inputs, outputs, problems.
  void make_inputs();
  void make_outputs();
  void make_output(ValueId id);
  // states.cpp
  void make_states();
  void make_state(std::size_t k);
  void make_next_states();
  TensorIndex next_state(ValueId id, const std::string& name, TensorIndex state);
  void problem(const Node& node, const std::string& what);
  void note_float(const Node& node, const std::string& why);

  // tensors.cpp
  TensorIndex add_tensor(const std::string& name, write::ElementType type, const Shape& shape,
                         const Grid& grid = {});
  TensorIndex add_constant_tensor(const std::string& name, const Shape& shape, const Grid& grid,
                                  const std::vector<std::int32_t>& levels);
  TensorIndex add_float_constant(const std::string& name, const Shape& shape,
                                 const std::vector<float>& values);
  write::OperatorSpec& emit(write::OperatorKind kind, const std::string& name,
                            std::vector<TensorIndex> inputs, TensorIndex output);
  Grid grid_of(TensorIndex tensor) const;
  Shape shape_of(TensorIndex tensor) const;
  write::TensorSpec& at(TensorIndex tensor) { return spec_.tensors[static_cast<std::size_t>(tensor)]; }

  // wide.cpp: 16-bit integers
  IntegerTensor quantize_wide(const Node& node, ValueId result);
  std::optional<TensorIndex> compute_wide(ValueId core, const Target& target);
  std::optional<TensorIndex> wide_lookup(ValueId core, const Target& target);
  std::optional<TensorIndex> wide_sum(const Node& node, const Target& target);
  std::optional<TensorIndex> wide_product(const Node& node, const Target& target, write::ElementType type);
  std::optional<TensorIndex> time_filter(const Node& node, const Target& target);
  std::optional<TensorIndex> wide(ValueId id);  ///< the s16 tensor that a dequantized value stands for
  // integers.cpp
  IntegerTensor integer(ValueId id);
  IntegerTensor integer_input(ValueId id);
  IntegerTensor quantize(const Node& node, ValueId result, std::vector<const Node*> clips);
  IntegerTensor move_integer(const Node& node);
  TensorIndex padded_level(const Node& node, const IntegerTensor& x, const std::string& name);
  std::optional<TensorIndex> exact(ValueId id);
  std::optional<TensorIndex> exact_uncached(ValueId id);
  std::optional<TensorIndex> exact_dequantize(const Node& node);
  std::optional<TensorIndex> exact_cast(const Node& node);
  std::optional<TensorIndex> exact_clip(const Node& node);
  std::optional<TensorIndex> exact_concat(const Node& node);
  TensorIndex regrid(TensorIndex tensor, const Grid& grid, const std::string& name);

  // compute.cpp: the node that computes `core`, as an integer operator with this target.
  std::optional<TensorIndex> compute(ValueId core, const Target& target);
  std::optional<TensorIndex> compute_linear(const Node& node, const Target& target);
  // functions.cpp: a function of one tensor.
  std::optional<TensorIndex> compute_lookup(ValueId core, const Target& target);
  // binary.cpp
  std::optional<TensorIndex> compute_binary(const Node& node, const Target& target);
  std::optional<TensorIndex> exact_operand(const Node& node, std::size_t input);
  TensorIndex ranked(TensorIndex tensor, std::size_t rank, const std::string& name);
  // reduce.cpp
  std::optional<TensorIndex> compute_sum(const Node& node, const Target& target);
  TensorIndex reduced(const Node& node, TensorIndex input, const Grid& grid, const std::string& name);
  std::optional<TensorIndex> compute_average(const Node& node, const Target& target);
  std::optional<TensorIndex> compute_softmax(const Node& node, const Target& target);
  std::optional<TensorIndex> compute_concat(const Node& node, const Target& target);
  TensorIndex requantize(TensorIndex tensor, const Target& target);

  // linear.cpp
  std::optional<TensorIndex> lower_linear(const Node& node, const Target* target, const std::string& name);
  std::optional<TensorIndex> lower_batched(const Node& node, const Target* target, const std::string& name);
  TensorIndex emit_linear(const Node& node, write::OperatorKind kind, TensorIndex input,
                          write::LinearSpec spec, IntegerWeights weights, const LinearBias& bias,
                          const Shape& shape, const Target* target, const std::string& name);

  // movement.cpp: on tensors of any type.
  TensorIndex reshape(TensorIndex tensor, const Shape& shape, const std::string& name);
  TensorIndex transpose(TensorIndex tensor, const std::vector<std::int64_t>& perm, const std::string& name);
  TensorIndex pad(TensorIndex tensor, const std::vector<std::int64_t>& pads, const std::string& name);
  /// Pads with a value that is not the zero point, a level or a real number: constants are joined on.
  TensorIndex pad_with(TensorIndex tensor, const std::vector<std::int64_t>& pads, float value,
                       const std::string& name);
  TensorIndex concat(const std::vector<TensorIndex>& tensors, std::int64_t axis, const Grid& grid,
                     const Shape& shape, const std::string& name, const std::string& node_name);
  TensorIndex clip(TensorIndex tensor, std::int32_t lo, std::int32_t hi, const std::string& name);
  TensorIndex moved(const Node& node, TensorIndex tensor);  ///< reshape, transpose, identity, slice, gather
  TensorIndex pooled(const Node& node, TensorIndex tensor, write::OperatorKind kind, const Grid* grid,
                     const std::string& name, float lo = -std::numeric_limits<float>::infinity(),
                     float hi = std::numeric_limits<float>::infinity());
  // select.cpp: on tensors of any type.
  TensorIndex selected(const Node& node, TensorIndex tensor, const std::string& name);  ///< slice, gather
  TensorIndex resized(const Node& node, TensorIndex tensor, const std::string& name);
  std::optional<TensorIndex> index(ValueId id);  ///< the result of arg_max and arg_min

  /// NHWC with four axes; a 1-D picture gets a height of 1.
  TensorIndex picture(TensorIndex tensor, const std::string& name);
  TensorIndex unpicture(TensorIndex tensor, const Shape& shape, const std::string& name);

  // floats.cpp
  TensorIndex real(ValueId id);
  TensorIndex real_uncached(ValueId id);
  TensorIndex real_node(const Node& node, float lo, float hi, const std::string& name);
  TensorIndex real_linear(const Node& node, float lo, float hi, const std::string& name);
  TensorIndex real_binary(const Node& node, float lo, float hi, const std::string& name);
  TensorIndex real_function(const Node& node, const std::string& name);
  TensorIndex real_reduced(const Node& node, float lo, float hi, const std::string& name);
  TensorIndex real_softmax(const Node& node, const std::string& name);
  TensorIndex unlowered(const Node& node, const std::string& what);

  // index of the graph
  const Node* producer(ValueId id) const;
  bool single_use(ValueId id) const;
  std::string tensor_name(ValueId id) const;

  const Graph& graph_;
  LowerReport* report_;
  write::ModelSpec spec_;
  std::vector<const Node*> producers_;
  std::vector<ValueId> sources_;  ///< what each value is a function of, element by element
  std::vector<std::vector<const Node*>> consumers_;
  std::set<std::string> names_, operator_names_;
  std::map<ValueId, IntegerTensor> integers_;
  std::map<ValueId, std::optional<TensorIndex>> exact_;
  std::map<ValueId, TensorIndex> real_;
  std::map<ValueId, TensorIndex> inputs_;
  std::map<std::string, TensorIndex> movements_;  ///< the same movement of the same tensor is done once
  std::set<TensorIndex> fixed_;                   ///< inputs and outputs of the model
  std::vector<std::string> problems_;
  std::set<std::string> problem_nodes_;
};

/// Scale and zero point that the consumers of an integer input give it; levels themselves where nobody says.
Grid source_grid(const Graph& graph, ValueId id);

/// Removes operators whose results nobody needs, then the tensors nobody mentions.
void prune(write::ModelSpec& spec);

}  // namespace bulwark::converter::passes::lowering
