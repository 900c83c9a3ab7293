// SPDX-License-Identifier: Apache-2.0
#include "schema/weights.h"

#include <algorithm>

#if defined(__aarch64__)
#include "schema/weight_rows_neon.h"
#endif

namespace bulwark::schema {
namespace {

void take(RowSummary& row, std::int32_t w) {
  row.lo = std::min(row.lo, w);
  row.hi = std::max(row.hi, w);
  row.sum_abs += w < 0 ? -w : w;
}

RowSummary empty_row() { return {true, INT32_MAX, INT32_MIN, 0}; }

/// Rows of two's complement numbers of kBits, least significant bits first; kBytes bytes hold kBytes * 8 /
/// kBits of them.
template <unsigned kBits, unsigned kBytes>
RowSummary bit_fields(const std::uint8_t* bytes, std::int32_t elements) {
  constexpr std::int32_t kPerGroup = kBytes * 8 / kBits;
  constexpr std::uint32_t kMask = (1u << kBits) - 1, kSign = 1u << (kBits - 1);
  RowSummary row = empty_row();
  for (std::int32_t done = 0; done < elements; done += kPerGroup) {
    const std::int32_t here = std::min(kPerGroup, elements - done);
    const unsigned group_bytes = (static_cast<unsigned>(here) * kBits + 7) / 8;
    std::uint32_t group = 0;
    for (unsigned i = 0; i < group_bytes; ++i) group |= std::uint32_t{*bytes++} << (8 * i);
    for (std::int32_t i = 0; i < here; ++i, group >>= kBits) {
      take(row, static_cast<std::int32_t>((group & kMask) ^ kSign) - static_cast<std::int32_t>(kSign));
    }
    if (group != 0) row.valid = false;
  }
  return row;
}

RowSummary both(const RowSummary& a, const RowSummary& b) {
  return {a.valid && b.valid, std::min(a.lo, b.lo), std::max(a.hi, b.hi), a.sum_abs + b.sum_abs};
}

/// The same where a byte holds whole numbers: without branches, for the compiler to make vectors of.
template <unsigned kBits>
RowSummary whole_bytes(const std::uint8_t* bytes, std::int32_t count) {
  constexpr std::int32_t kBlock = 1024;  // sums fit 16 bits: at most 16 a byte
  constexpr std::uint8_t kMask = (1u << kBits) - 1, kSign = 1u << (kBits - 1);
  RowSummary row = empty_row();
  for (std::int32_t done = 0; done < count; done += kBlock) {
    const std::int32_t here = std::min(kBlock, count - done);
    std::int8_t lo = INT8_MAX, hi = INT8_MIN;
    std::uint16_t sum_abs = 0;
    for (std::int32_t i = 0; i < here; ++i) {
      std::uint8_t of_byte = 0;
      for (unsigned shift = 0; shift < 8; shift += kBits) {
        const auto field = static_cast<std::uint8_t>(bytes[done + i] >> shift & kMask);
        const auto w = static_cast<std::int8_t>((field ^ kSign) - kSign);
        lo = std::min(lo, w);
        hi = std::max(hi, w);
        of_byte = static_cast<std::uint8_t>(of_byte + static_cast<std::uint8_t>(w < 0 ? -w : w));
      }
      sum_abs = static_cast<std::uint16_t>(sum_abs + of_byte);
    }
    row = both(row, {true, lo, hi, sum_abs});
  }
  return row;
}

template <unsigned kBits>
RowSummary fields_in_bytes(const std::uint8_t* bytes, std::int32_t elements) {
  constexpr std::int32_t kPerByte = 8 / kBits;
  const std::int32_t whole = elements / kPerByte;
  const RowSummary row = whole_bytes<kBits>(bytes, whole);
  return elements % kPerByte == 0 ? row : both(row, bit_fields<kBits, 1>(bytes + whole, elements % kPerByte));
}

/// What some weights that are read at once are together: their sum of |w|, and a bit for every value among
/// them.
class Sets {
 public:
  static constexpr std::uint32_t kInvalid = 1u << 31;
  static constexpr std::uint32_t with(std::uint32_t set, std::int32_t w, std::int32_t lowest) {
    return (set + static_cast<std::uint32_t>(w < 0 ? -w : w)) | 1u << (kSeen + w - lowest);
  }
  void add(std::uint32_t set) {
    sum_ += set & ((1u << kSeen) - 1);
    seen_ |= set;
  }
  RowSummary summary(std::int32_t lowest) const {
    RowSummary row = empty_row();
    row.valid = (seen_ & kInvalid) == 0;
    row.sum_abs = sum_;
    for (std::int32_t i = 0; i < 8; ++i) {
      if ((seen_ >> (kSeen + i) & 1) == 0) continue;
      row.lo = std::min(row.lo, lowest + i);
      row.hi = std::max(row.hi, lowest + i);
    }
    return row;
  }

