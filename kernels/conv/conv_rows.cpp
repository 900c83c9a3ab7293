// SPDX-License-Identifier: Apache-2.0
// The rows of a block: pointers into the input, or copies of the window of each pixel.
#include <algorithm>
#include <cstring>

#include "kernels/conv/conv_blocks.h"

namespace bulwark::kernels::conv {
namespace {

constexpr std::uint64_t kMaxScratch = std::uint64_t{1} << 22;
/// Pixels narrower than this are gathered: fewer rows than spare ones may end so close to the input's end
/// that reading behind them would leave it.
constexpr std::int32_t kMinDirectChannels = 16;
constexpr std::int64_t kSpareRows = 2;

std::int64_t round_up(std::int64_t value, std::int64_t unit) { return (value + unit - 1) / unit * unit; }

bool is_direct(const LinearProblem& p) {
  // Padding can still show in a 1x1 kernel: at the top and left, or where the output reaches past the input.
  const bool inside = p.pad_top == 0 && p.pad_left == 0 &&
                      (p.out_h - 1) * std::int64_t{p.stride_h} < p.in_h &&
                      (p.out_w - 1) * std::int64_t{p.stride_w} < p.in_w;
  return p.kernel_h == 1 && p.kernel_w == 1 && inside && p.in_c / p.groups >= kMinDirectChannels;
}

std::int64_t row_stride(const LinearProblem& p) { return round_up(p.depth() + kOverread, 16); }

std::int64_t pointer_bytes(const Blocking& b) {
  return round_up(b.block_pixels * static_cast<std::int64_t>(sizeof(const std::int8_t*)), 64);
}

std::uint64_t scratch_bytes(const LinearProblem& p, TileShape tile) {
  const Blocking b = blocking_of(p, tile);
  const std::int64_t rows = is_direct(p) ? kSpareRows : b.block_pixels;
  return static_cast<std::uint64_t>(pointer_bytes(b) + rows * row_stride(p));
}

/// Copies windows of the input. Runs are copied in whole vectors where the input goes on for long enough,
/// padding always; what they write behind the run is overwritten by the next run or lies behind the row's
/// end.
class Gatherer {
 public:
  Gatherer(const LinearCall& call, std::int32_t group)
      : p_(*call.problem),
        channels_(p_.in_c / p_.groups),
        input_(call.input + std::ptrdiff_t{group} * channels_),
        end_(call.input + std::int64_t{p_.batch} * p_.in_h * p_.in_w * p_.in_c),
        whole_rows_(p_.dilation_w == 1 && p_.groups == 1),
        window_h_(std::int64_t{p_.kernel_h - 1} * p_.dilation_h),
        row_bytes_(std::int64_t{p_.in_w} * p_.in_c),
        run_bytes_(std::int64_t{p_.kernel_w} * p_.in_c) {
    std::memset(padding_, p_.pad_value, 16);
  }

  void window(std::int64_t batch, std::int32_t y, std::int32_t x, std::int8_t* out) const {
    const std::int64_t y0 = std::int64_t{y} * p_.stride_h - p_.pad_top;
    const std::int64_t x0 = std::int64_t{x} * p_.stride_w - p_.pad_left;
    const bool inside = y0 >= 0 && y0 + window_h_ < p_.in_h && x0 >= 0 && x0 + p_.kernel_w <= p_.in_w;
    if (inside && whole_rows_) {
      const std::int8_t* in = input_ + (batch * p_.in_h + y0) * row_bytes_ + x0 * p_.in_c;
      if (end_ - in >= window_h_ * row_bytes_ + run_bytes_ + 15) {
        copy_inside(in, out);
        return;
      }
    }
    window_at(batch, y0, x0, out);
  }

 private:
  /// A window without padding, far enough from the input's end to read whole vectors.
  void copy_inside(const std::int8_t* in, std::int8_t* out) const {
    const std::int64_t step = p_.dilation_h * row_bytes_;
    for (std::int32_t ky = 0; ky < p_.kernel_h; ++ky, in += step, out += run_bytes_) {
      std::int64_t i = 0;
      do {
        std::memcpy(out + i, in + i, 16);
        i += 16;
      } while (i < run_bytes_);
    }
  }

  void window_at(std::int64_t batch, std::int64_t y0, std::int64_t x0, std::int8_t* out) const {
    for (std::int32_t ky = 0; ky < p_.kernel_h; ++ky) {
      const std::int64_t row = y0 + std::int64_t{ky} * p_.dilation_h;
      if (row < 0 || row >= p_.in_h) {
        out = padding(out, p_.kernel_w);
      } else {
        out = window_row((batch * p_.in_h + row) * p_.in_w, x0, out);
      }
    }
  }

