// SPDX-License-Identifier: Apache-2.0
// The input rows under one output row, with their padding written out, for one chunk of channels.
//
// Rows lie in a ring in the thread's scratch, so that an input row is copied once while output rows are made
// in order. A pixel takes kChunk bytes, however many channels the chunk has: kernels load full vectors at
// constant offsets and need no special case for borders, channel tails or a channel multiplier.
#pragma once

#ifdef __aarch64__
#include "kernels/common/neon.h"
#endif

#include "kernels/depthwise/depthwise_packing.h"

namespace bulwark::kernels::depthwise {
namespace {

/// Where the pixels of a row lie.
struct SinglePixels {
  static constexpr std::int32_t kTogether = 1;
  static std::ptrdiff_t pixel(std::int64_t column) { return static_cast<std::ptrdiff_t>(column * kChunk); }
  static std::ptrdiff_t channel(std::int32_t c) { return c; }
};

/// Pixels 2i and 2i + 1 side by side, 16 channels of the one and then the same channels of the other.
struct PixelPairs {
  static constexpr std::int32_t kTogether = 2;
  static std::ptrdiff_t pixel(std::int64_t column) {
    return static_cast<std::ptrdiff_t>(column / 2 * 2 * kChunk + column % 2 * kBlock);
  }
  static std::ptrdiff_t channel(std::int32_t c) { return c / kBlock * 2 * kBlock + c % kBlock; }
};

#ifdef __aarch64__
/// Copies the kChunk bytes of pixels that lie `step` bytes apart, and moves on behind the last one.
static inline void copy_chunks(SinglePixels, std::int8_t* row, std::int64_t column, const std::int8_t*& from,
                               std::ptrdiff_t step, std::int64_t count) {
  std::int8_t* to = row + SinglePixels::pixel(column);
  if (count <= 0) return;
  __asm__ volatile(
      "tbz %[count], #0, 1f\n"
      "sub %[count], %[count], #1\n"
      "ld1 {v0.16b, v1.16b, v2.16b, v3.16b}, [%[from]], %[step]\n"
      "st1 {v0.16b, v1.16b, v2.16b, v3.16b}, [%[to]], #64\n"
      "cbz %[count], 2f\n"
      "1:\n"
      "ld1 {v0.16b, v1.16b, v2.16b, v3.16b}, [%[from]], %[step]\n"
      "subs %[count], %[count], #2\n"
      "ld1 {v4.16b, v5.16b, v6.16b, v7.16b}, [%[from]], %[step]\n"
      "st1 {v0.16b, v1.16b, v2.16b, v3.16b}, [%[to]], #64\n"
      "st1 {v4.16b, v5.16b, v6.16b, v7.16b}, [%[to]], #64\n"
      "b.ne 1b\n"
      "2:\n"
      : [to] "+r"(to), [from] "+r"(from), [count] "+r"(count)
      : [step] "r"(step)
      : "memory", "cc", "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7");
}

static inline void copy_chunks(PixelPairs, std::int8_t* row, std::int64_t column, const std::int8_t*& from,
                               std::ptrdiff_t step, std::int64_t count) {
  std::int8_t* to = row + PixelPairs::pixel(column / 2 * 2);
  const std::int64_t first = count > 0 ? column % 2 : 0, last = (count - first) % 2;
  std::int64_t pairs = (count - first) / 2;
  __asm__ volatile(
      "cbz %[first], 1f\n"
      "ld1 {v0.16b, v1.16b, v2.16b, v3.16b}, [%[from]], %[step]\n"
      "str q0, [%[to], #16]\n"
      "str q1, [%[to], #48]\n"
      "str q2, [%[to], #80]\n"
      "str q3, [%[to], #112]\n"
      "add %[to], %[to], #128\n"
      "1:\n"
      "cbz %[pairs], 3f\n"
      "2:\n"
      "ld1 {v0.16b, v1.16b, v2.16b, v3.16b}, [%[from]], %[step]\n"
      "subs %[pairs], %[pairs], #1\n"
      "ld1 {v4.16b, v5.16b, v6.16b, v7.16b}, [%[from]], %[step]\n"
      "stp q1, q5, [%[to], #32]\n"
      "stp q2, q6, [%[to], #64]\n"
      "stp q3, q7, [%[to], #96]\n"
      "stp q0, q4, [%[to]], #128\n"
      "b.ne 2b\n"
      "3:\n"
      "cbz %[last], 4f\n"
      "ld1 {v0.16b, v1.16b, v2.16b, v3.16b}, [%[from]], %[step]\n"
      "str q0, [%[to]]\n"
      "str q1, [%[to], #32]\n"
      "str q2, [%[to], #64]\n"
      "str q3, [%[to], #96]\n"
      "4:\n"
      : [to] "+r"(to), [from] "+r"(from), [pairs] "+r"(pairs)
      : [step] "r"(step), [first] "r"(first), [last] "r"(last)
      : "memory", "cc", "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7");
}
#else
template <typename Pixels>
static void copy_chunks(Pixels, std::int8_t* row, std::int64_t column, const std::int8_t*& from,
                        std::ptrdiff_t step, std::int64_t count) {
  for (; count > 0; --count, ++column, from += step) {
    for (std::int32_t c = 0; c < kChunk; c += kBlock) {
      std::memcpy(row + Pixels::pixel(column) + Pixels::channel(c), from + c, kBlock);
    }
  }
}
#endif

template <typename Pixels>
class Window {
 public:
  /// `output_rows`: as many can be made at a time.
  explicit Window(const LinearCall& call, std::int32_t output_rows = 1)
      : problem_(*call.problem),
        input_(call.input),
        ring_(static_cast<std::int8_t*>(call.scratch)),
        rows_(ring_rows(problem_, output_rows)),
        columns_(ring_columns(problem_)),
        row_bytes_(row_bytes(problem_)),
        left_(std::min<std::int64_t>(problem_.pad_left, columns_)),
        inside_(std::min<std::int64_t>(problem_.in_w, columns_ - left_)),
        multiplier_(problem_.out_c / problem_.in_c) {
    // Left and right of the image a slot keeps its padding, whatever row it holds.
    for (std::int64_t row = 0; row < rows_; ++row) {
      for (std::int64_t x = 0; x < left_; ++x) pad_pixel(slot(row) + Pixels::pixel(x));
      for (std::int64_t x = left_ + inside_; x < columns_; ++x) pad_pixel(slot(row) + Pixels::pixel(x));
    }
  }

