// SPDX-License-Identifier: Apache-2.0
// Winograd's transform with AVX2 (kernels/conv/winograd.h): vpmaddwd takes the inputs and weights of two
// channels at a time.
#include "kernels/common/requantize_avx2.h"
#include "kernels/conv/conv_kernels.h"
#include "kernels/conv/winograd_driver.h"

namespace bulwark::kernels {
namespace {

using namespace conv;

/// B^T d of 8 channels; out[i * step].
inline void transform_six(const __m128i* d, __m128i* out, std::size_t step) {
  const __m128i r = _mm_sub_epi16(d[4], d[2]), s = _mm_sub_epi16(d[3], d[1]);
  const __m128i p = _mm_sub_epi16(_mm_slli_epi16(d[2], 2), d[4]);
  const __m128i q = _mm_sub_epi16(_mm_slli_epi16(d[1], 2), d[3]);
  const __m128i twice = _mm_add_epi16(s, s);
  out[0] = _mm_add_epi16(_mm_slli_epi16(_mm_sub_epi16(d[0], d[2]), 2), r);
  out[step] = _mm_add_epi16(p, q);
  out[2 * step] = _mm_sub_epi16(p, q);
  out[3 * step] = _mm_add_epi16(r, twice);
  out[4 * step] = _mm_sub_epi16(r, twice);
  out[5 * step] = _mm_sub_epi16(_mm_sub_epi16(d[5], d[3]), _mm_add_epi16(twice, twice));
}

/// A^T m of 8 output channels; out[i] is 24, 12, 6, 6 times the sum.
inline void transform_sums(const __m256i* m, __m256i* out, std::size_t step) {
  const __m256i s = _mm256_add_epi32(m[1], m[2]), d = _mm256_sub_epi32(m[1], m[2]);
  const __m256i t = _mm256_add_epi32(m[3], m[4]), e = _mm256_sub_epi32(m[3], m[4]);
  out[0] = _mm256_add_epi32(_mm256_add_epi32(m[0], t), _mm256_slli_epi32(s, 2));
  out[step] = _mm256_add_epi32(_mm256_add_epi32(d, d), e);
  out[2 * step] = _mm256_add_epi32(s, t);
  out[3 * step] = _mm256_add_epi32(_mm256_add_epi32(d, m[5]), _mm256_add_epi32(e, e));
}

/// The convolution's sums of a tile and 8 output channels, out[y][x]; places are 4 * 16 elements apart.
inline void finish_sums(const std::int32_t* sums, __m256i (*out)[4]) {
  constexpr int kShift[4] = {3, 2, 1, 1};
  __m256i t[4][6];
  for (int x = 0; x < 6; ++x) {
    __m256i m[6];
    for (int y = 0; y < 6; ++y) {
      m[y] = _mm256_loadu_si256(
          reinterpret_cast<const __m256i*>(sums + (6 * y + x) * kWinogradGroup * kWinogradChannels));
    }
    transform_sums(m, &t[0][x], 6);
  }
  const __m256i ninth = _mm256_set1_epi32(0x38e38e39);  // of 1 modulo 2^32
  for (int y = 0; y < 4; ++y) {
    __m256i v[4];
    transform_sums(t[y], v, 1);
    for (int x = 0; x < 4; ++x)
      out[y][x] = _mm256_srai_epi32(_mm256_mullo_epi32(v[x], ninth), kShift[y] + kShift[x]);
  }
}

class OutputAvx2 {
 public:
  explicit OutputAvx2(const LinearProblem& p) : p_(p) {}

  static void keep_part(const std::int32_t* sums, bool first, std::int32_t channels, std::int32_t* parts) {
    for (std::int32_t c = 0; c < channels; c += 8, parts += 128) {
      __m256i v[4][4];
      finish_sums(sums + c, v);
      if (!first) add_parts(parts, v);
      for (int i = 0; i < 16; ++i)
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(parts) + i, v[i / 4][i % 4]);
    }
  }

  void write(const std::int32_t* sums, const std::int32_t* parts, const std::uint8_t* record,
             std::uint8_t* out, std::int32_t rows, std::int32_t pixels, std::int32_t channels) const {
    const auto* constants = reinterpret_cast<const ChannelsAvx2*>(record);
    for (std::int32_t c = 0; c < channels; c += 8, ++constants) {
      __m256i v[4][4];
      finish_sums(sums + c, v);
      if (parts != nullptr) add_parts(parts + 16 * c, v);
      for (std::int32_t y = 0; y < rows; ++y) {
        for (std::int32_t x = 0; x < pixels; ++x) {
          const std::int64_t index = (std::int64_t{y} * p_.out_w + x) * p_.out_c + c;
          store_channels(p_, *constants, v[y][x], out, index, channels - c);
        }
      }
    }
  }

