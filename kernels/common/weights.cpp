// SPDX-License-Identifier: Apache-2.0
#include "kernels/common/weights.h"

namespace bulwark::kernels {
namespace {

template <int kBits>
std::int16_t sign_extend(std::uint32_t value) {
  constexpr std::uint32_t kSign = 1u << (kBits - 1);
  return static_cast<std::int16_t>(static_cast<std::int32_t>((value & ((1u << kBits) - 1)) ^ kSign) -
                                   static_cast<std::int32_t>(kSign));
}

/// The i-th element of a row of kBits-wide two's complement numbers, least significant bits first. Reads only bytes that hold it.
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

template <typename Out>
void unpack(WeightFormat format, const std::uint8_t* row, std::size_t elements, Out* out) {
  const auto each = [&](auto element) {
    for (std::size_t i = 0; i < elements; ++i) out[i] = static_cast<Out>(element(row, i));
  };
  switch (format) {
    case WeightFormat::s8: each([](const std::uint8_t* r, std::size_t i) { return static_cast<std::int8_t>(r[i]); }); break;
    case WeightFormat::s4: each(bit_field<4>); break;
    case WeightFormat::s3: each(bit_field<3>); break;
    case WeightFormat::s2: each(bit_field<2>); break;
    case WeightFormat::ternary: each(ternary_digit); break;
    case WeightFormat::s9: each(int16_le); break;
  }
}

int field_bits(WeightFormat format) {
  switch (format) {
    case WeightFormat::s8: return 8;
    case WeightFormat::s4: return 4;
    case WeightFormat::s3: return 3;
    case WeightFormat::s2: return 2;
    case WeightFormat::ternary: return 0;
    case WeightFormat::s9: return 16;
  }
  return 0;
}

}  // namespace

WeightRange weight_range(WeightFormat format) {
  switch (format) {
    case WeightFormat::s8: return {-128, 127};
    case WeightFormat::s4: return {-8, 7};
    case WeightFormat::s3: return {-4, 3};
    case WeightFormat::s2: return {-2, 1};
    case WeightFormat::ternary: return {-1, 1};
    case WeightFormat::s9: return {-255, 255};
  }
  return {0, 0};
}

std::uint64_t weight_row_bytes(WeightFormat format, std::uint64_t elements) {
  if (format == WeightFormat::ternary) return (elements + 4) / 5;
  return (elements * static_cast<std::uint64_t>(field_bits(format)) + 7) / 8;
}

void unpack_weight_row(WeightFormat format, const std::uint8_t* row, std::size_t elements, std::int16_t* out) {
  unpack(format, row, elements, out);
}

void unpack_weight_row(WeightFormat format, const std::uint8_t* row, std::size_t elements, std::int8_t* out) {
  unpack(format, row, elements, out);
}

void pack_weight_row(WeightFormat format, const std::int16_t* weights, std::size_t elements, std::uint8_t* row) {
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
    const std::uint32_t value = static_cast<std::uint32_t>(static_cast<std::uint16_t>(weights[i])) & ((1u << bits) - 1);
    const std::size_t bit = i * bits;
    const unsigned shift = static_cast<unsigned>(bit % 8);
    const std::uint32_t placed = value << shift;
    for (unsigned k = 0; k * 8 < shift + bits; ++k) {
      row[bit / 8 + k] = static_cast<std::uint8_t>(row[bit / 8 + k] | (placed >> (8 * k)));
    }
  }
}

}  // namespace bulwark::kernels
