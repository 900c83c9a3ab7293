// SPDX-License-Identifier: Apache-2.0
// The walk of a reduction over its input: which elements make one output.
#pragma once

#include "kernels/common/elementwise.h"

namespace bulwark::kernels {

/// Calls visit(offset) for every element of one output, relative to the first.
template <typename Visit>
static inline void for_each_reduced(const ReduceProblem& problem, Visit visit) {
  std::int64_t index[ReduceProblem::kMaxRank] = {};
  const std::int32_t rank = problem.reduced_rank;
  std::int64_t offset = 0;
  for (;;) {
    visit(offset);
    std::int32_t axis = rank;
    while (axis-- > 0) {
      offset += problem.reduced_step[axis];
      if (++index[axis] < problem.reduced_extent[axis]) break;
      offset -= problem.reduced_step[axis] * problem.reduced_extent[axis];
      index[axis] = 0;
    }
    if (axis < 0) return;
  }
}

/// Offsets of the first input elements of output `begin` and the ones after it.
class KeptWalk {
 public:
  KeptWalk(const ReduceProblem& problem, std::int64_t begin) : problem_(problem) {
    for (std::int32_t axis = problem.kept_rank; axis-- > 0; begin /= problem.kept_extent[axis]) {
      index_[axis] = begin % problem.kept_extent[axis];
      offset_ += index_[axis] * problem.kept_step[axis];
    }
  }
  std::int64_t offset() const { return offset_; }
  void next() {
    for (std::int32_t axis = problem_.kept_rank; axis-- > 0;) {
      offset_ += problem_.kept_step[axis];
      if (++index_[axis] < problem_.kept_extent[axis]) return;
      offset_ -= problem_.kept_step[axis] * problem_.kept_extent[axis];
      index_[axis] = 0;
    }
  }

 private:
  const ReduceProblem& problem_;
  std::int64_t index_[ReduceProblem::kMaxRank] = {};
  std::int64_t offset_ = 0;
};

}  // namespace bulwark::kernels