  static std::int64_t row_bytes(const LinearProblem& p) {
    // Where pixels come in pairs, outputs do as well: the last pair's input can be read whole.
    LinearProblem whole = p;
    whole.out_w = round_up(p.out_w);
    return round_up(ring_columns(whole)) * kChunk;
  }
  static std::uint64_t bytes(const LinearProblem& p, std::int32_t output_rows = 1) {
    return static_cast<std::uint64_t>(ring_rows(p, output_rows) * row_bytes(p));
  }

  /// Makes the input of `output_rows` rows from `y` on, of image `batch`, available for the chunk.
  void move_to(std::int64_t chunk, std::int32_t batch, std::int32_t y, std::int32_t output_rows = 1) {
    if (chunk != chunk_ || batch != batch_) {
      chunk_ = chunk;
      batch_ = batch;
      channel_ = chunk * kChunk;
      channels_ = static_cast<std::int32_t>(std::min<std::int64_t>(kChunk, problem_.out_c - channel_));
      next_ = 0;
    }
    top_ = std::int64_t{y} * problem_.stride_h;
    const std::int64_t end = top_ + ring_rows(problem_, output_rows);
    for (std::int64_t row = std::max(top_, next_); row < end; ++row) fill(row);
    next_ = end;
  }

  /// The padded row under kernel row ky of the current output row, or rows below.
  const std::int8_t* row(std::int32_t ky) const {
    return slot(top_ + std::int64_t{ky} * problem_.dilation_h);
  }
  std::int32_t channels() const { return channels_; }                               ///< of the chunk
  std::size_t first_channel() const { return static_cast<std::size_t>(channel_); }  ///< of the chunk

