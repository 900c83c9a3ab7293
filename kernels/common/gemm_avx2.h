// SPDX-License-Identifier: Apache-2.0
// Convolution and fully connected operators of any geometry and weight format with AVX2.
//
// A tile is up to 6 output pixels by 16 output channels of one group. The pixels' inputs are gathered once
// into scratch as 16-bit rows, padding included; vpmaddwd then multiplies pairs of taps exactly (the
// saturating vpmaddubsw is not used). Packed, for each panel of 16 channels of a group:
//
//   ChannelsAvx2 [2], then for each pair of taps: int16 weights [16][2]
//
// with zeros for missing channels and an odd last tap. A work item is one panel of one pixel tile; the panels
// of a tile, over all groups, are consecutive.
#pragma once

#include <algorithm>

#include "kernels/common/linear_registry.h"
#include "kernels/common/requantize_avx2.h"
#include "kernels/common/weights.h"

namespace bulwark::kernels {
namespace {

struct GemmAvx2 {
  static constexpr std::int32_t kPixels = 6, kPanel = 16;

  static std::int64_t group_out(const LinearProblem& p) { return p.out_c / p.groups; }
  static std::int64_t panels(const LinearProblem& p) { return (group_out(p) + kPanel - 1) / kPanel; }
  static std::int64_t pairs(const LinearProblem& p) { return (p.depth() + 1) / 2; }
  static std::uint64_t panel_bytes(const LinearProblem& p) {
    return 2 * sizeof(ChannelsAvx2) +
           static_cast<std::uint64_t>(pairs(p)) * 2 * kPanel * sizeof(std::int16_t);
  }
  static std::uint64_t scratch_bytes(const LinearProblem& p) {
    return static_cast<std::uint64_t>(pairs(p)) * 2 * kPixels * sizeof(std::int16_t);
  }

  static bool supports(const LinearProblem&) { return true; }
  static std::size_t packed_size(const LinearProblem& p) {
    return saturated_size(panel_bytes(p) * static_cast<std::uint64_t>(panels(p)) *
                          static_cast<std::uint64_t>(p.groups));
  }
  static std::size_t scratch_size(const LinearProblem& p) { return saturated_size(scratch_bytes(p)); }
  static std::int64_t work_items(const LinearProblem& p) {
    return (p.out_pixels() + kPixels - 1) / kPixels * panels(p) * p.groups;
  }

  static void pack(const LinearProblem& p, const LinearConstants& constants, std::int16_t* staging,
                   void* packed) {
    const std::size_t depth = static_cast<std::size_t>(p.depth());
    const std::size_t row_bytes = static_cast<std::size_t>(weight_row_bytes(p.weight_format, depth));
    const std::size_t of_group = static_cast<std::size_t>(group_out(p));
    std::memset(packed, 0, packed_size(p));
    for (std::size_t c = 0; c < static_cast<std::size_t>(p.out_c); ++c) {
      const std::size_t in_group = c % of_group, lane = in_group % kPanel;
      const std::size_t panel = c / of_group * static_cast<std::size_t>(panels(p)) + in_group / kPanel;
      auto* channels =
          reinterpret_cast<ChannelsAvx2*>(static_cast<std::uint8_t*>(packed) + panel * panel_bytes(p));
      channels[lane / 8].set(p, constants, c, lane % 8);
      auto* weights = reinterpret_cast<std::int16_t*>(channels + 2);
      unpack_weight_row(p.weight_format, constants.weights + c * row_bytes, depth, staging);
      for (std::size_t k = 0; k < depth; ++k) weights[(k / 2 * kPanel + lane) * 2 + k % 2] = staging[k];
    }
  }

