// SPDX-License-Identifier: Apache-2.0
// Where the windows of output pixels lie in the input, so that they are spread without being copied first.
#pragma once

#include <algorithm>

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

  std::int64_t stride;  ///< from a window to the next of its line

  /// Of the next `most` tiles of 4 pixels, how many at once lie in this line and have windows without padding
  /// that may be read kBehind bytes behind each run. Moves on behind them; `first` is where they begin.
  std::int64_t tiles(std::int64_t most, const std::int8_t** first) {
    if (!line_inside_ || x_ < first_x_ || x_ > last_x_) return 0;
    const std::int64_t at = line_ + x_ * stride;
    if (at > last_) return 0;
    const std::int64_t in_line = (last_x_ + 1 - x_) / 4, in_input = (last_ - at) / stride / 4;
    const std::int64_t count = std::min(most, std::min(in_line, in_input));
    *first = input_ + at;
    if ((x_ += 4 * count) == width_) next_line();
    return count;
  }

  /// Moves on by `count` (1..4) pixels. Returns whether all their windows are of that kind; `windows` then
  /// gets their addresses, the last one repeated up to 4.
  bool next(std::int32_t count, const std::int8_t** windows);

 private:
  void next_line();
  void enter_line();

  const LinearProblem& p_;
  const std::int8_t* input_;
  std::int64_t last_;                   ///< the last offset at which a window may begin
  std::int64_t width_, height_;         ///< of the output
  std::int64_t first_x_, last_x_;       ///< output columns of this line whose windows lie inside the input
  std::int64_t group_;                  ///< offset of the group's channels
  std::int64_t batch_ = 0, y_ = 0, x_;  ///< of the output
  std::int64_t line_ = 0;               ///< offset of the window at x = 0 of this line
  bool line_inside_ = false;
};

}  // namespace bulwark::kernels::conv
