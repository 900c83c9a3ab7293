// SPDX-License-Identifier: Apache-2.0
#include <cstring>

#include "kernels/common/cpu.h"
#include "kernels/common/linear.h"

namespace bulwark::kernels {
namespace {

bool suits(const LinearPacking& kernel, const LinearProblem& problem, CoreClass core) {
  if (kernel.suits != nullptr) return kernel.suits(problem, core);
  return kernel.core == CoreClass::unknown || kernel.core == core;
}

/// Entry is LinearKernel or LinearPacking.
template <typename Entry>
const Entry* best_of_family(const Entry* entries, std::size_t count, const LinearProblem& problem,
                            PackTarget target, CoreClass core) {
  const Entry* last = nullptr;
  for (std::size_t i = 0; i < count; ++i) {
    const Entry& entry = entries[i];
    if (entry.isa != target.path || (entry.processors & target.processor) == 0) continue;
    if (!entry.supports(problem)) continue;
    if (suits(entry, problem, core)) return &entry;
    if (last == nullptr) last = &entry;
  }
  return last;
}

template <typename Entry>
const Entry* best_of_path(const Entry* entries, std::size_t count, const LinearProblem& problem,
                          PackTarget target, CoreClass core) {
  if (core == CoreClass::unknown) core = CoreClass::in_order;
  for (; target.path != Isa::reference; target.path = fallback_isa(target.path)) {
    if (const Entry* entry = best_of_family(entries, count, problem, target, core)) return entry;
  }
  return nullptr;
}

}  // namespace

const LinearKernel& select_linear_kernel(LinearRegistry registry, const LinearProblem& problem, Isa path,
                                         CoreClass core) {
  const LinearKernel* kernel =
      best_of_path(registry.kernels, registry.count, problem, {path, processors::reference}, core);
  return kernel != nullptr ? *kernel : registry.kernels[registry.count - 1];
}

const LinearKernel* passed_over_kernel(LinearRegistry registry, const LinearProblem& problem,
                                       const LinearKernel& chosen) {
  LinearProblem wide = problem;
  wide.in_lo = wide.weight_lo = -127;
  wide.in_hi = wide.weight_hi = 127;
  wide.weight_format = WeightFormat::s8;
  wide.weight_sum = LinearProblem{}.weight_sum;
  if (problem.weight_format == WeightFormat::s9 || !chosen.supports(wide)) return nullptr;
  for (const LinearKernel* kernel = registry.kernels; kernel != &chosen; ++kernel) {
    if (kernel->isa == chosen.isa && kernel->supports(problem) && !kernel->supports(wide)) return kernel;
  }
  return nullptr;
}

bool parse_pack_target(const char* name, PackTarget* target) {
#if defined(__arm__)
  constexpr std::uint8_t kNeon = processors::arm32;
#else
  constexpr std::uint8_t kNeon = processors::arm64;
#endif
  constexpr struct {
    const char* name;
    PackTarget target;
  } kTargets[] = {{"armv7", {Isa::neon, processors::arm32}},      {"neon", {Isa::neon, kNeon}},
                  {"dotprod", {Isa::dotprod, processors::arm64}}, {"i8mm", {Isa::i8mm, processors::arm64}},
                  {"avx2", {Isa::avx2, processors::x86}},         {"vnni", {Isa::vnni, processors::x86}}};
  for (const auto& candidate : kTargets) {
    if (std::strcmp(name, candidate.name) != 0) continue;
    *target = candidate.target;
    return true;
  }
  return false;
}

const LinearPacking* select_linear_packing(LinearRegistry registry, const LinearProblem& problem,
                                           PackTarget target, CoreClass core) {
  return best_of_path(registry.packings, registry.packing_count, problem, target, core);
}

}  // namespace bulwark::kernels