 private:
  static void add_parts(const std::int32_t* parts, __m256i (*v)[4]) {
    for (int i = 0; i < 16; ++i) {
      const __m256i part = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(parts) + i);
      v[i / 4][i % 4] = _mm256_add_epi32(v[i / 4][i % 4], part);
    }
  }

  const LinearProblem& p_;
};

struct WinogradAvx2 {
  using Output = OutputAvx2;

  static void transform_input(const std::int8_t* x, std::int64_t row, std::int64_t pixel, std::int16_t* out) {
    __m128i t[6][6], d[6];
    for (int i = 0; i < 6; ++i, x += pixel) {
      for (int y = 0; y < 6; ++y)
        d[y] = _mm_cvtepi8_epi16(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(x + y * row)));
      transform_six(d, &t[0][i], 6);
    }
    for (int i = 0; i < 6; ++i) {
      transform_six(t[i], d, 1);
      for (int j = 0; j < 6; ++j, out += kWinogradGroup * kWinogradDepth)
        _mm_storeu_si128(reinterpret_cast<__m128i*>(out), d[j]);
    }
  }

  static void multiply_place(const std::int16_t* x, const std::int16_t* w, std::int64_t steps,
                             std::int32_t* sums) {
    multiply<kWinogradGroup>(x, w, steps, sums);
  }
  static void multiply_tile(const std::int16_t* x, const std::int16_t* w, std::int64_t steps,
                            std::int32_t* sums) {
    multiply<1>(x, w, steps, sums);
  }

 private:
  template <int kTiles>
  static void multiply(const std::int16_t* x, const std::int16_t* w, std::int64_t steps, std::int32_t* sums) {
    __m256i s[kTiles][2];
    for (auto& tile : s) tile[0] = tile[1] = _mm256_setzero_si256();
    const auto* weights = reinterpret_cast<const __m256i*>(w);
    for (; steps > 0; --steps, x += kWinogradStep) {
      for (int pair = 0; pair < kWinogradDepth / 2; ++pair, weights += 2) {
        const __m256i w0 = _mm256_loadu_si256(weights), w1 = _mm256_loadu_si256(weights + 1);
        for (int t = 0; t < kTiles; ++t) {
          std::int32_t inputs;
          std::memcpy(&inputs, x + t * kWinogradDepth + 2 * pair, sizeof(inputs));
          const __m256i both = _mm256_set1_epi32(inputs);
          s[t][0] = _mm256_add_epi32(s[t][0], _mm256_madd_epi16(both, w0));
          s[t][1] = _mm256_add_epi32(s[t][1], _mm256_madd_epi16(both, w1));
        }
      }
    }
    for (int t = 0; t < kTiles; ++t) {
      auto* out = reinterpret_cast<__m256i*>(sums + t * kWinogradChannels);
      _mm256_storeu_si256(out, s[t][0]);
      _mm256_storeu_si256(out + 1, s[t][1]);
    }
  }
};

struct PackedWinogradAvx2 : conv::WinogradConv<WinogradAvx2> {
  static bool supports(const LinearProblem& p) { return winograd_supports(p); }
  static std::size_t packed_size(const LinearProblem& p) { return winograd_packed_size(p); }
  static void pack(const LinearProblem& p, const LinearConstants& constants, std::int16_t* staging,
                   void* packed) {
    pack_winograd_weights(p, constants, true, staging, packed);
    for (std::int32_t c = 0; c < p.out_c; ++c) {
      auto* record = static_cast<std::uint8_t*>(packed) + c / kWinogradChannels * winograd_record_bytes(p);
      const auto channel = static_cast<std::size_t>(c), lane = channel % kWinogradChannels;
      reinterpret_cast<ChannelsAvx2*>(record)[lane / 8].set(p, constants, channel, lane % 8);
    }
  }
};

}  // namespace

BW_DEFINE_LINEAR_KERNEL(conv_winograd_s8_any_4x4_avx2, PackedWinogradAvx2)

}  // namespace bulwark::kernels
