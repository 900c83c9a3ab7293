// SPDX-License-Identifier: Apache-2.0
// Runs linear kernels between guard pages and compares their bytes.
#pragma once

#include <string>
#include <vector>

#include "kernels/common/linear.h"
#include "tests/kernels/linear_case.h"
#include "tests/support/guarded_buffer.h"

namespace bulwark::test {

/// The registry of an operator.
kernels::LinearRegistry linear_registry(LinearOperator op);

/// Kernels of the registry that this processor can run.
std::vector<const kernels::LinearKernel*> runnable_kernels(kernels::LinearRegistry registry);

/// What NUMERICS.md says the output is, computed in the plainest way (64-bit sums, no shared code with the
/// kernels).
std::vector<std::uint8_t> expected_output(const LinearCase& c);

/// Packs and runs one kernel with every buffer against its guard page, the work items split at random and run
/// in random order, scratch full of garbage. Returns the output's bytes. *overrun tells of a write into the
/// slack around an aligned buffer.
std::vector<std::uint8_t> guarded_output(const kernels::LinearKernel& kernel, const LinearCase& c,
                                         GuardSide side, Random& random, bool* overrun);

/// Every kernel that supports the case must give the bytes of the specification; `what` names the case in a
/// failure.
void check_kernels(const std::vector<const kernels::LinearKernel*>& kernels, const LinearCase& c,
                   Random& random, const std::string& what);

/// A random case for each of `count` seeds; every runnable kernel that supports it must give the expected
/// bytes.
void sweep(LinearOperator op, std::uint64_t first_seed, int count);

/// The same cases: every packing that this build has, for whatever processor, writes all its bytes, the same ones
/// whether it knows the largest sum of weights or not, and tells them from others.
void sweep_packings(LinearOperator op, std::uint64_t first_seed, int count);

}  // namespace bulwark::test
