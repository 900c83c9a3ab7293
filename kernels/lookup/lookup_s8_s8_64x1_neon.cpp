// SPDX-License-Identifier: Apache-2.0
// A table of 256 bytes is four quarters of 64, which tbl and tbx read at once: an index outside a quarter
// leaves the lane as it was.
#include "kernels/common/elementwise.h"
#include "kernels/common/elementwise_neon.h"

namespace bulwark::kernels {
namespace {

struct Quarters {
  explicit Quarters(const std::int8_t* entries) {
    for (int i = 0; i < 4; ++i) quarter[i] = vld1q_s8_x4(entries + 64 * i);
  }
  int8x16x4_t quarter[4];
};

int8x16_t look_up(int8x16_t x, const Quarters& table) {
  // x + 128: the index of x in the table.
  const uint8x16_t index = veorq_u8(vreinterpretq_u8_s8(x), vdupq_n_u8(128));
  int8x16_t y = vqtbl4q_s8(table.quarter[0], index);
  y = vqtbx4q_s8(y, table.quarter[1], vsubq_u8(index, vdupq_n_u8(64)));
  y = vqtbx4q_s8(y, table.quarter[2], vsubq_u8(index, vdupq_n_u8(128)));
  return vqtbx4q_s8(y, table.quarter[3], vsubq_u8(index, vdupq_n_u8(192)));
}

}  // namespace

void lookup_s8_s8_64x1_neon(const LookupCall& call) {
  const Quarters table(call.entries);
  std::int64_t i = 0;
  for (; i + 64 <= call.count; i += 64) {
    int8x16x4_t x = vld1q_s8_x4(call.input + i);
    for (int8x16_t& v : x.val) v = look_up(v, table);
    vst1q_s8_x4(call.output + i, x);
  }
  for (; i + 16 <= call.count; i += 16) {
    vst1q_s8(call.output + i, look_up(vld1q_s8(call.input + i), table));
  }
  if (i == call.count) return;
  const auto rest = static_cast<std::size_t>(call.count - i);
  store_first(call.output + i, look_up(load_first(call.input + i, rest), table), rest);
}

}  // namespace bulwark::kernels