 private:
  static constexpr std::int32_t kSeen = 8;
  std::int64_t sum_ = 0;
  std::uint32_t seen_ = 0;
};

/// Two numbers of 3 bits.
struct PairsOf3 {
  std::uint32_t of[64] = {};
  constexpr PairsOf3() {
    for (std::int32_t i = 0; i < 64; ++i)
      of[i] = Sets::with(Sets::with(0, (i % 8 ^ 4) - 4, -4), (i / 8 ^ 4) - 4, -4);
  }
};

RowSummary fields_s3(const std::uint8_t* bytes, std::int32_t elements) {
  static constexpr PairsOf3 kPairs;
  Sets sets;
  for (; elements >= 8; elements -= 8, bytes += 3) {
    const std::uint32_t group = bytes[0] | std::uint32_t{bytes[1]} << 8 | std::uint32_t{bytes[2]} << 16;
    for (unsigned shift = 0; shift < 24; shift += 6) sets.add(kPairs.of[group >> shift & 63]);
  }
  const RowSummary row = sets.summary(-4);
  return elements == 0 ? row : both(row, bit_fields<3, 3>(bytes, elements));
}

/// Five digits in a byte.
struct Fives {
  std::uint32_t of[256] = {};
  constexpr Fives() {
    for (std::int32_t byte = 0; byte < 256; ++byte) {
      for (std::int32_t i = 0, rest = byte; i < 5; ++i, rest /= 3)
        of[byte] = Sets::with(of[byte], rest % 3 - 1, -1);
      if (byte > 242) of[byte] |= Sets::kInvalid;
    }
  }
};

RowSummary bytes_s8(const std::uint8_t* bytes, std::int32_t elements) {
  // Blocks whose sum fits 16 bits, without branches: the compiler turns them into vectors.
  constexpr std::int32_t kBlock = 256;
  RowSummary row = empty_row();
  for (std::int32_t done = 0; done < elements; done += kBlock) {
    const std::int32_t here = std::min(kBlock, elements - done);
    std::int8_t lo = INT8_MAX, hi = INT8_MIN;
    std::uint16_t sum_abs = 0;  // at most 256 * 128
    for (std::int32_t i = 0; i < here; ++i) {
      const auto w = static_cast<std::int8_t>(bytes[done + i]);
      lo = std::min(lo, w);
      hi = std::max(hi, w);
      sum_abs = static_cast<std::uint16_t>(sum_abs + static_cast<std::uint8_t>(w < 0 ? -w : w));
    }
    row.lo = std::min<std::int32_t>(row.lo, lo);
    row.hi = std::max<std::int32_t>(row.hi, hi);
    row.sum_abs += sum_abs;
  }
  return row;
}

RowSummary digits_base3(const std::uint8_t* bytes, std::int32_t elements) {
  static constexpr Fives kFives;
  Sets sets;
  for (; elements >= 5; elements -= 5) sets.add(kFives.of[*bytes++]);
  RowSummary row = sets.summary(-1);
  if (elements == 0) return row;
  unsigned last = *bytes;
  for (; elements > 0; --elements, last /= 3) take(row, static_cast<std::int32_t>(last % 3) - 1);
  if (last != 0) row.valid = false;
  return row;
}

RowSummary words_s9(const std::uint8_t* bytes, std::int32_t elements) {
  RowSummary row = empty_row();
  for (std::int32_t i = 0; i < elements; ++i, bytes += 2) {
    take(row, static_cast<std::int16_t>(static_cast<std::uint16_t>(bytes[0] | bytes[1] << 8)));
  }
  if (row.lo < -255 || row.hi > 255) row.valid = false;
  return row;
}

}  // namespace

std::uint64_t weight_row_bytes(WeightFormat format, std::uint64_t elements) {
  switch (format) {
    case WeightFormat::s8:
      return elements;
    case WeightFormat::s4:
      return (elements + 1) / 2;
    case WeightFormat::s3:
      return (elements * 3 + 7) / 8;
    case WeightFormat::s2:
      return (elements + 3) / 4;
    case WeightFormat::ternary:
      return (elements + 4) / 5;
    case WeightFormat::s9:
      return elements * 2;
    case WeightFormat::f32:
      return elements * 4;
  }
  return 0;
}

RowSummary summarize_row(WeightFormat format, const std::uint8_t* row, std::int32_t elements) {
  switch (format) {
    case WeightFormat::s8:
      return bytes_s8(row, elements);
    case WeightFormat::s4:
      return fields_in_bytes<4>(row, elements);
    case WeightFormat::s3:
      return fields_s3(row, elements);
    case WeightFormat::s2:
      return fields_in_bytes<2>(row, elements);
    case WeightFormat::ternary:
      return digits_base3(row, elements);
    case WeightFormat::s9:
      return words_s9(row, elements);
    case WeightFormat::f32:
      break;
  }
  return {false, 0, 0, 0};
}

std::int32_t summarize_rows(WeightFormat format, const std::uint8_t* data, std::int32_t rows,
                            std::int32_t elements, std::uint32_t* sums, WeightExtremes* extremes) {
  const std::uint64_t row_bytes = weight_row_bytes(format, static_cast<std::uint64_t>(elements));
  const auto widen = [&](std::int32_t lo, std::int32_t hi) {
    extremes->lo = std::min(extremes->lo, lo);
    extremes->hi = std::max(extremes->hi, hi);
  };
#if defined(__aarch64__)
  if (format == WeightFormat::s8) {
    WeightRowsNeon reader;
    reader.read(data, rows, elements, sums);
    widen(reader.extremes().lo, reader.extremes().hi);
    return kAllRowsValid;
  }
#endif
  for (std::int32_t row = 0; row < rows; ++row, data += row_bytes) {
    const RowSummary summary = summarize_row(format, data, elements);
    if (!summary.valid) return row;
    sums[row] = static_cast<std::uint32_t>(summary.sum_abs);
    widen(summary.lo, summary.hi);
  }
  return kAllRowsValid;
}

}  // namespace bulwark::schema
