// SPDX-License-Identifier: Apache-2.0
// The verbs. Reports go to stdout; failures are thrown.
#pragma once

#include "bench/arguments.h"
#include "bench/failure.h"

namespace bulwark::bench {

Exit run_command(const Arguments& arguments);
Exit bench_command(const Arguments& arguments);
Exit golden_command(const Arguments& arguments);

}  // namespace bulwark::bench
