// SPDX-License-Identifier: Apache-2.0
// Up to 64 taps of any geometry and weight format: 32 channels of one output pixel, two taps at a time with
// vpdpwssd (exact: its sums wrap and do not saturate). Packed, for each block of 32 channels:
//
//   ChannelsVnni [2], then for each pair of taps: int16 weights [32][2]
//
// in the order that unpacking gives: of each eight channels the first four, then, 64 bytes further, the last
// four.
#include "kernels/common/requantize_vnni.h"
#include "kernels/depthwise/depthwise_kernels.h"
#include "kernels/depthwise/row_window.h"

namespace bulwark::kernels {
namespace {

struct DepthwiseVnni {
  static constexpr std::int32_t kLanes = 32;
  static constexpr std::int64_t kMaxTaps = 64;

  static std::int64_t pairs(const LinearProblem& p) { return (p.depth() + 1) / 2; }
  static std::uint64_t block_bytes(const LinearProblem& p) {
    return 2 * sizeof(ChannelsVnni) +
           static_cast<std::uint64_t>(pairs(p)) * 2 * kLanes * sizeof(std::int16_t);
  }

  static bool supports(const LinearProblem& p) { return depthwise::ring_fits(p) && p.depth() <= kMaxTaps; }
  static std::size_t packed_size(const LinearProblem& p) {
    const std::uint64_t blocks = (static_cast<std::uint64_t>(p.out_c) + kLanes - 1) / kLanes;
    return saturated_size(block_bytes(p) * blocks);
  }
  static std::size_t scratch_size(const LinearProblem& p) {
    return static_cast<std::size_t>(depthwise::RowWindow::bytes(p));
  }
  static std::int64_t work_items(const LinearProblem& p) { return depthwise::work_items(p); }

  /// Place of a channel of a block among the 32-bit lanes of both halves of unpacked pairs.
  static std::size_t lane_of(std::size_t channel) {
    return channel % 8 / 4 * 16 + channel / 8 * 4 + channel % 4;
  }

  static void pack(const LinearProblem& p, const LinearConstants& constants, std::int16_t* staging,
                   void* packed) {
    const std::size_t taps = static_cast<std::size_t>(p.depth());
    const std::size_t row_bytes = static_cast<std::size_t>(weight_row_bytes(p.weight_format, taps));
    std::memset(packed, 0, packed_size(p));
    for (std::size_t c = 0; c < static_cast<std::size_t>(p.out_c); ++c) {
      const std::size_t lane = c % kLanes;
      auto* block = static_cast<std::uint8_t*>(packed) + c / kLanes * block_bytes(p);
      auto* channels = reinterpret_cast<ChannelsVnni*>(block);
      channels[lane / 16].set(p, constants, c, lane % 16);
      auto* weights = reinterpret_cast<std::int16_t*>(channels + 2);
      unpack_weight_row(p.weight_format, constants.weights + c * row_bytes, taps, staging);
      for (std::size_t t = 0; t < taps; ++t) {
        weights[(t / 2 * kLanes + lane_of(lane)) * 2 + t % 2] = staging[t];
      }
    }
  }

  static __m512i load_tap(const std::int8_t* x) {
    return _mm512_cvtepi8_epi16(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(x)));
  }

  /// The taps of the output pixel 0 of a row. A missing last one is some tap: its weight is 0.
  static void find_taps(const LinearProblem& p, const depthwise::RowWindow& window,
                        const std::int8_t* (&taps)[kMaxTaps + 1]) {
    std::int64_t count = 0;
    for (std::int32_t ky = 0; ky < p.kernel_h; ++ky) {
      for (std::int32_t kx = 0; kx < p.kernel_w; ++kx) {
        taps[count++] = window.row(ky) + std::ptrdiff_t{kx} * p.dilation_w * depthwise::kChunk;
      }
    }
    taps[count] = taps[0];
  }

  static void run(const LinearCall& call) {
    const LinearProblem& p = *call.problem;
    const std::int64_t rows_of_chunk = std::int64_t{p.batch} * p.out_h, pair_count = pairs(p);
    const __m512i first_order = _mm512_setr_epi32(0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
    const __m512i second_order =
        _mm512_setr_epi32(8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
    depthwise::RowWindow window(call);
    const std::int8_t* taps[kMaxTaps + 1];
    for (std::int64_t item = call.begin; item < call.end; ++item) {
      const std::int64_t row = item % rows_of_chunk;
      window.move_to(item / rows_of_chunk, static_cast<std::int32_t>(row / p.out_h),
                     static_cast<std::int32_t>(row % p.out_h));
      find_taps(p, window, taps);
      for (std::int32_t c = 0; c < window.channels(); c += kLanes) {
        const std::size_t channel = window.first_channel() + static_cast<std::size_t>(c);
        const auto* block = static_cast<const std::uint8_t*>(call.packed) + channel / kLanes * block_bytes(p);
        const auto* channels = reinterpret_cast<const ChannelsVnni*>(block);
        const std::int64_t count = window.channels() - c;
        for (std::int32_t x = 0; x < p.out_w; ++x) {
          const std::ptrdiff_t offset = c + std::ptrdiff_t{x} * p.stride_w * depthwise::kChunk;
          const auto* weights = reinterpret_cast<const std::int16_t*>(channels + 2);
          __m512i low = _mm512_setzero_si512(), high = low;
          for (std::int64_t t = 0; t < pair_count; ++t, weights += 2 * kLanes) {
            const __m512i x0 = load_tap(taps[2 * t] + offset), x1 = load_tap(taps[2 * t + 1] + offset);
            low = _mm512_dpwssd_epi32(low, _mm512_unpacklo_epi16(x0, x1), _mm512_loadu_si512(weights));
            high = _mm512_dpwssd_epi32(high, _mm512_unpackhi_epi16(x0, x1),
                                       _mm512_loadu_si512(weights + kLanes));
          }
          const std::int64_t index = (row * p.out_w + x) * p.out_c + static_cast<std::int64_t>(channel);
          store_channels(p, channels[0], _mm512_permutex2var_epi32(low, first_order, high), call.output,
                         index, count);
          store_channels(p, channels[1], _mm512_permutex2var_epi32(low, second_order, high), call.output,
                         index + 16, count - 16);
        }
      }
    }
  }
};

}  // namespace

BW_DEFINE_LINEAR_KERNEL(depthwise_s8_any_1x32_vnni, DepthwiseVnni)

}  // namespace bulwark::kernels
