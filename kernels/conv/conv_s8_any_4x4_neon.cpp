// SPDX-License-Identifier: Apache-2.0
// 8-bit weights and inputs without any condition: every product is added to its sum on its own (smull,
// sadalp).
#include "kernels/common/multiply_neon.h"
#include "kernels/conv/conv_kernels.h"
#include "kernels/conv/tile_4x4_neon.h"

// clang-format off
#define STEP(add)                                          \
  BW_MULTIPLY_8("smull", "8b", "v4", "v5")                 \
  BW_ADD_8(add, "0", "1")                                  \
  BW_MULTIPLY_8("smull2", "16b", "v4", "v5")               \
  BW_ADD_8("sadalp", "0", "1")                             \
  BW_MULTIPLY_8("smull", "8b", "v6", "v7")                 \
  BW_ADD_8(add, "2", "3")                                  \
  BW_MULTIPLY_8("smull2", "16b", "v6", "v7")               \
  BW_LOAD_STEP                                             \
  BW_ADD_8("sadalp", "2", "3")
// clang-format on

namespace bulwark::kernels {
namespace {

struct SingleProducts {
  [[gnu::always_inline]] static inline void sum(conv::Sums4x4& s, conv::Operands4x4 in) { BW_SUM_TILE(STEP); }
  static int32x4_t add(int32x4_t sum, int8x16_t x, int8x16_t w) {
    return vpadalq_s16(vpadalq_s16(sum, multiply_low(x, w)), vmull_high_s8(x, w));
  }
};

}  // namespace

BW_DEFINE_LINEAR_RUN(conv_s8_any_4x4_neon, conv::TiledConv<conv::Tile4x4<SingleProducts>>)

}  // namespace bulwark::kernels
