// SPDX-License-Identifier: Apache-2.0
// No two tensors have the same name.
#include <array>
#include <cinttypes>

#include "schema/report.h"
#include "schema/semantics/semantics.h"

namespace bulwark::schema {
namespace {

constexpr std::uint32_t kSlots = 2 * kMaxTensors;
// Names made to collide would cost quadratic time. At this load honest names need probe lengths of about 50.
constexpr int kMaxProbes = 512;
static_assert((kSlots & (kSlots - 1)) == 0 && kMaxTensors < 65536);

std::uint64_t hash(std::string_view name) {
  std::uint64_t h = 0xcbf29ce484222325u;
  for (const char c : name) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return h ^ h >> 32;
}

}  // namespace

bool check_tensor_names(const Context& context) {
  std::array<std::uint16_t, kSlots> slots{};  // tensor index + 1; 0 is free
  const std::int32_t tensors = count(context.model.tensors());
  for (std::int32_t i = 0; i < tensors; ++i) {
    const std::string_view name = context.tensor(i).name;
    const Place place(context.error, "tensor", i, name);
    std::uint64_t slot = hash(name) % kSlots;
    for (int probes = 0; slots[slot] != 0; ++probes, slot = (slot + 1) % kSlots) {
      const std::int32_t other = slots[slot] - 1;
      if (context.tensor(other).name == name) return place.invalid("has the name of tensor %" PRId32, other);
      if (probes == kMaxProbes) return place.invalid("too many names share one hash value");
    }
    slots[slot] = static_cast<std::uint16_t>(i + 1);
  }
  return true;
}

}  // namespace bulwark::schema
