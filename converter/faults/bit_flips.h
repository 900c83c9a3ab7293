// SPDX-License-Identifier: Apache-2.0
// Random bit flips, the same ones for the same seed on every machine.
#pragma once

#include <cstdint>
#include <random>
#include <span>

#include "schema/verifier.h"

namespace bulwark::converter::faults {

/// Every bit flips with probability `rate` (0..1), independently of the others.
class BitFlips {
 public:
  BitFlips(double rate, std::uint64_t seed) : rate_(rate), random_(seed) {}

  /// Calls flip(i) for each bit of 0 .. bits-1 that flips, in order; their number.
  template <typename Flip>
  std::int64_t visit(std::int64_t bits, Flip flip) {
    std::int64_t count = 0;
    for (std::int64_t i = gap(bits); i < bits; i += 1 + gap(bits)) {
      flip(i);
      ++count;
    }
    return count;
  }

 private:
  /// Bits that stay before the next one flips, geometrically distributed; at most `most`.
  std::int64_t gap(std::int64_t most);

  double rate_;
  std::mt19937_64 random_;
};

/// Flips bits of a tensor of 1-byte integers, among the bits that hold its hi - lo + 1 levels; what would lie
/// above hi becomes hi. The number of flips.
std::int64_t flip_activations(std::span<std::uint8_t> tensor, const schema::TensorView& info,
                              BitFlips& flips);

/// Flips bits of the weights in a model file, as they are stored, and seals it anew, so that only the
/// verifier's rules stand against it. `file` is the verified file of these bytes. The number of flips.
std::int64_t flip_weights(std::span<std::uint8_t> bytes, const schema::VerifiedModel& file, BitFlips& flips);

/// Gives every operator its clamp without clip bounds and seals the file anew. How many operators had bounds.
std::int32_t lift_clip_bounds(std::span<std::uint8_t> bytes, const schema::VerifiedModel& file);

}  // namespace bulwark::converter::faults
