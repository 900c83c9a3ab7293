// SPDX-License-Identifier: Apache-2.0
#include "kernels/common/cpu.h"
#include "kernels/common/linear.h"

namespace bulwark::kernels {
namespace {

/// 0 is best.
int core_rank(CoreClass tuned_for, CoreClass core) {
  if (tuned_for == core) return 0;
  return tuned_for == CoreClass::unknown ? 1 : 2;
}

const LinearKernel* best_of_family(LinearRegistry registry, const LinearProblem& problem, Isa isa,
                                   CoreClass core) {
  const LinearKernel* best = nullptr;
  for (std::size_t i = 0; i < registry.count; ++i) {
    const LinearKernel& kernel = registry.kernels[i];
    if (kernel.isa != isa || !kernel.supports(problem)) continue;
    if (best == nullptr || core_rank(kernel.core, core) < core_rank(best->core, core)) best = &kernel;
  }
  return best;
}

}  // namespace

const LinearKernel& select_linear_kernel(LinearRegistry registry, const LinearProblem& problem, Isa path,
                                         CoreClass core) {
  for (Isa isa = path; isa != Isa::reference; isa = fallback_isa(isa)) {
    if (const LinearKernel* kernel = best_of_family(registry, problem, isa, core)) return *kernel;
  }
  return registry.kernels[registry.count - 1];
}

}  // namespace bulwark::kernels
