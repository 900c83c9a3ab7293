// SPDX-License-Identifier: Apache-2.0
// 3x3 at stride 1, two output rows at a time: what both need of the input is loaded and interleaved once. The
// kernels differ in the order of their weights and in the assembly that makes a pair of rows for 16 channels;
// everything else is here.
//
// A band of pairs has its input rows in the window together, so that the constants of a block are looked up
// once for all of them.
#pragma once

#include "kernels/common/requantize_neon.h"
#include "kernels/depthwise/output_2x16_neon.h"
#include "kernels/depthwise/row_window.h"

namespace bulwark::kernels::depthwise {
namespace {

/// What the rows of a block share.
struct PairBlock {
  const std::uint8_t* record;
  std::ptrdiff_t output_pixel;
  std::int64_t columns;
  OutputConstants constants;
};

using PairWindow = Window<PixelPairs>;

/// Two output rows of a block: padded input rows at the block's channels, pairs of pixels 2 * kChunk bytes
/// apart, and the first output pixels. Of a last row without a second one, input[3] and output[1] are not
/// used. Two columns are made at a time; where their number is odd, the last ones share an output pixel.
struct PairRow {
  const std::int8_t* input[4];
  std::int8_t* output[2];
};

/// `Rows`:
///   using Layout;                              order of the packed weights
///   static bool supports(const LinearProblem&);
///   template <OutputStage kStage, bool kPair> static void make(const PairBlock&, const PairRow&);
/// kPair: false for a last row alone.
template <typename Rows>
struct PairRowsNeon {
  using Layout = typename Rows::Layout;

  static bool supports(const LinearProblem& p) {
    return p.kernel_h == 3 && p.kernel_w == 3 && p.stride_h == 1 && p.stride_w == 1 && p.dilation_h == 1 &&
           p.dilation_w == 1 && p.fraction_bits == 0 && p.output == OutputType::s8 && weights_fit(p) &&
           PairWindow::bytes(p, band_rows(p)) <= kMostRingBytes && Rows::supports(p);
  }
  static std::size_t packed_size(const LinearProblem& p) { return depthwise::packed_size<Layout>(p); }
  static void pack(const LinearProblem& p, const LinearConstants& constants, std::int16_t* staging,
                   void* packed) {
    depthwise::pack<Layout>(p, constants, staging, packed);
    offset_small_sums<Layout>(p, packed);
  }
  /// The window, then a band of output rows of a block that has not all channels.
  static std::size_t scratch_size(const LinearProblem& p) {
    return static_cast<std::size_t>(PairWindow::bytes(p, band_rows(p))) +
           static_cast<std::size_t>(band_rows(p)) * static_cast<std::size_t>(p.out_w) * kBlock;
  }
  static std::int64_t work_items(const LinearProblem& p) { return chunks(p) * p.batch * pairs(p); }

  static void run(const LinearCall& call) {
    const LinearProblem& p = *call.problem;
    PairWindow window(call, band_rows(p));
    for (std::int64_t item = call.begin; item < call.end;) {
      const std::int64_t image = item / pairs(p), first = item % pairs(p);
      const std::int64_t count =
          std::min({std::int64_t{band_rows(p) / 2}, pairs(p) - first, call.end - item});
      const auto y = static_cast<std::int32_t>(2 * first);
      const auto rows = static_cast<std::int32_t>(std::min<std::int64_t>(2 * count, p.out_h - y));
      window.move_to(image / p.batch, static_cast<std::int32_t>(image % p.batch), y, rows);
      run_band(call, window, (image % p.batch * p.out_h + y) * p.out_w, rows);
      item += count;
    }
  }

 private:
  static constexpr std::int32_t kMostRows = 16;
  static constexpr std::int64_t kBandBytes = 20 * 1024;

  static std::int64_t pairs(const LinearProblem& p) { return (std::int64_t{p.out_h} + 1) / 2; }
  /// Output rows of a band, an even number.
  static std::int32_t band_rows(const LinearProblem& p) {
    const std::int64_t rows = std::min<std::int64_t>(kBandBytes / PairWindow::row_bytes(p) - 2, p.out_h + 1);
    return static_cast<std::int32_t>(std::clamp<std::int64_t>(rows, 2, kMostRows)) / 2 * 2;
  }

  /// `pixel`: the first one of the band in the output.
  static void run_band(const LinearCall& call, const PairWindow& window, std::int64_t pixel,
                       std::int32_t rows) {
    const LinearProblem& p = *call.problem;
    const std::int8_t* input[kMostRows + 2];
    for (std::int32_t i = 0; i < rows + 2; ++i) input[i] = window.row(i);
    const std::size_t channel = window.first_channel();
    const std::uint8_t* record =
        static_cast<const std::uint8_t*>(call.packed) + channel / kBlock * record_size<Layout>(p);
    auto* staging = static_cast<std::int8_t*>(call.scratch) + PairWindow::bytes(p, band_rows(p));
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
      case OutputStage::any:
        return run_stage<OutputStage::any>(p, record, band);
    }
  }

  template <OutputStage kStage>
  [[gnu::noinline]] static void run_stage(const LinearProblem& p, const std::uint8_t* record,
                                          const Band& band) {
    const PairBlock block = {record, band.output_pixel, p.out_w, output_constants(p, kStage)};
    const std::ptrdiff_t row_bytes = p.out_w * band.output_pixel;
    const std::int8_t* const* input = band.input;
    std::int8_t* output = band.output;
    std::int32_t left = band.rows;
    const auto row = [&](int i) { return input[i] + PixelPairs::channel(band.channel); };
    for (; left >= 2; left -= 2, input += 2, output += 2 * row_bytes) {
      Rows::template make<kStage, true>(block,
                                        {{row(0), row(1), row(2), row(3)}, {output, output + row_bytes}});
    }
    if (left > 0)
      Rows::template make<kStage, false>(block, {{row(0), row(1), row(2), row(2)}, {output, output}});
  }
};

}  // namespace
}  // namespace bulwark::kernels::depthwise
