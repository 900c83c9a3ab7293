// SPDX-License-Identifier: Apache-2.0
// Weights of 2 bits (or ternary) with inputs of up to 4 bits, by lookup (lookup_tables.h), for out-of-order
// cores. tbl makes the products of two inputs for 16 channels; four pairs are added in 8 bits and widened to
// sums of 16 bits, which hold the whole depth. Two records of 16 channels share the tables where there are
// two.
#include "kernels/conv/conv_kernels.h"
#include "kernels/conv/spread_neon.h"

// clang-format off
/// The sums of a pixel and 16 channels: four tables, at the places of four vectors, to lo and hi.
#define LOOKUPS(to0, to1, to2, to3, p0, p1, p2, p3, lo, hi)                                        \
  "tbl " to0 ".16b, {v24.16b}, " p0 ".16b\n"                                                       \
  "tbl " to1 ".16b, {v25.16b}, " p1 ".16b\n"                                                       \
  "tbl " to2 ".16b, {v26.16b}, " p2 ".16b\n"                                                       \
  "tbl " to3 ".16b, {v27.16b}, " p3 ".16b\n"                                                       \
  "add " to0 ".16b, " to0 ".16b, " to1 ".16b\n"                                                    \
  "add " to2 ".16b, " to2 ".16b, " to3 ".16b\n"                                                    \
  "add " to0 ".16b, " to0 ".16b, " to2 ".16b\n"                                                    \
  "saddw " lo ".8h, " lo ".8h, " to0 ".8b\n"                                                       \
  "saddw2 " hi ".8h, " hi ".8h, " to0 ".16b\n"
#define TABLES(first, second)                                                                      \
  "ldp x9, x10, [%[x], #" #first "]\n"                                                             \
  "ldp x11, x12, [%[x], #" #second "]\n"                                                           \
  "ldr q24, [x9]\n"                                                                                \
  "ldr q25, [x10]\n"                                                                               \
  "ldr q26, [x11]\n"                                                                               \
  "ldr q27, [x12]\n"
#define FIRST(lo, hi) LOOKUPS("v28", "v29", "v30", "v31", "v16", "v17", "v18", "v19", lo, hi)
/// In place of the tables: their last use.
#define SECOND(lo, hi) LOOKUPS("v24", "v25", "v26", "v27", "v20", "v21", "v22", "v23", lo, hi)
#define PLACES(v0, v1, v2, v3, from)                                                               \
  "ldp q" v0 ", q" v1 ", [%[" from "]]\n"                                                          \
  "ldp q" v2 ", q" v3 ", [%[" from "], #32]\n"                                                     \
  "add %[" from "], %[" from "], #64\n"
#define NEXT_STEP                                                                                  \
  "add %[x], %[x], #128\n"                                                                         \
  "subs %[steps], %[steps], #1\n"                                                                  \
  "b.gt 1b\n"
#define CLEAR(v) "movi " v ".16b, #0\n"
#define CLEAR_4(a, b, c, d) CLEAR(a) CLEAR(b) CLEAR(c) CLEAR(d)
#define LOOKUP_CLOBBERS                                                                            \
  "memory", "cc", "x9", "x10", "x11", "x12", "v16", "v17", "v18", "v19", "v20", "v21", "v22", "v23", "v24",     \
      "v25", "v26", "v27", "v28", "v29", "v30", "v31"
// clang-format on

