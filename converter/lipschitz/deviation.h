// SPDX-License-Identifier: Apache-2.0
// How far every tensor of the integers that run can move when the input moves a little, in whole steps,
// roundings included: what clip bounds are derived from.
#pragma once

#include <cstdint>
#include <vector>

#include "schema/verifier.h"

namespace bulwark::converter::lipschitz {

/// Of one tensor, one number for each position of its last axis: no element there moves by more steps of its
/// integers. Empty for tensors that are not integers.
using Deviation = std::vector<std::int32_t>;

/// One per tensor, for every change of the integer inputs (those of the model, or those that float inputs are
/// quantized to) by at most `eps` >= 0 steps in any number of elements. Per operator, from the deviations d
/// of its inputs: linear m[c] * 2^f * sum |w| d, add m * (|a| d_a + |b| d_b), products and pools likewise,
/// and one step for the rounding of both ends; tables exactly; data movement, extremes and clamps nothing on
/// top. Never more than the tensor's range, which is also what is said where no rule is known, and of states.
std::vector<Deviation> deviations(const schema::VerifiedModel& model, std::int32_t eps);

/// The steps between rne(a) and rne(b) when a and b, both known up to float rounding and inside 16 bits,
/// differ by `real` >= 0: a whole step more where rounding takes them apart.
std::int32_t rounded_deviation(double real);

}  // namespace bulwark::converter::lipschitz
