// SPDX-License-Identifier: Apache-2.0
// The loops of kernels/conv/winograd.h, shared by the instruction sets.
//
// Ops has
//   transform_input(x, row, pixel, out)   B^T x B of 8 channels of a window whose rows and pixels are so many
//                                         bytes apart; places are 4 * 8 elements apart
//   multiply_place(x, w, steps, sums)     sums[tile][channel] of 4 tiles and 16 output channels over so many
//                                         steps of 8 input channels; steps of x are kWinogradStep apart
//   multiply_tile(x, w, steps, sums)      of the first of the 4 tiles alone
//   Output(problem)
//     keep_part(sums, first, channels, parts)     adds what A^T gives of some of the input channels
//     write(sums, parts, record, out, rows, pixels, channels)
//                                         requantizes and stores the first rows, pixels and channels of a
//                                         tile; parts: what keep_part() kept, or null
// where sums are those of the first place. Each Ops belongs to one source file and has internal linkage, so
// every instantiation is compiled for one instruction set only.
#pragma once

#include <algorithm>

#include "kernels/conv/winograd.h"

namespace bulwark::kernels::conv {

struct WinogradTile {
  std::int32_t batch, y, x;
};

/// The call of a range of work items.
template <typename Ops>
class WinogradRunner {
 public:
  explicit WinogradRunner(const LinearCall& call)
      : p_(*call.problem),
        tiles_(tile_problem(p_)),
        call_(call),
        steps_(winograd_steps(p_)),
        part_steps_(winograd_part_steps(p_)),
        output_(p_),
        element_(p_.output == OutputType::f32 ? sizeof(float) : 1) {
    const WinogradScratch offsets = winograd_scratch(p_);
    auto* scratch = static_cast<std::uint8_t*>(call.scratch);
    inputs_ = reinterpret_cast<std::int16_t*>(scratch);
    sums_ = reinterpret_cast<std::int32_t*>(scratch + offsets.sums);
    window_ = reinterpret_cast<std::int8_t*>(scratch + offsets.window);
    parts_ = reinterpret_cast<std::int32_t*>(scratch + offsets.parts);
    call_.problem = &tiles_;
  }

  void run() {
    const Blocking blocking = winograd_blocking(tiles_);
    for (std::int64_t item = call_.begin; item < call_.end; ++item) {
      const Block block = block_at(tiles_, kWinogradShape, blocking, item);
      // The chunks of a block's channels follow one another and share its inputs.
      if (item == call_.begin || item % blocking.chunks == 0) transform_inputs(block);
      for (std::int32_t r = block.first_tile; r < block.end_tile; ++r) {
        const auto* record = static_cast<const std::uint8_t*>(call_.packed) + r * winograd_record_bytes(p_);
        const std::int32_t channels = std::min(p_.out_c - r * kWinogradChannels, kWinogradChannels);
        for (std::int64_t first = 0; first < steps_; first += part_steps_) {
          multiply(block, record, first, std::min(part_steps_, steps_ - first));
          if (first + part_steps_ < steps_) keep_parts(block, first == 0, channels);
        }
        write_outputs(block, record, r, channels);
      }
    }
  }

 private:
  WinogradTile place_of(std::int64_t tile) const {
    const std::int64_t row = tile / tiles_.out_w;
    return {static_cast<std::int32_t>(row / tiles_.out_h), static_cast<std::int32_t>(row % tiles_.out_h),
            static_cast<std::int32_t>(tile % tiles_.out_w)};
  }

  [[gnu::noinline]] void transform_inputs(const Block& block) const {
    for (std::int32_t i = 0; i < block.pixels; ++i) {
      std::int16_t* out = inputs_ + i / kWinogradGroup * steps_ * kWinogradStep +
                          i % kWinogradGroup * std::int64_t{kWinogradDepth};
      transform_tile(place_of(block.first_pixel + i), out);
    }
  }

  void transform_tile(WinogradTile tile, std::int16_t* out) const {
    const std::int64_t y = std::int64_t{tile.y} * kWinogradTile - p_.pad_top,
                       x = std::int64_t{tile.x} * kWinogradTile - p_.pad_left;
    const std::int8_t* window = window_;
    std::int64_t row = std::int64_t{kWinogradWindow} * p_.in_c;
    if (is_inside(tile.batch, y, x)) {
      window = call_.input + ((std::int64_t{tile.batch} * p_.in_h + y) * p_.in_w + x) * p_.in_c;
      row = std::int64_t{p_.in_w} * p_.in_c;
    } else {
      copy_window(call_, 0, tile.batch, tile.y, tile.x, window_);
    }
    for (std::int64_t k = 0; k < steps_; ++k, window += kWinogradDepth, out += kWinogradStep) {
      Ops::transform_input(window, row, p_.in_c, out);
    }
  }