namespace bulwark::kernels {
namespace {

using conv::SpreadMode;
using Rule = conv::PairLookups;

/// Of a record: [pixel][half of the channels].
using Sums16 = int16x8_t[4][2];

[[gnu::always_inline]] inline void multiply(const std::int8_t* x, const std::uint8_t* w, std::int64_t steps,
                                            Sums16& s) {
  register int16x8_t s0 __asm__("v0"), s1 __asm__("v1"), s2 __asm__("v2"), s3 __asm__("v3");
  register int16x8_t s4 __asm__("v4"), s5 __asm__("v5"), s6 __asm__("v6"), s7 __asm__("v7");
  __asm__ volatile(
      // clang-format off
      CLEAR_4("v0", "v1", "v2", "v3") CLEAR_4("v4", "v5", "v6", "v7")
      "1:\n"
      PLACES("16", "17", "18", "19", "w")
      TABLES(0, 64) FIRST("v0", "v1")
      TABLES(16, 80) FIRST("v2", "v3")
      TABLES(32, 96) FIRST("v4", "v5")
      TABLES(48, 112) FIRST("v6", "v7")
      NEXT_STEP
      // clang-format on
      : "=&w"(s0), "=&w"(s1), "=&w"(s2), "=&w"(s3), "=&w"(s4), "=&w"(s5), "=&w"(s6),
        "=&w"(s7), [x] "+r"(x), [w] "+r"(w), [steps] "+r"(steps)
      :
      : LOOKUP_CLOBBERS);
  s[0][0] = s0, s[0][1] = s1, s[1][0] = s2, s[1][1] = s3;
  s[2][0] = s4, s[2][1] = s5, s[3][0] = s6, s[3][1] = s7;
}

/// Two records, `u` the weights of the second one.
[[gnu::always_inline]] inline void multiply(const std::int8_t* x, const std::uint8_t* w,
                                            const std::uint8_t* u, std::int64_t steps, Sums16& s, Sums16& t) {
  register int16x8_t s0 __asm__("v0"), s1 __asm__("v1"), s2 __asm__("v2"), s3 __asm__("v3");
  register int16x8_t s4 __asm__("v4"), s5 __asm__("v5"), s6 __asm__("v6"), s7 __asm__("v7");
  register int16x8_t t0 __asm__("v8"), t1 __asm__("v9"), t2 __asm__("v10"), t3 __asm__("v11");
  register int16x8_t t4 __asm__("v12"), t5 __asm__("v13"), t6 __asm__("v14"), t7 __asm__("v15");
  __asm__ volatile(
      // clang-format off
      CLEAR_4("v0", "v1", "v2", "v3") CLEAR_4("v4", "v5", "v6", "v7")
      CLEAR_4("v8", "v9", "v10", "v11") CLEAR_4("v12", "v13", "v14", "v15")
      "1:\n"
      PLACES("16", "17", "18", "19", "w")
      PLACES("20", "21", "22", "23", "u")
      TABLES(0, 64) FIRST("v0", "v1") SECOND("v8", "v9")
      TABLES(16, 80) FIRST("v2", "v3") SECOND("v10", "v11")
      TABLES(32, 96) FIRST("v4", "v5") SECOND("v12", "v13")
      TABLES(48, 112) FIRST("v6", "v7") SECOND("v14", "v15")
      NEXT_STEP
      // clang-format on
      : "=&w"(s0), "=&w"(s1), "=&w"(s2), "=&w"(s3), "=&w"(s4), "=&w"(s5), "=&w"(s6), "=&w"(s7), "=&w"(t0),
        "=&w"(t1), "=&w"(t2), "=&w"(t3), "=&w"(t4), "=&w"(t5), "=&w"(t6),
        "=&w"(t7), [x] "+r"(x), [w] "+r"(w), [u] "+r"(u), [steps] "+r"(steps)
      :
      : LOOKUP_CLOBBERS);
  s[0][0] = s0, s[0][1] = s1, s[1][0] = s2, s[1][1] = s3;
  s[2][0] = s4, s[2][1] = s5, s[3][0] = s6, s[3][1] = s7;
  t[0][0] = t0, t[0][1] = t1, t[1][0] = t2, t[1][1] = t3;
  t[2][0] = t4, t[2][1] = t5, t[3][0] = t6, t[3][1] = t7;
}

/// narrow_requantize.h's formula.
template <int kPixels>
[[gnu::always_inline]] inline void store_narrow(const Sums16& s, const std::uint8_t* record,
                                                std::uint8_t* out, std::int32_t channels,
                                                std::ptrdiff_t pixel) {
  const auto words = [&](std::size_t at) { return vreinterpretq_s16_u8(vld1q_u8(record + at)); };
  const auto bytes = [&](std::size_t at) { return vreinterpretq_s8_u8(vld1q_u8(record + at)); };
  const int16x8_t start0 = words(0), start1 = words(16), shift = words(conv::kSpreadShift);
  const int16x8_t multiplier0 = words(conv::kSpreadMultiplier),
                  multiplier1 = words(conv::kSpreadMultiplier + 16);
  const int16x8_t offset0 = words(conv::kSpreadOffset), offset1 = words(conv::kSpreadOffset + 16);
  const int8x16_t down = bytes(conv::kSpreadDown), base = bytes(conv::kSpreadBase);
  const int8x16_t lo = bytes(conv::kSpreadLo), hi = bytes(conv::kSpreadHi);
  int8x16_t y[kPixels];
  for (int i = 0; i < kPixels; ++i) {
    const int16x8_t a = vqdmulhq_s16(vqshlq_s16(vaddq_s16(s[i][0], start0), shift), multiplier0);
    const int16x8_t b = vqdmulhq_s16(vqshlq_s16(vaddq_s16(s[i][1], start1), shift), multiplier1);
    const int8x16_t level =
        vqaddq_s8(vshlq_s8(vaddhn_high_s16(vaddhn_s16(a, offset0), b, offset1), down), base);
    y[i] = vminq_s8(vmaxq_s8(level, lo), hi);
  }
  auto* to = reinterpret_cast<std::int8_t*>(out);
  for (int i = 0; i < kPixels; ++i, to += pixel) {
    if (channels == 16) {
      vst1q_s8(to, y[i]);
    } else {
      store_first(to, y[i], static_cast<std::size_t>(channels));
    }
  }
}

class LookupConv {
 public:
  static std::size_t scratch_size(const LinearProblem& p) {
    return conv::spread_scratch_size(p, Rule::kLayout);
  }
  static std::int64_t work_items(const LinearProblem& p) {
    return conv::blocking_of(p, conv::kShape4x16).items;
  }

