// SPDX-License-Identifier: Apache-2.0
// 8-bit weights of which two products fit 16 bits (all but a weight of -128 meeting an input of -128): smull,
// smlal2, sadalp make 16 products in three instructions.
#include "kernels/common/multiply_neon.h"
#include "kernels/conv/conv_kernels.h"
#include "kernels/conv/tile_4x4_neon.h"

// clang-format off
#define STEP(add)                                          \
  BW_MULTIPLY_8("smull", "8b", "v4", "v5")                 \
  BW_MULTIPLY_8("smlal2", "16b", "v4", "v5")               \
  BW_ADD_8(add, "0", "1")                                  \
  BW_MULTIPLY_8("smull", "8b", "v6", "v7")                 \
  BW_MULTIPLY_8("smlal2", "16b", "v6", "v7")               \
  BW_LOAD_STEP                                             \
  BW_ADD_8(add, "2", "3")
// clang-format on

namespace bulwark::kernels {
namespace {

struct PairProducts {
  [[gnu::always_inline]] static inline void sum(conv::Sums4x4& s, conv::Operands4x4 in) { BW_SUM_TILE(STEP); }
  static int32x4_t add(int32x4_t sum, int8x16_t x, int8x16_t w) {
    return vpadalq_s16(sum, vmlal_high_s8(multiply_low(x, w), x, w));
  }
};

}  // namespace

BW_DEFINE_LINEAR_RUN(conv_s8_s8_4x4_neon, conv::TiledConv<conv::Tile4x4<PairProducts>>)

}  // namespace bulwark::kernels
