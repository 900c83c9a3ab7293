// SPDX-License-Identifier: Apache-2.0
// A convolution on intervals. Both windows of a pixel are gathered at once from the padded centre and radius,
// a block of pixels at a time, and the two products are those of 1x1 convolutions over them.
#include <algorithm>
#include <cstring>

#include "runtime/certificate/interval_product.h"
#include "runtime/certificate/padded_box.h"

namespace bulwark::runtime {
namespace {

using kernels::IntervalBoundsCall;
using kernels::LinearProblem;

constexpr std::int64_t kBlockBytes = 16 * 1024;  ///< of gathered centres: about half of a first cache
constexpr std::int64_t kBlockMultiple = 24;      ///< of pixels: tiles have 4, 6 or 8
constexpr std::int64_t kSlack = 16;              ///< bytes behind rows that are written and not used

/// Where the parts of a block lie in the thread's scratch.
struct BlockScratch {
  std::int64_t radius = 0, centre_sums = 0, radius_sums = 0, kernel = 0;
};

struct WindowParameters {
  IntervalProduct centre, radius;
  Prepared<IntervalBoundsCall> bounds;
  LinearProblem problem;  ///< of the operator
  std::int64_t block_pixels;
  BlockScratch scratch;
};

struct Images {
  const std::int8_t *centre, *radius;
};
struct Rows {
  std::int8_t *centre, *radius;
};

/// Copies `runs` runs of both images, `step` apart, in whole vectors, of which kShort runs need one: what a
/// vector writes behind a run's end is overwritten by the next one.
template <bool kShort>
[[gnu::always_inline]] inline void copy_runs(Images from, std::int64_t step, std::int64_t runs,
                                             std::int64_t bytes, Rows& to) {
  std::int8_t *centre = to.centre, *radius = to.radius;
  for (const std::int8_t* const end = from.centre + runs * step; from.centre != end;
       from.centre += step, from.radius += step, centre += bytes, radius += bytes) {
    std::int64_t i = 0;
    do {
      std::memcpy(centre + i, from.centre + i, 16);
      std::memcpy(radius + i, from.radius + i, 16);
      i += 16;
    } while (!kShort && i < bytes);
  }
  to = {centre, radius};
}

/// The window of one pixel of both images.
[[gnu::always_inline]] inline void copy_window(const LinearProblem& p, Images from, std::int64_t row,
                                               Rows& to) {
  const std::int64_t step = p.dilation_h * row;
  if (p.dilation_w == 1) {
    const std::int64_t bytes = std::int64_t{p.kernel_w} * p.in_c;
    if (bytes <= 16) return copy_runs<true>(from, step, p.kernel_h, bytes, to);
    return copy_runs<false>(from, step, p.kernel_h, bytes, to);
  }
  for (std::int32_t ky = 0; ky < p.kernel_h; ++ky, from.centre += step, from.radius += step)
    copy_runs<false>(from, std::int64_t{p.dilation_w} * p.in_c, p.kernel_w, p.in_c, to);
}

/// The windows of the pixels first .. first+count-1, row after row without a gap.
void gather(const LinearProblem& p, Images images, std::int64_t first, std::int64_t count, Rows to) {
  const Padded padded(p);
  const std::int64_t row = padded.width * p.in_c;
  const std::int64_t step = std::int64_t{p.stride_w} * p.in_c;
  std::int64_t x = first % p.out_w;
  std::int64_t line = first / p.out_w;  // of output, in all pictures
  while (count > 0) {
    const std::int64_t pixels = std::min(count, p.out_w - x);
    std::int64_t at = (line / p.out_h * padded.height + line % p.out_h * p.stride_h) * row + x * step;
    for (std::int64_t i = 0; i < pixels; ++i, at += step)
      copy_window(p, {images.centre + at, images.radius + at}, row, to);
    count -= pixels;
    x = 0;
    ++line;
  }
}

/// The product of `count` gathered rows.
void multiply(const LinearParameters& product, std::int64_t count, const std::int8_t* rows, float* sums,
              void* scratch) {
  LinearProblem problem = product.problem;
  problem.in_w = problem.out_w = static_cast<std::int32_t>(count);
  kernels::LinearCall call;
  call.problem = &problem;
  call.packed = product.packed;
  call.input = rows;
  call.output = sums;
  call.scratch = scratch;
  call.end = product.kernel->work_items(problem);
  product.kernel->run(call);
}

void run_windows(const StepCall& call) {
  const auto& parameters = call.parameters<WindowParameters>();
  const LinearProblem& p = parameters.problem;
  auto* scratch = static_cast<std::uint8_t*>(call.scratch);
  const BlockScratch& at = parameters.scratch;
  const Images images{call.input<std::int8_t>(0), call.input<std::int8_t>(1)};
  const Rows rows{reinterpret_cast<std::int8_t*>(scratch),
                  reinterpret_cast<std::int8_t*>(scratch + at.radius)};
  auto* centre_sums = reinterpret_cast<float*>(scratch + at.centre_sums);
  auto* radius_sums = reinterpret_cast<float*>(scratch + at.radius_sums);
  IntervalBoundsCall bounds = parameters.bounds.call;
  const std::int64_t pixels = bounds.rows;
  for (std::int64_t item = call.begin; item < call.end; ++item) {
    const std::int64_t first = item * parameters.block_pixels;
    const std::int64_t count = std::min(parameters.block_pixels, pixels - first);
    gather(p, images, first, count, rows);
    multiply(parameters.centre.linear, count, rows.centre, centre_sums, scratch + at.kernel);
    multiply(parameters.radius.linear, count, rows.radius, radius_sums, scratch + at.kernel);
    bounds.centre = centre_sums;
    bounds.radius = radius_sums;
    bounds.lo = call.output<std::int8_t>() + first * bounds.channels;
    bounds.hi = static_cast<std::int8_t*>(call.tensors[call.step.outputs[1]]) + first * bounds.channels;
    bounds.rows = count;
    parameters.bounds.kernel->run(bounds);
  }
}

void pack_windows(const schema::OperatorView& op, const PackWorkspace& workspace, void* memory) {
  auto& parameters = *static_cast<WindowParameters*>(memory);
  pack_interval_product(op, workspace, parameters.centre);
  pack_interval_product(op, workspace, parameters.radius);
}

std::int64_t block_pixels(const LinearProblem& p) {
  const std::int64_t cached =
      std::max(kBlockMultiple, kBlockBytes / p.depth() / kBlockMultiple * kBlockMultiple);
  return std::min(cached, p.out_pixels());
}

/// The windows as pixels of their own, `pixels` of them.
LinearGeometry windows_as_pixels(const LinearProblem& p, std::int64_t pixels) {
  LinearProblem problem;
  problem.in_w = problem.out_w = static_cast<std::int32_t>(pixels);
  problem.in_c = static_cast<std::int32_t>(p.depth());
  problem.out_c = p.out_c;
  return {problem, kernels::conv_kernels()};
}

std::int64_t aligned(std::int64_t bytes) {
  return (bytes + std::int64_t{kAlignment} - 1) / std::int64_t{kAlignment} * std::int64_t{kAlignment};
}

bool append_window_products(const IntervalPreparation& preparation, std::int32_t op,
                            const LinearProblem& problem, IntervalSteps& steps) {
  auto* parameters = preparation.bump.make<WindowParameters>();
  if (parameters == nullptr || !prepare_interval_bounds(preparation, op, &parameters->bounds)) return false;
  parameters->problem = problem;
  parameters->block_pixels = block_pixels(problem);
  const LinearGeometry pixels = windows_as_pixels(problem, parameters->block_pixels);
  Step centre, radius;
  if (!prepare_interval_product(preparation, op, false, pixels, &parameters->centre, centre) ||
      !prepare_interval_product(preparation, op, true, pixels, &parameters->radius, radius)) {
    return false;
  }
  const std::int64_t rows = aligned(parameters->block_pixels * problem.depth() + kSlack);
  const std::int64_t sums = aligned(parameters->block_pixels * problem.out_c * std::int64_t{sizeof(float)});
  parameters->scratch = {rows, 2 * rows, 2 * rows + sums, 2 * rows + 2 * sums};
  Step step;
  step.op = op;
  step.run = run_windows;
  step.pack = pack_windows;
  step.parameters = parameters;
  step.kernel = centre.kernel;
  step.macs = 2 * problem.macs();
  step.work = step.macs;
  step.items = (problem.out_pixels() + parameters->block_pixels - 1) / parameters->block_pixels;
  step.scratch_bytes = static_cast<std::size_t>(parameters->scratch.kernel) +
                       std::max(centre.scratch_bytes, radius.scratch_bytes);
  const schema::OperatorView view = preparation.file.op(op);
  const IntervalAddress& at = steps.address();
  const std::int32_t inputs[] = {at.buffer(IntervalBuffer::centre), at.buffer(IntervalBuffer::radius)};
  const std::int32_t outputs[] = {at.lower(view.outputs[0]), at.upper(view.outputs[0])};
  return steps.append(step, inputs, outputs) != nullptr;
}

}  // namespace

bool append_interval_windows(const IntervalPreparation& preparation, std::int32_t op, IntervalSteps& steps) {
  const LinearProblem problem = linear_geometry(preparation.file, preparation.file.op(op)).problem;
  return append_padded_box(preparation, op, problem, steps) &&
         append_window_products(preparation, op, problem, steps);
}

}  // namespace bulwark::runtime
