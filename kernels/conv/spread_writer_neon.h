// SPDX-License-Identifier: Apache-2.0
// Makes the spread rows of a block (spread_rows.h): straight from the input where windows lie inside it, from
// copies of the windows elsewhere. What fills up the last step meets weights of zero and is left as it is,
// but for addresses.
#pragma once

#include "kernels/common/neon.h"

#include <type_traits>

#include "kernels/conv/spread_rows.h"
#include "kernels/conv/spread_windows.h"
#include "kernels/conv/table_writer_neon.h"

namespace bulwark::kernels::conv {

template <SpreadLanes kLanes, bool kCentred>
class SpreadWriter {
 public:
  SpreadWriter(const LinearCall& call, const Blocking& blocking, const Block& block, std::int64_t quads,
               std::int32_t centre)
      : call_(call),
        blocking_(blocking),
        block_(block),
        quads_(quads),
        centre_(static_cast<std::int8_t>(centre)) {}

  void write(std::int8_t* out) const {
    constexpr bool kTables = kLanes == SpreadLanes::table_lanes;
    SpreadWindows windows(call_, block_.group, block_.first_pixel);
    const LinearProblem& p = *call_.problem;
    const bool one_run = windows.runs_y * windows.runs_x == 1;
    if (one_run || windows.run % 4 == 0) {
      const std::int64_t run_quads = one_run ? quads_ : windows.run / 4;
      const std::int64_t runs_x = windows.runs_x, runs_y = windows.runs_y, step_x = windows.step_x,
                         step_y = windows.step_y;
      const bool odd = run_quads * runs_x * runs_y < quads_;
      const Rows tile(centre_);
      return write_tiles(windows, out,
                         [&](const std::int8_t* x0, const std::int8_t* x1, const std::int8_t* x2,
                             const std::int8_t* x3, std::int8_t* to) {
                           for (std::int64_t y = 0; y < runs_y; ++y) {
                             for (std::int64_t i = 0; i < runs_x; ++i, to += run_quads * kQuadBytes) {
                               const std::int64_t at = y * step_y + i * step_x;
                               tile.write(x0 + at, x1 + at, x2 + at, x3 + at, run_quads, to);
                             }
                           }
                           if (kTables && odd) tile.write(x0, x1, x2, x3, 1, to);
                         });
    }
    if constexpr (!kTables) {
      if (p.kernel_h == 3 && windows.runs_x == 1 && windows.run == 9) return write_joined<9>(windows, out);
      if (p.kernel_h == 3 && windows.runs_x == 1 && windows.run == 3) return write_joined<3>(windows, out);
    }
    copy_tiles(0, block_.pixels, out);
  }

 private:
  static constexpr std::uint8_t kByteLanes[16] = {0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3};
  static constexpr std::uint8_t kHalfLanes[16] = {0, 1, 0, 1, 0, 1, 0, 1, 2, 3, 2, 3, 2, 3, 2, 3};

  std::int64_t tile_bytes() const { return quads_ * kQuadBytes; }

  /// Tiles whose windows lie inside the input through `spread`, the others through copies.
  template <typename Spread>
  [[gnu::always_inline]] inline void write_tiles(SpreadWindows& windows, std::int8_t* out,
                                                 Spread spread) const {
    std::int32_t done = 0;
    const std::int64_t stride = windows.stride, bytes = tile_bytes();
    for (std::int32_t i = 0; i < block_.pixels;) {
      const std::int32_t left = block_.pixels - i;
      const std::int8_t* x[4];
      const std::int64_t tiles = windows.tiles(left / 4, x);
      const std::int32_t pixels = tiles > 0 ? static_cast<std::int32_t>(4 * tiles) : std::min(left, 4);
      if (tiles > 0 || windows.next(pixels, x)) {
        if (done < i) copy_tiles(done, i, out);
        std::int8_t* to = out + i / 4 * bytes;
        if (tiles > 0) {
          const std::int8_t* first = x[0];
          for (const std::int8_t* const end = to + tiles * bytes; to != end;
               to += bytes, first += 4 * stride) {
            spread(first, first + stride, first + 2 * stride, first + 3 * stride, to);
          }
        } else {
          spread(x[0], x[1], x[2], x[3], to);
        }
        done = i + pixels;
      }
      i += pixels;
    }
    if (done < block_.pixels) copy_tiles(done, block_.pixels, out);
  }