  static void run(const LinearCall& call) {
    const LookupConv self(*call.problem);
    conv::for_spread_blocks<Rule, true>(
        call, [&](const conv::Block& block, const conv::Blocking& blocking, const std::int8_t* spread, bool) {
          self.run_block(call, block, blocking.group_tiles, spread);
        });
  }

 private:
  using Output = conv::SpreadOutput<true>;

  explicit LookupConv(const LinearProblem& p)
      : output_(p),
        steps_(conv::spread_steps(p)),
        tile_bytes_(conv::spread_tile_bytes(p, Rule::kLayout)),
        record_bytes_(conv::spread_record_bytes(p, Rule::kLayout)),
        element_(p.output == OutputType::f32 ? sizeof(float) : 1),
        pixel_(p.out_c * element_) {}

  /// Pixels of a block and the channels of a record, or of two.
  struct Part {
    const std::int8_t* x;
    const std::uint8_t* record;
    std::uint8_t* out;
    std::int32_t pixels, channels;
  };

  void run_block(const LinearCall& call, const conv::Block& block, std::int32_t group_tiles,
                 const std::int8_t* spread) const {
    const LinearProblem& p = *call.problem;
    const std::int32_t group_channels = p.out_c / p.groups, end = block.end_tile;
    const auto* record = static_cast<const std::uint8_t*>(call.packed) +
                         (std::int64_t{block.group} * group_tiles + block.first_tile) * record_bytes_;
    auto* out = static_cast<std::uint8_t*>(call.output) +
                (block.first_pixel * p.out_c + std::int64_t{block.group} * group_channels +
                 std::int64_t{16} * block.first_tile) *
                    element_;
    for (std::int32_t t = block.first_tile; t < end;) {
      const SpreadMode mode = output_.mode(record);
      const bool two =
          t + 1 < end && mode != SpreadMode::special && output_.mode(record + record_bytes_) == mode;
      const std::int32_t records = two ? 2 : 1;
      const Part part{spread, record, out, block.pixels, std::min(group_channels - 16 * t, 16 * records)};
      run_records(mode, two, part);
      t += records;
      record += records * record_bytes_;
      out += records * 16 * element_;
    }
  }

