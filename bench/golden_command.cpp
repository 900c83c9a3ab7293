// SPDX-License-Identifier: Apache-2.0
#include <cstdio>

#include "bench/commands.h"
#include "bench/engine.h"
#include "bench/json.h"

namespace bulwark::bench {

Exit golden_command(const Arguments& arguments) {
  Engine engine(arguments);
  const Result<bool> matches = engine.session.check_golden();
  check(matches.status(), arguments.model);
  const char* difference = *matches ? "" : bw_status_message();
  if (arguments.json) {
    Json report;
    report.add("model", arguments.model).add("path", engine.plan.path()).add("golden", *matches);
    std::printf("%s\n", report.add("difference", difference).text().c_str());
  } else {
    std::printf("golden: %s (path %s)\n", *matches ? "every output is as recorded" : difference,
                engine.plan.path());
  }
  return *matches ? Exit::done : Exit::no;
}

}  // namespace bulwark::bench
