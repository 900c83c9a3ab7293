// SPDX-License-Identifier: Apache-2.0
// Any weights of 8 bits, and weights of 9 bits (uint8 weights less their zero point) that 256 neighbouring
// values hold: smull, sadalp, smull2 and sadalp make 16 products in four instructions.
#include "kernels/conv/conv_kernels.h"
#include "kernels/conv/spread_tile_neon.h"

// clang-format off
#define QUAD(count)                                        \
  BW_PRODUCTS("smull", "8b", "v4", "v5")                   \
  BW_ADD_FIRST                                             \
  BW_PRODUCTS("smull2", "16b", "v4", "v5")                 \
  BW_ADD_FIRST                                             \
  BW_PRODUCTS("smull", "8b", "v6", "v7")                   \
  BW_ADD_SECOND                                            \
  BW_PRODUCTS("smull2", "16b", "v6", "v7")                 \
  BW_ADD_LAST_AND_LOAD(count)
// clang-format on

namespace bulwark::kernels {
namespace {

class AnyTile {
 public:
  using Rule = conv::WordProducts;
  static constexpr bool kBiased = true, kParts = false, kCentred = false;

  explicit AnyTile(const LinearProblem& p) : quads_(conv::spread_quads(p, Rule::kLayout)) {}

  [[gnu::always_inline]] inline void multiply(const std::int8_t* x, const std::uint8_t* w,
                                              const std::uint8_t* start, conv::Sums4x16& s) const {
    std::int64_t quads = quads_;
    BW_SUM_SPREAD_TILE(QUAD, s, x, w, start, quads);
  }

 private:
  std::int64_t quads_;
};

}  // namespace

BW_DEFINE_LINEAR_RUN(conv_s8_any_4x16_neon, conv::SpreadConv<AnyTile>)

}  // namespace bulwark::kernels
