// SPDX-License-Identifier: Apache-2.0
#include "kernels/common/cpu.h"

#include "kernels/common/cpu_identify.h"
#include "tests/kernels/sweep.h"

namespace bulwark::test {

using kernels::CoreClass;
using kernels::Isa;

namespace {

constexpr Isa kAll[] = {Isa::reference, Isa::neon, Isa::dotprod, Isa::i8mm, Isa::avx2, Isa::vnni};

std::uint32_t midr_of(const std::string& cpuinfo) {
  Input<char> text(std::vector<char>(cpuinfo.begin(), cpuinfo.end()), GuardSide::back);
  return kernels::midr_of_cpuinfo(text.data(), cpuinfo.size());
}

bool number_of(const std::string& text, std::uint32_t* value) {
  Input<char> bytes(std::vector<char>(text.begin(), text.end()), GuardSide::back);
  return kernels::parse_number(bytes.data(), text.size(), value);
}

}  // namespace

TEST_CASE("Path names parse back to the path they name") {
  for (const Isa isa : kAll) {
    Isa parsed = isa == Isa::neon ? Isa::avx2 : Isa::neon;
    REQUIRE(kernels::parse_isa(kernels::isa_name(isa), &parsed));
    REQUIRE(parsed == isa);
  }
}

TEST_CASE("Unknown path names are refused and change nothing") {
  for (const char* name :
       {"", "NEON", "neon ", " neon", "neo", "neonx", "sve", "unknown", "0", "dotprod,neon"}) {
    INFO("name '" << name << "'");
    Isa isa = Isa::dotprod;
    REQUIRE_FALSE(kernels::parse_isa(name, &isa));
    REQUIRE(isa == Isa::dotprod);
  }
  Isa isa = Isa::dotprod;
  REQUIRE_FALSE(kernels::parse_isa(nullptr, &isa));
  REQUIRE(isa == Isa::dotprod);
}

TEST_CASE("Every path falls back to the reference") {
  REQUIRE(kernels::fallback_isa(Isa::i8mm) == Isa::dotprod);
  REQUIRE(kernels::fallback_isa(Isa::dotprod) == Isa::neon);
  REQUIRE(kernels::fallback_isa(Isa::neon) == Isa::reference);
  REQUIRE(kernels::fallback_isa(Isa::vnni) == Isa::avx2);
  REQUIRE(kernels::fallback_isa(Isa::avx2) == Isa::reference);
  REQUIRE(kernels::fallback_isa(Isa::reference) == Isa::reference);
}

TEST_CASE("A processor without extensions runs the reference alone") {
  const kernels::CpuFeatures none;
  for (const Isa isa : kAll) REQUIRE(kernels::isa_available(isa, none) == (isa == Isa::reference));
  REQUIRE(kernels::best_isa(none) == Isa::reference);
}

TEST_CASE("Available paths are those with kernels in this build") {
  kernels::CpuFeatures all;
  all.neon = all.dotprod = all.i8mm = all.avx2 = all.vnni = true;
#ifdef __aarch64__
  REQUIRE(kernels::isa_available(Isa::neon, all));
  REQUIRE_FALSE(kernels::isa_available(Isa::avx2, all));
#else
#ifdef __arm__
  REQUIRE(kernels::isa_available(Isa::neon, all));
#else
  REQUIRE_FALSE(kernels::isa_available(Isa::neon, all));
#endif
  REQUIRE_FALSE(kernels::isa_available(Isa::dotprod, all));
  REQUIRE_FALSE(kernels::isa_available(Isa::i8mm, all));
#endif
  REQUIRE(kernels::isa_available(kernels::best_isa(all), all));
}

TEST_CASE("Detection says the same each time and no more than the processor family has") {
  const kernels::CpuFeatures& cpu = kernels::cpu_features();
  REQUIRE(&cpu == &kernels::cpu_features());
  WARN("processor: " << (cpu.neon ? "neon " : "") << (cpu.dotprod ? "dotprod " : "")
                     << (cpu.i8mm ? "i8mm " : "") << (cpu.avx2 ? "avx2 " : "") << (cpu.vnni ? "vnni " : "")
                     << "core class " << static_cast<int>(cpu.core));
#ifdef __aarch64__
  REQUIRE(cpu.neon);
  REQUIRE_FALSE(cpu.avx2);
  if (cpu.i8mm) REQUIRE(cpu.dotprod);
#elif defined(__x86_64__)
  REQUIRE_FALSE(cpu.neon);
  REQUIRE(cpu.core == CoreClass::out_of_order);
#endif
}

TEST_CASE("Cores that execute in order are told from the others") {
  for (const std::uint32_t part : {0xC07u, 0xD03u, 0xD04u, 0xD05u, 0xD46u, 0xD80u}) {
    REQUIRE(kernels::core_class_of_midr(0x41000000u | part << 4) == CoreClass::in_order);
    REQUIRE(kernels::core_class_of_midr(0x41FF000Fu | part << 4) == CoreClass::in_order);
  }
  for (const std::uint32_t part : {0xD07u, 0xD08u, 0xD0Au, 0xD0Bu, 0xD0Cu, 0xD40u, 0xD44u}) {
    REQUIRE(kernels::core_class_of_midr(0x41000000u | part << 4) == CoreClass::out_of_order);
  }
  REQUIRE(kernels::core_class_of_midr(0x51008030u) == CoreClass::in_order);
  REQUIRE(kernels::core_class_of_midr(0x61000220u) == CoreClass::out_of_order);
  REQUIRE(kernels::core_class_of_midr(0) == CoreClass::unknown);
}

TEST_CASE("The first core of /proc/cpuinfo is found") {
  const std::string text =
      "processor\t: 0\nBogoMIPS\t: 108.00\nCPU implementer\t: 0x41\nCPU architecture: 8\nCPU variant\t: 0x0\n"
      "CPU part\t: 0xd03\nCPU revision\t: 4\n\nprocessor\t: 1\nCPU implementer\t: 0x51\nCPU part\t: 0x802\n";
  REQUIRE(midr_of(text) == 0x4100D030u);
  for (std::size_t size = 0; size <= text.size(); ++size) {
    const std::uint32_t midr = midr_of(text.substr(0, size));
    // Cut inside the number, the part is another core's; nothing else may come out.
    REQUIRE((midr == 0 || midr == 0x41000000u || midr == 0x410000D0u || midr == 0x41000D00u ||
             midr == 0x4100D030u));
  }
}

TEST_CASE("Anything may stand in /proc/cpuinfo") {
  for (const char* text :
       {"", "\n\n\n", "CPU part", "CPU part\t:", "CPU part: 0x",
        "CPU part: 0xfffffffff\nCPU implementer: 0x41", "CPU implementer: 0x141\nCPU part: 0xd03",
        "CPU implementer: 0x41\nCPU part: 0x1d03", "model name : Intel",
        "CPU implementer: -1\nCPU part: 0xd03", "xCPU implementer: 0x41\nCPU part: 1"}) {
    INFO(text);
    REQUIRE(midr_of(text) == 0);
  }
  Random random(81);
  for (int i = 0; i < cases(2000, 100000); ++i) {
    std::string text = "CPU implementer: 0x41\nCPU part: 0xd03\n";
    for (int k = 0; k < 4; ++k) {
      text[static_cast<std::size_t>(random_int(random, 0, static_cast<int>(text.size()) - 1))] =
          static_cast<char>(random_int(random, 0, 255));
    }
    const std::uint32_t midr = midr_of(text);
    REQUIRE((midr & 0x00FF000Fu) == 0);
  }
}

TEST_CASE("Numbers parse in decimal and hexadecimal, and too large ones do not") {
  std::uint32_t value = 7;
  REQUIRE((number_of(" 0x00000000410fd034\n", &value) && value == 0x410FD034u));
  REQUIRE((number_of("4294967295", &value) && value == 0xFFFFFFFFu));
  value = 7;
  for (const char* text : {"", " ", "0x", "x41", "-1", "4294967296", "0x100000000", "99999999999999999999"}) {
    INFO(text);
    REQUIRE_FALSE(number_of(text, &value));
    REQUIRE(value == 7);
  }
}

}  // namespace bulwark::test
