// SPDX-License-Identifier: Apache-2.0
// Where the windows of output pixels lie in the input, so that they are spread without being copied first.
#pragma once

#include "kernels/conv/conv_blocks.h"

namespace bulwark::kernels::conv {

/// Walks over the windows of one group. A window is runs_y times runs_x runs of `run` neighbouring bytes.
class SpreadWindows {
 public:
  /// Bytes behind a run that may be read.
  static constexpr std::int64_t kBehind = 15;

  SpreadWindows(const LinearCall& call, std::int32_t group, std::int64_t first_pixel);

  std::int64_t run, runs_x, runs_y;
  std::int64_t step_x, step_y;  ///< from a run to the next

  /// Moves on by `count` (1..4) pixels. Returns whether their windows have no padding and may be read kBehind
  /// bytes behind each run; `windows` then gets their addresses, the last one repeated up to 4.
  bool next(std::int32_t count, const std::int8_t** windows) {
    const std::int64_t x = x_;
    const bool in_line = x + count <= width_ && x >= first_x_ && x + count - 1 <= last_x_ && line_inside_;
    if (!in_line) return next_apart(count, windows);
    const std::int64_t at = line_ + x * stride_;
    if ((x_ += count) == width_) next_line();
    if (at + (count - 1) * stride_ > last_) return false;
    for (std::int32_t i = 0; i < 4; ++i) windows[i] = input_ + at + (i < count ? i : count - 1) * stride_;
    return true;
  }

 private:
  bool next_apart(std::int32_t count, const std::int8_t** windows);
  void next_line();
  void enter_line();

  const LinearProblem& p_;
  const std::int8_t* input_;
  std::int64_t last_;                   ///< the last offset at which a window may begin
  std::int64_t width_, height_;         ///< of the output
  std::int64_t first_x_, last_x_;       ///< output columns whose windows lie inside the input
  std::int64_t stride_;                 ///< bytes from a window to the next
  std::int64_t group_;                  ///< offset of the group's channels
  std::int64_t batch_ = 0, y_ = 0, x_;  ///< of the output
  std::int64_t line_ = 0;               ///< offset of the window at x = 0 of this line
  bool line_inside_ = false;
};

}  // namespace bulwark::kernels::conv
