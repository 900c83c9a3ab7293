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
/// Enough work items for the threads of small devices.
constexpr std::int64_t kWantedItems = 8;
/// Short runs are copied as one vector.
constexpr std::int64_t kVector = 16;

std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }
std::int64_t round_up(std::int64_t value, std::int64_t unit) { return ceil_div(value, unit) * unit; }

std::int64_t run_bytes(const LinearProblem& p) { return std::int64_t{p.kernel_w} * (p.in_c / p.groups); }
std::int64_t row_bytes(const LinearProblem& p) { return std::int64_t{p.in_w} * p.in_c; }
std::int64_t pitch_of(const LinearProblem& p) { return p.dilation_h * row_bytes(p); }

/// A row of a window is one run of bytes of the input.
bool has_runs(const LinearProblem& p) { return p.kernel_w == 1 || (p.dilation_w == 1 && p.groups == 1); }

bool reads_in_place(const LinearProblem& p, std::int64_t unit) {
  return has_runs(p) && run_bytes(p) % (p.kernel_h == 1 ? 4 : unit) == 0 && p.in_w >= p.kernel_w;
}

/// Positions 0 <= i < `out` whose taps all lie on the input: [begin, end).
struct Inside {
  Inside(std::int32_t in, std::int32_t out, std::int32_t window, std::int32_t stride, std::int32_t pad)
      : begin(std::min((pad + stride - 1) / stride, out)),
        end(in + pad < window ? begin : std::clamp((in + pad - window) / stride + 1, begin, out)) {}
  std::int32_t begin, end;
};
Inside inside_rows(const LinearProblem& p) {
  return {p.in_h, p.out_h, (p.kernel_h - 1) * p.dilation_h + 1, p.stride_h, p.pad_top};
}
Inside inside_columns(const LinearProblem& p) {
  return {p.in_w, p.out_w, (p.kernel_w - 1) * p.dilation_w + 1, p.stride_w, p.pad_left};
}

bool is_padded(const LinearProblem& p) {
  const Inside rows = inside_rows(p), columns = inside_columns(p);
  return rows.begin > 0 || rows.end < p.out_h || columns.begin > 0 || columns.end < p.out_w;
}

/// Parts of the scratch: pointers, a flat window, then windows.
std::int64_t pointer_bytes(const Blocking& b) {
  return round_up(b.block_pixels * static_cast<std::int64_t>(sizeof(const std::int8_t*)), 64);
}
std::int64_t flat_bytes(const LinearProblem& p) { return round_up(p.depth() + kOverread, 64); }
std::int64_t gathered_stride(const LinearProblem& p) { return round_up(p.depth(), kVector); }

/// Windows built in scratch are as far apart as those in the input, so several share a band of its rows.
std::int64_t windows_of_band(const LinearProblem& p) { return pitch_of(p) / run_bytes(p); }

std::uint64_t scratch_bytes(const LinearProblem& p, std::int64_t unit) {
  const Blocking b = dot_blocking(p);
  std::int64_t windows = b.block_pixels * gathered_stride(p) + kOverread;
  if (reads_in_place(p, unit)) {
    windows = is_padded(p) ? ceil_div(b.block_pixels, windows_of_band(p)) * p.kernel_h * pitch_of(p) : 0;
  }
  return static_cast<std::uint64_t>(pointer_bytes(b) + flat_bytes(p) + windows);
}

/// Writes the pointers of a block's windows.
class Rows {
 public:
  Rows(const LinearCall& call, const Blocking& blocking, const Block& block)
      : call_(call),
        p_(*call.problem),
        block_(block),
        rows_(inside_rows(p_)),
        columns_(inside_columns(p_)),
        input_(call.input + std::ptrdiff_t{block.group} * (p_.in_c / p_.groups)),
        pointers_(static_cast<const std::int8_t**>(call.scratch)),
        flat_(static_cast<std::int8_t*>(call.scratch) + pointer_bytes(blocking)),
        windows_(flat_ + flat_bytes(p_)) {}

  void in_place() {
    for_each_row([&](std::int64_t batch, std::int32_t y, std::int32_t x, std::int32_t end) {
      const auto [first, last] = inside(y, x, end);
      for (; x < first; ++x) *pointers_++ = built(batch, y, x);
      if (x < last) {
        const std::int8_t* window = at(batch, y, x);
        for (; x < last; ++x, window += std::int64_t{p_.stride_w} * p_.in_c) *pointers_++ = window;
      }
      for (; x < end; ++x) *pointers_++ = built(batch, y, x);
    });
  }

