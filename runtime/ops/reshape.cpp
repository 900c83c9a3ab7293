// SPDX-License-Identifier: Apache-2.0
#include <cstring>

#include "runtime/ops/elementwise.h"

namespace bulwark::runtime {
namespace {

struct CopyParameters {
  std::int64_t bytes;
};

void run_copy(const StepCall& call) {
  const ElementRange range = elements_of(call, call.parameters<CopyParameters>().bytes);
  std::memcpy(element(call.output<void>(), range.begin), element(call.input<void>(0), range.begin),
              static_cast<std::size_t>(range.count));
}

}  // namespace

bool prepare_reshape(Preparation& preparation, Step& step) {
  auto* parameters = preparation.bump.make<CopyParameters>();
  if (parameters == nullptr) return false;
  parameters->bytes = preparation.output().bytes();
  split_elements(step, parameters->bytes);
  step.run = run_copy;
  step.parameters = parameters;
  step.kernel = "copy";
  return true;
}

}  // namespace bulwark::runtime
