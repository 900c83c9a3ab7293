// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "runtime/certificate/interval_plan.h"

namespace bulwark::runtime {

Step* IntervalSteps::append(const Step& step, std::span<const std::int32_t> inputs,
                            std::span<const std::int32_t> outputs) {
  if (plan_->steps == nullptr || static_cast<std::size_t>(plan_->step_count) == capacity_) return nullptr;
  auto* indices = bump_.make<std::int32_t>(inputs.size() + outputs.size());
  if (indices == nullptr) return nullptr;
  std::copy(inputs.begin(), inputs.end(), indices);
  std::copy(outputs.begin(), outputs.end(), indices + inputs.size());
  Step& copy = plan_->steps[plan_->step_count++];
  copy = step;
  copy.inputs = {indices, inputs.size()};
  copy.outputs = {indices + inputs.size(), outputs.size()};
  copy.open = nullptr;
  copy.close = nullptr;
  return &copy;
}

void IntervalSteps::need(IntervalBuffer buffer, std::uint64_t bytes) {
  std::uint64_t& have = plan_->buffer_bytes[static_cast<int>(buffer)];
  have = std::max(have, bytes);
}

}  // namespace bulwark::runtime