 private:
  template <typename T>
  static T round_up(T columns) {
    constexpr T kTogether = Pixels::kTogether;
    return (columns + kTogether - 1) / kTogether * kTogether;
  }
  /// Padded extent of the window: rows of the ring, columns of a row.
  static std::int64_t ring_rows(const LinearProblem& p, std::int32_t output_rows) {
    return std::int64_t{p.kernel_h - 1} * p.dilation_h + 1 + std::int64_t{output_rows - 1} * p.stride_h;
  }
  static std::int64_t ring_columns(const LinearProblem& p) {
    return std::int64_t{p.out_w - 1} * p.stride_w + std::int64_t{p.kernel_w - 1} * p.dilation_w + 1;
  }
  std::int8_t* slot(std::int64_t padded_row) const {
    return ring_ + static_cast<std::ptrdiff_t>(padded_row % rows_ * row_bytes_);
  }

  void fill(std::int64_t padded_row) {
    std::int8_t* out = slot(padded_row);
    const std::int64_t y = padded_row - problem_.pad_top;
    if (y < 0 || y >= problem_.in_h) {
      std::memset(out, problem_.pad_value, static_cast<std::size_t>(row_bytes_));
    } else {
      copy_pixels(out, (std::int64_t{batch_} * problem_.in_h + y) * problem_.in_w);
    }
  }

  void pad_pixel(std::int8_t* out) const {
    for (std::int32_t c = 0; c < kChunk; c += kBlock) {
      std::memset(out + Pixels::channel(c), problem_.pad_value, kBlock);
    }
  }

  void copy_pixels(std::int8_t* out, std::int64_t pixel) const {
    const std::int64_t in_c = problem_.in_c;
    const std::int8_t* in = input_ + static_cast<std::ptrdiff_t>(pixel * in_c);
    if (multiplier_ != 1) {
      for (std::int64_t i = 0; i < inside_; ++i, in += in_c) {
        std::int8_t* to = out + Pixels::pixel(left_ + i);
        for (std::int32_t c = 0; c < channels_; ++c)
          to[Pixels::channel(c)] = in[(channel_ + c) / multiplier_];
      }
      return;
    }
    in += channel_;
    const std::int64_t whole = whole_chunks(pixel);
    copy_chunks(Pixels{}, out, left_, in, static_cast<std::ptrdiff_t>(in_c), whole);
    for (std::int64_t i = whole; i < inside_; ++i, in += in_c) {
      std::int8_t* to = out + Pixels::pixel(left_ + i);
      for (std::int32_t c = 0; c < channels_; c += kBlock) {
        std::memcpy(to + Pixels::channel(c), in + c,
                    static_cast<std::size_t>(std::min(kBlock, channels_ - c)));
      }
    }
  }

  /// How many pixels from this one on may be copied with the bytes behind a chunk of fewer channels: those of
  /// the next pixels, but none behind the tensor.
  std::int64_t whole_chunks(std::int64_t pixel) const {
    if (channels_ == kChunk) return inside_;
    const std::int64_t behind =
        std::int64_t{problem_.batch} * problem_.in_h * problem_.in_w - pixel - inside_;
    const std::int64_t needed = (kChunk - channels_ + problem_.in_c - 1) / problem_.in_c;
    return std::clamp<std::int64_t>(inside_ + behind - needed, 0, inside_);
  }

  const LinearProblem& problem_;
  const std::int8_t* input_;
  std::int8_t* ring_;
  std::int64_t rows_, columns_, row_bytes_;
  std::int64_t left_, inside_;  ///< columns of padding and of the image
  std::int32_t multiplier_;
  std::int64_t chunk_ = -1, channel_ = 0, top_ = 0, next_ = 0;
  std::int32_t batch_ = -1, channels_ = 0;
};

using RowWindow = Window<SinglePixels>;

/// Larger windows are left to the reference.
inline constexpr std::uint64_t kMostRingBytes = std::uint64_t{1} << 22;
static inline bool ring_fits(const LinearProblem& p) { return RowWindow::bytes(p) <= kMostRingBytes; }

}  // namespace
}  // namespace bulwark::kernels::depthwise