  [[gnu::noinline]] void copy_tiles(std::int32_t begin, std::int32_t end, std::int8_t* out) const {
    Block part = block_;
    part.first_pixel += begin;
    part.pixels = end - begin;
    const std::int8_t* const* rows = make_rows(call_, kShape4x16, blocking_, part);
    out += begin / 4 * tile_bytes();
    const Rows tile(centre_);
    for (std::int32_t i = begin; i < end; i += 4, rows += 4, out += tile_bytes()) {
      tile.write(rows[0], rows[1], rows[2], rows[3], quads_, out);
    }
  }

  /// Windows of 3 runs whose lengths are no multiples of 4: quads that belong to two runs are joined in
  /// registers.
  template <int kRun>
  void write_joined(SpreadWindows& windows, std::int8_t* out) const {
    const Joined<kRun> joined(centre_);
    const std::int64_t step = windows.step_y;
    write_tiles(windows, out,
                [&](const std::int8_t* x0, const std::int8_t* x1, const std::int8_t* x2,
                    const std::int8_t* x3, std::int8_t* to) {
                  joined.pair(x0, x1, step, to);
                  joined.pair(x2, x3, step, to + 32);
                });
  }

  template <int kRun>
  class Joined {
   public:
    explicit Joined(std::int8_t centre) : middle_(vdupq_n_s8(centre)) {
      for (int q = 0; q < kQuads; ++q) index_[q] = vld1q_u8(kIndex.lanes[q]);
    }

    /// Two pixels, whose vectors lie side by side.
    [[gnu::always_inline]] inline void pair(const std::int8_t* x0, const std::int8_t* x1, std::int64_t step,
                                            std::int8_t* out) const {
      const Sources a = sources(x0, step), b = sources(x1, step);
      for (int q = 0; q < kQuads; ++q, out += kQuadBytes) {
        vst1q_s8(out, vqtbl1q_s8(a.v[source(q)], index_[q]));
        vst1q_s8(out + 16, vqtbl1q_s8(b.v[source(q)], index_[q]));
      }
    }

   private:
    static constexpr int kQuads = (3 * kRun + 3) / 4;
    /// Of a quad: its run, or 3 and 4 for what joins two of them.
    static constexpr int source(int q) {
      const int first = 4 * q / kRun, last = (4 * q + 3 < 3 * kRun ? 4 * q + 3 : 3 * kRun - 1) / kRun;
      return first == last ? first : 3 + first;
    }
    // What joins two runs: of long ones the end of the first and the beginning of the second, else the
    // beginnings of both.
    static constexpr bool kLong = kRun >= 8;
    static constexpr int kCut = kLong ? kRun - 4 : 0;
    static int8x16_t join(int8x16_t a, int8x16_t b) {
      if constexpr (kLong) return vextq_s8(a, b, kCut);
      return vreinterpretq_s8_s64(vzip1q_s64(vreinterpretq_s64_s8(a), vreinterpretq_s64_s8(b)));
    }
    /// The lane of a tap in its quad's source.
    static constexpr int place(int q, int tap) {
      const int run = tap / kRun, at = tap % kRun;
      if (source(q) < 3) return at;
      return run == source(q) - 3 ? at - kCut : (kLong ? 16 - kCut : 8) + at;
    }

    struct Index {
      std::uint8_t lanes[kQuads][16];
    };
    static constexpr Index make_index() {
      Index index = {};
      for (int i = 0; i < kQuads * 16; ++i) {
        const int tap = i / 16 * 4 + (kLanes == SpreadLanes::byte_lanes ? kByteLanes : kHalfLanes)[i % 16];
        index.lanes[i / 16][i % 16] = static_cast<std::uint8_t>(tap < 3 * kRun ? place(i / 16, tap) : 255);
      }
      return index;
    }

    struct Sources {
      int8x16_t v[5];
    };
    [[gnu::always_inline]] inline Sources sources(const std::int8_t* x, std::int64_t step) const {
      Sources s;
      for (int y = 0; y < 3; ++y) {
        s.v[y] = vld1q_s8(x + y * step);
        if (kCentred) s.v[y] = vsubq_s8(s.v[y], middle_);
      }
      for (int y = 0; y < 2; ++y) s.v[3 + y] = join(s.v[y], s.v[y + 1]);
      return s;
    }

    static constexpr Index kIndex = make_index();

    int8x16_t middle_;
    uint8x16_t index_[kQuads];
  };

