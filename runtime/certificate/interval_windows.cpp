// SPDX-License-Identifier: Apache-2.0
// A convolution on intervals. Centre and radius are written with their padding around them, so that the
// window of every pixel is whole; both windows are gathered at once, a block of pixels at a time, and the two
// products are those of 1x1 convolutions over them.
#include <algorithm>
#include <cstring>

#include "runtime/certificate/conditions.h"
#include "runtime/certificate/interval_product.h"

namespace bulwark::runtime {
namespace {

using kernels::IntervalBoundsCall;
using kernels::IntervalBoxCall;
using kernels::LinearProblem;

constexpr std::int64_t kBlockBytes = 16 * 1024;  ///< of gathered centres: about half of a first cache
constexpr std::int64_t kBlockMultiple = 24;      ///< of pixels: tiles have 4, 6 or 8
constexpr std::int64_t kSlack =
    16;  ///< bytes behind an image that are read and not used, behind rows written

/// The image that all windows of a convolution cover, padding included.
struct Padded {
  explicit Padded(const LinearProblem& p)
      : height((p.out_h - 1) * std::int64_t{p.stride_h} + (p.kernel_h - 1) * std::int64_t{p.dilation_h} + 1),
        width((p.out_w - 1) * std::int64_t{p.stride_w} + (p.kernel_w - 1) * std::int64_t{p.dilation_w} + 1) {}
  std::int64_t height, width;
  std::int64_t bytes(const LinearProblem& p) const { return p.batch * height * width * p.in_c; }
};

struct BoxParameters {
  Prepared<IntervalBoxCall> box;
  LinearProblem problem;  ///< of the operator
  std::int32_t centre_pad, radius_pad;
};

/// One work item is a picture of the batch.
void run_padded_box(const StepCall& call) {
  const auto& parameters = call.parameters<BoxParameters>();
  const LinearProblem& p = parameters.problem;
  const Padded padded(p);
  const std::int64_t padded_row = padded.width * p.in_c, row = std::int64_t{p.in_w} * p.in_c;
  const std::int64_t picture = padded.height * padded_row;
  // The input may also reach behind the last window.
  const std::int64_t rows = std::min<std::int64_t>(p.in_h, padded.height - p.pad_top);
  IntervalBoxCall box = parameters.box.call;
  box.count = std::min<std::int64_t>(row, padded_row - std::int64_t{p.pad_left} * p.in_c);
  for (std::int64_t n = call.begin; n < call.end; ++n) {
    std::int8_t* centre = call.output<std::int8_t>() + n * picture;
    std::int8_t* radius = static_cast<std::int8_t*>(call.tensors[call.step.outputs[1]]) + n * picture;
    std::memset(centre, parameters.centre_pad, static_cast<std::size_t>(picture));
    std::memset(radius, parameters.radius_pad, static_cast<std::size_t>(picture));
    if (box.count <= 0) continue;
    for (std::int64_t y = 0; y < rows; ++y) {
      const std::int64_t from = (n * p.in_h + y) * row;
      const std::int64_t to = (y + p.pad_top) * padded_row + std::int64_t{p.pad_left} * p.in_c;
      box.lo = call.input<std::int8_t>(0) + from;
      box.hi = call.input<std::int8_t>(1) + from;
      box.centre = centre + to;
      box.radius = radius + to;
      parameters.box.kernel->run(box);
    }
  }
}

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

/// Copies a run of both images in whole vectors: what that writes behind their end is overwritten by the next
/// one.
void copy_run(Images from, std::int64_t bytes, Rows& to) {
  std::int64_t i = 0;
  do {
    std::memcpy(to.centre + i, from.centre + i, 16);
    std::memcpy(to.radius + i, from.radius + i, 16);
    i += 16;
  } while (i < bytes);
  to.centre += bytes;
  to.radius += bytes;
}

/// The window of one pixel of both images.
void copy_window(const LinearProblem& p, Images from, std::int64_t row, Rows& to) {
  const std::int64_t step = p.dilation_h * row;
  for (std::int32_t ky = 0; ky < p.kernel_h; ++ky, from.centre += step, from.radius += step) {
    if (p.dilation_w == 1) {
      copy_run(from, std::int64_t{p.kernel_w} * p.in_c, to);
      continue;
    }
    Images at = from;
    for (std::int32_t kx = 0; kx < p.kernel_w; ++kx) {
      copy_run(at, p.in_c, to);
      at.centre += std::int64_t{p.dilation_w} * p.in_c;
      at.radius += std::int64_t{p.dilation_w} * p.in_c;
    }
  }
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

bool append_padded_box(const IntervalPreparation& preparation, std::int32_t op, const LinearProblem& problem,
                       IntervalSteps& steps) {
  const schema::OperatorView view = preparation.file.op(op);
  const IntervalForm form = interval_form(preparation.file.tensor(view.inputs[0]));
  auto* parameters = preparation.bump.make<BoxParameters>();
  if (parameters == nullptr) return false;
  IntervalBoxCall& call = parameters->box.call;
  call.doubled = form.doubled;
  call.offset = form.offset;
  parameters->box.kernel = &kernels::select_kernel(kernels::interval_box_kernels(), call, preparation.path);
  parameters->problem = problem;
  parameters->centre_pad = form.centre_pad;
  parameters->radius_pad = form.radius_pad;
  Step step;
  step.op = op;
  step.run = run_padded_box;
  step.parameters = parameters;
  step.kernel = parameters->box.kernel->name;
  step.items = problem.batch;
  step.work = Padded(problem).bytes(problem);
  const auto bytes = static_cast<std::uint64_t>(step.work + kSlack);
  steps.need(IntervalBuffer::centre, bytes);
  steps.need(IntervalBuffer::radius, bytes);
  const IntervalAddress& at = steps.address();
  const std::int32_t inputs[] = {at.lower(view.inputs[0]), at.upper(view.inputs[0])};
  const std::int32_t outputs[] = {at.buffer(IntervalBuffer::centre), at.buffer(IntervalBuffer::radius)};
  return steps.append(step, inputs, outputs) != nullptr;
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

bool has_windows(const IntervalPreparation& preparation, std::int32_t op) {
  // Kernels with a dot product read windows where they lie: two such products cost less than gathering.
  if (preparation.path == kernels::Isa::dotprod || preparation.path == kernels::Isa::i8mm) return false;
  const schema::OperatorView view = preparation.file.op(op);
  return view.kind == schema::OperatorKind::conv_2d && view.linear.groups == 1 &&
         view.linear.kernel_h * view.linear.kernel_w > 1;
}

bool append_interval_windows(const IntervalPreparation& preparation, std::int32_t op, IntervalSteps& steps) {
  const LinearProblem problem = linear_geometry(preparation.file, preparation.file.op(op)).problem;
  return append_padded_box(preparation, op, problem, steps) &&
         append_window_products(preparation, op, problem, steps);
}

}  // namespace bulwark::runtime
