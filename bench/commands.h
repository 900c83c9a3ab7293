// SPDX-License-Identifier: Apache-2.0
// The verbs. Reports go to stdout; failures are thrown.
#pragma once

#include "bench/arguments.h"
#include "bench/failure.h"

namespace bulwark::bench {

/// Whatever the arguments ask for.
Exit run(const Arguments& arguments);

Exit run_command(const Arguments& arguments);
Exit bench_command(const Arguments& arguments);
Exit compare_command(const Arguments& arguments);  ///< bench --compare, --compare-path
Exit page_command(const Arguments& arguments);
Exit table_command(const Arguments& arguments);  ///< bench --table
Exit predict_command(const Arguments& arguments);
/// pack: writes the model with the weights as this build packs them.
Exit pack_command(const Arguments& arguments);
Exit golden_command(const Arguments& arguments);

}  // namespace bulwark::bench