  void gathered() {
    for_each_row([&](std::int64_t batch, std::int32_t y, std::int32_t x, std::int32_t end) {
      auto [first, last] = inside(y, x, end);
      if (!has_runs(p_) || run_bytes(p_) > kVector) first = last = end;
      if (first < last) last = readable(batch, y, first, last);
      for (; x < first; ++x) copy_window(call_, block_.group, batch, y, x, next_window());
      if (x < last) {
        const std::int8_t* const window = at(batch, y, x);
        p_.kernel_h == 3 ? copy_short<3>(window, last - x) : copy_short<0>(window, last - x);
        x = last;
      }
      for (; x < end; ++x) copy_window(call_, block_.group, batch, y, x, next_window());
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

  struct Range {
    std::int32_t first, last;
  };
  /// The part of [x, end) that lies on the input.
  Range inside(std::int32_t y, std::int32_t x, std::int32_t end) const {
    if (y < rows_.begin || y >= rows_.end) return {end, end};
    const std::int32_t first = std::clamp(columns_.begin, x, end);
    return {first, std::clamp(columns_.end, first, end)};
  }

  const std::int8_t* at(std::int64_t batch, std::int32_t y, std::int32_t x) const {
    const std::int64_t row = batch * p_.in_h + std::int64_t{y} * p_.stride_h - p_.pad_top;
    return input_ + row * row_bytes(p_) + (std::int64_t{x} * p_.stride_w - p_.pad_left) * p_.in_c;
  }

  /// Where a whole vector can no more be read from a window's last run.
  std::int32_t readable(std::int64_t batch, std::int32_t y, std::int32_t first, std::int32_t last) const {
    const std::int8_t* const end = call_.input + std::int64_t{p_.batch} * p_.in_h * row_bytes(p_);
    const std::int64_t bytes = (p_.kernel_h - 1) * pitch_of(p_) + kVector;
    while (last > first && end - at(batch, y, last - 1) < bytes) --last;
    return last;
  }

  std::int8_t* next_window() {
    std::int8_t* const window = windows_;
    windows_ += gathered_stride(p_);
    *pointers_++ = window;
    return window;
  }

  /// Windows of short runs; what a run's vector writes too much is overwritten by the next one.
  template <int kRuns>
  void copy_short(const std::int8_t* window, std::int32_t count) {
    const std::int64_t run = run_bytes(p_), pitch = pitch_of(p_), stride = gathered_stride(p_);
    const std::int64_t step = std::int64_t{p_.stride_w} * p_.in_c;
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

  /// A window that reaches into the padding, with its runs as far apart as those of the input.
  const std::int8_t* built(std::int64_t batch, std::int32_t y, std::int32_t x) {
    const std::int64_t run = run_bytes(p_), pitch = pitch_of(p_), of_band = windows_of_band(p_);
    std::int8_t* const window = windows_ + built_ / of_band * p_.kernel_h * pitch + built_ % of_band * run;
    ++built_;
    copy_window(call_, block_.group, batch, y, x, flat_);
    for (std::int32_t ky = 0; ky < p_.kernel_h; ++ky) {
      std::memcpy(window + ky * pitch, flat_ + ky * run, static_cast<std::size_t>(run));
    }
    return window;
  }

  const LinearCall& call_;
  const LinearProblem& p_;
  const Block& block_;
  Inside rows_, columns_;
  const std::int8_t* input_;
  const std::int8_t** pointers_;
  std::int8_t *flat_, *windows_;
  std::int64_t built_ = 0;
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
  const bool in_place = reads_in_place(p, unit);
  Rows rows(call, blocking, block);
  in_place ? rows.in_place() : rows.gathered();
  const auto** pointers = static_cast<const std::int8_t**>(call.scratch);
  const std::int64_t whole = round_up(block.pixels, kDotShape.pixels);
  std::fill(pointers + block.pixels, pointers + whole, pointers[block.pixels - 1]);
  if (in_place) return {pointers, run_bytes(p), p.kernel_h, pitch_of(p)};
  return {pointers, round_up(p.depth(), 4), 1, 0};
}

}  // namespace bulwark::kernels::conv
