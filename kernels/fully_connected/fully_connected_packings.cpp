// SPDX-License-Identifier: Apache-2.0
#include "kernels/fully_connected/fully_connected_packings.h"

#include "kernels/common/weights.h"
#include "kernels/fully_connected/fully_connected_packing.h"
#include "kernels/fully_connected/rows_as_pixels.h"

namespace bulwark::kernels::fully_connected {
namespace {

/// Whether the true weights fit codes of kBits, whatever their format; 8 stands for signed bytes.
template <int kBits>
bool codes_fit(const LinearProblem& p) {
  if constexpr (kBits == 8) return p.weight_lo >= -128 && p.weight_hi <= 127;
  return p.weight_hi - std::min(p.weight_lo, 0) < (1 << kBits);
}

template <int kBits>
std::size_t panels_size(const LinearProblem& p) {
  return saturated_size(static_cast<std::uint64_t>(panels(p)) *
                        (kWeights + static_cast<std::uint64_t>(groups<kBits>(p)) * kGroupBytes));
}

/// Signed bytes lie in the file as they lie in a panel, but for the distance of their groups.
void copy_bytes(const std::uint8_t* weights, std::size_t depth, std::uint8_t* row) {
  std::size_t k = 0;
  for (; k + 16 <= depth; k += 16, row += kGroupBytes) std::memcpy(row, weights + k, 16);
  std::memcpy(row, weights + k, depth - k);
}

template <int kBits>
void pack_panels(const LinearProblem& p, const LinearConstants& constants, std::int16_t* staging,
                 void* packed) {
  const std::size_t depth = static_cast<std::size_t>(p.depth());
  const std::size_t row_bytes = static_cast<std::size_t>(weight_row_bytes(p.weight_format, depth));
  const std::int32_t offset = code_offset<kBits>(p);
  std::memset(packed, 0, panels_size<kBits>(p));
  for (std::int32_t c = 0; c < p.out_c; ++c) {
    const std::size_t channel = static_cast<std::size_t>(c), lane = channel % kPanel;
    auto* panel = static_cast<std::uint8_t*>(packed) + channel / kPanel * panel_size<kBits>(p);
    std::memcpy(panel + kBias + 4 * lane, constants.bias + channel, 4);
    std::memcpy(panel + kMultiplier + 4 * lane, constants.multiplier + channel, 4);
    if (p.output == OutputType::s8) {
      std::memcpy(panel + kLo + lane, constants.lo + channel, 1);
      std::memcpy(panel + kHi + lane, constants.hi + channel, 1);
    }
    std::uint8_t* row = panel + kWeights + lane * 16;
    if (kBits == 8 && p.weight_format == WeightFormat::s8) {
      copy_bytes(constants.weights + channel * row_bytes, depth, row);
      continue;
    }
    unpack_weight_row(p.weight_format, constants.weights + channel * row_bytes, depth, staging);
    for (std::size_t k = 0; k < depth; ++k) {
      const std::size_t in_group = k % kGroup<kBits>;
      std::uint8_t* byte = row + k / kGroup<kBits> * kGroupBytes + in_group % 16;
      *byte = static_cast<std::uint8_t>(*byte | (staging[k] - offset) << (in_group / 16 * kBits));
    }
  }
}

/// The codes of a channel, the `lane` of its panel.
void put_codes(const std::int16_t* weights, std::size_t depth, std::int32_t offset, std::size_t lane,
               std::uint8_t* panel) {
  constexpr std::size_t kInputs = CodesPacking::kGroup;
  for (std::size_t k = 0; k < depth; ++k) {
    std::uint8_t* byte = panel + k / kInputs * CodesPacking::kGroupBytes + lane % 8 * 16 + k % kInputs;
    const std::int32_t code = lane < 8 ? weights[k] - offset : (weights[k] - offset - 8) * 16;
    *byte = static_cast<std::uint8_t>(*byte | (code & 0xff));
  }
}

}  // namespace

template <std::int32_t kBits, std::size_t kAhead>
bool PanelPacking<kBits, kAhead>::supports(const LinearProblem& p) {
  return codes_fit<kBits>(p) && p.depth() == p.in_c && p.out_pixels() == p.batch;
}
template <std::int32_t kBits, std::size_t kAhead>
std::size_t PanelPacking<kBits, kAhead>::packed_size(const LinearProblem& p) {
  const std::size_t bytes = panels_size<kBits>(p);
  return bytes > SIZE_MAX - kAhead ? SIZE_MAX : bytes + kAhead;
}
template <std::int32_t kBits, std::size_t kAhead>
void PanelPacking<kBits, kAhead>::pack(const LinearProblem& p, const LinearConstants& constants,
                                       std::int16_t* staging, void* packed) {
  pack_panels<kBits>(p, constants, staging, packed);
  std::memset(static_cast<std::uint8_t*>(packed) + panels_size<kBits>(p), 0, kAhead);
}
template struct PanelPacking<8, 0>;
template struct PanelPacking<4, 64>;
template struct PanelPacking<2, 64>;

bool CodesPacking::supports(const LinearProblem& p) {
  // The sums of whole bytes stay inside int32.
  return p.batch == 1 && codes_fit<4>(p) && p.depth() == p.in_c && p.out_pixels() == 1 &&
         p.depth() <= (1 << 16);
}
std::size_t CodesPacking::packed_size(const LinearProblem& p) {
  return saturated_size(static_cast<std::uint64_t>(panels(p)) * panel_bytes(p));
}
void CodesPacking::pack(const LinearProblem& p, const LinearConstants& constants, std::int16_t* staging,
                        void* packed) {
  const std::size_t depth = static_cast<std::size_t>(p.depth());
  const std::size_t row_bytes = static_cast<std::size_t>(weight_row_bytes(p.weight_format, depth));
  std::memset(packed, 0, packed_size(p));
  for (std::int32_t c = 0; c < p.out_c; ++c) {
    const std::size_t channel = static_cast<std::size_t>(c), lane = channel % kPanel;
    auto* panel = static_cast<std::uint8_t*>(packed) + channel / kPanel * panel_bytes(p);
    std::memcpy(panel + 4 * lane, constants.bias + channel, 4);
    std::memcpy(panel + kMultiplier + 4 * lane, constants.multiplier + channel, 4);
    if (p.output == OutputType::s8) {
      std::memcpy(panel + kLo + lane, constants.lo + channel, 1);
      std::memcpy(panel + kHi + lane, constants.hi + channel, 1);
    }
    unpack_weight_row(p.weight_format, constants.weights + channel * row_bytes, depth, staging);
    put_codes(staging, depth, code_offset<4>(p), lane, panel + kHeader);
  }
}

template <typename Conv, std::int32_t kLeastRows>
bool RowsPacking<Conv, kLeastRows>::supports(const LinearProblem& p) {
  return p.batch >= kLeastRows && p.depth() == p.in_c && p.out_pixels() == p.batch &&
         Conv::supports(line_of(p));
}
template <typename Conv, std::int32_t kLeastRows>
std::size_t RowsPacking<Conv, kLeastRows>::packed_size(const LinearProblem& p) {
  return Conv::packed_size(line_of(p));
}
template <typename Conv, std::int32_t kLeastRows>
void RowsPacking<Conv, kLeastRows>::pack(const LinearProblem& p, const LinearConstants& constants,
                                         std::int16_t* staging, void* packed) {
  Conv::pack(line_of(p), constants, staging, packed);
}
template struct RowsPacking<conv::DotPacking<4, 1>, 4>;
template struct RowsPacking<conv::DotPacking<8, 2>, 2>;

}  // namespace bulwark::kernels::fully_connected
