// SPDX-License-Identifier: Apache-2.0
// Which core a MIDR value or /proc/cpuinfo names.
#pragma once

#include "kernels/common/types.h"

namespace bulwark::kernels {

/// The core class of a MIDR_EL1 value (implementer in bits 31..24, part in 15..4); 0 gives unknown.
CoreClass core_class_of_midr(std::uint32_t midr);

/// A number in decimal or, with 0x, hexadecimal after optional blanks. False: no number there, or it does not
/// fit 32 bits.
bool parse_number(const char* text, std::size_t size, std::uint32_t* value);

/// The MIDR (implementer and part only) of the first processor in the text of /proc/cpuinfo; 0 when it is not
/// told. `text` may hold anything and may be cut off anywhere.
std::uint32_t midr_of_cpuinfo(const char* text, std::size_t size);

}  // namespace bulwark::kernels
