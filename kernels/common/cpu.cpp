// SPDX-License-Identifier: Apache-2.0
#include "kernels/common/cpu.h"

#include <cstring>

#include "kernels/common/cpu_identify.h"

#if defined(__linux__)
#include <fcntl.h>
#include <unistd.h>
#endif
#if defined(__linux__) && (defined(__aarch64__) || defined(__arm__))
#include <sys/auxv.h>
#endif
#if defined(__APPLE__)
#include <sys/sysctl.h>
#endif
#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

namespace bulwark::kernels {
namespace {

#if defined(__linux__) && (defined(__aarch64__) || defined(__arm__))

/// Reads the start of a file, at most `size` bytes; 0 when it can not be read.
std::size_t read_start(const char* path, char* text, std::size_t size) {
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  std::size_t have = 0;
  while (have < size) {
    const ssize_t got = read(file, text + have, size - have);
    if (got <= 0) break;
    have += static_cast<std::size_t>(got);
  }
  close(file);
  return have;
}

std::uint32_t midr_of_sysfs() {
  char text[32];
  const std::size_t size =
      read_start("/sys/devices/system/cpu/cpu0/regs/identification/midr_el1", text, sizeof(text));
  std::uint32_t midr = 0;
  return parse_number(text, size, &midr) ? midr : 0;
}

/// The kernel emulates the register for user space where it says so.
std::uint32_t midr_of_register([[maybe_unused]] unsigned long hwcap) {
#if defined(__aarch64__)
  constexpr unsigned long kHwcapCpuid = 1ul << 11;
  if ((hwcap & kHwcapCpuid) != 0) {
    std::uint64_t midr = 0;
    __asm__("mrs %0, MIDR_EL1" : "=r"(midr));
    return static_cast<std::uint32_t>(midr);
  }
#endif
  return 0;
}

std::uint32_t midr_of_proc() {
  char text[4096];
  return midr_of_cpuinfo(text, read_start("/proc/cpuinfo", text, sizeof(text)));
}

CpuFeatures detect() {
  const unsigned long hwcap = getauxval(AT_HWCAP);
  CpuFeatures cpu;
#if defined(__aarch64__)
  cpu.neon = (hwcap >> 1 & 1) != 0;                                 // HWCAP_ASIMD
  cpu.dotprod = cpu.neon && (hwcap >> 20 & 1) != 0;                 // HWCAP_ASIMDDP
  cpu.i8mm = cpu.dotprod && (getauxval(AT_HWCAP2) >> 13 & 1) != 0;  // HWCAP2_I8MM
#else
  cpu.neon = (hwcap >> 12 & 1) != 0;  // HWCAP_NEON
#endif
  std::uint32_t midr = midr_of_sysfs();
  if (midr == 0) midr = midr_of_register(hwcap);
  if (midr == 0) midr = midr_of_proc();
  cpu.core = core_class_of_midr(midr);
  return cpu;
}

#elif defined(__APPLE__) && defined(__aarch64__)

bool sysctl_flag(const char* name) {
  int value = 0;
  std::size_t size = sizeof(value);
  return sysctlbyname(name, &value, &size, nullptr, 0) == 0 && value != 0;
}

CpuFeatures detect() {
  CpuFeatures cpu;
  cpu.neon = true;
  cpu.dotprod = sysctl_flag("hw.optional.arm.FEAT_DotProd");
  cpu.i8mm = cpu.dotprod && sysctl_flag("hw.optional.arm.FEAT_I8MM");
  cpu.core = CoreClass::out_of_order;
  return cpu;
}

#elif defined(__x86_64__) || defined(__i386__)

constexpr unsigned kYmm = 0x06, kZmm = 0xe6;

/// Whether the operating system saves these parts of the vector registers.
bool saves(unsigned state) {
  unsigned low = 0;
  unsigned high = 0;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (low & state) == state;
}

CpuFeatures detect() {
  CpuFeatures cpu;
  cpu.core = CoreClass::out_of_order;
  unsigned a = 0, b = 0, c = 0, d = 0;
  const bool has_xgetbv = __get_cpuid(1, &a, &b, &c, &d) != 0 && (c >> 27 & 1) != 0;
  if (!has_xgetbv || !saves(kYmm)) return cpu;
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0) return cpu;
  cpu.avx2 = (b >> 5 & 1) != 0;
  constexpr unsigned kFoundation = 1u << 16, kDoubleword = 1u << 17, kByte = 1u << 30, kLength = 1u << 31;
  constexpr unsigned kAll = kFoundation | kDoubleword | kByte | kLength;
  cpu.vnni = cpu.avx2 && (b & kAll) == kAll && (c >> 11 & 1) != 0 && saves(kZmm);
  return cpu;
}

#else

CpuFeatures detect() { return {}; }

#endif

/// Whether this build has kernels of the family: kernels/CMakeLists.txt defines these where there is at least
/// one.
constexpr bool isa_built(Isa isa) {
  switch (isa) {
    case Isa::reference:
      return true;
#ifdef BULWARK_KERNELS_NEON
    case Isa::neon:
      return true;
#endif
#ifdef BULWARK_KERNELS_DOTPROD
    case Isa::dotprod:
      return true;
#endif
#ifdef BULWARK_KERNELS_I8MM
    case Isa::i8mm:
      return true;
#endif
#ifdef BULWARK_KERNELS_AVX2
    case Isa::avx2:
      return true;
#endif
#ifdef BULWARK_KERNELS_VNNI
    case Isa::vnni:
      return true;
#endif
    default:
      return false;
  }
}

bool cpu_has(Isa isa, const CpuFeatures& cpu) {
  switch (isa) {
    case Isa::reference:
      return true;
    case Isa::neon:
      return cpu.neon;
    case Isa::dotprod:
      return cpu.dotprod;
    case Isa::i8mm:
      return cpu.i8mm;
    case Isa::avx2:
      return cpu.avx2;
    case Isa::vnni:
      return cpu.vnni;
  }
  return false;
}

constexpr Isa kBestFirst[] = {Isa::i8mm, Isa::dotprod, Isa::neon, Isa::vnni, Isa::avx2, Isa::reference};

}  // namespace

const CpuFeatures& cpu_features() {
  static const CpuFeatures cpu = detect();
  return cpu;
}

bool isa_available(Isa isa, const CpuFeatures& cpu) { return isa_built(isa) && cpu_has(isa, cpu); }

Isa best_isa(const CpuFeatures& cpu) {
  for (const Isa isa : kBestFirst) {
    if (isa_available(isa, cpu)) return isa;
  }
  return Isa::reference;
}

const char* isa_name(Isa isa) {
  switch (isa) {
    case Isa::reference:
      return "reference";
    case Isa::neon:
      return "neon";
    case Isa::dotprod:
      return "dotprod";
    case Isa::i8mm:
      return "i8mm";
    case Isa::avx2:
      return "avx2";
    case Isa::vnni:
      return "vnni";
  }
  return "unknown";
}

bool parse_isa(const char* name, Isa* isa) {
  for (const Isa candidate : kBestFirst) {
    if (name != nullptr && std::strcmp(name, isa_name(candidate)) == 0) {
      *isa = candidate;
      return true;
    }
  }
  return false;
}

Isa fallback_isa(Isa isa) {
  switch (isa) {
    case Isa::i8mm:
      return Isa::dotprod;
    case Isa::dotprod:
      return Isa::neon;
    case Isa::vnni:
      return Isa::avx2;
    default:
      return Isa::reference;
  }
}

}  // namespace bulwark::kernels
