// SPDX-License-Identifier: Apache-2.0
// How one line of a family's <op>_kernels.inc becomes a kernel.
//
//   BW_KERNEL(add_s8_s8_16x1_neon, neon, any)      name, instruction set, which calls it supports
//
// A family's registry.cpp names its call, its list and its function, then includes this file, which declares
// the kernels and lays out the table without the instruction sets that this build leaves out. The dispatcher,
// the tests and the benchmark read that table. The third word names a predicate bool(const Call&): `any`, or
// one defined before the include. The best kernel of an instruction set stands first, the reference last.
//
// Once per translation unit, therefore no #pragma once.
#include <cstddef>

#include "kernels/common/built_isas.h"
#include "kernels/common/elementwise.h"

namespace bulwark::kernels {

#define BW_KERNEL(name, isa, supports) BW_IF_KERNELS_##isa(void name(const BW_FAMILY_CALL&);)
#include BW_FAMILY_LIST
#undef BW_KERNEL

namespace {

bool any(const BW_FAMILY_CALL&) { return true; }

constexpr Kernel<BW_FAMILY_CALL> kKernels[] = {
#define BW_KERNEL(name, isa, supports) BW_IF_KERNELS_##isa({#name, Isa::isa, supports, name}, )
#include BW_FAMILY_LIST
#undef BW_KERNEL
};

}  // namespace

Registry<BW_FAMILY_CALL> BW_FAMILY_REGISTRY() { return {kKernels, sizeof(kKernels) / sizeof(kKernels[0])}; }

}  // namespace bulwark::kernels
