// SPDX-License-Identifier: Apache-2.0
// Weights that span at most 16 values, two in a byte, times one row of inputs: 16 channels, 64 inputs a step.
//
// A byte is 16 h + l with -8 <= h <= 7, 0 <= l <= 15, codes of two channels for the same input. Whole bytes
// times the inputs sum to 16 H + L, their low halves to L: h is never taken out of its byte, so that 32
// products are two dot products, a mask and a quarter of a load.
//
// 2-bit weights take this kernel too: four in a byte cost more instructions to unpack than they save in
// loads. More rows at once take 8-bit weights: a register of them serves several rows.
#include "kernels/fully_connected/fully_connected_kernels.h"
#include "kernels/fully_connected/fully_connected_neon.h"

// clang-format off
#define LOAD_CODES "ld1 {v4.16b, v5.16b, v6.16b, v7.16b}, [%[w]], #64\n"
#define MASK(codes, low) "and " low ".16b, " codes ".16b, v12.16b\n"
#define DOT(sum, codes, x) "sdot " sum ".4s, " codes ".16b, " x ".16b\n"
/// 16 inputs of 8 channels: their whole bytes, their low halves.
#define CODES(x, a, b, c, d, e, f, g, h)                   \
  LOAD_CODES                                               \
  MASK("v4", "v8") MASK("v5", "v9") MASK("v6", "v10") MASK("v7", "v11") \
  DOT(a, "v4", x) DOT(b, "v5", x) DOT(c, "v6", x) DOT(d, "v7", x) \
  DOT(e, "v8", x) DOT(f, "v9", x) DOT(g, "v10", x) DOT(h, "v11", x)
#define STEP(x)                                            \
  CODES(x, "v16", "v17", "v18", "v19", "v24", "v25", "v26", "v27") \
  CODES(x, "v20", "v21", "v22", "v23", "v28", "v29", "v30", "v31")
/// The sums of the lanes of 8 registers, in the first and the fifth.
#define ADD_2(a, b) "addp " a ".4s, " a ".4s, " b ".4s\n"
#define ADD_8(a, b, c, d, e, f, g, h) \
  ADD_2(a, b) ADD_2(c, d) ADD_2(e, f) ADD_2(g, h) ADD_2(a, c) ADD_2(e, g)
// clang-format on

namespace bulwark::kernels {
namespace {

namespace fc = fully_connected;

using fc::CodesPacking;

class Codes {
 public:
  static std::size_t scratch_size(const LinearProblem& p) { return fc::scratch_size(p); }
  static std::int64_t work_items(const LinearProblem& p) { return CodesPacking::panels(p); }

  static void run(const LinearCall& call) {
    const LinearProblem& p = *call.problem;
    const fc::StagedRows staged = fc::stage_rows(call, 0, 1);
    const std::int32_t offset = fc::code_offset<4>(p);
    const int32x4_t correct_low = vdupq_n_s32(staged.sums[0] * offset);
    const int32x4_t correct_high = vdupq_n_s32(staged.sums[0] * (offset + 8));
    const std::size_t bytes = CodesPacking::panel_bytes(p);
    const auto* panel =
        static_cast<const std::uint8_t*>(call.packed) + static_cast<std::size_t>(call.begin) * bytes;
    for (std::int64_t item = call.begin; item < call.end; ++item, panel += bytes) {
      int32x4_t v[4];
      multiply(staged.rows, panel + CodesPacking::kHeader, CodesPacking::groups(p), v);
      for (int i = 0; i < 4; ++i) v[i] = vaddq_s32(v[i], i < 2 ? correct_low : correct_high);
      store(p, panel, v, call.output, item * CodesPacking::kPanel);
    }
  }

