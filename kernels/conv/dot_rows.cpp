// SPDX-License-Identifier: Apache-2.0
#include "kernels/conv/dot_rows.h"

#include <algorithm>
#include <cstring>

namespace bulwark::kernels::conv {
namespace {

constexpr std::uint64_t kMaxScratch = std::uint64_t{1} << 22;
constexpr std::int64_t kBlockBytes = 24 * 1024;
/// Fewer pixels would make the weights pass by too often.
constexpr std::int64_t kLeastPixels = 28;
/// Larger strips of the padded input would not stay in a cache: windows are gathered instead.
constexpr std::int64_t kMaxStrip = std::int64_t{1} << 19;
/// Short runs are copied as one vector.
constexpr std::int64_t kVector = 16;

std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }
std::int64_t round_up(std::int64_t value, std::int64_t unit) { return ceil_div(value, unit) * unit; }

std::int64_t run_bytes(const LinearProblem& p) { return std::int64_t{p.kernel_w} * (p.in_c / p.groups); }
std::int64_t row_bytes(const LinearProblem& p) { return std::int64_t{p.in_w} * p.in_c; }

/// A row of a window is one run of bytes of the input.
bool has_runs(const LinearProblem& p) { return p.kernel_w == 1 || (p.dilation_w == 1 && p.groups == 1); }

/// What the windows of an axis reach: that far behind the input, or not.
std::int64_t window_of(std::int32_t kernel, std::int32_t dilation) {
  return std::int64_t{kernel - 1} * dilation + 1;
}
std::int64_t padding_behind(std::int64_t in, std::int64_t out, std::int64_t window, std::int64_t stride,
                            std::int64_t pad) {
  return std::max<std::int64_t>((out - 1) * stride - pad + window - in, 0);
}
std::int64_t window_h(const LinearProblem& p) { return window_of(p.kernel_h, p.dilation_h); }
std::int64_t window_w(const LinearProblem& p) { return window_of(p.kernel_w, p.dilation_w); }
std::int64_t pad_right(const LinearProblem& p) {
  return padding_behind(p.in_w, p.out_w, window_w(p), p.stride_w, p.pad_left);
}

bool is_padded(const LinearProblem& p) {
  return p.pad_top > 0 || p.pad_left > 0 || pad_right(p) > 0 ||
         padding_behind(p.in_h, p.out_h, window_h(p), p.stride_h, p.pad_top) > 0;
}

/// Rows of a padded input and how many of them a block needs at most, those of several images behind one
/// another.
std::int64_t strip_pitch(const LinearProblem& p) {
  return (p.pad_left + p.in_w + pad_right(p)) * std::int64_t{p.in_c};
}
std::int64_t strip_bytes(const LinearProblem& p, const Blocking& b) {
  const std::int64_t rows = b.block_pixels / p.out_w + 2;
  const std::int64_t images = std::min<std::int64_t>(rows / p.out_h + 2, p.batch);
  return (rows * p.stride_h + images * window_h(p)) * strip_pitch(p);
}

/// Where windows are read.
enum class Way : std::uint8_t {
  input,    ///< in place
  strip,    ///< in place, in the strip of a padded input
  rows,     ///< gathered from a strip, run by run, each one vector
  windows,  ///< gathered one by one
};
Way way_of(const LinearProblem& p, std::int64_t unit, const Blocking& b) {
  const bool suits = has_runs(p) && run_bytes(p) % (p.kernel_h == 1 ? 4 : unit) == 0;
  if (suits && !is_padded(p)) return Way::input;
  if (!has_runs(p) || strip_bytes(p, b) > kMaxStrip) return Way::windows;
  if (suits) return Way::strip;
  return run_bytes(p) <= kVector ? Way::rows : Way::windows;
}

/// Parts of the scratch: pointers, strip, gathered windows.
std::int64_t pointer_bytes(const Blocking& b) {
  return round_up(b.block_pixels * static_cast<std::int64_t>(sizeof(const std::int8_t*)), 64);
}
std::int64_t strip_room(const LinearProblem& p, Way way, const Blocking& b) {
  return way == Way::strip || way == Way::rows ? round_up(strip_bytes(p, b) + kVector, 64) : 0;
}
std::int64_t gathered_stride(const LinearProblem& p) { return round_up(p.depth(), kVector); }

std::uint64_t scratch_bytes(const LinearProblem& p, std::int64_t unit) {
  const Blocking b = dot_blocking(p);
  const Way way = way_of(p, unit, b);
  const bool gathered = way == Way::rows || way == Way::windows;
  const std::int64_t windows = gathered ? b.block_pixels * gathered_stride(p) + kOverread : 0;
  return static_cast<std::uint64_t>(pointer_bytes(b) + strip_room(p, way, b) + windows);
}

/// Writes the pointers of a block's windows.
class Rows {
 public:
  Rows(const LinearCall& call, Way way, const Blocking& blocking, const Block& block)
      : call_(call),
        p_(*call.problem),
        block_(block),
        input_(call.input + std::ptrdiff_t{block.group} * (p_.in_c / p_.groups)),
        pointers_(static_cast<const std::int8_t**>(call.scratch)),
        strip_end_(static_cast<std::int8_t*>(call.scratch) + pointer_bytes(blocking)),
        windows_(strip_end_ + strip_room(p_, way, blocking)) {}

