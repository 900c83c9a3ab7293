// SPDX-License-Identifier: Apache-2.0
// What the 3x3 depthwise kernels in assembly for AArch64 share: they make one or two output rows of 16
// channels at a time, two columns after two columns, and differ in the order of their weights and in that
// assembly.
//
// A band of rows has its input in the window together, so that the constants of a block are looked up once
// for all of them.
#pragma once

#include "kernels/common/requantize_neon.h"
#include "kernels/depthwise/band_rows.h"
#include "kernels/depthwise/output_2x16_neon.h"

namespace bulwark::kernels::depthwise {
namespace {

/// What the rows of a block share.
struct BandBlock {
  const std::uint8_t* record;
  std::ptrdiff_t output_pixel;
  std::int64_t columns;
  OutputConstants constants;
};

/// One or two output rows of a block: padded input rows at the block's channels, pairs of pixels 2 * kChunk
/// bytes apart, and the first output pixels. Without a second row, input[3] and output[1] are not used. Two
/// columns are made at a time; where their number is odd, the last ones share an output pixel.
struct BandRows {
  const std::int8_t* input[4];
  std::int8_t* output[2];
};

/// `Rows`:
///   using Packing;      a BandPacking
///   template <OutputStage kStage, bool kPair> static void make(const BandBlock&, const BandRows&);
/// kPair: whether it is two rows; of an odd number of rows the last one is made alone.
template <typename Rows>
struct BandsNeon {
  using Packing = typename Rows::Packing;
  using Layout = typename Packing::Layout;
  static constexpr std::int32_t kRows = Packing::kRows, kStride = Packing::kStride;

  /// The window, then a band of output rows of a block that has not all channels.
  static std::size_t scratch_size(const LinearProblem& p) {
    return static_cast<std::size_t>(PairWindow::bytes(p, band_rows(p))) +
           static_cast<std::size_t>(band_rows(p)) * static_cast<std::size_t>(p.out_w) * kBlock;
  }
  static std::int64_t work_items(const LinearProblem& p) { return chunks(p) * p.batch * groups(p); }

  static void run(const LinearCall& call) {
    const LinearProblem& p = *call.problem;
    const std::int32_t most = band_rows(p);
    const std::int64_t all = groups(p);
    PairWindow window(call, most);
    auto* staging = static_cast<std::int8_t*>(call.scratch) + PairWindow::bytes(p, most);
    for (std::int64_t item = call.begin; item < call.end;) {
      const std::int64_t image = item / all, first = item % all;
      const std::int64_t count = std::min({std::int64_t{most / kRows}, all - first, call.end - item});
      const auto y = static_cast<std::int32_t>(kRows * first);
      const auto rows = static_cast<std::int32_t>(std::min<std::int64_t>(kRows * count, p.out_h - y));
      window.move_to(image / p.batch, static_cast<std::int32_t>(image % p.batch), y, rows);
      run_band(call, window, (image % p.batch * p.out_h + y) * p.out_w, rows, staging);
      item += count;
    }
  }

 private:
  /// Of rows that are made together.
  static std::int64_t groups(const LinearProblem& p) { return (std::int64_t{p.out_h} + kRows - 1) / kRows; }
  static std::int32_t band_rows(const LinearProblem& p) { return depthwise::band_rows<kStride, kRows>(p); }

  /// `pixel`: the first one of the band in the output; `staging`: a band of a block that has not all
  /// channels.
  static void run_band(const LinearCall& call, const PairWindow& window, std::int64_t pixel,
                       std::int32_t rows, std::int8_t* staging) {
    const LinearProblem& p = *call.problem;
    const std::int8_t* input[input_rows<kStride>(kMostRows)];
    for (std::int32_t i = 0; i < input_rows<kStride>(rows); ++i) input[i] = window.row(i);
    const std::size_t channel = window.first_channel();
    const std::uint8_t* record =
        static_cast<const std::uint8_t*>(call.packed) + channel / kBlock * record_size<Layout>(p);
    std::int8_t* output = static_cast<std::int8_t*>(call.output) + pixel * p.out_c + channel;
    for (std::int32_t c = 0; c < window.channels(); c += kBlock, record += record_size<Layout>(p)) {
      const std::int32_t left = window.channels() - c;
      const bool whole = left >= kBlock;
      run_block(p, record, {input, c, rows, whole ? output + c : staging, whole ? p.out_c : kBlock});
      if (whole) continue;
      for (std::ptrdiff_t i = 0; i < std::ptrdiff_t{rows} * p.out_w; ++i) {
        std::memcpy(output + c + i * p.out_c, staging + i * kBlock, static_cast<std::size_t>(left));
      }
    }
  }

  struct Band {
    const std::int8_t* const* input;
    std::int32_t channel, rows;
    std::int8_t* output;
    std::ptrdiff_t output_pixel;
  };

  static void run_block(const LinearProblem& p, const std::uint8_t* record, const Band& band) {
    switch (output_stage(p, record)) {
      case OutputStage::plain:
        return run_stage<OutputStage::plain>(p, record, band);
      case OutputStage::clamped:
        return run_stage<OutputStage::clamped>(p, record, band);
      case OutputStage::fraction:
        return run_stage<OutputStage::fraction>(p, record, band);
      case OutputStage::any:
        return run_stage<OutputStage::any>(p, record, band);
    }
  }

  template <OutputStage kStage>
  [[gnu::noinline]] static void run_stage(const LinearProblem& p, const std::uint8_t* record,
                                          const Band& band) {
    const BandBlock block = {record, band.output_pixel, p.out_w, output_constants(p, kStage)};
    const std::ptrdiff_t row_bytes = p.out_w * band.output_pixel;
    const std::int8_t* const* input = band.input;
    std::int8_t* output = band.output;
    std::int32_t left = band.rows;
    const auto row = [&](int i) { return input[i] + PixelPairs::channel(band.channel); };
    if constexpr (kRows == 2) {
      for (; left >= 2; left -= 2, input += 2 * kStride, output += 2 * row_bytes) {
        Rows::template make<kStage, true>(block,
                                          {{row(0), row(1), row(2), row(3)}, {output, output + row_bytes}});
      }
    }
    for (; left > 0; --left, input += kStride, output += row_bytes) {
      Rows::template make<kStage, false>(block, {{row(0), row(1), row(2), row(2)}, {output, output}});
    }
  }
};

}  // namespace
}  // namespace bulwark::kernels::depthwise
