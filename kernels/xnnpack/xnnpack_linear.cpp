// SPDX-License-Identifier: Apache-2.0
#include "kernels/xnnpack/xnnpack_linear.h"

#include <xnnpack.h>

namespace bulwark::kernels {
namespace {

xnn_operator_t operator_of(XnnpackLinear* linear) { return reinterpret_cast<xnn_operator_t>(linear); }

/// A product with a matrix: every pixel by itself, whatever the layout.
bool is_fully_connected(const LinearProblem& p) {
  return p.kernel_h == 1 && p.kernel_w == 1 && p.stride_h == 1 && p.stride_w == 1 && p.groups == 1 &&
         p.out_h == p.in_h && p.out_w == p.in_w && p.pad_top == 0 && p.pad_left == 0;
}

/// Padding behind the input that lets the last window fit.
std::uint32_t pad_behind(std::int32_t in, std::int32_t out, std::int32_t stride, std::int32_t dilation,
                         std::int32_t kernel, std::int32_t pad_before) {
  const std::int64_t reach = std::int64_t{out - 1} * stride + std::int64_t{dilation} * (kernel - 1) + 1;
  const std::int64_t missing = reach - in - pad_before;
  return missing > 0 ? static_cast<std::uint32_t>(missing) : 0;
}

std::uint32_t u32(std::int32_t value) { return static_cast<std::uint32_t>(value); }
std::size_t size(std::int32_t value) { return static_cast<std::size_t>(value); }

xnn_status create_convolution(const LinearProblem& p, const float* weights, const float* bias, float lo,
                              float hi, xnn_operator_t* created) {
  const std::uint32_t pad_bottom =
      pad_behind(p.in_h, p.out_h, p.stride_h, p.dilation_h, p.kernel_h, p.pad_top);
  const std::uint32_t pad_right =
      pad_behind(p.in_w, p.out_w, p.stride_w, p.dilation_w, p.kernel_w, p.pad_left);
  return xnn_create_convolution2d_nhwc_f32(u32(p.pad_top), pad_right, pad_bottom, u32(p.pad_left),
                                           u32(p.kernel_h), u32(p.kernel_w), u32(p.stride_h), u32(p.stride_w),
                                           u32(p.dilation_h), u32(p.dilation_w), u32(p.groups),
                                           size(p.in_c / p.groups), size(p.out_c / p.groups), size(p.in_c),
                                           size(p.out_c), weights, bias, lo, hi, 0, created);
}

}  // namespace

bool xnnpack_built() { return true; }

XnnpackLinear* xnnpack_linear_create(const LinearProblem& problem, const float* weights, const float* bias,
                                     float lo, float hi) {
  // XNNPACK refuses an empty range, and says so on stderr: do not ask.
  if (!(lo < hi) || xnn_initialize(nullptr) != xnn_status_success) return nullptr;
  xnn_operator_t created = nullptr;
  const xnn_status status =
      is_fully_connected(problem)
          ? xnn_create_fully_connected_nc_f32(size(problem.in_c), size(problem.out_c), size(problem.in_c),
                                              size(problem.out_c), weights, bias, lo, hi, 0, &created)
          : create_convolution(problem, weights, bias, lo, hi, &created);
  return status == xnn_status_success ? reinterpret_cast<XnnpackLinear*>(created) : nullptr;
}

bool xnnpack_linear_setup(XnnpackLinear* linear, const LinearProblem& problem, const float* input,
                          float* output) {
  const xnn_status status =
      is_fully_connected(problem)
          ? xnn_setup_fully_connected_nc_f32(
                operator_of(linear), static_cast<std::size_t>(problem.out_pixels()), input, output, nullptr)
          : xnn_setup_convolution2d_nhwc_f32(operator_of(linear), size(problem.batch), size(problem.in_h),
                                             size(problem.in_w), input, output, nullptr);
  return status == xnn_status_success;
}

void xnnpack_linear_run(XnnpackLinear* linear) { xnn_run_operator(operator_of(linear), nullptr); }

void xnnpack_linear_destroy(XnnpackLinear* linear) {
  if (linear != nullptr) xnn_delete_operator(operator_of(linear));
}

}  // namespace bulwark::kernels
