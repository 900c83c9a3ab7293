// SPDX-License-Identifier: Apache-2.0
#include "runtime/path.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "kernels/common/cpu.h"
#include "runtime/status.h"

namespace bulwark::runtime {
namespace {

using kernels::Isa;

constexpr Isa kPaths[] = {Isa::reference, Isa::neon, Isa::dotprod, Isa::i8mm, Isa::avx2, Isa::vnni};
constexpr std::size_t kListBytes = 64;  // holds all names

// "reference, neon, dotprod"
void list_available(char (&list)[kListBytes]) {
  list[0] = '\0';
  for (const Isa path : kPaths) {
    if (!kernels::isa_available(path, kernels::cpu_features())) continue;
    const std::size_t used = std::strlen(list);
    std::snprintf(list + used, sizeof list - used, "%s%s", used == 0 ? "" : ", ", kernels::isa_name(path));
  }
}

}  // namespace

bw_status choose_path(const char* requested, kernels::Isa* path) {
  const char* source = "options.path";
  if (requested == nullptr) {
    source = "BULWARK_PATH";
    requested = std::getenv("BULWARK_PATH");
  }
  if (requested == nullptr || *requested == '\0') {
    *path = kernels::best_isa(kernels::cpu_features());
    return BW_STATUS_OK;
  }
  Isa parsed = Isa::reference;
  const bool known = kernels::parse_isa(requested, &parsed);
  if (known && kernels::isa_available(parsed, kernels::cpu_features())) {
    *path = parsed;
    return BW_STATUS_OK;
  }
  char list[kListBytes];
  list_available(list);
  return fail(BW_STATUS_UNKNOWN_PATH, "%s '%.64s' is %s; available here: %s", source, requested,
              known ? "not available on this processor or in this build" : "not a path", list);
}

}  // namespace bulwark::runtime
