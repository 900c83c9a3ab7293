// SPDX-License-Identifier: Apache-2.0
// Convolution and fully connected operators of any geometry with AVX-512 VNNI.
//
// vpdpbusd multiplies unsigned by signed bytes, four taps at once, and its sums wrap and do not saturate:
// exact. The inputs are therefore gathered as x + 128, and every accumulator starts at -128 times the sum of
// its weights (modulo 2^32, as all the rest). A tile is up to 8 output pixels by 32 output channels of one
// group. Packed, for each panel of 32 channels of a group:
//
//   ChannelsVnni [2], int32 start [32], then for each four taps: int8 weights [32][4]
//
// with zeros for missing channels and missing last taps. A work item is one panel of one pixel tile; the
// panels of a tile, over all groups, are consecutive.
#pragma once

#include <algorithm>

#include "kernels/common/linear_registry.h"
#include "kernels/common/requantize_vnni.h"
#include "kernels/common/weights.h"

namespace bulwark::kernels {
namespace {

struct GemmVnni {
  static constexpr std::int32_t kPixels = 8, kPanel = 32;

  struct Header {
    ChannelsVnni channels[2];
    std::uint32_t start[kPanel];
  };

  static std::int64_t group_out(const LinearProblem& p) { return p.out_c / p.groups; }
  static std::int64_t panels(const LinearProblem& p) { return (group_out(p) + kPanel - 1) / kPanel; }
  static std::int64_t quads(const LinearProblem& p) { return (p.depth() + 3) / 4; }
  static std::int64_t row_stride(const LinearProblem& p) { return (p.depth() + 63) / 64 * 64; }
  static std::uint64_t panel_bytes(const LinearProblem& p) {
    return sizeof(Header) + static_cast<std::uint64_t>(quads(p)) * 4 * kPanel;
  }

  static bool supports(const LinearProblem& p) { return p.weight_lo >= -128 && p.weight_hi <= 127; }
  static std::size_t packed_size(const LinearProblem& p) {
    return saturated_size(panel_bytes(p) * static_cast<std::uint64_t>(panels(p)) *
                          static_cast<std::uint64_t>(p.groups));
  }
  static std::size_t scratch_size(const LinearProblem& p) {
    return saturated_size(static_cast<std::uint64_t>(row_stride(p)) * kPixels);
  }
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
      auto* header = reinterpret_cast<Header*>(static_cast<std::uint8_t*>(packed) + panel * panel_bytes(p));
      header->channels[lane / 16].set(p, constants, c, lane % 16);
      auto* weights = reinterpret_cast<std::int8_t*>(header + 1);
      unpack_weight_row(p.weight_format, constants.weights + c * row_bytes, depth, staging);
      std::uint32_t sum = 0;
      for (std::size_t k = 0; k < depth; ++k) {
        weights[(k / 4 * kPanel + lane) * 4 + k % 4] = static_cast<std::int8_t>(staging[k]);
        sum += static_cast<std::uint32_t>(std::int32_t{staging[k]});
      }
      header->start[lane] = 0u - 128u * sum;
    }
  }

  /// out[i] = in[i] + 128, without a byte behind either.
  static void copy_offset(const std::int8_t* in, std::int64_t count, std::uint8_t* out) {
    const __m512i offset = _mm512_set1_epi8(-128);
    for (; count > 0; count -= 64, in += 64, out += 64) {
      const __mmask64 mask = count >= 64 ? ~__mmask64{0} : (__mmask64{1} << count) - 1;
      _mm512_mask_storeu_epi8(out, mask, _mm512_xor_si512(_mm512_maskz_loadu_epi8(mask, in), offset));
    }
  }

