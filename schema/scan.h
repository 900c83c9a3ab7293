// SPDX-License-Identifier: Apache-2.0
// Passes over long arrays that only vectors make cheap: they say whether anything is wrong, the caller then
// looks for the place.
#pragma once

#include "schema/model_view.h"

namespace bulwark::schema {

/// A positive normal number: one that flush-to-zero leaves alone.
bool is_positive_normal(float value);
bool all_positive_normal(View<float> values);

/// min <= lo[i] <= hi[i] <= max for all i; lo and hi have the same number of entries.
bool all_clamps_in_order(View<std::int8_t> lo, View<std::int8_t> hi, std::int32_t min, std::int32_t max);

/// The largest entry, 0 without any.
std::uint32_t largest_of(View<std::uint32_t> values);
/// The largest absolute value, 0 without any; 2^31 for INT32_MIN.
std::uint32_t largest_magnitude_of(View<std::int32_t> values);

}  // namespace bulwark::schema
