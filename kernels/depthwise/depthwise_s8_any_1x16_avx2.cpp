// SPDX-License-Identifier: Apache-2.0
// Any kernel size, stride, dilation and weight format: 16 channels of one output pixel, two taps at a time
// with vpmaddwd. Packed, for each block of 16 channels:
//
//   ChannelsAvx2 [2], then for each pair of taps: int16 weights [16][2]
//
// in the order that vpunpcklwd and vpunpckhwd give: channels 0-3, 8-11, 4-7, 12-15.
#include "kernels/common/requantize_avx2.h"
#include "kernels/depthwise/depthwise_kernels.h"
#include "kernels/depthwise/row_window.h"

namespace bulwark::kernels {
namespace {

struct DepthwiseAvx2 {
  static std::int64_t pairs(const LinearProblem& p) { return (p.depth() + 1) / 2; }
  static std::uint64_t block_bytes(const LinearProblem& p) {
    return 2 * sizeof(ChannelsAvx2) +
           static_cast<std::uint64_t>(pairs(p)) * 2 * depthwise::kBlock * sizeof(std::int16_t);
  }

  static bool supports(const LinearProblem& p) { return depthwise::ring_fits(p); }
  static std::size_t packed_size(const LinearProblem& p) {
    const std::uint64_t blocks =
        (static_cast<std::uint64_t>(p.out_c) + depthwise::kBlock - 1) / depthwise::kBlock;
    return saturated_size(block_bytes(p) * blocks);
  }
  static std::size_t scratch_size(const LinearProblem& p) {
    return static_cast<std::size_t>(depthwise::RowWindow::bytes(p));
  }
  static std::int64_t work_items(const LinearProblem& p) { return depthwise::work_items(p); }

  /// Place of a channel of a block among the lanes of unpacked pairs.
  static std::size_t lane_of(std::size_t channel) {
    constexpr std::size_t kQuarter[4] = {0, 8, 4, 12};
    return kQuarter[channel / 4] + channel % 4;
  }

  static void pack(const LinearProblem& p, const LinearConstants& constants, std::int16_t* staging,
                   void* packed) {
    const std::size_t taps = static_cast<std::size_t>(p.depth());
    const std::size_t row_bytes = static_cast<std::size_t>(weight_row_bytes(p.weight_format, taps));
    std::memset(packed, 0, packed_size(p));
    for (std::size_t c = 0; c < static_cast<std::size_t>(p.out_c); ++c) {
      const std::size_t lane = c % depthwise::kBlock;
      auto* block = static_cast<std::uint8_t*>(packed) + c / depthwise::kBlock * block_bytes(p);
      auto* channels = reinterpret_cast<ChannelsAvx2*>(block);
      channels[lane / 8].set(p, constants, c, lane % 8);
      auto* weights = reinterpret_cast<std::int16_t*>(channels + 2);
      unpack_weight_row(p.weight_format, constants.weights + c * row_bytes, taps, staging);
      for (std::size_t t = 0; t < taps; ++t) {
        weights[(t / 2 * depthwise::kBlock + lane_of(lane)) * 2 + t % 2] = staging[t];
      }
    }
  }

  static __m256i load_tap(const std::int8_t* x) {
    return _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(x)));
  }

  /// Walks over the taps of a pixel in the order of the weights.
  struct Taps {
    const LinearProblem& p;
    const depthwise::RowWindow& window;
    std::ptrdiff_t offset;  ///< of the pixel's first column and the block's first channel
    std::int32_t ky = 0, kx = 0;

    const std::int8_t* next() {
      const std::int8_t* x = window.row(ky) + offset + std::ptrdiff_t{kx} * p.dilation_w * depthwise::kChunk;
      if (++kx == p.kernel_w) {
        kx = 0;
        ++ky;
      }
      return x;
    }
  };

  static void compute(const LinearCall& call, const ChannelsAvx2* channels, Taps taps, std::int64_t index,
                      std::int64_t channel_count) {
    const LinearProblem& p = *call.problem;
    const std::int64_t tap_count = p.depth();
    const auto* weights = reinterpret_cast<const __m256i*>(channels + 2);
    __m256i low = _mm256_setzero_si256(), high = low;
    for (std::int64_t t = 0; t < tap_count; t += 2, weights += 2) {
      const __m256i x0 = load_tap(taps.next());
      const __m256i x1 = t + 1 < tap_count ? load_tap(taps.next()) : x0;
      low = _mm256_add_epi32(low,
                             _mm256_madd_epi16(_mm256_unpacklo_epi16(x0, x1), _mm256_loadu_si256(weights)));
      high = _mm256_add_epi32(
          high, _mm256_madd_epi16(_mm256_unpackhi_epi16(x0, x1), _mm256_loadu_si256(weights + 1)));
    }
    const __m256i first = _mm256_permute2x128_si256(low, high, 0x20);
    const __m256i second = _mm256_permute2x128_si256(low, high, 0x31);
    store_channels(p, channels[0], first, call.output, index, channel_count);
    if (channel_count > 8) store_channels(p, channels[1], second, call.output, index + 8, channel_count - 8);
  }

  static void run(const LinearCall& call) {
    const LinearProblem& p = *call.problem;
    const std::int64_t rows_of_chunk = std::int64_t{p.batch} * p.out_h;
    depthwise::RowWindow window(call);
    for (std::int64_t item = call.begin; item < call.end; ++item) {
      const std::int64_t row = item % rows_of_chunk;
      window.move_to(item / rows_of_chunk, static_cast<std::int32_t>(row / p.out_h),
                     static_cast<std::int32_t>(row % p.out_h));
      for (std::int32_t c = 0; c < window.channels(); c += depthwise::kBlock) {
        const std::size_t channel = window.first_channel() + static_cast<std::size_t>(c);
        const auto* block =
            static_cast<const std::uint8_t*>(call.packed) + channel / depthwise::kBlock * block_bytes(p);
        for (std::int32_t x = 0; x < p.out_w; ++x) {
          const Taps taps{p, window, c + std::ptrdiff_t{x} * p.stride_w * depthwise::kChunk};
          compute(call, reinterpret_cast<const ChannelsAvx2*>(block), taps,
                  (row * p.out_w + x) * p.out_c + static_cast<std::int64_t>(channel), window.channels() - c);
        }
      }
    }
  }
};

}  // namespace

BW_DEFINE_LINEAR_KERNEL(depthwise_s8_any_1x16_avx2, DepthwiseAvx2)

}  // namespace bulwark::kernels
