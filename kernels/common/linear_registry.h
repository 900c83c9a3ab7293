// SPDX-License-Identifier: Apache-2.0
// How one line of a *_kernels.inc becomes a kernel.
//
//   BW_LINEAR_KERNEL(conv_s8_s8_4x8_neon, neon, unknown, conv::TilePacking)
//
// name, instruction set, core class it is tuned for and, so that other processors can pack for it, a type
// with the supports, packed_size and pack of the kernel in portable code (left out, only builds with the
// kernel can). <op>_kernels.h expands the lines to declarations: a struct of that name with the functions of
// LinearKernel. registry.cpp expands them again to a constant table that leaves out the families this build
// does not compile. The dispatcher, the tests and the benchmark read that table. The file <name>.cpp defines
// the functions, usually by BW_DEFINE_LINEAR_KERNEL.
#pragma once

#include "kernels/common/built_isas.h"
#include "kernels/common/linear.h"

namespace bulwark::kernels {

/// A size no allocator grants stands for one that does not fit size_t (32-bit ARM).
static inline std::size_t saturated_size(std::uint64_t bytes) {
  return bytes > SIZE_MAX ? SIZE_MAX : static_cast<std::size_t>(bytes);
}

}  // namespace bulwark::kernels

#define BW_DECLARE_LINEAR_KERNEL(name, isa, core, ...)                                                      \
  struct name {                                                                                             \
    static bool supports(const LinearProblem& problem);                                                     \
    static std::size_t packed_size(const LinearProblem& problem);                                           \
    static void pack(const LinearProblem& problem, const LinearConstants& constants, std::int16_t* staging, \
                     void* packed);                                                                         \
    static std::size_t scratch_size(const LinearProblem& problem);                                          \
    static std::int64_t work_items(const LinearProblem& problem);                                           \
    static void run(const LinearCall& call);                                                                \
  };

#define BW_LINEAR_TABLE_ROW(name, isa, core, ...)                                                            \
  BW_IF_KERNELS_##isa({{#name, Isa::isa, CoreClass::core, &name::supports, &name::packed_size, &name::pack}, \
                       &name::scratch_size,                                                                  \
                       &name::work_items,                                                                    \
                       &name::run}, )

/// How a kernel packs: by the portable packing that its line names, else by itself where this build has it. The
/// portable ones are for AArch64; 32-bit ARM, whose neon path has other kernels, packs for these alone.
#if defined(__arm__)
#define BW_LINEAR_PACKING_ROW BW_PACKING_ROW_HERE
#else
#define BW_LINEAR_PACKING_ROW(...)                                                     \
  BW_SELECT_PACKING_ROW(__VA_ARGS__, BW_PACKING_ROW_ANYWHERE, BW_PACKING_ROW_ANYWHERE, \
                        BW_PACKING_ROW_ANYWHERE, BW_PACKING_ROW_HERE, )                \
  (__VA_ARGS__)
#endif
#define BW_SELECT_PACKING_ROW(a, b, c, d, e, f, row, ...) row
#define BW_PACKING_ROW_ANYWHERE(name, isa, core, ...) \
  {#name, Isa::isa, CoreClass::core, &__VA_ARGS__::supports, &__VA_ARGS__::packed_size, &__VA_ARGS__::pack},
#define BW_PACKING_ROW_HERE(name, isa, core, ...) \
  BW_IF_KERNELS_##isa({#name, Isa::isa, CoreClass::core, &name::supports, &name::packed_size, &name::pack}, )

/// Defines kernel `name` by the static functions of another struct (the variadic argument: it may be a
/// template with commas).
#define BW_DEFINE_LINEAR_KERNEL(name, ...)                                                                  \
  bool name::supports(const LinearProblem& problem) { return __VA_ARGS__::supports(problem); }              \
  std::size_t name::packed_size(const LinearProblem& problem) { return __VA_ARGS__::packed_size(problem); } \
  void name::pack(const LinearProblem& problem, const LinearConstants& constants, std::int16_t* staging,    \
                  void* packed) {                                                                           \
    __VA_ARGS__::pack(problem, constants, staging, packed);                                                 \
  }                                                                                                         \
  std::size_t name::scratch_size(const LinearProblem& problem) {                                            \
    return __VA_ARGS__::scratch_size(problem);                                                              \
  }                                                                                                         \
  std::int64_t name::work_items(const LinearProblem& problem) { return __VA_ARGS__::work_items(problem); }  \
  void name::run(const LinearCall& call) { __VA_ARGS__::run(call); }