  /// Gathers the taps of one output pixel; neighbouring pixels of a row at once where none is padding.
  static void gather(const LinearCall& call, std::int64_t pixel, std::int64_t group, std::uint8_t* out) {
    const LinearProblem& p = *call.problem;
    const std::int64_t row = pixel / p.out_w;
    const std::int64_t y0 = row % p.out_h * p.stride_h - p.pad_top,
                       x0 = pixel % p.out_w * p.stride_w - p.pad_left;
    const std::int64_t channels = p.in_c / p.groups;
    const bool runs = p.dilation_w == 1 && p.groups == 1 && x0 >= 0 && x0 + p.kernel_w <= p.in_w;
    const std::int8_t* image = call.input + row / p.out_h * p.in_h * p.in_w * p.in_c + group * channels;
    for (std::int32_t ky = 0; ky < p.kernel_h; ++ky) {
      const std::int64_t y = y0 + std::int64_t{ky} * p.dilation_h;
      if (runs && y >= 0 && y < p.in_h) {
        copy_offset(image + (y * p.in_w + x0) * p.in_c, p.kernel_w * channels, out);
        out += p.kernel_w * channels;
        continue;
      }
      for (std::int32_t kx = 0; kx < p.kernel_w; ++kx, out += channels) {
        const std::int64_t x = x0 + std::int64_t{kx} * p.dilation_w;
        if (y < 0 || y >= p.in_h || x < 0 || x >= p.in_w) {
          std::memset(out, p.pad_value + 128, static_cast<std::size_t>(channels));
        } else {
          copy_offset(image + (y * p.in_w + x) * p.in_c, channels, out);
        }
      }
    }
    // Their weights are zeros.
    std::memset(out, 0, static_cast<std::size_t>(quads(p) * 4 - p.depth()));
  }

  /// `kCount` pixels of one panel.
  template <int kCount>
  static void compute(const LinearCall& call, const Header* header, const std::uint8_t* inputs,
                      std::int64_t index, std::int64_t channel_count) {
    const LinearProblem& p = *call.problem;
    const std::int64_t quad_count = quads(p), stride = row_stride(p);
    const auto* weights = reinterpret_cast<const std::int8_t*>(header + 1);
    __m512i acc[kCount][2];
    for (auto& row : acc) {
      row[0] = _mm512_loadu_si512(header->start);
      row[1] = _mm512_loadu_si512(header->start + 16);
    }
    for (std::int64_t k = 0; k < quad_count; ++k, weights += 4 * kPanel) {
      const __m512i w0 = _mm512_loadu_si512(weights), w1 = _mm512_loadu_si512(weights + 64);
      for (int px = 0; px < kCount; ++px) {
        std::int32_t taps;
        std::memcpy(&taps, inputs + px * stride + 4 * k, sizeof(taps));
        const __m512i x = _mm512_set1_epi32(taps);
        acc[px][0] = _mm512_dpbusd_epi32(acc[px][0], x, w0);
        acc[px][1] = _mm512_dpbusd_epi32(acc[px][1], x, w1);
      }
    }
    for (int px = 0; px < kCount; ++px, index += p.out_c) {
      store_channels(p, header->channels[0], acc[px][0], call.output, index, channel_count);
      store_channels(p, header->channels[1], acc[px][1], call.output, index + 16, channel_count - 16);
    }
  }

  static void run(const LinearCall& call) {
    using Compute =
        void (*)(const LinearCall&, const Header*, const std::uint8_t*, std::int64_t, std::int64_t);
    static constexpr Compute kCompute[kPixels] = {compute<1>, compute<2>, compute<3>, compute<4>,
                                                  compute<5>, compute<6>, compute<7>, compute<8>};
    const LinearProblem& p = *call.problem;
    auto* inputs = static_cast<std::uint8_t*>(call.scratch);
    const std::int64_t of_group = panels(p), of_tile = of_group * p.groups;
    std::int64_t gathered = -1;
    for (std::int64_t item = call.begin; item < call.end; ++item) {
      const std::int64_t first = item / of_tile * kPixels;
      const std::int64_t group = item % of_tile / of_group, panel = item % of_group;
      const std::int64_t count = std::min<std::int64_t>(kPixels, p.out_pixels() - first);
      if (item / of_group != gathered) {
        for (std::int64_t i = 0; i < count; ++i) gather(call, first + i, group, inputs + i * row_stride(p));
        gathered = item / of_group;
      }
      const std::int64_t channel = panel * kPanel;
      const auto* packed = static_cast<const std::uint8_t*>(call.packed) +
                           static_cast<std::size_t>(group * of_group + panel) * panel_bytes(p);
      kCompute[count - 1](call, reinterpret_cast<const Header*>(packed), inputs,
                          first * p.out_c + group * group_out(p) + channel,
                          std::min<std::int64_t>(kPanel, group_out(p) - channel));
    }
  }
};

}  // namespace
}  // namespace bulwark::kernels
