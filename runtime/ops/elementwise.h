// SPDX-License-Identifier: Apache-2.0
// What the operators that work element by element share: blocks of elements as work items, and a prepared
// kernel call.
#pragma once

#include <algorithm>

#include "kernels/common/elementwise.h"
#include "runtime/ops/operator.h"

namespace bulwark::runtime {

inline constexpr std::int64_t kElementBlock = 64;  ///< elements of one work item: whole cache lines

struct ElementRange {
  std::int64_t begin, count;
};

/// The elements of a call's work items, of `count` elements in all.
inline ElementRange elements_of(const StepCall& call, std::int64_t count) {
  const std::int64_t begin = call.begin * kElementBlock;
  return {begin, std::min(call.end * kElementBlock, count) - begin};
}

inline void split_elements(Step& step, std::int64_t count) {
  step.items = (count + kElementBlock - 1) / kElementBlock;
  step.work = count;
}

/// A kernel and its call, complete but for the addresses and the range.
template <typename Call>
struct Prepared {
  Call call;
  const kernels::Kernel<Call>* kernel;
};

/// Selects the kernel and makes the step's parameters. False: memory is out.
template <typename Call>
bool prepare_kernel(Preparation& preparation, kernels::Registry<Call> registry, const Call& call,
                    Step& step) {
  auto* prepared = preparation.bump.make<Prepared<Call>>();
  if (prepared == nullptr) return false;
  prepared->call = call;
  prepared->kernel = &kernels::select_kernel(registry, call, preparation.path);
  step.parameters = prepared;
  step.kernel = prepared->kernel->name;
  return true;
}

inline bool is_unsigned(const schema::TensorView& tensor) { return tensor.type == schema::ElementType::u8; }

/// The address of element `i` of a tensor of the given element size.
inline const void* element(const void* data, std::int64_t i, std::size_t element_size = 1) {
  return static_cast<const std::uint8_t*>(data) + i * static_cast<std::int64_t>(element_size);
}
inline void* element(void* data, std::int64_t i, std::size_t element_size = 1) {
  return static_cast<std::uint8_t*>(data) + i * static_cast<std::int64_t>(element_size);
}

}  // namespace bulwark::runtime
