// SPDX-License-Identifier: Apache-2.0
// How one line of a *_kernels.inc becomes a kernel.
//
//   BW_LINEAR_KERNEL(conv_s8_s8_4x4_neon, neon, unknown, conv::TilePacking<4, 2>)
//
// name, instruction set, core class it is tuned for and a type with the supports, packed_size and pack of the
// kernel in portable code, so that every processor can pack for it (<op>_packings.h; left out, only builds
// with the kernel can). <op>_kernels.h expands the lines to declarations: a struct of that name with the
// functions of LinearKernel. registry.cpp expands them again to a constant table that leaves out the families
// this build does not compile. The dispatcher, the tests and the benchmark read that table. The file
// <name>.cpp defines the functions that are left, usually by BW_DEFINE_LINEAR_RUN, or all of them by
// BW_DEFINE_LINEAR_KERNEL.
#pragma once

#include "kernels/common/built_isas.h"
#include "kernels/common/bytes.h"
#include "kernels/common/linear.h"

namespace bulwark::kernels {

/// A size no allocator grants stands for one that does not fit size_t (32-bit ARM).
static inline std::size_t saturated_size(std::uint64_t bytes) {
  return bytes > SIZE_MAX ? SIZE_MAX : static_cast<std::size_t>(bytes);
}

/// LinearPacking::matches of a kernel: its packing's own, or by packing again.
template <typename Kernel>
bool packed_matches(const LinearProblem& p, const LinearConstants& constants, std::int16_t* staging,
                    void* spare, const void* packed) {
  if constexpr (requires { &Kernel::matches; }) {
    return Kernel::matches(p, constants, staging, spare, packed);
  } else {
    Kernel::pack(p, constants, staging, spare);
    return equal_bytes(static_cast<const std::uint8_t*>(spare), static_cast<const std::uint8_t*>(packed),
                       Kernel::packed_size(p));
  }
}

/// LinearPacking::suits of a kernel: its packing's own, or null.
template <typename Kernel>
constexpr bool (*kernel_suits())(const LinearProblem&, CoreClass) {
  if constexpr (requires { &Kernel::suits; }) {
    return &Kernel::suits;
  } else {
    return nullptr;
  }
}

}  // namespace bulwark::kernels

/// Which of two macros takes a line: a type has as many words as it has commas.
#define BW_LINEAR_LINE(anywhere, here, ...) \
  BW_SELECT_LINE(__VA_ARGS__, anywhere, anywhere, anywhere, anywhere, here, )(__VA_ARGS__)
#define BW_SELECT_LINE(a, b, c, d, e, f, g, line, ...) line

#define BW_DECLARE_LINEAR_KERNEL(...) \
  BW_LINEAR_LINE(BW_DECLARE_PACKED_ANYWHERE, BW_DECLARE_PACKED_HERE, __VA_ARGS__)
#define BW_DECLARE_PACKED_ANYWHERE(name, isa, core, ...)           \
  struct name : __VA_ARGS__ {                                      \
    static std::size_t scratch_size(const LinearProblem& problem); \
    static std::int64_t work_items(const LinearProblem& problem);  \
    static void run(const LinearCall& call);                       \
  };
#define BW_DECLARE_PACKED_HERE(name, isa, core)                                                             \
  struct name {                                                                                             \
    static bool supports(const LinearProblem& problem);                                                     \
    static std::size_t packed_size(const LinearProblem& problem);                                           \
    static void pack(const LinearProblem& problem, const LinearConstants& constants, std::int16_t* staging, \
                     void* packed);                                                                         \
    static std::size_t scratch_size(const LinearProblem& problem);                                          \
    static std::int64_t work_items(const LinearProblem& problem);                                           \
    static void run(const LinearCall& call);                                                                \
  };

#define BW_LINEAR_PACKING(name, isa, core)                                                      \
  {                                                                                             \
#name, Isa::isa, processors::isa, CoreClass::core, kernel_suits < name>(), &name::supports, \
        &name::packed_size, &name::pack, &packed_matches < name>                                \
  }
#define BW_LINEAR_TABLE_ROW(name, isa, core, ...) \
  BW_IF_KERNELS_##isa(                            \
      {BW_LINEAR_PACKING(name, isa, core), &name::scratch_size, &name::work_items, &name::run}, )
#define BW_LINEAR_PACKING_ROW(...) BW_LINEAR_LINE(BW_PACKED_ANYWHERE_ROW, BW_PACKED_HERE_ROW, __VA_ARGS__)
#define BW_PACKED_ANYWHERE_ROW(name, isa, core, ...) BW_LINEAR_PACKING(name, isa, core),
#define BW_PACKED_HERE_ROW(name, isa, core) BW_IF_KERNELS_##isa(BW_LINEAR_PACKING(name, isa, core), )

/// Defines kernel `name` by the static functions of another struct (the variadic argument: it may be a
/// template with commas).
#define BW_DEFINE_LINEAR_KERNEL(name, ...)                                                                  \
  bool name::supports(const LinearProblem& problem) { return __VA_ARGS__::supports(problem); }              \
  std::size_t name::packed_size(const LinearProblem& problem) { return __VA_ARGS__::packed_size(problem); } \
  void name::pack(const LinearProblem& problem, const LinearConstants& constants, std::int16_t* staging,    \
                  void* packed) {                                                                           \
    __VA_ARGS__::pack(problem, constants, staging, packed);                                                 \
  }                                                                                                         \
  BW_DEFINE_LINEAR_RUN(name, __VA_ARGS__)
/// The same of a kernel whose line names its packing.
#define BW_DEFINE_LINEAR_RUN(name, ...)                                                                    \
  std::size_t name::scratch_size(const LinearProblem& problem) {                                           \
    return __VA_ARGS__::scratch_size(problem);                                                             \
  }                                                                                                        \
  std::int64_t name::work_items(const LinearProblem& problem) { return __VA_ARGS__::work_items(problem); } \
  void name::run(const LinearCall& call) { __VA_ARGS__::run(call); }
