// SPDX-License-Identifier: Apache-2.0
// A step: one operator of the model, prepared so that running it needs no decision and can not fail.
#pragma once

#include <cstddef>
#include <cstdint>

#include "schema/model_view.h"

namespace bulwark::runtime {

struct Step;

/// A model input of a session. The integer door holds the tensor that the input's quantize operator would
/// write.
struct InputDoors {
  void* source = nullptr;          ///< the buffer of the tensor itself
  const void* integers = nullptr;  ///< null when the input has no integer door
  bool use_integers = false;
};

/// One call of a step, for work items begin .. end-1.
struct StepCall {
  const Step& step;
  void* const* tensors;      ///< address of every tensor of the model
  const InputDoors* inputs;  ///< per model input
  void* state;               ///< what step.open made, null without
  void* scratch;             ///< step.scratch_bytes of this thread's own, 64-byte aligned
  std::int64_t begin, end;

  template <typename T>
  const T* input(std::size_t i) const;
  template <typename T>
  T* output() const;
  template <typename Parameters>
  const Parameters& parameters() const;
};

/// The linear operators' share of a plan's packing: buffers for one row and for constants given once for all
/// rows.
struct PackWorkspace {
  std::int16_t* staging;
  float* multiplier;
  std::int8_t* lo;
  std::int8_t* hi;
  std::int32_t* bias;
  std::uint8_t* rows;    ///< PackTotals::row_bytes bytes
  std::uint8_t* packed;  ///< base of the plan's packed weights
};

struct Step {
  schema::View<std::int32_t> inputs, outputs;  ///< tensor indices, in the file
  std::int32_t op = 0;                         ///< index of the operator in the file
  /// Null for a step that has nothing to do (a reshape in place).
  void (*run)(const StepCall&) = nullptr;
  /// For a backend with objects of its own in every session: makes one for the addresses of the call, or
  /// null, and then run does without. Called once when the session is made.
  void* (*open)(const StepCall&) = nullptr;
  void (*close)(void* state) = nullptr;
  /// Writes the packed weights; null for operators without.
  void (*pack)(const schema::OperatorView&, const PackWorkspace&, void* parameters) = nullptr;
  const void* chain = nullptr;  ///< of a step that runs a fused chain
  void* parameters = nullptr;   ///< the operator's own struct, in the plan's memory
  const char* kernel = "";
  const char* passed_over = nullptr;  ///< see bw_step_info
  std::int64_t macs = 0;
  std::int64_t items = 1;  ///< independent work items
  std::int64_t work = 0;  ///< cost of all items in about multiply-accumulates: decides whether splitting pays
  std::size_t scratch_bytes = 0;
  std::int32_t runs_in = -1;  ///< the later step that does this one's work too (fusion.h), or -1
};

template <typename T>
const T* StepCall::input(std::size_t i) const {
  return static_cast<const T*>(tensors[step.inputs[i]]);
}
template <typename T>
T* StepCall::output() const {
  return static_cast<T*>(tensors[step.outputs[0]]);
}
template <typename Parameters>
const Parameters& StepCall::parameters() const {
  return *static_cast<const Parameters*>(step.parameters);
}

}  // namespace bulwark::runtime
