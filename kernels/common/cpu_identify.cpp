// SPDX-License-Identifier: Apache-2.0
#include "kernels/common/cpu_identify.h"

#include <cstring>

namespace bulwark::kernels {
namespace {

constexpr std::uint32_t key(std::uint32_t implementer, std::uint32_t part) {
  return implementer << 12 | part;
}

constexpr std::uint32_t kInOrder[] = {
    key(0x41, 0xC05),  // Cortex-A5
    key(0x41, 0xC07),  // Cortex-A7
    key(0x41, 0xC08),  // Cortex-A8
    key(0x41, 0xD01),  // Cortex-A32
    key(0x41, 0xD02),  // Cortex-A34
    key(0x41, 0xD03),  // Cortex-A53
    key(0x41, 0xD04),  // Cortex-A35
    key(0x41, 0xD05),  // Cortex-A55
    key(0x41, 0xD46),  // Cortex-A510
    key(0x41, 0xD80),  // Cortex-A520
    key(0x43, 0x0A1),  // ThunderX
    key(0x51, 0x801),  // Kryo 2xx Silver
    key(0x51, 0x803),  // Kryo 385 Silver
    key(0x51, 0x805),  // Kryo 4xx Silver
};

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return 16;
}

/// The number after "name<blanks>:" on the first line that starts so.
bool field(const char* text, std::size_t size, const char* name, std::uint32_t* value) {
  const std::size_t length = std::strlen(name);
  for (std::size_t line = 0; line < size;) {
    const void* newline = std::memchr(text + line, '\n', size - line);
    const std::size_t end =
        newline != nullptr ? static_cast<std::size_t>(static_cast<const char*>(newline) - text) : size;
    if (end - line > length && std::memcmp(text + line, name, length) == 0) {
      std::size_t at = line + length;
      while (at < end && (text[at] == ' ' || text[at] == '\t')) ++at;
      if (at < end && text[at] == ':') return parse_number(text + at + 1, end - at - 1, value);
    }
    line = end + 1;
  }
  return false;
}

}  // namespace

CoreClass core_class_of_midr(std::uint32_t midr) {
  if (midr == 0) return CoreClass::unknown;
  const std::uint32_t core = key(midr >> 24, (midr >> 4) & 0xFFF);
  for (const std::uint32_t in_order : kInOrder) {
    if (core == in_order) return CoreClass::in_order;
  }
  return CoreClass::out_of_order;
}

bool parse_number(const char* text, std::size_t size, std::uint32_t* value) {
  std::size_t i = 0;
  while (i < size && (text[i] == ' ' || text[i] == '\t')) ++i;
  int base = 10;
  if (size - i >= 2 && text[i] == '0' && (text[i + 1] == 'x' || text[i + 1] == 'X')) {
    base = 16;
    i += 2;
  }
  std::uint64_t number = 0;
  const std::size_t first = i;
  for (; i < size && digit(text[i]) < base; ++i) {
    number = number * static_cast<std::uint64_t>(base) + static_cast<std::uint64_t>(digit(text[i]));
    if (number > 0xFFFFFFFFu) return false;
  }
  if (i == first) return false;
  *value = static_cast<std::uint32_t>(number);
  return true;
}

std::uint32_t midr_of_cpuinfo(const char* text, std::size_t size) {
  std::uint32_t implementer = 0;
  std::uint32_t part = 0;
  if (!field(text, size, "CPU implementer", &implementer) || implementer > 0xFF) return 0;
  if (!field(text, size, "CPU part", &part) || part > 0xFFF) return 0;
  return implementer << 24 | part << 4;
}

}  // namespace bulwark::kernels
