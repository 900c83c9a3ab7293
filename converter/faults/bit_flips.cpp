// SPDX-License-Identifier: Apache-2.0
#include "converter/faults/bit_flips.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "converter/error.h"
#include "schema/seal.h"

namespace bulwark::converter::faults {
namespace {

/// The bytes of a view into `file` in the writable copy that `bytes` is.
template <typename T>
std::uint8_t* writable(std::span<std::uint8_t> bytes, const schema::VerifiedModel& file,
                       schema::View<T> view) {
  return bytes.data() + (reinterpret_cast<const std::uint8_t*>(view.data()) - file.bytes().data());
}

void seal(std::span<std::uint8_t> bytes) {
  schema::VerifyError error;
  if (!schema::seal(bytes, &error)) throw bad_input(error.message);
}

}  // namespace

std::int64_t BitFlips::gap(std::int64_t most) {
  if (rate_ <= 0) return most;
  if (rate_ >= 1) return 0;
  const double uniform = (static_cast<double>(random_() >> 11) + 0.5) * 0x1p-53;  // inside 0..1
  const double gap = std::floor(std::log(uniform) / std::log1p(-rate_));
  return gap < static_cast<double>(most) ? static_cast<std::int64_t>(gap) : most;
}

std::int64_t flip_activations(std::span<std::uint8_t> tensor, const schema::TensorView& info,
                              BitFlips& flips) {
  const std::int32_t width = info.hi - info.lo;
  const auto bits = static_cast<std::int64_t>(std::bit_width(static_cast<std::uint32_t>(width)));
  if (bits == 0) return 0;
  return flips.visit(static_cast<std::int64_t>(tensor.size()) * bits, [&](std::int64_t i) {
    std::uint8_t& byte = tensor[static_cast<std::size_t>(i / bits)];
    const std::int32_t value =
        info.type == schema::ElementType::s8 ? static_cast<std::int8_t>(byte) : std::int32_t{byte};
    const std::int32_t level = (value - info.lo) ^ (1 << i % bits);
    byte = static_cast<std::uint8_t>(info.lo + std::min(level, width));
  });
}

std::int64_t flip_weights(std::span<std::uint8_t> bytes, const schema::VerifiedModel& file, BitFlips& flips) {
  std::int64_t count = 0;
  for (std::int32_t i = 0; i < file.operator_count(); ++i) {
    const schema::View<std::uint8_t> weights = file.op(i).linear.weights.data;
    if (weights.empty()) continue;
    std::uint8_t* data = writable(bytes, file, weights);
    count += flips.visit(static_cast<std::int64_t>(weights.size()) * 8, [data](std::int64_t bit) {
      data[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
    });
  }
  seal(bytes);
  return count;
}

std::int32_t lift_clip_bounds(std::span<std::uint8_t> bytes, const schema::VerifiedModel& file) {
  std::int32_t lifted = 0;
  for (std::int32_t i = 0; i < file.robustness_layer_count(); ++i) {
    const schema::LayerRobustnessView row = file.robustness_layer(i);
    if (row.unclipped_lo.empty()) continue;
    const schema::LinearView linear = file.op(row.operator_index).linear;
    if (linear.lo.size() != row.unclipped_lo.size() || linear.hi.size() != row.unclipped_hi.size()) continue;
    std::memcpy(writable(bytes, file, linear.lo), row.unclipped_lo.data(), row.unclipped_lo.size());
    std::memcpy(writable(bytes, file, linear.hi), row.unclipped_hi.data(), row.unclipped_hi.size());
    ++lifted;
  }
  seal(bytes);
  return lifted;
}

}  // namespace bulwark::converter::faults
