// SPDX-License-Identifier: Apache-2.0
// What the processor can do, and the path that follows from it.
#pragma once

#include "kernels/common/types.h"

namespace bulwark::kernels {

struct CpuFeatures {
  bool neon = false;
  bool dotprod = false;
  bool i8mm = false;
  bool avx2 = false;
  bool vnni = false;  ///< AVX-512 VNNI with the byte, doubleword and vector length extensions
  CoreClass core = CoreClass::unknown;
};

/// Detects once and caches. Linux/Android: getauxval hwcaps and MIDR (sysfs, /proc/cpuinfo); Apple: sysctl;
/// x86: cpuid + xgetbv.
const CpuFeatures& cpu_features();

/// True when this build has kernels for the family and the processor can run them. reference is always true.
bool isa_available(Isa isa, const CpuFeatures& cpu);

/// The best family available.
Isa best_isa(const CpuFeatures& cpu);

/// Parses a path name ("reference", "neon", "dotprod", "i8mm", "avx2", "vnni"). False: unknown name, *isa unchanged.
bool parse_isa(const char* name, Isa* isa);
const char* isa_name(Isa isa);

/// The next family a path falls back to; reference falls back to itself.
Isa fallback_isa(Isa isa);

}  // namespace bulwark::kernels
