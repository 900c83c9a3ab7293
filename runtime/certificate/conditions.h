// SPDX-License-Identifier: Apache-2.0
// When a model can be certified, and how the interval of a linear operator's input is written as centre and
// radius.
#pragma once

#include "bulwark/bulwark.h"
#include "schema/verifier.h"

namespace bulwark::runtime {

/// How lo..hi becomes 8-bit centre and radius. Products are W c and |W| r with c = centre + offset.. and so
/// on:
///   W (lo + hi) = W centre + centre_offset * sum w,   |W| (hi - lo) = |W| radius + radius_offset * sum |w|
///   (doubled) W ((lo + hi) >> 1) = W centre,                    |W| (hi - centre) = |W| radius +
///   radius_offset * sum |w|
/// Doubled intervals are exact and need hi - lo <= 127; the others contain the interval and at most one value
/// more below it.
struct IntervalForm {
  bool doubled = false;
  std::int32_t offset = 0;  ///< subtracted from either end of a doubled interval
  std::int32_t centre_lo = -128, centre_hi = 127, centre_pad = 0, centre_offset = 0;
  std::int32_t radius_lo = -64, radius_hi = 64, radius_pad = -64, radius_offset = 64;
};
IntervalForm interval_form(const schema::TensorView& input);

/// BW_STATUS_OK when no sum of the operator's interval products leaves 2^24 in absolute value (they pass
/// through floats) and no bound leaves int32; else BW_STATUS_NOT_CERTIFIABLE, with the channel and the
/// number. `workspace` has room for one row, weights.row_elements.
bw_status check_interval_sums(const schema::VerifiedModel& file, std::int32_t op, std::int16_t* workspace);

}  // namespace bulwark::runtime