  /// Whether a window lies in the input, with the bytes that fill the last step's channels.
  bool is_inside(std::int32_t batch, std::int64_t y, std::int64_t x) const {
    if (y < 0 || y + kWinogradWindow > p_.in_h || x < 0 || x + kWinogradWindow > p_.in_w) return false;
    const std::int64_t pixels_behind = std::int64_t{p_.batch - batch} * p_.in_h * p_.in_w -
                                       ((y + kWinogradWindow - 1) * p_.in_w + x + kWinogradWindow - 1);
    return pixels_behind * p_.in_c >= steps_ * kWinogradDepth;
  }

  /// The sums of `steps` steps of depth.
  [[gnu::noinline]] void multiply(const Block& block, const std::uint8_t* record, std::int64_t first,
                                  std::int64_t steps) const {
    const auto* weights = reinterpret_cast<const std::int16_t*>(record + kWinogradHeader) +
                          first * (kWinogradDepth * kWinogradChannels);
    const std::int64_t place_weights = winograd_place_weights(p_), group = steps_ * kWinogradStep;
    for (std::int64_t place = 0; place < kWinogradPlaces; ++place, weights += place_weights) {
      const std::int16_t* x = inputs_ + first * kWinogradStep + place * (kWinogradGroup * kWinogradDepth);
      std::int32_t* sums = sums_ + place * (kWinogradGroup * kWinogradChannels);
      std::int32_t left = block.pixels;
      // Three tiles take as long as four.
      for (; left >= kWinogradGroup - 1; left -= kWinogradGroup) {
        Ops::multiply_place(x, weights, steps, sums);
        x += group;
        sums += kWinogradSums;
      }
      for (; left > 0; --left, x += kWinogradDepth, sums += kWinogradChannels) {
        Ops::multiply_tile(x, weights, steps, sums);
      }
    }
  }

  const std::int32_t* sums_of(std::int32_t tile) const {
    return sums_ + tile / kWinogradGroup * kWinogradSums +
           tile % kWinogradGroup * std::int64_t{kWinogradChannels};
  }

  void keep_parts(const Block& block, bool first, std::int32_t channels) const {
    for (std::int32_t i = 0; i < block.pixels; ++i) {
      Ops::Output::keep_part(sums_of(i), first, channels, parts_ + i * kWinogradParts);
    }
  }

  [[gnu::noinline]] void write_outputs(const Block& block, const std::uint8_t* record, std::int32_t r,
                                       std::int32_t channels) const {
    for (std::int32_t i = 0; i < block.pixels; ++i) {
      const WinogradTile tile = place_of(block.first_pixel + i);
      const std::int32_t y = tile.y * kWinogradTile, x = tile.x * kWinogradTile;
      const std::int64_t pixel = (std::int64_t{tile.batch} * p_.out_h + y) * p_.out_w + x;
      auto* out = static_cast<std::uint8_t*>(call_.output) +
                  (pixel * p_.out_c + std::int64_t{r} * kWinogradChannels) * element_;
      const std::int32_t* parts = part_steps_ < steps_ ? parts_ + i * kWinogradParts : nullptr;
      output_.write(sums_of(i), parts, record, out, std::min(p_.out_h - y, kWinogradTile),
                    std::min(p_.out_w - x, kWinogradTile), channels);
    }
  }

  const LinearProblem& p_;
  LinearProblem tiles_;  ///< tile_problem()
  LinearCall call_;      ///< of tiles_
  std::int64_t steps_, part_steps_;
  typename Ops::Output output_;
  std::int64_t element_;
  std::int16_t* inputs_;
  std::int32_t* sums_;
  std::int8_t* window_;
  std::int32_t* parts_;
};

template <typename Ops>
struct WinogradConv {
  static std::size_t scratch_size(const LinearProblem& p) {
    return static_cast<std::size_t>(winograd_scratch(p).size);
  }
  static std::int64_t work_items(const LinearProblem& p) { return winograd_blocking(tile_problem(p)).items; }
  static void run(const LinearCall& call) { WinogradRunner<Ops>(call).run(); }
};

}  // namespace bulwark::kernels::conv
