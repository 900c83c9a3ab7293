// SPDX-License-Identifier: Apache-2.0
// What an operator brings to the runtime: one prepare function per OperatorKind. To add an operator: one file
// here with its prepare and run functions, one line in operator_table.cpp.
#pragma once

#include "kernels/common/types.h"
#include "runtime/bump.h"
#include "runtime/step.h"
#include "schema/verifier.h"

namespace bulwark::runtime {

/// Sizes of the packed weights and of the buffers for packing, summed up while steps are prepared.
struct PackTotals {
  std::uint64_t packed_bytes = 0;
  std::uint64_t largest_in_file = 0;   ///< packed weights of one operator that the file may have
  std::uint64_t staging_elements = 0;  ///< largest of all operators
  std::uint64_t rows = 0;              ///< largest of all operators
  std::uint64_t row_bytes =
      0;  ///< all rows of one operator, rewritten before they are packed; largest of all
};

/// What prepare sees. The model is verified, so prepare can fail only for want of memory.
struct Preparation {
  const schema::VerifiedModel& file;
  const schema::OperatorView& op;
  schema::WeightExtremes weights;  ///< of a linear operator
  kernels::Isa path;
  kernels::CoreClass core;
  bool use_xnnpack;
  bool count_clips;         ///< operators clamp to their ranges without clip bounds (runtime/clips.h)
  std::int32_t door_input;  ///< the model input whose integer door this quantize operator is, or -1
  Bump& bump;
  PackTotals& totals;

  schema::TensorView input(std::size_t i = 0) const { return file.tensor(op.inputs[i]); }
  schema::TensorView output() const { return file.tensor(op.outputs[0]); }
  bool is_wide() const { return input().type == schema::ElementType::s16; }
  bool is_float() const { return input().type == schema::ElementType::f32; }
};

/// Fills run, parameters, kernel, items and work (and pack, macs, scratch_bytes where they apply). False:
/// memory is out.
using PrepareFn = bool (*)(Preparation&, Step&);

/// conv_2d and fully_connected.
bool prepare_linear(Preparation& preparation, Step& step);
bool prepare_max_pool_2d(Preparation& preparation, Step& step);
bool prepare_average_pool_2d(Preparation& preparation, Step& step);
bool prepare_add(Preparation& preparation, Step& step);
bool prepare_mul(Preparation& preparation, Step& step);
bool prepare_extreme(Preparation& preparation, Step& step);  ///< maximum, minimum
bool prepare_prelu(Preparation& preparation, Step& step);
bool prepare_float_binary(Preparation& preparation, Step& step);  ///< sub, div
bool prepare_lookup(Preparation& preparation, Step& step);
bool prepare_function(Preparation& preparation, Step& step);
bool prepare_reduce(Preparation& preparation, Step& step);
bool prepare_log_softmax(Preparation& preparation, Step& step);
bool prepare_requantize(Preparation& preparation, Step& step);
bool prepare_quantize(Preparation& preparation, Step& step);
bool prepare_dequantize(Preparation& preparation, Step& step);
bool prepare_clip(Preparation& preparation, Step& step);
bool prepare_softmax(Preparation& preparation, Step& step);
/// A reshape that copies; the plan leaves run null where the output can share the input's bytes.
bool prepare_reshape(Preparation& preparation, Step& step);
bool prepare_transpose(Preparation& preparation, Step& step);
bool prepare_concat(Preparation& preparation, Step& step);
bool prepare_pad(Preparation& preparation, Step& step);
bool prepare_slice(Preparation& preparation, Step& step);
bool prepare_gather(Preparation& preparation, Step& step);
bool prepare_resize(Preparation& preparation, Step& step);
bool prepare_time_filter(Preparation& preparation, Step& step);
bool prepare_arg_extreme(Preparation& preparation, Step& step);  ///< arg_max, arg_min

/// The prepare function of a kind.
PrepareFn find_prepare(schema::OperatorKind kind);

}  // namespace bulwark::runtime
