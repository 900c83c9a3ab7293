// SPDX-License-Identifier: Apache-2.0
#include "tests/kernels/linear_sweep.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>

#include "kernels/common/cpu.h"

namespace bulwark::test {
namespace {

using kernels::LinearKernel;
using kernels::LinearProblem;
using kernels::OutputType;

std::size_t output_bytes(const LinearProblem& p) {
  return static_cast<std::size_t>(p.out_pixels() * p.out_c) *
         (p.output == OutputType::f32 ? sizeof(float) : 1);
}

std::int64_t expected_sum(const LinearCase& c, std::int64_t pixel, std::int32_t channel) {
  const LinearProblem& p = c.problem;
  const std::int32_t group_c = p.in_c / p.groups;
  const std::int32_t first_c = channel / (p.out_c / p.groups) * group_c;
  const std::int64_t image = pixel / (std::int64_t{p.out_h} * p.out_w);
  std::int64_t sum = 0;
  for (std::int64_t tap = 0; tap < p.depth(); ++tap) {
    const std::int64_t window = tap / group_c;
    const std::int64_t y =
        pixel / p.out_w % p.out_h * p.stride_h - p.pad_top + window / p.kernel_w * p.dilation_h;
    const std::int64_t x = pixel % p.out_w * p.stride_w - p.pad_left + window % p.kernel_w * p.dilation_w;
    std::int64_t value = p.pad_value;
    if (y >= 0 && y < p.in_h && x >= 0 && x < p.in_w) {
      value = c.input[static_cast<std::size_t>(((image * p.in_h + y) * p.in_w + x) * p.in_c + first_c +
                                               tap % group_c)];
    }
    sum += value * c.weights[static_cast<std::size_t>(channel * p.depth() + tap)];
  }
  return sum;
}

/// A copy of constants behind a guard page, at an address that is only a multiple of one byte when `odd`.
class GuardedCopy {
 public:
  template <typename T>
  GuardedCopy(const std::vector<T>& values, GuardSide side, bool odd)
      : buffer_(values.size() * sizeof(T) + odd, side),
        data_(buffer_.data() + (side == GuardSide::front && odd)) {
    if (!values.empty()) std::memcpy(data_, values.data(), values.size() * sizeof(T));
    buffer_.make_read_only();
  }
  template <typename T>
  const T* as() const {
    return reinterpret_cast<const T*>(data_);
  }

