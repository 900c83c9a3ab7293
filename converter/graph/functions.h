// SPDX-License-Identifier: Apache-2.0
// Functions of one real number (schema/NUMERICS.md, "Functions"), as the float twin and tables use them.
#pragma once

#include "schema/model_view.h"

namespace bulwark::converter {

/// The function at x, in double; alpha and beta where the function has them. NaN and infinities where real
/// numbers end: the logarithm of a negative number, a division by zero.
double value_of(schema::Function function, double x, double alpha, double beta);

}  // namespace bulwark::converter