  void make(Way way) {
    const std::int64_t step = std::int64_t{p_.stride_w} * p_.in_c;
    for_each_row([&](std::int64_t batch, std::int32_t y, std::int32_t x, std::int32_t end) {
      if (way == Way::windows) {
        for (; x < end; ++x) copy_window(call_, block_.group, batch, y, x, next_window());
        return;
      }
      const bool in_place = way == Way::input || (way == Way::rows && vectors_fit(batch, y));
      const std::int8_t* row = in_place ? input_row(batch, y) : strip_row(batch, y);
      const std::int8_t* window = row + x * step;
      if (way == Way::rows) {
        return copy_windows(window, end - x);
      }
      for (; x < end; ++x, window += step) *pointers_++ = window;
    });
  }

 private:
  /// The block's pixels, a row of the output or a part of it at a time.
  template <typename Row>
  void for_each_row(Row row) {
    std::int32_t x = static_cast<std::int32_t>(block_.first_pixel % p_.out_w);
    std::int32_t y = static_cast<std::int32_t>(block_.first_pixel / p_.out_w % p_.out_h);
    std::int64_t batch = block_.first_pixel / p_.out_w / p_.out_h;
    for (std::int32_t left = block_.pixels; left > 0; x = 0) {
      const std::int32_t end = std::min(p_.out_w, x + left);
      left -= end - x;
      row(batch, y, x, end);
      if (++y == p_.out_h) y = 0, ++batch;
    }
  }

  /// The first row of the input, perhaps in the padding, that a window needs.
  std::int64_t first_row(std::int32_t y) const { return std::int64_t{y} * p_.stride_h - p_.pad_top; }
  const std::int8_t* input_row(std::int64_t batch, std::int32_t y) const {
    return input_ + (batch * p_.in_h + first_row(y)) * row_bytes(p_);
  }

  /// Vectors behind the runs of an output row's windows lie in the input, which has no padding.
  bool vectors_fit(std::int64_t batch, std::int32_t y) const {
    const std::int64_t end = batch * p_.in_h + first_row(y) + window_h(p_);
    return !is_padded(p_) && (p_.batch * std::int64_t{p_.in_h} - end) * row_bytes(p_) >= kVector;
  }

  /// The rows of the padded input that an output row needs; those of the rows before it are there already.
  const std::int8_t* strip_row(std::int64_t batch, std::int32_t y) {
    const std::int64_t first = first_row(y);
    if (batch != strip_.batch) strip_ = {batch, first, first, strip_end_};
    for (; strip_.end < first + window_h(p_); ++strip_.end, strip_end_ += strip_pitch(p_)) {
      copy_row(batch, strip_.end, strip_end_);
    }
    return strip_.rows + (first - strip_.first) * strip_pitch(p_) + (input_ - call_.input);
  }

  void copy_row(std::int64_t batch, std::int64_t row, std::int8_t* out) const {
    if (row < 0 || row >= p_.in_h) return fill(out, strip_pitch(p_));
    const std::int64_t left = std::int64_t{p_.pad_left} * p_.in_c, bytes = row_bytes(p_);
    fill(out, left);
    copy(out + left, call_.input + (batch * p_.in_h + row) * bytes, bytes);
    fill(out + left + bytes, pad_right(p_) * p_.in_c);
  }