  std::int8_t* window_row(std::int64_t row_pixel, std::int64_t x0, std::int8_t* out) const {
    if (whole_rows_) {
      const std::int64_t left = std::clamp<std::int64_t>(-x0, 0, p_.kernel_w);
      const std::int64_t right = std::clamp<std::int64_t>(p_.in_w - x0, left, p_.kernel_w);
      out = padding(out, left);
      if (right > left) out = run(input_ + (row_pixel + x0 + left) * p_.in_c, (right - left) * p_.in_c, out);
      return padding(out, p_.kernel_w - right);
    }
    for (std::int32_t kx = 0; kx < p_.kernel_w; ++kx) {
      const std::int64_t x = x0 + std::int64_t{kx} * p_.dilation_w;
      const bool inside = x >= 0 && x < p_.in_w;
      out = inside ? run(input_ + (row_pixel + x) * p_.in_c, channels_, out) : padding(out, 1);
    }
    return out;
  }

  std::int8_t* padding(std::int8_t* out, std::int64_t pixels) const {
    const std::int64_t bytes = pixels * channels_;
    for (std::int64_t i = 0; i < bytes; i += 16) std::memcpy(out + i, padding_, 16);
    return out + bytes;
  }

  std::int8_t* run(const std::int8_t* in, std::int64_t bytes, std::int8_t* out) const {
    if (end_ - in >= bytes + 15) {
      for (std::int64_t i = 0; i < bytes; i += 16) std::memcpy(out + i, in + i, 16);
    } else {
      std::memcpy(out, in, static_cast<std::size_t>(bytes));
    }
    return out + bytes;
  }

  const LinearProblem& p_;
  std::int64_t channels_;
  const std::int8_t* input_;
  const std::int8_t* end_;
  bool whole_rows_;  ///< a row of the window is one run of bytes
  std::int8_t padding_[16];
  std::int64_t window_h_, row_bytes_, run_bytes_;
};

/// The output pixels of a block in order.
struct Cursor {
  Cursor(const LinearProblem& problem, std::int64_t pixel)
      : p(problem),
        batch(pixel / p.out_w / p.out_h),
        y(static_cast<std::int32_t>(pixel / p.out_w % p.out_h)),
        x(static_cast<std::int32_t>(pixel % p.out_w)) {}
  void next() {
    if (++x == p.out_w) next_line();
  }
  void next_line() {
    x = 0;
    if (++y < p.out_h) return;
    y = 0;
    ++batch;
  }
  const LinearProblem& p;
  std::int64_t batch;
  std::int32_t y, x;
};

void direct_rows(const LinearCall& call, const Block& block, const std::int8_t** rows, std::int8_t* spare) {
  const LinearProblem& p = *call.problem;
  const std::int64_t channels = p.in_c / p.groups;
  const std::int8_t* end = call.input + std::int64_t{p.batch} * p.in_h * p.in_w * p.in_c;
  Cursor at(p, block.first_pixel);
  const std::ptrdiff_t step = std::ptrdiff_t{p.stride_w} * p.in_c;
  for (std::int32_t i = 0; i < block.pixels;) {
    const std::int64_t y = std::int64_t{at.y} * p.stride_h, x = std::int64_t{at.x} * p.stride_w;
    const std::int8_t* row =
        call.input + ((at.batch * p.in_h + y) * p.in_w + x) * p.in_c + block.group * channels;
    const std::int32_t in_line = std::min(block.pixels - i, p.out_w - at.x);
    for (const std::int32_t line_end = i + in_line; i < line_end; ++i, row += step) {
      rows[i] = row;
      if (end - row >= channels + kOverread) continue;
      std::memcpy(spare, row, static_cast<std::size_t>(channels));
      rows[i] = spare;
      spare += row_stride(p);
    }
    at.next_line();
  }
}

void gathered_rows(const LinearCall& call, const Block& block, const std::int8_t** rows, std::int8_t* out) {
  const LinearProblem& p = *call.problem;
  const std::int64_t stride = row_stride(p);
  const Gatherer gatherer(call, block.group);
  Cursor at(p, block.first_pixel);
  for (std::int32_t i = 0; i < block.pixels; ++i, at.next(), out += stride) {
    gatherer.window(at.batch, at.y, at.x, out);
    rows[i] = out;
  }
}

}  // namespace

bool rows_fit(const LinearProblem& p, TileShape tile) { return scratch_bytes(p, tile) <= kMaxScratch; }

std::size_t rows_scratch_size(const LinearProblem& p, TileShape tile) {
  return static_cast<std::size_t>(scratch_bytes(p, tile));
}

const std::int8_t* const* make_rows(const LinearCall& call, TileShape tile, const Blocking& blocking,
                                    const Block& block) {
  const LinearProblem& p = *call.problem;
  const auto** rows = static_cast<const std::int8_t**>(call.scratch);
  std::int8_t* bytes = static_cast<std::int8_t*>(call.scratch) + pointer_bytes(blocking);
  if (is_direct(p)) {
    direct_rows(call, block, rows, bytes);
  } else {
    gathered_rows(call, block, rows, bytes);
  }
  const std::int32_t whole = (block.pixels + tile.pixels - 1) / tile.pixels * tile.pixels;
  std::fill(rows + block.pixels, rows + whole, rows[block.pixels - 1]);
  return rows;
}

void copy_window(const LinearCall& call, std::int32_t group, std::int64_t batch, std::int32_t y,
                 std::int32_t x, std::int8_t* out) {
  Gatherer(call, group).window(batch, y, x, out);
}

}  // namespace bulwark::kernels::conv
