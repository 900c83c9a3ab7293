// SPDX-License-Identifier: Apache-2.0
#include "kernels/common/cpu.h"
#include "kernels/common/elementwise.h"
#include "kernels/common/interval.h"

namespace bulwark::kernels {

template <typename Call>
const Kernel<Call>& select_kernel(Registry<Call> registry, const Call& call, Isa path) {
  const Kernel<Call>& reference = registry.kernels[registry.count - 1];
  for (Isa isa = path; isa != Isa::reference; isa = fallback_isa(isa)) {
    for (std::size_t i = 0; i < registry.count; ++i) {
      const Kernel<Call>& kernel = registry.kernels[i];
      if (kernel.isa == isa && kernel.supports(call)) return kernel;
    }
  }
  return reference;
}

template const Kernel<AddCall>& select_kernel(Registry<AddCall>, const AddCall&, Isa);
template const Kernel<RequantizeCall>& select_kernel(Registry<RequantizeCall>, const RequantizeCall&, Isa);
template const Kernel<QuantizeCall>& select_kernel(Registry<QuantizeCall>, const QuantizeCall&, Isa);
template const Kernel<DequantizeCall>& select_kernel(Registry<DequantizeCall>, const DequantizeCall&, Isa);
template const Kernel<ClipCall>& select_kernel(Registry<ClipCall>, const ClipCall&, Isa);
template const Kernel<PoolCall>& select_kernel(Registry<PoolCall>, const PoolCall&, Isa);
template const Kernel<IntervalBoxCall>& select_kernel(Registry<IntervalBoxCall>, const IntervalBoxCall&, Isa);
template const Kernel<IntervalBoundsCall>& select_kernel(Registry<IntervalBoundsCall>,
                                                         const IntervalBoundsCall&, Isa);
template const Kernel<SoftmaxCall>& select_kernel(Registry<SoftmaxCall>, const SoftmaxCall&, Isa);
template const Kernel<LogSoftmaxCall>& select_kernel(Registry<LogSoftmaxCall>, const LogSoftmaxCall&, Isa);
template const Kernel<MulCall>& select_kernel(Registry<MulCall>, const MulCall&, Isa);
template const Kernel<ExtremeCall>& select_kernel(Registry<ExtremeCall>, const ExtremeCall&, Isa);
template const Kernel<PreluCall>& select_kernel(Registry<PreluCall>, const PreluCall&, Isa);
template const Kernel<LookupCall>& select_kernel(Registry<LookupCall>, const LookupCall&, Isa);
template const Kernel<ReduceCall>& select_kernel(Registry<ReduceCall>, const ReduceCall&, Isa);
template const Kernel<QuantizeWideCall>& select_kernel(Registry<QuantizeWideCall>, const QuantizeWideCall&,
                                                       Isa);
template const Kernel<AddWideCall>& select_kernel(Registry<AddWideCall>, const AddWideCall&, Isa);
template const Kernel<MulWideCall>& select_kernel(Registry<MulWideCall>, const MulWideCall&, Isa);
template const Kernel<LookupWideCall>& select_kernel(Registry<LookupWideCall>, const LookupWideCall&, Isa);
template const Kernel<TimeFilterCall>& select_kernel(Registry<TimeFilterCall>, const TimeFilterCall&, Isa);
template const Kernel<ResizeCall>& select_kernel(Registry<ResizeCall>, const ResizeCall&, Isa);

}  // namespace bulwark::kernels