  /// Gathers the taps of one output pixel.
  static void gather(const LinearCall& call, std::int64_t pixel, std::int64_t group, std::int16_t* out) {
    const LinearProblem& p = *call.problem;
    const std::int64_t row = pixel / p.out_w;
    const std::int64_t y0 = row % p.out_h * p.stride_h - p.pad_top,
                       x0 = pixel % p.out_w * p.stride_w - p.pad_left;
    const std::int64_t channels = p.in_c / p.groups;
    const std::int8_t* image = call.input + row / p.out_h * p.in_h * p.in_w * p.in_c + group * channels;
    for (std::int32_t ky = 0; ky < p.kernel_h; ++ky) {
      const std::int64_t y = y0 + std::int64_t{ky} * p.dilation_h;
      for (std::int32_t kx = 0; kx < p.kernel_w; ++kx, out += channels) {
        const std::int64_t x = x0 + std::int64_t{kx} * p.dilation_w;
        if (y < 0 || y >= p.in_h || x < 0 || x >= p.in_w) {
          std::fill_n(out, channels, static_cast<std::int16_t>(p.pad_value));
        } else {
          std::copy_n(image + (y * p.in_w + x) * p.in_c, channels, out);
        }
      }
    }
    if (p.depth() % 2 != 0) *out = 0;
  }

  /// `kCount` pixels of one panel. `inputs`: rows of 2 * pairs taps.
  template <int kCount>
  static void compute(const LinearCall& call, const ChannelsAvx2* channels, const std::int16_t* inputs,
                      std::int64_t index, std::int64_t channel_count) {
    const LinearProblem& p = *call.problem;
    const std::int64_t pair_count = pairs(p);
    const auto* weights = reinterpret_cast<const __m256i*>(channels + 2);
    __m256i acc[kCount][2];
    for (auto& row : acc) row[0] = row[1] = _mm256_setzero_si256();
    for (std::int64_t k = 0; k < pair_count; ++k) {
      const __m256i w0 = _mm256_loadu_si256(weights + 2 * k), w1 = _mm256_loadu_si256(weights + 2 * k + 1);
      for (int px = 0; px < kCount; ++px) {
        std::int32_t taps;
        std::memcpy(&taps, inputs + (px * pair_count + k) * 2, sizeof(taps));
        const __m256i x = _mm256_set1_epi32(taps);
        acc[px][0] = _mm256_add_epi32(acc[px][0], _mm256_madd_epi16(x, w0));
        acc[px][1] = _mm256_add_epi32(acc[px][1], _mm256_madd_epi16(x, w1));
      }
    }
    for (int px = 0; px < kCount; ++px, index += p.out_c) {
      store_channels(p, channels[0], acc[px][0], call.output, index, channel_count);
      if (channel_count > 8)
        store_channels(p, channels[1], acc[px][1], call.output, index + 8, channel_count - 8);
    }
  }

  static void run(const LinearCall& call) {
    using Compute =
        void (*)(const LinearCall&, const ChannelsAvx2*, const std::int16_t*, std::int64_t, std::int64_t);
    static constexpr Compute kCompute[kPixels] = {compute<1>, compute<2>, compute<3>,
                                                  compute<4>, compute<5>, compute<6>};
    const LinearProblem& p = *call.problem;
    auto* inputs = static_cast<std::int16_t*>(call.scratch);
    const std::int64_t of_group = panels(p), of_tile = of_group * p.groups;
    std::int64_t gathered = -1;
    for (std::int64_t item = call.begin; item < call.end; ++item) {
      const std::int64_t first = item / of_tile * kPixels;
      const std::int64_t group = item % of_tile / of_group, panel = item % of_group;
      const std::int64_t count = std::min<std::int64_t>(kPixels, p.out_pixels() - first);
      if (item / of_group != gathered) {
        for (std::int64_t i = 0; i < count; ++i) gather(call, first + i, group, inputs + i * pairs(p) * 2);
        gathered = item / of_group;
      }
      const std::int64_t channel = panel * kPanel;
      const auto* packed = static_cast<const std::uint8_t*>(call.packed) +
                           static_cast<std::size_t>(group * of_group + panel) * panel_bytes(p);
      kCompute[count - 1](call, reinterpret_cast<const ChannelsAvx2*>(packed), inputs,
                          first * p.out_c + group * group_out(p) + channel,
                          std::min<std::int64_t>(kPanel, group_out(p) - channel));
    }
  }
};

}  // namespace
}  // namespace bulwark::kernels
