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

/// Entry is LinearKernel or LinearPacking.
template <typename Entry>
const Entry* best_of_family(const Entry* entries, std::size_t count, const LinearProblem& problem, Isa isa,
                            CoreClass core) {
  const Entry* best = nullptr;
  for (std::size_t i = 0; i < count; ++i) {
    const Entry& entry = entries[i];
    if (entry.isa != isa || !entry.supports(problem)) continue;
    if (best == nullptr || core_rank(entry.core, core) < core_rank(best->core, core)) best = &entry;
  }
  return best;
}

template <typename Entry>
const Entry* best_of_path(const Entry* entries, std::size_t count, const LinearProblem& problem, Isa path,
                          CoreClass core) {
  for (Isa isa = path; isa != Isa::reference; isa = fallback_isa(isa)) {
    if (const Entry* entry = best_of_family(entries, count, problem, isa, core)) return entry;
  }
  return nullptr;
}

}  // namespace

const LinearKernel& select_linear_kernel(LinearRegistry registry, const LinearProblem& problem, Isa path,
                                         CoreClass core) {
  const LinearKernel* kernel = best_of_path(registry.kernels, registry.count, problem, path, core);
  return kernel != nullptr ? *kernel : registry.kernels[registry.count - 1];
}

const LinearPacking* select_linear_packing(LinearRegistry registry, const LinearProblem& problem, Isa path,
                                           CoreClass core) {
  return best_of_path(registry.packings, registry.packing_count, problem, path, core);
}

}  // namespace bulwark::kernels