  void run_records(SpreadMode mode, bool two, const Part& part) const {
    switch (mode) {
      case SpreadMode::any:
        return two ? run_tiles<SpreadMode::any, 2>(part) : run_tiles<SpreadMode::any, 1>(part);
      case SpreadMode::bounded:
        return two ? run_tiles<SpreadMode::bounded, 2>(part) : run_tiles<SpreadMode::bounded, 1>(part);
      case SpreadMode::fraction:
        return two ? run_tiles<SpreadMode::fraction, 2>(part) : run_tiles<SpreadMode::fraction, 1>(part);
      case SpreadMode::narrow:
        return two ? run_tiles<SpreadMode::narrow, 2>(part) : run_tiles<SpreadMode::narrow, 1>(part);
      case SpreadMode::special:
        return run_tiles<SpreadMode::special, 1>(part);
    }
  }

  template <SpreadMode kMode, int kRecords>
  [[gnu::noinline]] void run_tiles(const Part& part) const {
    const Output output = output_;  // a copy: members elsewhere are read again behind every store
    const std::uint8_t* const record = part.record;
    const std::uint8_t* const next = record + record_bytes_;
    const std::int64_t steps = steps_, tile_bytes = tile_bytes_, pixel = pixel_, element = element_;
    const std::int32_t channels = part.channels;
    Part rest = part;
    for (; rest.pixels >= 4; rest.pixels -= 4, rest.x += tile_bytes, rest.out += 4 * pixel) {
      Sums16 s;
      if constexpr (kRecords == 1) {
        multiply(rest.x, weights(record), steps, s);
        finish<kMode, 4>(output, s, record, rest.out, channels, pixel);
      } else {
        Sums16 t;
        multiply(rest.x, weights(record), weights(next), steps, s, t);
        finish<kMode, 4>(output, s, record, rest.out, 16, pixel);
        finish<kMode, 4>(output, t, next, rest.out + 16 * element, channels - 16, pixel);
      }
    }
    if (rest.pixels == 0) return;
    run_last<kMode>(rest);
  }

  template <SpreadMode kMode>
  [[gnu::noinline]] void run_last(Part part) const {
    for (; part.channels > 0; part.channels -= 16, part.record += record_bytes_, part.out += 16 * element_) {
      Sums16 s;
      multiply(part.x, weights(part.record), steps_, s);
      const std::int32_t channels = std::min(part.channels, 16);
      if (part.pixels == 3) finish<kMode, 3>(output_, s, part.record, part.out, channels, pixel_);
      if (part.pixels == 2) finish<kMode, 2>(output_, s, part.record, part.out, channels, pixel_);
      if (part.pixels == 1) finish<kMode, 1>(output_, s, part.record, part.out, channels, pixel_);
    }
  }

  static const std::uint8_t* weights(const std::uint8_t* record) { return record + conv::kSpreadHeader; }

  template <SpreadMode kMode, int kPixels>
  [[gnu::always_inline]] static inline void finish(const Output& output, const Sums16& s,
                                                   const std::uint8_t* record, std::uint8_t* out,
                                                   std::int32_t channels, std::ptrdiff_t pixel) {
    if constexpr (kMode == SpreadMode::narrow) {
      store_narrow<kPixels>(s, record, out, channels, pixel);
    } else {
      const auto* start = reinterpret_cast<const std::int32_t*>(output.template start<kMode>(record));
      conv::SpreadSums<kPixels, 4> wide;
      for (int i = 0; i < kPixels; ++i) {
        for (int j = 0; j < 2; ++j) {
          wide[i][2 * j] = vaddw_s16(vld1q_s32(start + 8 * j), vget_low_s16(s[i][j]));
          wide[i][2 * j + 1] = vaddw_high_s16(vld1q_s32(start + 8 * j + 4), s[i][j]);
        }
      }
      output.store<kMode, kPixels, 4>(wide, record, out, channels);
    }
  }

  Output output_;
  std::int64_t steps_, tile_bytes_, record_bytes_;
  std::ptrdiff_t element_, pixel_;
};

}  // namespace

BW_DEFINE_LINEAR_RUN(conv_lookup_s4_s2_4x16_neon, LookupConv)

}  // namespace bulwark::kernels
