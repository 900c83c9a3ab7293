// SPDX-License-Identifier: Apache-2.0
#include "kernels/conv/spread_windows.h"

namespace bulwark::kernels::conv {
namespace {

/// A 1x1 kernel that reads every pixel once, in order: all lines are one.
bool is_one_line(const LinearProblem& p) {
  return p.kernel_h == 1 && p.kernel_w == 1 && p.stride_h == 1 && p.stride_w == 1 && p.pad_top == 0 &&
         p.pad_left == 0 && p.out_h == p.in_h && p.out_w == p.in_w;
}

}  // namespace

SpreadWindows::SpreadWindows(const LinearCall& call, std::int32_t group, std::int64_t first_pixel)
    : p_(*call.problem), input_(call.input) {
  const LinearProblem& p = p_;
  const std::int64_t channels = p.in_c / p.groups, pixel = p.in_c;
  const bool whole_rows = p.groups == 1 && p.dilation_w == 1;
  run = whole_rows ? p.kernel_w * pixel : channels;
  runs_x = whole_rows ? 1 : p.kernel_w;
  runs_y = p.kernel_h;
  step_x = p.dilation_w * pixel;
  step_y = std::int64_t{p.dilation_h} * p.in_w * pixel;
  last_ = std::int64_t{p.batch} * p.in_h * p.in_w * pixel -
          ((runs_y - 1) * step_y + (runs_x - 1) * step_x + run + kBehind);
  group_ = group * channels;
  stride = p.stride_w * pixel;
  if (is_one_line(p)) {
    width_ = p.out_pixels();
    height_ = 1;
    first_x_ = 0;
    last_x_ = width_ - 1;
  } else {
    width_ = p.out_w;
    height_ = p.out_h;
    first_x_ = (p.pad_left + p.stride_w - 1) / p.stride_w;
    const std::int64_t room =
        std::int64_t{p.in_w} + p.pad_left - 1 - std::int64_t{p.kernel_w - 1} * p.dilation_w;
    last_x_ = room < 0 ? -1 : std::min(room / p.stride_w, width_ - 1);
  }
  batch_ = first_pixel / width_ / height_;
  y_ = first_pixel / width_ % height_;
  x_ = first_pixel % width_;
  enter_line();
}

void SpreadWindows::enter_line() {
  const std::int64_t y = y_ * p_.stride_h - p_.pad_top;
  line_inside_ = y >= 0 && y + std::int64_t{p_.kernel_h - 1} * p_.dilation_h < p_.in_h;
  line_ = ((batch_ * p_.in_h + y) * p_.in_w - p_.pad_left) * p_.in_c + group_;
}

void SpreadWindows::next_line() {
  x_ = 0;
  if (++y_ == height_) {
    y_ = 0;
    ++batch_;
  }
  enter_line();
}

bool SpreadWindows::next(std::int32_t count, const std::int8_t** windows) {
  bool inside = true;
  std::int64_t at = 0;
  for (std::int32_t i = 0; i < 4; ++i) {
    if (i < count) {
      at = line_ + x_ * stride;
      inside = inside && line_inside_ && x_ >= first_x_ && x_ <= last_x_ && at <= last_;
      if (++x_ == width_) next_line();
    }
    if (inside) windows[i] = input_ + at;
  }
  return inside;
}

}  // namespace bulwark::kernels::conv
