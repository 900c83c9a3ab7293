// SPDX-License-Identifier: Apache-2.0
#include "bench/commands.h"

namespace bulwark::bench {

Exit run(const Arguments& arguments) {
  if (arguments.verb == "run") return run_command(arguments);
  if (arguments.verb == "bench" && !arguments.table.file.empty()) return table_command(arguments);
  if (!arguments.compare_model.empty() || !arguments.compare_path.empty()) return compare_command(arguments);
  if (arguments.verb == "page") return page_command(arguments);
  if (arguments.verb == "bench") return bench_command(arguments);
  if (arguments.verb == "predict") return predict_command(arguments);
  if (arguments.verb == "pack") return pack_command(arguments);
  return golden_command(arguments);
}

}  // namespace bulwark::bench
