// SPDX-License-Identifier: Apache-2.0
// The loop over tiles and panels that the AArch64 kernels share, and their output stage.
#pragma once

#include "kernels/common/multiply_neon.h"
#include "kernels/common/requantize_neon.h"
#include "kernels/fully_connected/fully_connected_packing.h"

namespace bulwark::kernels::fully_connected {
namespace {

/// Unpacks field kField of 16 bytes of codes.
template <int kBits, int kField>
static inline int8x16_t unpack_field(uint8x16_t bytes) {
  if constexpr (kBits == 8) return vreinterpretq_s8_u8(bytes);
  if constexpr (kField != 0) bytes = vshrq_n_u8(bytes, kField * kBits ? kField * kBits : 1);
  if constexpr ((kField + 1) * kBits < 8) bytes = vandq_u8(bytes, vdupq_n_u8((1 << kBits) - 1));
  return vreinterpretq_s8_u8(bytes);
}

/// The inputs of one group, for each row.
template <int kRows, int kFields>
static inline void load_inputs(const std::int8_t* rows, std::size_t stride, int8x16_t (*x)[kFields]) {
  for (int r = 0; r < kRows; ++r) {
    for (int f = 0; f < kFields; ++f) {
      x[r][f] = vld1q_s8(rows + static_cast<std::size_t>(r) * stride + 16 * f);
    }
  }
}

/// The accumulators of the 8 channels of a panel.
struct Sums {
  int32x4_t low, high;
};

/// Adds up the lanes of each vector.
static inline Sums sum_lanes(const int32x4_t (&acc)[kPanel]) {
  return {vpaddq_s32(vpaddq_s32(acc[0], acc[1]), vpaddq_s32(acc[2], acc[3])),
          vpaddq_s32(vpaddq_s32(acc[4], acc[5]), vpaddq_s32(acc[6], acc[7]))};
}

/// What does not change between the panels of a call.
struct OutputStage {
  explicit OutputStage(const LinearProblem& p)
      : shift(vdupq_n_s32(p.fraction_bits)),
        zero_point(vdupq_n_s16(static_cast<std::int16_t>(p.zero_point))),
        is_float(p.output == OutputType::f32) {}
  int32x4_t shift;
  int16x8_t zero_point;
  bool is_float;
};

/// Writes the outputs of one row from element `index` on: 8, or the first `channels` of them.
static inline void store_panel(const OutputStage& stage, const std::uint8_t* panel, Sums acc, void* output,
                               std::int64_t index, std::size_t channels) {
  const auto* bias = reinterpret_cast<const std::int32_t*>(panel + kBias);
  const auto* multiplier = reinterpret_cast<const float*>(panel + kMultiplier);
  const int32x4_t v0 = add_bias(acc.low, stage.shift, vld1q_s32(bias));
  const int32x4_t v1 = add_bias(acc.high, stage.shift, vld1q_s32(bias + 4));
  const float32x4_t m0 = vld1q_f32(multiplier), m1 = vld1q_f32(multiplier + 4);
  if (stage.is_float) {
    float lanes[kPanel];
    vst1q_f32(lanes, vmulq_f32(vcvtq_f32_s32(v0), m0));
    vst1q_f32(lanes + 4, vmulq_f32(vcvtq_f32_s32(v1), m1));
    std::memcpy(static_cast<float*>(output) + index, lanes, channels * sizeof(float));
    return;
  }
  const int8x8_t y =
      narrow_and_clamp(scale_and_round(v0, m0), scale_and_round(v1, m1), stage.zero_point,
                       vreinterpret_s8_u8(vld1_u8(panel + kLo)), vreinterpret_s8_u8(vld1_u8(panel + kHi)));
  auto* out = static_cast<std::int8_t*>(output) + index;
  if (channels == kPanel) {
    vst1_s8(out, y);
  } else {
    store_first(out, vcombine_s8(y, y), channels);
  }
}

/// `Dot` computes the accumulators of one panel for kRows rows of inputs:
///   static constexpr int kBits;
///   explicit Dot(const LinearProblem&);
///   template <int kRows> void operator()(const int8_t* rows, size_t stride, const uint8_t* weights,
///                                        int64_t groups, Sums* sums) const;
template <typename Dot>
struct KernelNeon {
  static constexpr int kBits = Dot::kBits;

  static std::size_t scratch_size(const LinearProblem& p) { return fully_connected::scratch_size(p); }
  static std::int64_t work_items(const LinearProblem& p) { return tiles(p) * panels(p); }

  /// A run of panels for up to kTileRows rows.
  struct Tile {
    StagedRows staged;
    std::int32_t rows;
    std::int64_t first_row, panel, panel_end;
  };

  static void compute_tile(const LinearCall& call, const Dot& dot, const Tile& tile) {
    const LinearProblem& p = *call.problem;
    const OutputStage stage(p);
    const std::size_t panel_bytes = panel_size<kBits>(p), stride = tile.staged.stride;
    const std::int64_t group_count = groups<kBits>(p);
    const std::int32_t offset = code_offset<kBits>(p);
    const auto* panel =
        static_cast<const std::uint8_t*>(call.packed) + static_cast<std::size_t>(tile.panel) * panel_bytes;
    for (std::int64_t channel = tile.panel * kPanel; channel < tile.panel_end * kPanel;
         channel += kPanel, panel += panel_bytes) {
      const auto channels = static_cast<std::size_t>(std::min<std::int64_t>(kPanel, p.out_c - channel));
      Sums sums[kTileRows];
      std::int32_t r = 0;
      for (; r + 2 <= tile.rows; r += 2) {
        dot.template operator()<2>(tile.staged.rows + static_cast<std::size_t>(r) * stride, stride,
                                   panel + kWeights, group_count, sums + r);
      }
      if (r < tile.rows) {
        dot.template operator()<1>(tile.staged.rows + static_cast<std::size_t>(r) * stride, stride,
                                   panel + kWeights, group_count, sums + r);
      }
      for (r = 0; r < tile.rows; ++r) {
        const int32x4_t correction = vdupq_n_s32(tile.staged.sums[r] * offset);
        const Sums acc = {vaddq_s32(sums[r].low, correction), vaddq_s32(sums[r].high, correction)};
        store_panel(stage, panel, acc, call.output, (tile.first_row + r) * p.out_c + channel, channels);
      }
    }
  }

  static void run(const LinearCall& call) {
    const LinearProblem& p = *call.problem;
    const Dot dot(p);
    const std::int64_t panel_count = panels(p);
    for (std::int64_t item = call.begin; item < call.end;) {
      const std::int64_t tile_index = item / panel_count;
      const std::int64_t tile_end = std::min(call.end, (tile_index + 1) * panel_count);
      Tile tile;
      tile.first_row = tile_index * kTileRows;
      tile.rows = static_cast<std::int32_t>(std::min<std::int64_t>(kTileRows, p.batch - tile.first_row));
      tile.panel = item - tile_index * panel_count;
      tile.panel_end = tile_end - tile_index * panel_count;
      tile.staged = stage_rows(call, tile.first_row, tile.rows);
      compute_tile(call, dot, tile);
      item = tile_end;
    }
  }
};

}  // namespace
}  // namespace bulwark::kernels::fully_connected
