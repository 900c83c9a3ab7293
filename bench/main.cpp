// SPDX-License-Identifier: Apache-2.0
// bulwark_bench: the device's own binary. Runs, times and checks models; needs nothing but the runtime.
#include <cstdio>
#include <cstring>
#include <new>

#include "bench/commands.h"

namespace bulwark::bench {
namespace {

int main(int count, char** values) {
  if (count == 2 && (std::strcmp(values[1], "--help") == 0 || std::strcmp(values[1], "-h") == 0)) {
    std::fputs(kUsage, stdout);
    return 0;
  }
  try {
    return static_cast<int>(run(parse_arguments(count - 1, values + 1)));
  } catch (const Failure& failure) {
    std::fprintf(stderr, "bulwark_bench: %s\n", failure.message.c_str());
    return static_cast<int>(failure.code);
  } catch (const std::bad_alloc&) {
    std::fputs("bulwark_bench: out of memory\n", stderr);
    return static_cast<int>(Exit::bad_input);
  }
}

}  // namespace
}  // namespace bulwark::bench

int main(int count, char** values) { return bulwark::bench::main(count, values); }