  static void copy(std::int8_t* out, const std::int8_t* in, std::int64_t bytes) {
    std::memcpy(out, in, static_cast<std::size_t>(bytes));
  }
  void fill(std::int8_t* out, std::int64_t bytes) const {
    if (bytes > 0) std::memset(out, p_.pad_value, static_cast<std::size_t>(bytes));
  }

  std::int8_t* next_window() {
    std::int8_t* const window = windows_;
    windows_ += gathered_stride(p_);
    *pointers_++ = window;
    return window;
  }

  void copy_windows(const std::int8_t* window, std::int32_t count) {
    switch (p_.kernel_h) {
      case 3:
        return copy_runs<3>(window, count);
      case 4:
        return copy_runs<4>(window, count);
      default:
        return copy_runs<0>(window, count);
    }
  }

  /// What a run's vector writes too much is overwritten by the next one.
  template <int kRuns>
  void copy_runs(const std::int8_t* window, std::int32_t count) {
    const std::int64_t run = run_bytes(p_), pitch = p_.dilation_h * strip_pitch(p_);
    const std::int64_t step = std::int64_t{p_.stride_w} * p_.in_c, stride = gathered_stride(p_);
    const std::int32_t runs = kRuns == 0 ? p_.kernel_h : kRuns;
    const std::int8_t** pointer = pointers_;
    std::int8_t* out = windows_;
    for (std::int32_t i = 0; i < count; ++i, window += step, out += stride) {
      *pointer++ = out;
      for (std::int32_t r = 0; r < runs; ++r) std::memcpy(out + r * run, window + r * pitch, kVector);
    }
    pointers_ = pointer;
    windows_ = out;
  }

  const LinearCall& call_;
  const LinearProblem& p_;
  const Block& block_;
  const std::int8_t* input_;
  const std::int8_t** pointers_;
  std::int8_t *strip_end_, *windows_;
  /// Rows first..end - 1 of an image.
  struct Strip {
    std::int64_t batch = -1, first = 0, end = 0;
    const std::int8_t* rows = nullptr;
  } strip_;
};

}  // namespace

Blocking dot_blocking(const LinearProblem& p) {
  const std::int64_t cached = std::max(kLeastPixels, kBlockBytes / p.depth());
  const std::int64_t most = std::min(cached, std::max(kLeastPixels, ceil_div(p.out_pixels(), kWantedItems)));
  const std::int64_t blocks = ceil_div(p.out_pixels(), most);
  Blocking b;
  b.block_pixels = static_cast<std::int32_t>(round_up(ceil_div(p.out_pixels(), blocks), kDotShape.pixels));
  b.pixel_blocks = ceil_div(p.out_pixels(), b.block_pixels);
  b.group_tiles = static_cast<std::int32_t>(ceil_div(p.out_c / p.groups, kDotShape.channels));
  const std::int64_t wanted_chunks = ceil_div(kWantedItems, b.pixel_blocks * p.groups);
  b.chunk_tiles = static_cast<std::int32_t>(ceil_div(b.group_tiles, wanted_chunks));
  b.chunks = static_cast<std::int32_t>(ceil_div(b.group_tiles, b.chunk_tiles));
  b.items = b.pixel_blocks * p.groups * b.chunks;
  return b;
}

bool dot_rows_fit(const LinearProblem& p, std::int64_t unit) { return scratch_bytes(p, unit) <= kMaxScratch; }

std::size_t dot_scratch_size(const LinearProblem& p, std::int64_t unit) {
  return static_cast<std::size_t>(scratch_bytes(p, unit));
}

DotRows make_dot_rows(const LinearCall& call, std::int64_t unit, const Blocking& blocking,
                      const Block& block) {
  const LinearProblem& p = *call.problem;
  const Way way = way_of(p, unit, blocking);
  Rows(call, way, blocking, block).make(way);
  const auto** pointers = static_cast<const std::int8_t**>(call.scratch);
  const std::int64_t whole = round_up(block.pixels, kDotShape.pixels);
  std::fill(pointers + block.pixels, pointers + whole, pointers[block.pixels - 1]);
  if (way == Way::rows || way == Way::windows) return {pointers, round_up(p.depth(), 4), 1, 0};
  const std::int64_t pitch = p.dilation_h * (way == Way::strip ? strip_pitch(p) : row_bytes(p));
  return {pointers, run_bytes(p), p.kernel_h, pitch};
}

}  // namespace bulwark::kernels::conv
