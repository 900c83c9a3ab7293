// SPDX-License-Identifier: Apache-2.0
// Every kernel of every linear registry against the specification.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <set>
#include <string>

#include "kernels/common/cpu.h"
#include "tests/kernels/linear_sweep.h"

namespace bulwark::test {
namespace {

using kernels::CoreClass;
using kernels::Isa;
using kernels::LinearKernel;
using kernels::LinearProblem;
using kernels::LinearRegistry;

TEST_CASE("Convolution kernels give the bytes of the specification", "[linear]") {
  sweep(LinearOperator::conv, 1000000, test_budget(600, 20));
}

TEST_CASE("Depthwise kernels give the bytes of the specification", "[linear]") {
  sweep(LinearOperator::depthwise, 2000000, test_budget(400, 20));
}

TEST_CASE("Fully connected kernels give the bytes of the specification", "[linear]") {
  sweep(LinearOperator::fully_connected, 3000000, test_budget(400, 20));
}

/// A product [m x k] * [k x n] as a 1x1 convolution over m pixels, or as a fully connected operator of m
/// rows.
LinearProblem matrix_product(LinearOperator op, std::int32_t m, std::int32_t n, std::int32_t k) {
  LinearProblem p;
  (op == LinearOperator::conv ? p.in_w : p.batch) = m;
  if (op == LinearOperator::conv) p.out_w = m;
  p.in_c = k;
  p.out_c = n;
  return p;
}

TEST_CASE("Each size of a tile and its remainders gives the bytes of the specification", "[linear]") {
  const LinearOperator op = GENERATE(LinearOperator::conv, LinearOperator::fully_connected);
  const auto kernels = runnable_kernels(linear_registry(op));
  const int step = test_budget(1, 3) == 1 ? 5 : 1;
  Random random(77);
  int next = 0;
  for (std::int32_t m = 1; m <= 17; ++m) {
    for (std::int32_t n = 1; n <= 33; ++n) {
      for (std::int32_t k = 1; k <= 35; k += 1 + (next++ % 3)) {
        if ((m * 7 + n * 3 + k) % step != 0) continue;
        const LinearCase c = make_case(matrix_product(op, m, n, k), random);
        check_kernels(kernels, c, random,
                      "m " + std::to_string(m) + " n " + std::to_string(n) + " k " + std::to_string(k));
      }
    }
  }
}

TEST_CASE("Each number of rows, columns and channels of a depthwise 3x3 gives the bytes of the specification",
          "[linear]") {
  const auto kernels = runnable_kernels(kernels::depthwise_kernels());
  Random random(76);
  for (std::int32_t rows = 1; rows <= 21; ++rows) {
    for (std::int32_t columns = 1; columns <= 9; columns += 1 + random.in(0, 1)) {
      LinearProblem p;
      p.kernel_h = p.kernel_w = 3;
      p.stride_h = p.stride_w = random.pick({1, 1, 2});
      p.pad_top = random.in(0, 2);
      p.pad_left = random.in(0, 2);
      p.out_h = rows;
      p.out_w = columns;
      // The padding at the bottom and on the right may be wider than the window.
      p.in_h = std::max(1, (rows - 1) * p.stride_h + 3 - p.pad_top - random.in(0, 3));
      p.in_w = std::max(1, (columns - 1) * p.stride_w + 3 - p.pad_left - random.in(0, 3));
      p.in_c = p.groups = random.pick({1, 8, 16, 24, 32, 48, 64, 72, 96, 130});
      p.out_c = p.in_c * random.pick({1, 1, 1, 2});
      p.batch = random.pick({1, 1, 2});
      p.zero_point = random.pick({-128, -3, 0, 4});
      p.pad_value = random.in(-128, 127);
      p.fraction_bits = random.pick({0, 0, 1, 6, 13});
      p.weight_format = random.pick({kernels::WeightFormat::s8, kernels::WeightFormat::s4});
      LinearCase c = make_case(p, Fill::symmetric, Fill::any, random);
      // Constants of usual size, then extreme ones; clamps of channels, of no channel.
      for (std::size_t i = 0; columns % 3 != 0 && i < c.multiplier.size(); ++i) {
        const std::int32_t unit = 1 << c.problem.fraction_bits;
        c.bias[i] = random.in(-20000, 20000) * unit + random.in(0, unit - 1);
        c.multiplier[i] = 1.0f / static_cast<float>(unit * random.pick({64, 512, random.in(64, 2000)}));
      }
      if (random.one_in(2)) {
        std::fill(c.lo.begin(), c.lo.end(), std::int8_t{-128});
        std::fill(c.hi.begin(), c.hi.end(), std::int8_t{127});
      }
      check_kernels(kernels, c, random,
                    std::to_string(rows) + " rows, " + std::to_string(columns) + " columns");
    }
  }
}

/// Problems with many taps of one operator, so that sums in narrow lanes would overflow if they were widened
/// a product too late.
LinearProblem many_taps(LinearOperator op, std::int32_t taps) {
  if (op != LinearOperator::depthwise) return matrix_product(op, 4, 4, taps);
  LinearProblem p;
  p.in_c = p.out_c = p.groups = 16;
  p.kernel_h = p.in_h = taps > 30 ? 5 : 3;
  p.kernel_w = p.in_w = p.kernel_h;
  return p;
}

TEST_CASE("Sums of the largest products are exact", "[linear]") {
  using kernels::WeightFormat;
  const LinearOperator op =
      GENERATE(LinearOperator::conv, LinearOperator::depthwise, LinearOperator::fully_connected);
  const auto kernels = runnable_kernels(linear_registry(op));
  Random random(78);
  for (const WeightFormat format : {WeightFormat::s8, WeightFormat::s4, WeightFormat::s3, WeightFormat::s2,
                                    WeightFormat::ternary, WeightFormat::s9}) {
    for (const int bits : {8, 5, 4, 2}) {
      for (const std::int32_t taps : {25, 241, 256, 500, 1024, 2063}) {
        for (const Fill weights : {Fill::lowest, Fill::highest, Fill::symmetric}) {
          LinearProblem p = many_taps(op, taps);
          p.weight_format = format;
          p.in_lo = -(1 << (bits - 1));
          p.in_hi = -p.in_lo - 1;
          check_kernels(kernels, make_case(p, weights, Fill::lowest, random), random, "lowest inputs");
          check_kernels(kernels, make_case(p, weights, Fill::highest, random), random, "highest inputs");
        }
      }
    }
  }
}

TEST_CASE("Sums of narrow products are exact up to the depth that 16 bits hold", "[linear]") {
  using kernels::WeightFormat;
  const auto kernels = runnable_kernels(kernels::conv_kernels());
  Random random(82);
  for (const WeightFormat format : {WeightFormat::s2, WeightFormat::ternary}) {
    for (const std::int32_t levels : {16, 4}) {
      for (const std::int32_t taps : {2047, 2048, 4096}) {
        for (const Fill inputs : {Fill::lowest, Fill::highest}) {
          LinearProblem p = matrix_product(LinearOperator::conv, 5, 17, taps);
          p.weight_format = format;
          p.in_lo = random.pick({-128, -8, 0, 112});
          p.in_hi = p.in_lo + levels - 1;
          const Fill weights = random.pick({Fill::lowest, Fill::highest});
          check_kernels(kernels, make_case(p, weights, inputs, random), random, std::to_string(taps));
        }
      }
    }
  }
}

TEST_CASE("Narrow ranges anywhere in 8 bits, padding included, are exact", "[linear]") {
  using kernels::WeightFormat;
  const auto kernels = runnable_kernels(kernels::conv_kernels());
  Random random(79);
  struct Range {
    std::int32_t lo, hi;
  };
  for (const WeightFormat format :
       {WeightFormat::s4, WeightFormat::s3, WeightFormat::s2, WeightFormat::ternary}) {
    for (const Range range : {Range{0, 15}, {112, 127}, {-128, -113}, {-3, 28}, {124, 127}, {-128, -125}}) {
      for (const Fill weights : {Fill::any, Fill::lowest, Fill::highest, Fill::ends}) {
        LinearProblem p;
        p.in_h = p.in_w = p.out_h = p.out_w = 3;
        p.kernel_h = p.kernel_w = 3;
        p.pad_top = p.pad_left = 1;
        p.in_c = random.pick({1, 3, 16, 29});
        p.out_c = random.pick({13, 16, 32, 47});
        p.weight_format = format;
        p.in_lo = range.lo;
        p.in_hi = range.hi;
        p.fraction_bits = random.pick({0, 3});
        p.pad_value = random.pick({range.lo, range.hi});
        check_kernels(kernels,
                      make_case(p, weights, random.pick({Fill::lowest, Fill::highest, Fill::ends}), random),
                      random, "range " + std::to_string(range.lo));
      }
    }
  }
}

TEST_CASE("Outputs of few levels give the bytes of the specification", "[linear]") {
  using kernels::WeightFormat;
  const auto kernels = runnable_kernels(kernels::conv_kernels());
  Random random(81);
  for (const WeightFormat format :
       {WeightFormat::s4, WeightFormat::s3, WeightFormat::s2, WeightFormat::ternary}) {
    for (const int bits : {1, 2, 4, 6}) {
      for (const std::int32_t depth : {3, 17, 33, 70, 160}) {
        const std::int32_t pixels = random.in(1, 11), channels = random.pick({8, 12, 16, 31, 48});
        LinearProblem p = matrix_product(LinearOperator::conv, pixels, channels, depth);
        p.weight_format = format;
        p.output = kernels::OutputType::s8;
        p.in_lo = p.pad_value = -128;
        p.in_hi = -128 + (random.one_in(2) ? 3 : 15);
        p.zero_point = random.pick({-128, 0, 3});
        LinearCase c = make_case(p, Fill::any, random.pick({Fill::any, Fill::ends, Fill::highest}), random);
        for (std::size_t i = 0; i < c.multiplier.size(); ++i) {
          c.lo[i] = static_cast<std::int8_t>(p.zero_point);
          c.hi[i] = static_cast<std::int8_t>(p.zero_point + (1 << bits) - 1);
          c.bias[i] = random.in(-400, 400);
          for (std::int32_t k = 0; k < depth; ++k)
            c.bias[i] += 120 * c.weights[i * static_cast<std::size_t>(depth) + static_cast<std::size_t>(k)];
          c.multiplier[i] = static_cast<float>(1 << bits) / static_cast<float>(random.in(50, 400));
        }
        check_kernels(kernels, c, random, std::to_string(bits) + " bits of " + std::to_string(depth));
      }
    }
  }
}

/// A product whose first row of inputs brings every channel's sum to `largest`, its second row to the least
/// one.
LinearCase with_largest_sum(std::int32_t channels, std::int32_t depth, std::int32_t largest,
                            std::int32_t fraction_bits, Random& random) {
  LinearCase c =
      make_case(matrix_product(LinearOperator::conv, 7, channels, depth), Fill::highest, Fill::any, random);
  c.problem.fraction_bits = fraction_bits;
  c.problem.output = kernels::OutputType::s8;
  std::fill_n(c.input.begin(), depth, static_cast<std::int8_t>(127));
  std::fill_n(c.input.begin() + depth, depth, static_cast<std::int8_t>(-128));
  std::fill(c.bias.begin(), c.bias.end(), largest - (depth * 127 * 127 << fraction_bits));
  return c;
}

TEST_CASE("Sums around the limits of quicker output stages give the bytes of the specification", "[linear]") {
  const auto kernels = runnable_kernels(kernels::conv_kernels());
  Random random(80);
  for (const std::int32_t largest : {5000, (1 << 22) - 1, 1 << 22, 1 << 23, (1 << 24) + 1}) {
    for (const double most : {40.0, 300.0, 31999.0, 33000.0, 70000.0}) {
      for (const std::int32_t zero_point : {-128, -7, 0, 127}) {
        for (const bool clamped : {false, true}) {
          LinearCase c = with_largest_sum(random.pick({8, 16, 24, 40}), random.pick({4, 20, 32}), largest,
                                          random.pick({0, 0, 3, 5}), random);
          c.problem.zero_point = zero_point;
          const auto any = static_cast<float>(most / largest);
          // Powers of two make ties.
          for (float& m : c.multiplier) m = random.one_in(2) ? any : std::exp2(std::round(std::log2(any)));
          std::fill(c.lo.begin(), c.lo.end(), static_cast<std::int8_t>(clamped ? -100 : -128));
          std::fill(c.hi.begin(), c.hi.end(), static_cast<std::int8_t>(clamped ? 9 : 127));
          check_kernels(kernels, c, random, "largest sum " + std::to_string(largest));
        }
      }
    }
  }
}

TEST_CASE("Every build packs for the kernels of every ARM processor", "[linear]") {
  const LinearOperator op =
      GENERATE(LinearOperator::conv, LinearOperator::depthwise, LinearOperator::fully_connected);
  const LinearRegistry registry = linear_registry(op);
  for (const auto& [name, isa] :
       {std::pair("armv7", "neon"), {"neon", "neon"}, {"dotprod", "dotprod"}, {"i8mm", "i8mm"}}) {
    kernels::PackTarget target;
    REQUIRE(kernels::parse_pack_target(name, &target));
    int packings = 0;
    for (std::size_t i = 0; i < registry.packing_count; ++i) {
      const kernels::LinearPacking& packing = registry.packings[i];
      if (packing.isa == target.path && (packing.processors & target.processor) != 0) ++packings;
    }
    CAPTURE(name);
    CHECK(std::string(kernels::isa_name(target.path)) == isa);
    // Depthwise convolutions have no kernels for i8mm alone: they take those of dotprod.
    CHECK((packings > 0) == (op != LinearOperator::depthwise || target.path != Isa::i8mm));
  }
  kernels::PackTarget target;
  for (const char* name : {"", "reference", "sse", "NEON"})
    CHECK_FALSE(kernels::parse_pack_target(name, &target));
}

TEST_CASE("Packing writes every byte, always the same, and knows its own", "[linear]") {
  const LinearOperator op =
      GENERATE(LinearOperator::conv, LinearOperator::depthwise, LinearOperator::fully_connected);
  sweep_packings(op, 9000, test_budget(120, 20));
}

TEST_CASE("The last kernel of a registry is a reference that supports every problem", "[linear]") {
  const LinearOperator op =
      GENERATE(LinearOperator::conv, LinearOperator::depthwise, LinearOperator::fully_connected);
  const LinearRegistry registry = linear_registry(op);
  REQUIRE(registry.count > 0);
  const LinearKernel& last = registry.kernels[registry.count - 1];
  CHECK(last.isa == Isa::reference);
  Random random(5);
  for (int i = 0; i < 200; ++i) CHECK(last.supports(make_case(random_problem(op, random), random).problem));
}

TEST_CASE("Kernel names are unique and end in their instruction set", "[linear]") {
  const LinearOperator op =
      GENERATE(LinearOperator::conv, LinearOperator::depthwise, LinearOperator::fully_connected);
  const LinearRegistry registry = linear_registry(op);
  std::set<std::string> names;
  for (std::size_t i = 0; i < registry.count; ++i) {
    const std::string name = registry.kernels[i].name;
    CHECK(names.insert(name).second);
    CHECK(name.find(std::string("_") + kernels::isa_name(registry.kernels[i].isa)) != std::string::npos);
  }
}

TEST_CASE("Each path selects a kernel of its family or of a fallback", "[linear]") {
  const LinearOperator op =
      GENERATE(LinearOperator::conv, LinearOperator::depthwise, LinearOperator::fully_connected);
  Random random(6);
  for (int i = 0; i < 100; ++i) {
    const LinearProblem problem = make_case(random_problem(op, random), random).problem;
    for (Isa path : {Isa::reference, Isa::neon, Isa::dotprod, Isa::i8mm, Isa::avx2, Isa::vnni}) {
      const LinearKernel& kernel =
          select_linear_kernel(linear_registry(op), problem, path, CoreClass::unknown);
      CHECK(kernel.supports(problem));
      Isa isa = path;
      while (isa != kernel.isa && isa != Isa::reference) isa = kernels::fallback_isa(isa);
      CHECK(isa == kernel.isa);
    }
  }
}

bool yes(const LinearProblem&) { return true; }
bool no(const LinearProblem&) { return false; }

LinearKernel named(const char* name, Isa isa, CoreClass core, bool (*supports)(const LinearProblem&),
                   bool (*suits)(const LinearProblem&, CoreClass) = nullptr) {
  return {{name, isa, kernels::processors::reference, core, suits, supports, nullptr, nullptr, nullptr},
          nullptr,
          nullptr,
          nullptr};
}

bool four_bits(const LinearProblem& p) { return p.in_hi <= 7; }
bool large(const LinearProblem& p, CoreClass core) { return core == CoreClass::in_order || p.out_c >= 16; }

TEST_CASE("The first kernel that suits the core wins, one that does not comes last", "[linear]") {
  const LinearKernel table[] = {named("never", Isa::neon, CoreClass::in_order, no),
                                named("narrow", Isa::neon, CoreClass::unknown, four_bits, large),
                                named("chain", Isa::neon, CoreClass::in_order, four_bits),
                                named("out", Isa::neon, CoreClass::out_of_order, yes),
                                named("any", Isa::neon, CoreClass::unknown, yes),
                                named("other", Isa::avx2, CoreClass::out_of_order, yes),
                                named("last", Isa::reference, CoreClass::unknown, yes)};
  const LinearRegistry registry{table, 7, nullptr, 0};
  LinearProblem bytes, nibbles;
  nibbles.in_lo = -8, nibbles.in_hi = 7;
  const auto chosen = [&](const LinearProblem& p, Isa path, CoreClass core) {
    return std::string(select_linear_kernel(registry, p, path, core).name);
  };
  CHECK(chosen(bytes, Isa::neon, CoreClass::out_of_order) == "out");
  CHECK(chosen(bytes, Isa::neon, CoreClass::in_order) == "any");
  CHECK(chosen(bytes, Isa::i8mm, CoreClass::unknown) == "any");
  CHECK(chosen(bytes, Isa::avx2, CoreClass::in_order) == "other");
  CHECK(chosen(bytes, Isa::reference, CoreClass::out_of_order) == "last");
  CHECK(chosen(nibbles, Isa::neon, CoreClass::in_order) == "narrow");
  CHECK(chosen(nibbles, Isa::neon, CoreClass::unknown) == "narrow");
  CHECK(chosen(nibbles, Isa::neon, CoreClass::out_of_order) == "out");
  CHECK(kernels::passed_over_kernel(registry, nibbles, table[3]) == table + 1);
  CHECK(kernels::passed_over_kernel(registry, nibbles, table[1]) == nullptr);  // takes no 8 bits
  CHECK(kernels::passed_over_kernel(registry, bytes, table[3]) == nullptr);
  nibbles.out_c = 16;
  CHECK(chosen(nibbles, Isa::neon, CoreClass::out_of_order) == "narrow");
}

/// A kernel's name on each class of cores, for the 64-bit packings that every build has.
std::string convolution(CoreClass core, LinearProblem p, std::int32_t weight_bits, int input_bits) {
  p.weight_hi = (1 << (weight_bits - 1)) - 1;
  p.weight_lo = -p.weight_hi - (weight_bits < 8);
  p.in_lo = -(1 << (input_bits - 1));
  p.in_hi = -p.in_lo - 1;
  const kernels::PackTarget neon{Isa::neon, kernels::processors::arm64};
  return select_linear_packing(kernels::conv_kernels(), p, neon, core)->name;
}

TEST_CASE("Fewer bits take another kernel only on cores where they save time", "[linear]") {
  constexpr auto kIn = CoreClass::in_order, kOut = CoreClass::out_of_order;
  const LinearProblem pointwise = matrix_product(LinearOperator::conv, 196, 64, 64);
  CHECK(convolution(kIn, pointwise, 2, 4) == "conv_s4_s2_4x16_neon");
  CHECK(convolution(kOut, pointwise, 2, 4) == "conv_lookup_s4_s2_4x16_neon");
  CHECK(convolution(kOut, pointwise, 2, 2) == "conv_lookup_s4_s2_4x16_neon");
  CHECK(convolution(kIn, pointwise, 4, 8) == "conv_s8_s4_4x16_neon");
  CHECK(convolution(kOut, pointwise, 4, 8) == "conv_s8_s8_4x16_neon");
  CHECK(convolution(kOut, pointwise, 2, 8) == "conv_s8_s8_4x16_neon");
  CHECK(convolution(kIn, pointwise, 4, 4) == "conv_s4_s4_4x16_neon");
  CHECK(convolution(kOut, pointwise, 4, 4) == "conv_s4_s4_4x16_neon");
  LinearProblem window;  // a convolution of 3x3
  window.kernel_h = window.kernel_w = 3;
  window.pad_top = window.pad_left = 1;
  window.in_h = window.in_w = window.out_h = window.out_w = 28;
  window.in_c = window.out_c = 32;
  CHECK(convolution(kIn, window, 2, 4) == "conv_winograd_s8_any_4x4_neon");
  CHECK(convolution(kOut, window, 2, 4) == "conv_winograd_s8_any_4x4_neon");
  window.in_h = window.in_w = window.out_h = window.out_w = 14;
  CHECK(convolution(kOut, window, 2, 4) == "conv_lookup_s4_s2_4x16_neon");
  const LinearProblem part_tiles = matrix_product(LinearOperator::conv, 49, 24, 64);
  CHECK(convolution(kIn, part_tiles, 4, 4) == "conv_s4_s4_4x16_neon");
  CHECK(convolution(kOut, part_tiles, 4, 4) == "conv_s8_s8_4x16_neon");
}

}  // namespace
}  // namespace bulwark::test