  /// Rows of 4 pixels, 1 to 4 quads at a time, reading up to 15 bytes behind the end of each.
  class Tile {
   public:
    explicit Tile(std::int8_t centre) : middle_(vdupq_n_s8(centre)) {
      const uint8x16_t first = vld1q_u8(kLanes == SpreadLanes::byte_lanes ? kByteLanes : kHalfLanes);
      for (int i = 0; i < 4; ++i) {
        index_[i] = vaddq_u8(first, vdupq_n_u8(static_cast<std::uint8_t>(4 * i)));
        __asm__("" : "+w"(index_[i]));  // else they are made anew in the loops
      }
    }

    [[gnu::always_inline]] inline void write(const std::int8_t* x0, const std::int8_t* x1,
                                             const std::int8_t* x2, const std::int8_t* x3, std::int64_t quads,
                                             std::int8_t* out) const {
      for (; quads >= 4; quads -= 4, x0 += 16, x1 += 16, x2 += 16, x3 += 16, out += 4 * kQuadBytes) {
        four_quads(load(x0, x1, x2, x3), out);
      }
      if (quads == 0) return;
      const Inputs x = load(x0, x1, x2, x3);
      quad(x, 0, out);
      if (quads > 1) quad(x, 1, out);
      if (quads > 2) quad(x, 2, out);
    }

   private:
    struct Inputs {
      int8x16_t pixel[4];
    };
    [[gnu::always_inline]] inline Inputs load(const std::int8_t* x0, const std::int8_t* x1,
                                              const std::int8_t* x2, const std::int8_t* x3) const {
      Inputs x = {{vld1q_s8(x0), vld1q_s8(x1), vld1q_s8(x2), vld1q_s8(x3)}};
      if (kCentred) {
        for (auto& pixel : x.pixel) pixel = vsubq_s8(pixel, middle_);
      }
      return x;
    }
    /// Stores a quad while the next one is made.
    [[gnu::always_inline]] inline void four_quads(const Inputs& x, std::int8_t* out) const {
      // clang-format off
#define BW_QUAD(t0, t1, t2, t3, index)                    \
      "tbl " t0 ".16b, {%[x0].16b}, " index ".16b\n"      \
      "tbl " t1 ".16b, {%[x1].16b}, " index ".16b\n"      \
      "tbl " t2 ".16b, {%[x2].16b}, " index ".16b\n"      \
      "tbl " t3 ".16b, {%[x3].16b}, " index ".16b\n"
      __asm__ volatile(
          "add x9, %[out], #64\n"
          "add x10, %[out], #128\n"
          "add x11, %[out], #192\n"
          BW_QUAD("v16", "v17", "v18", "v19", "%[i0]")
          BW_QUAD("v20", "v21", "v22", "v23", "%[i1]")
          "st1 {v16.16b, v17.16b, v18.16b, v19.16b}, [%[out]]\n"
          BW_QUAD("v24", "v25", "v26", "v27", "%[i2]")
          "st1 {v20.16b, v21.16b, v22.16b, v23.16b}, [x9]\n"
          BW_QUAD("v28", "v29", "v30", "v31", "%[i3]")
          "st1 {v24.16b, v25.16b, v26.16b, v27.16b}, [x10]\n"
          "st1 {v28.16b, v29.16b, v30.16b, v31.16b}, [x11]\n"
          : "=m"(*reinterpret_cast<std::int8_t(*)[4 * kQuadBytes]>(out))
          : [x0] "w"(x.pixel[0]), [x1] "w"(x.pixel[1]), [x2] "w"(x.pixel[2]), [x3] "w"(x.pixel[3]), [i0] "w"(index_[0]),
            [i1] "w"(index_[1]), [i2] "w"(index_[2]), [i3] "w"(index_[3]), [out] "r"(out)
          : "x9", "x10", "x11", "v16", "v17", "v18", "v19", "v20", "v21", "v22", "v23", "v24", "v25", "v26", "v27", "v28",
            "v29", "v30", "v31");
#undef BW_QUAD
      // clang-format on
    }
    [[gnu::always_inline]] inline void quad(const Inputs& x, int i, std::int8_t* out) const {
      for (int p = 0; p < 4; ++p) vst1q_s8(out + i * kQuadBytes + 16 * p, vqtbl1q_s8(x.pixel[p], index_[i]));
    }

    int8x16_t middle_;
    uint8x16_t index_[4];
  };
  using Rows = std::conditional_t<kLanes == SpreadLanes::table_lanes, TableTile, Tile>;

  const LinearCall& call_;
  const Blocking& blocking_;
  const Block& block_;
  std::int64_t quads_;
  std::int8_t centre_;
};

}  // namespace bulwark::kernels::conv
