// SPDX-License-Identifier: Apache-2.0
// The input rows under one output row, with their padding written out, for one chunk of channels.
//
// Rows lie in a ring in the thread's scratch, so that an input row is copied once while output rows are made
// in order. A pixel takes kChunk bytes, however many channels the chunk has: kernels load full vectors at
// constant offsets and need no special case for borders, channel tails or a channel multiplier.
#pragma once

#include "kernels/depthwise/depthwise_packing.h"

namespace bulwark::kernels::depthwise {
namespace {

/// Padded extent of the window: rows of the ring, columns of a row.
static inline std::int64_t ring_rows(const LinearProblem& p) {
  return std::int64_t{p.kernel_h - 1} * p.dilation_h + 1;
}
static inline std::int64_t ring_columns(const LinearProblem& p) {
  return std::int64_t{p.out_w - 1} * p.stride_w + std::int64_t{p.kernel_w - 1} * p.dilation_w + 1;
}
static inline std::uint64_t ring_bytes(const LinearProblem& p) {
  return static_cast<std::uint64_t>(ring_rows(p)) * static_cast<std::uint64_t>(ring_columns(p)) * kChunk;
}

/// Larger windows are left to the reference.
static inline bool ring_fits(const LinearProblem& p) { return ring_bytes(p) <= std::uint64_t{1} << 22; }

class RowWindow {
 public:
  explicit RowWindow(const LinearCall& call)
      : problem_(*call.problem),
        input_(call.input),
        ring_(static_cast<std::int8_t*>(call.scratch)),
        rows_(ring_rows(problem_)),
        columns_(ring_columns(problem_)) {}

  /// Makes the rows of output row `y` of image `batch` available for the chunk.
  void move_to(std::int64_t chunk, std::int32_t batch, std::int32_t y) {
    if (chunk != chunk_ || batch != batch_) {
      chunk_ = chunk;
      batch_ = batch;
      channel_ = chunk * kChunk;
      channels_ = static_cast<std::int32_t>(std::min<std::int64_t>(kChunk, problem_.out_c - channel_));
      next_ = 0;
    }
    top_ = std::int64_t{y} * problem_.stride_h;
    for (std::int64_t row = std::max(top_, next_); row < top_ + rows_; ++row) fill(row);
    next_ = top_ + rows_;
  }

  /// The padded row under kernel row ky of the current output row.
  const std::int8_t* row(std::int32_t ky) const {
    return slot(top_ + std::int64_t{ky} * problem_.dilation_h);
  }
  std::int32_t channels() const { return channels_; }                               ///< of the chunk
  std::size_t first_channel() const { return static_cast<std::size_t>(channel_); }  ///< of the chunk

 private:
  std::int8_t* slot(std::int64_t padded_row) const {
    return ring_ + static_cast<std::ptrdiff_t>(padded_row % rows_ * columns_ * kChunk);
  }

  void fill(std::int64_t padded_row) {
    std::int8_t* out = slot(padded_row);
    const std::int64_t y = padded_row - problem_.pad_top;
    if (y < 0 || y >= problem_.in_h) {
      fill_padding(out, columns_);
      return;
    }
    const std::int64_t left = std::min<std::int64_t>(problem_.pad_left, columns_);
    const std::int64_t inside = std::min<std::int64_t>(problem_.in_w, columns_ - left);
    fill_padding(out, left);
    copy_pixels(out + left * kChunk, (std::int64_t{batch_} * problem_.in_h + y) * problem_.in_w, inside);
    fill_padding(out + (left + inside) * kChunk, columns_ - left - inside);
  }

  void fill_padding(std::int8_t* out, std::int64_t pixels) const {
    for (std::int64_t i = 0; i < pixels; ++i, out += kChunk) std::memset(out, problem_.pad_value, kChunk);
  }

  void copy_pixels(std::int8_t* out, std::int64_t pixel, std::int64_t count) const {
    const std::int32_t multiplier = problem_.out_c / problem_.in_c;
    const std::ptrdiff_t in_c = problem_.in_c;
    const std::int8_t* in = input_ + static_cast<std::ptrdiff_t>(pixel) * in_c;
    if (multiplier != 1) {
      for (std::int64_t i = 0; i < count; ++i, in += in_c, out += kChunk) {
        for (std::int32_t c = 0; c < channels_; ++c) out[c] = in[(channel_ + c) / multiplier];
      }
      return;
    }
    in += channel_;
    if (channels_ == kChunk) {
      for (std::int64_t i = 0; i < count; ++i, in += in_c, out += kChunk) std::memcpy(out, in, kChunk);
      return;
    }
    const std::size_t bytes = static_cast<std::size_t>(channels_);
    for (std::int64_t i = 0; i < count; ++i, in += in_c, out += kChunk) std::memcpy(out, in, bytes);
  }

  const LinearProblem& problem_;
  const std::int8_t* input_;
  std::int8_t* ring_;
  std::int64_t rows_, columns_;
  std::int64_t chunk_ = -1, channel_ = 0, top_ = 0, next_ = 0;
  std::int32_t batch_ = -1, channels_ = 0;
};

}  // namespace
}  // namespace bulwark::kernels::depthwise