 private:
  GuardedBuffer buffer_;
  std::uint8_t* data_;
};

/// The constants and the staging of a case between guard pages, for as long as `use` runs.
template <typename Use>
void with_constants(const LinearCase& c, GuardSide side, bool odd, Use use) {
  const GuardedCopy weights(c.packed_weights, side, odd), bias(c.bias, side, odd),
      multiplier(c.multiplier, side, odd);
  const GuardedCopy lo(c.lo, side, odd), hi(c.hi, side, odd);
  kernels::LinearConstants constants{weights.as<std::uint8_t>(), bias.as<std::int32_t>(),
                                     multiplier.as<float>(), lo.as<std::int8_t>(), hi.as<std::int8_t>()};
  if (c.problem.output == OutputType::f32) constants.lo = constants.hi = nullptr;
  GuardedBuffer staging(static_cast<std::size_t>(kernels::staging_elements(c.problem)) * sizeof(std::int16_t),
                        side, 2);
  use(constants, staging.as<std::int16_t>());
}

void pack_guarded(const kernels::LinearPacking& kernel, const LinearCase& c, GuardSide side, bool odd,
                  GuardedBuffer& packed) {
  with_constants(c, side, odd, [&](const kernels::LinearConstants& constants, std::int16_t* staging) {
    kernel.pack(c.problem, constants, staging, packed.data());
  });
}

/// The work items cut at random places, in random order.
std::vector<std::pair<std::int64_t, std::int64_t>> random_split(std::int64_t items, Random& random) {
  std::vector<std::pair<std::int64_t, std::int64_t>> pieces;
  const std::int64_t most = random.one_in(3) ? items : std::max<std::int64_t>(1, items / 3);
  for (std::int64_t begin = 0; begin < items;) {
    const std::int64_t end = std::min<std::int64_t>(items, begin + random.in(1, most));
    pieces.emplace_back(begin, end);
    begin = end;
  }
  for (std::size_t i = pieces.size(); i > 1; --i) {
    std::swap(pieces[i - 1],
              pieces[static_cast<std::size_t>(random.in(0, static_cast<std::int64_t>(i) - 1))]);
  }
  return pieces;
}

}  // namespace

kernels::LinearRegistry linear_registry(LinearOperator op) {
  switch (op) {
    case LinearOperator::conv:
      return kernels::conv_kernels();
    case LinearOperator::depthwise:
      return kernels::depthwise_kernels();
    case LinearOperator::fully_connected:
      return kernels::fully_connected_kernels();
  }
  return {};
}

std::vector<const LinearKernel*> runnable_kernels(kernels::LinearRegistry registry) {
  std::vector<const LinearKernel*> runnable;
  for (std::size_t i = 0; i < registry.count; ++i) {
    const LinearKernel& kernel = registry.kernels[i];
    if (kernels::isa_available(kernel.isa, kernels::cpu_features())) runnable.push_back(&kernel);
  }
  return runnable;
}

std::vector<std::uint8_t> expected_output(const LinearCase& c) {
  const LinearProblem& p = c.problem;
  std::vector<std::uint8_t> bytes(output_bytes(p));
  for (std::int64_t pixel = 0; pixel < p.out_pixels(); ++pixel) {
    for (std::int32_t channel = 0; channel < p.out_c; ++channel) {
      const std::size_t ch = static_cast<std::size_t>(channel);
      const std::size_t at = static_cast<std::size_t>(pixel * p.out_c + channel);
      const std::int64_t v =
          expected_sum(c, pixel, channel) * (std::int64_t{1} << p.fraction_bits) + c.bias[ch];
      const float scaled = static_cast<float>(static_cast<std::int32_t>(v)) * c.multiplier[ch];
      if (p.output == OutputType::f32) {
        std::memcpy(bytes.data() + at * sizeof(float), &scaled, sizeof(float));
        continue;
      }
      const double y = std::nearbyint(static_cast<double>(scaled)) + p.zero_point;
      const double clamped = std::min<double>(std::max<double>(y, c.lo[ch]), c.hi[ch]);
      bytes[at] = static_cast<std::uint8_t>(static_cast<std::int8_t>(clamped));
    }
  }
  return bytes;
}

std::vector<std::uint8_t> guarded_output(const LinearKernel& kernel, const LinearCase& c, GuardSide side,
                                         Random& random, bool* overrun) {
  const LinearProblem& p = c.problem;
  GuardedBuffer packed(kernel.packed_size(p), side, 64);
  pack_guarded(kernel, c, side, random.one_in(2), packed);
  packed.make_read_only();
  const GuardedCopy input(c.input, side, false);
  GuardedBuffer output(output_bytes(p), side);
  GuardedBuffer scratch(kernel.scratch_size(p), side, 64);
  for (const auto& [begin, end] : random_split(kernel.work_items(p), random)) {
    if (scratch.size() != 0) std::memset(scratch.data(), random.in(0, 255), scratch.size());
    kernel.run({&p, packed.data(), input.as<std::int8_t>(), output.data(), scratch.data(), begin, end});
  }
  *overrun = !packed.slack_intact() || !output.slack_intact() || !scratch.slack_intact();
  return {output.data(), output.data() + output.size()};
}

namespace {

/// matches() takes what pack() wrote, and nothing that differs in a bit: tried in some bytes, the first and
/// the last ones among them.
void check_matches(const kernels::LinearPacking& kernel, const LinearCase& c, GuardedBuffer& packed) {
  GuardedBuffer spare(packed.size(), GuardSide::back, 64);
  with_constants(c, GuardSide::front, true,
                 [&](const kernels::LinearConstants& constants, std::int16_t* staging) {
                   const auto matches = [&] {
                     return kernel.matches(c.problem, constants, staging, spare.data(), packed.data());
                   };
                   if (!matches())
                     FAIL_CHECK(kernel.name << ": does not know what it packs: " << c.describe());
                   const std::size_t step = packed.size() / 40 + 1;
                   for (std::size_t i = 0; i < packed.size() + step; i += step) {
                     const std::size_t at = std::min(i, packed.size() - 1);
                     packed.data()[at] ^= static_cast<std::uint8_t>(1u << at % 8);
                     if (matches())
                       FAIL_CHECK(kernel.name << ": overlooks byte " << at << ": " << c.describe());
                     packed.data()[at] ^= static_cast<std::uint8_t>(1u << at % 8);
                   }
                 });
}

/// The same bytes, all of them, whether the largest sum of weights is known or not.
void check_packing(const kernels::LinearPacking& packing, const LinearCase& c) {
  if (!packing.supports(c.problem)) return;
  GuardedBuffer packed(packing.packed_size(c.problem), GuardSide::back, 64);
  GuardedBuffer again(packed.size(), GuardSide::back, 64);
  std::memset(packed.data(), 0x11, packed.size());
  std::memset(again.data(), 0xee, again.size());
  LinearCase of_unknown_sums = c;
  of_unknown_sums.problem.weight_sum = kernels::LinearProblem{}.weight_sum;
  pack_guarded(packing, c, GuardSide::back, false, packed);
  pack_guarded(packing, of_unknown_sums, GuardSide::front, true, again);
  if (std::memcmp(packed.data(), again.data(), packed.size()) != 0)
    FAIL_CHECK(packing.name << ": packed otherwise: " << c.describe());
  check_matches(packing, c, packed);
}

}  // namespace

void sweep_packings(LinearOperator op, std::uint64_t first_seed, int count) {
  const kernels::LinearRegistry registry = linear_registry(op);
  for (std::uint64_t seed = first_seed; seed < first_seed + static_cast<std::uint64_t>(count); ++seed) {
    Random random(seed);
    const LinearCase c = make_case(random_problem(op, random), random);
    for (std::size_t i = 0; i < registry.packing_count; ++i) check_packing(registry.packings[i], c);
  }
}

void check_kernels(const std::vector<const LinearKernel*>& kernels, const LinearCase& c, Random& random,
                   const std::string& what) {
  const std::vector<std::uint8_t> expected = expected_output(c);
  for (const LinearKernel* kernel : kernels) {
    if (!kernel->supports(c.problem)) continue;
    const GuardSide side = random.one_in(2) ? GuardSide::front : GuardSide::back;
    bool overrun = false;
    const std::vector<std::uint8_t> actual = guarded_output(*kernel, c, side, random, &overrun);
    if (actual == expected && !overrun) continue;
    FAIL_CHECK(kernel->name << ", " << what << (overrun ? ": wrote outside its buffers: " : ": wrong bytes: ")
                            << c.describe());
  }
}

void sweep(LinearOperator op, std::uint64_t first_seed, int count) {
  const std::vector<const LinearKernel*> kernels = runnable_kernels(linear_registry(op));
  for (std::uint64_t seed = first_seed; seed < first_seed + static_cast<std::uint64_t>(count); ++seed) {
    Random random(seed);
    const LinearCase c = make_case(random_problem(op, random), random);
    check_kernels(kernels, c, random, "seed " + std::to_string(seed));
  }
}

}  // namespace bulwark::test