 private:
  /// The sums of 16 channels; those of 0..7 lack offset times the sum of the inputs, the others 8 times it
  /// more.
  static inline void multiply(const std::int8_t* x, const std::uint8_t* w, std::int64_t count, int32x4_t* v) {
    register int32x4_t low0 __asm__("v24"), low4 __asm__("v28"), high0 __asm__("v16"), high4 __asm__("v20");
    std::int64_t n = count / 4;
    __asm__ volatile(
        // clang-format off
        "movi v12.16b, #15\n"
        "movi v16.4s, #0\n" "movi v17.4s, #0\n" "movi v18.4s, #0\n" "movi v19.4s, #0\n"
        "movi v20.4s, #0\n" "movi v21.4s, #0\n" "movi v22.4s, #0\n" "movi v23.4s, #0\n"
        "movi v24.4s, #0\n" "movi v25.4s, #0\n" "movi v26.4s, #0\n" "movi v27.4s, #0\n"
        "movi v28.4s, #0\n" "movi v29.4s, #0\n" "movi v30.4s, #0\n" "movi v31.4s, #0\n"
        "cbz %[n], 2f\n"
        "1:\n"
        "ld1 {v0.16b, v1.16b, v2.16b, v3.16b}, [%[x]], #64\n"
        "subs %[n], %[n], #1\n"
        STEP("v0") STEP("v1") STEP("v2") STEP("v3")
        "b.ne 1b\n"
        "2:\n"
        "ands %[n], %[count], #3\n"
        "b.eq 4f\n"
        "3:\n"
        "ldr q0, [%[x]], #16\n"
        "subs %[n], %[n], #1\n"
        STEP("v0")
        "b.ne 3b\n"
        "4:\n"
        ADD_8("v16", "v17", "v18", "v19", "v20", "v21", "v22", "v23")
        ADD_8("v24", "v25", "v26", "v27", "v28", "v29", "v30", "v31")
        "sub v16.4s, v16.4s, v24.4s\n"
        "sub v20.4s, v20.4s, v28.4s\n"
        "sshr v16.4s, v16.4s, #4\n"
        "sshr v20.4s, v20.4s, #4\n"
        // clang-format on
        : "=w"(low0), "=w"(low4), "=w"(high0), "=w"(high4), [x] "+r"(x), [w] "+r"(w), [n] "+r"(n)
        : [count] "r"(count)
        : "memory", "cc", "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10", "v11", "v12", "v17",
          "v18", "v19", "v21", "v22", "v23", "v25", "v26", "v27", "v29", "v30", "v31");
    v[0] = low0, v[1] = low4, v[2] = high0, v[3] = high4;
  }

  /// The outputs of a panel, from channel `first` on.
  static void store(const LinearProblem& p, const std::uint8_t* panel, const int32x4_t* sums, void* output,
                    std::int64_t first) {
    const auto count =
        static_cast<std::size_t>(std::min<std::int64_t>(CodesPacking::kPanel, p.out_c - first));
    const int32x4_t shift = vdupq_n_s32(p.fraction_bits);
    int32x4_t v[4];
    float32x4_t m[4];
    for (int i = 0; i < 4; ++i) {
      v[i] = add_bias(sums[i], shift, vld1q_s32(reinterpret_cast<const std::int32_t*>(panel) + 4 * i));
      m[i] = vld1q_f32(reinterpret_cast<const float*>(panel + CodesPacking::kMultiplier) + 4 * i);
    }
    if (p.output == OutputType::f32) {
      float y[CodesPacking::kPanel];
      for (int i = 0; i < 4; ++i) vst1q_f32(y + 4 * i, vmulq_f32(vcvtq_f32_s32(v[i]), m[i]));
      std::memcpy(static_cast<float*>(output) + first, y, count * sizeof(float));
      return;
    }
    for (int i = 0; i < 4; ++i) v[i] = scale_and_round(v[i], m[i]);
    const int8x16_t y =
        narrow_and_clamp(v[0], v[1], v[2], v[3], vdupq_n_s16(static_cast<std::int16_t>(p.zero_point)),
                         vreinterpretq_s8_u8(vld1q_u8(panel + CodesPacking::kLo)),
                         vreinterpretq_s8_u8(vld1q_u8(panel + CodesPacking::kHi)));
    store_first(static_cast<std::int8_t*>(output) + first, y, count);
  }
};

}  // namespace

BW_DEFINE_LINEAR_RUN(fully_connected_s8_s4_1x16_dotprod, Codes)

}  // namespace bulwark::kernels
