// SPDX-License-Identifier: Apache-2.0
#include "kernels/fully_connected/fully_connected_packings.h"

#include "kernels/common/pack_records.h"
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

/// The weights of a channel less `offset`, as bytes from the beginning of `staging` on, with zeros behind
/// them up to a multiple of 64.
const std::uint8_t* codes_of(const LinearProblem& p, const std::uint8_t* row, std::int32_t offset,
                             std::int16_t* staging) {
  const auto depth = static_cast<std::size_t>(p.depth());
  auto* codes = reinterpret_cast<std::uint8_t*>(staging);
  if (p.weight_format == WeightFormat::s9) {
    unpack_weight_row(p.weight_format, row, depth, staging);
    for (std::size_t k = 0; k < depth; ++k) codes[k] = static_cast<std::uint8_t>(staging[k]);
  } else {
    unpack_weight_row(p.weight_format, row, depth, reinterpret_cast<std::int8_t*>(staging));
  }
  for (std::size_t k = 0; k < depth; ++k) codes[k] = static_cast<std::uint8_t>(codes[k] - offset);
  std::memset(codes + depth, 0, static_cast<std::size_t>(staging_elements(p)) - depth);
  return codes;
}

/// Packs the constants of a layer, panel by panel.
template <int kBits>
class PanelPacker {
 public:
  PanelPacker(const LinearProblem& p, const LinearConstants& constants, std::int16_t* staging)
      : p_(p),
        constants_(constants),
        staging_(staging),
        depth_(static_cast<std::size_t>(p.depth())),
        row_bytes_(static_cast<std::size_t>(weight_row_bytes(p.weight_format, depth_))),
        offset_(code_offset<kBits>(p)) {}

  void pack(void* packed) const { write_records(*this, static_cast<std::uint8_t*>(packed)); }

  bool matches(void* spare, const void* packed) const {
    return records_match(*this, static_cast<std::uint8_t*>(spare), static_cast<const std::uint8_t*>(packed));
  }

  // What pack_records.h asks for: a record is a panel.

  template <typename Byte, typename Each>
  bool for_records(Byte* panel, Each each) const {
    for (std::int32_t first = 0; first < p_.out_c; first += kPanel, panel += panel_size<kBits>(p_)) {
      const auto channels = static_cast<std::size_t>(std::min(kPanel, p_.out_c - first));
      if (!each(RecordChannels{static_cast<std::size_t>(first), channels}, panel)) return false;
    }
    return true;
  }
  std::size_t record_bytes(RecordChannels) const { return panel_size<kBits>(p_); }

  /// Signed bytes lie in the file as they lie in a panel, but for the distance of their groups.
  template <typename Sink>
  bool put_record(Sink& sink, RecordChannels which, typename Sink::Byte* panel) const {
    if (kBits != 8 || p_.weight_format != WeightFormat::s8 || which.count != kPanel || depth_ % 16 != 0) {
      return false;
    }
    alignas(16) std::uint8_t header[kWeights] = {};
    make_header(which, header);
    put_bytes(sink, panel, header, kWeights);
    const std::uint8_t* row = constants_.weights + which.first * row_bytes_;
    for (std::size_t pair = 0; pair < kPanel / 2; ++pair, row += 2 * depth_) {
      typename Sink::Byte* out = panel + kWeights + 32 * pair;
      std::size_t k = 0;
      for (; k + 64 <= depth_; k += 64, out += 4 * kGroupBytes) {
        for (std::size_t i = 0; i < 4; ++i) put_pair(sink, out + i * kGroupBytes, row + k + 16 * i);
      }
      for (; k < depth_; k += 16, out += kGroupBytes) put_pair(sink, out, row + k);
    }
    return true;
  }

  void write_record(RecordChannels which, std::uint8_t* panel) const {
    std::memset(panel, 0, panel_size<kBits>(p_));
    make_header(which, panel);
    for (std::size_t lane = 0; lane < which.count; ++lane) {
      const std::size_t channel = which.first + lane;
      const std::uint8_t* codes = codes_of(p_, constants_.weights + channel * row_bytes_, offset_, staging_);
      std::uint8_t* out = panel + kWeights + lane * 16;
      for (std::size_t k = 0; k < depth_; k += kGroup<kBits>, out += kGroupBytes) {
        Bytes16 fields = load16(codes + k);
        for (unsigned bits = kBits; bits < 8; bits += kBits)
          fields |= load16(codes + k + 16 * (bits / kBits)) << bits;
        PackedWriter::put(out, fields);
      }
    }
  }

 private:
  /// 16 inputs of two channels.
  template <typename Sink>
  [[gnu::always_inline]] inline void put_pair(Sink& sink, typename Sink::Byte* out,
                                              const std::uint8_t* row) const {
    sink.put(out, load16(row));
    sink.put(out + 16, load16(row + depth_));
  }

  /// Of zeros.
  void make_header(RecordChannels which, std::uint8_t* header) const {
    const auto [first, channels] = which;
    std::memcpy(header + kBias, constants_.bias + first, 4 * channels);
    std::memcpy(header + kMultiplier, constants_.multiplier + first, 4 * channels);
    if (p_.output != OutputType::s8) return;
    std::memcpy(header + kLo, constants_.lo + first, channels);
    std::memcpy(header + kHi, constants_.hi + first, channels);
  }

  const LinearProblem& p_;
  const LinearConstants& constants_;
  std::int16_t* staging_;
  std::size_t depth_, row_bytes_;
  std::int32_t offset_;
};

/// The codes of a channel, the `lane` of its panel; those of 0..7 come first.
void put_codes(const std::uint8_t* codes, std::size_t depth, std::size_t lane, std::uint8_t* panel) {
  std::uint8_t* out = panel + lane % 8 * 16;
  for (std::size_t k = 0; k < depth; k += CodesPacking::kGroup, out += CodesPacking::kGroupBytes) {
    const Bytes16 of_16 = load16(codes + k);
    PackedWriter::put(out, lane < 8 ? of_16 : load16(out) | of_16 << 4);
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
  PanelPacker<kBits>(p, constants, staging).pack(packed);
  std::memset(static_cast<std::uint8_t*>(packed) + panels_size<kBits>(p), 0, kAhead);
}
template <std::int32_t kBits, std::size_t kAhead>
bool PanelPacking<kBits, kAhead>::matches(const LinearProblem& p, const LinearConstants& constants,
                                          std::int16_t* staging, void* spare, const void* packed) {
  static constexpr std::uint8_t kZeros[kAhead + 1] = {};
  const auto* end = static_cast<const std::uint8_t*>(packed) + panels_size<kBits>(p);
  return std::memcmp(end, kZeros, kAhead) == 0 &&
         PanelPacker<kBits>(p, constants, staging).matches(spare, packed);
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
    const std::int32_t offset = code_offset<4>(p) + (lane < 8 ? 0 : 8);
    put_codes(codes_of(p, constants.weights + channel * row_bytes, offset, staging), depth, lane,
              panel + kHeader);
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
template <typename Conv, std::int32_t kLeastRows>
bool RowsPacking<Conv, kLeastRows>::matches(const LinearProblem& p, const LinearConstants& constants,
                                            std::int16_t* staging, void* spare, const void* packed) {
  return Conv::matches(line_of(p), constants, staging, spare, packed);
}
template struct RowsPacking<conv::DotPacking<4, 1>, 4>;
template struct RowsPacking<conv::DotPacking<8, 2>, 2>;

}  // namespace bulwark::kernels::fully_connected
