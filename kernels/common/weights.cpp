// SPDX-License-Identifier: Apache-2.0
#include "kernels/common/weights.h"

#include "kernels/common/bytes16.h"

namespace bulwark::kernels {
namespace {

template <int kBits>
std::int16_t sign_extend(std::uint32_t value) {
  constexpr std::uint32_t kSign = 1u << (kBits - 1);
  return static_cast<std::int16_t>(static_cast<std::int32_t>((value & ((1u << kBits) - 1)) ^ kSign) -
                                   static_cast<std::int32_t>(kSign));
}

/// The i-th element of a row of kBits-wide two's complement numbers, least significant bits first. Reads only
/// bytes that hold it.
template <int kBits>
std::int16_t bit_field(const std::uint8_t* row, std::size_t i) {
  const std::size_t bit = i * kBits;
  const std::size_t byte = bit / 8;
  const unsigned shift = static_cast<unsigned>(bit % 8);
  std::uint32_t value = row[byte] >> shift;
  if (shift + kBits > 8) value |= static_cast<std::uint32_t>(row[byte + 1]) << (8 - shift);
  return sign_extend<kBits>(value);
}

std::int16_t ternary_digit(const std::uint8_t* row, std::size_t i) {
  constexpr std::uint8_t kPower[5] = {1, 3, 9, 27, 81};
  return static_cast<std::int16_t>(row[i / 5] / kPower[i % 5] % 3 - 1);
}

std::int16_t int16_le(const std::uint8_t* row, std::size_t i) {
  return static_cast<std::int16_t>(row[2 * i] | row[2 * i + 1] << 8);
}

// Whole steps of a row, as bytes; each tells how many elements it has done.

void store16(std::int8_t* to, Bytes16 v) { std::memcpy(to, &v, sizeof v); }

std::size_t steps_s4(const std::uint8_t* row, std::size_t elements, std::int8_t* out) {
  std::size_t i = 0;
  for (; i + 32 <= elements; i += 32) {
    const Bytes16 two = load16(row + i / 2);
    const Interleaved fields = interleave_bytes(two & 15, two >> 4);
    store16(out + i, (fields.low ^ 8) - 8);
    store16(out + i + 16, (fields.high ^ 8) - 8);
  }
  return i;
}

std::size_t steps_s3(const std::uint8_t* row, std::size_t elements, std::int8_t* out) {
  std::size_t i = 0;
  for (; i + 8 <= elements; i += 8, row += 3) {
    const std::uint32_t eight = row[0] | std::uint32_t{row[1]} << 8 | std::uint32_t{row[2]} << 16;
    for (unsigned j = 0; j < 8; ++j)
      out[i + j] = static_cast<std::int8_t>(static_cast<std::int32_t>(eight << (29 - 3 * j)) >> 29);
  }
  return i;
}

std::size_t steps_s2(const std::uint8_t* row, std::size_t elements, std::int8_t* out) {
  std::size_t i = 0;
  for (; i + 64 <= elements; i += 64) {
    const Bytes16 four = load16(row + i / 4);
    const Interleaved first = interleave_bytes(four & 3, four >> 2 & 3);
    const Interleaved last = interleave_bytes(four >> 4 & 3, four >> 6);
    const Interleaved low = interleave_halves(first.low, last.low),
                      high = interleave_halves(first.high, last.high);
    store16(out + i, (low.low ^ 2) - 2);
    store16(out + i + 16, (low.high ^ 2) - 2);
    store16(out + i + 32, (high.low ^ 2) - 2);
    store16(out + i + 48, (high.high ^ 2) - 2);
  }
  return i;
}

/// The digits of every byte, three more than there are.
struct Digits {
  std::int8_t of[256][8] = {};
  constexpr Digits() {
    for (unsigned byte = 0; byte < 256; ++byte) {
      for (unsigned i = 0, rest = byte; i < 5; ++i, rest /= 3)
        of[byte][i] = static_cast<std::int8_t>(rest % 3) - 1;
    }
  }
};

std::size_t steps_ternary(const std::uint8_t* row, std::size_t elements, std::int8_t* out) {
  static constexpr Digits kDigits;
  std::size_t i = 0;
  for (; i + 8 <= elements; i += 5) std::memcpy(out + i, kDigits.of[*row++], 8);
  return i;
}

/// A format of at most 8 bits.
void unpack(WeightFormat format, const std::uint8_t* row, std::size_t elements, std::int8_t* out) {
  const auto each = [&](std::size_t from, auto element) {
    for (std::size_t i = from; i < elements; ++i) out[i] = static_cast<std::int8_t>(element(row, i));
  };
  switch (format) {
    case WeightFormat::s8:
      std::memcpy(out, row, elements);
      break;
    case WeightFormat::s4:
      each(steps_s4(row, elements, out), bit_field<4>);
      break;
    case WeightFormat::s3:
      each(steps_s3(row, elements, out), bit_field<3>);
      break;
    case WeightFormat::s2:
      each(steps_s2(row, elements, out), bit_field<2>);
      break;
    case WeightFormat::ternary:
      each(steps_ternary(row, elements, out), ternary_digit);
      break;
    case WeightFormat::s9:
      break;
  }
}

/// Bytes to words; they may lie in the second half of the words' place.
void widen(const std::int8_t* bytes, std::size_t elements, std::int16_t* out) {
  std::size_t i = 0;
  for (; i + 16 <= elements; i += 16) {
    const Bytes16 low = load16(bytes + i), high = std::bit_cast<Bytes16>(low > 127);
    const Interleaved words = interleave_bytes(low, high);
    std::memcpy(out + i, &words, sizeof words);
  }
  for (; i < elements; ++i) out[i] = bytes[i];
}

int field_bits(WeightFormat format) {
  switch (format) {
    case WeightFormat::s8:
      return 8;
    case WeightFormat::s4:
      return 4;
    case WeightFormat::s3:
      return 3;
    case WeightFormat::s2:
      return 2;
    case WeightFormat::ternary:
      return 0;
    case WeightFormat::s9:
      return 16;
  }
  return 0;
}

}  // namespace

WeightRange weight_range(WeightFormat format) {
  switch (format) {
    case WeightFormat::s8:
      return {-128, 127};
    case WeightFormat::s4:
      return {-8, 7};
    case WeightFormat::s3:
      return {-4, 3};
    case WeightFormat::s2:
      return {-2, 1};
    case WeightFormat::ternary:
      return {-1, 1};
    case WeightFormat::s9:
      return {-255, 255};
  }
  return {0, 0};
}

std::uint64_t weight_row_bytes(WeightFormat format, std::uint64_t elements) {
  if (format == WeightFormat::ternary) return (elements + 4) / 5;
  return (elements * static_cast<std::uint64_t>(field_bits(format)) + 7) / 8;
}

void unpack_weight_row(WeightFormat format, const std::uint8_t* row, std::size_t elements,
                       std::int16_t* out) {
  if (format == WeightFormat::s9) {
    for (std::size_t i = 0; i < elements; ++i) out[i] = int16_le(row, i);
  } else if (format == WeightFormat::s8) {
    widen(reinterpret_cast<const std::int8_t*>(row), elements, out);
  } else {
    std::int8_t* const bytes = reinterpret_cast<std::int8_t*>(out) + elements;
    unpack(format, row, elements, bytes);
    widen(bytes, elements, out);
  }
}

void unpack_weight_row(WeightFormat format, const std::uint8_t* row, std::size_t elements, std::int8_t* out) {
  unpack(format, row, elements, out);
}

void pack_weight_row(WeightFormat format, const std::int16_t* weights, std::size_t elements,
                     std::uint8_t* row) {
  const std::size_t bytes = static_cast<std::size_t>(weight_row_bytes(format, elements));
  for (std::size_t i = 0; i < bytes; ++i) row[i] = 0;
  if (format == WeightFormat::ternary) {
    for (std::size_t i = elements; i-- > 0;) {
      row[i / 5] = static_cast<std::uint8_t>(row[i / 5] * 3 + (weights[i] + 1));
    }
    return;
  }
  const unsigned bits = static_cast<unsigned>(field_bits(format));
  for (std::size_t i = 0; i < elements; ++i) {
    const std::uint32_t value =
        static_cast<std::uint32_t>(static_cast<std::uint16_t>(weights[i])) & ((1u << bits) - 1);
    const std::size_t bit = i * bits;
    const unsigned shift = static_cast<unsigned>(bit % 8);
    const std::uint32_t placed = value << shift;
    for (unsigned k = 0; k * 8 < shift + bits; ++k) {
      row[bit / 8 + k] = static_cast<std::uint8_t>(row[bit / 8 + k] | (placed >> (8 * k)));
    }
  }
}

}  // namespace bulwark::kernels
