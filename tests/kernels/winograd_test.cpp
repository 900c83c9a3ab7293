// SPDX-License-Identifier: Apache-2.0
// Winograd's transform over shapes for which it is chosen.
#include <algorithm>
#include <catch2/catch.hpp>
#include <string>

#include "tests/kernels/linear_sweep.h"

namespace bulwark::test {
namespace {

using kernels::LinearKernel;
using kernels::LinearProblem;

/// Whole and part tiles of 4x4 outputs, as Winograd's transform cuts them, with enough channels for it to
/// pay.
LinearProblem tiled_3x3(Random& random) {
  LinearProblem p;
  p.kernel_h = p.kernel_w = 3;
  p.batch = random.pick({1, 1, 1, 2, 3});
  p.out_h = random.pick({3, 4, 7, 8, 9, 11});
  p.out_w = random.pick({3, 4, 7, 8, 9, 13});
  p.pad_top = random.in(0, 2);
  p.pad_left = random.in(0, random.one_in(6) ? 9 : 2);
  // Up to two rows and columns of padding behind the input, or an input that goes on behind the output.
  p.in_h = std::max(1, p.out_h + 2 - p.pad_top - random.in(-2, 2));
  p.in_w = std::max(1, p.out_w + 2 - p.pad_left - random.in(-2, 2));
  p.in_c = random.pick({8, 13, 16, 17, 24, 31, 40});
  p.out_c = random.pick({16, 16, 32, 13, 15, 23, 24, 29, 47});
  p.weight_format =
      random.pick({kernels::WeightFormat::s8, kernels::WeightFormat::s8, kernels::WeightFormat::s4,
                   kernels::WeightFormat::ternary, kernels::WeightFormat::s9});
  p.output = random.one_in(4) ? kernels::OutputType::f32 : kernels::OutputType::s8;
  p.pad_value = random.pick({-128, 127, random.in(-128, 127)});
  p.zero_point = random.pick({-128, 0, 127});
  p.fraction_bits = random.one_in(3) ? random.in(1, 6) : 0;
  return p;
}

/// The kernels of Winograd's transform that this processor runs.
std::vector<const LinearKernel*> winograd_kernels() {
  auto kernels = runnable_kernels(kernels::conv_kernels());
  std::erase_if(kernels, [](const LinearKernel* kernel) {
    return std::string(kernel->name).find("winograd") == std::string::npos;
  });
  return kernels;
}

TEST_CASE("Winograd's transform gives the bytes of the specification over whole and part tiles", "[linear]") {
  const auto kernels = winograd_kernels();
  if (kernels.empty()) return;
  Random random(80);
  int refused = 0;
  for (int i = 0; i < test_budget(60, 20); ++i) {
    LinearProblem problem = tiled_3x3(random);
    while (!kernels[0]->supports(problem)) {
      REQUIRE(++refused < 10000);
      problem = tiled_3x3(random);
    }
    check_kernels(kernels, make_case(problem, random), random, "case " + std::to_string(i));
  }
}

TEST_CASE("Winograd's transform is exact for the largest sums, in parts where they need it", "[linear]") {
  const auto kernels = winograd_kernels();
  if (kernels.empty()) return;
  Random random(81);
  for (const auto format : {kernels::WeightFormat::s8, kernels::WeightFormat::s9}) {
    LinearProblem p = tiled_3x3(random);
    p.batch = 1;
    p.in_h = p.in_w = p.out_h = p.out_w = 4;
    p.pad_top = p.pad_left = 1;
    p.out_c = 16;
    p.weight_format = format;
    p.fraction_bits = 0;
    p.pad_value = -128;
    for (const std::int32_t channels : {8, 113, 227, 228, 257}) {
      p.in_c = channels;
      for (const Fill weights : {Fill::lowest, Fill::highest, Fill::ends}) {
        for (const Fill input : {Fill::lowest, Fill::highest, Fill::ends}) {
          const LinearCase c = make_case(p, weights, input, random);
          check_kernels(kernels, c, random, std::to_string(channels) + " channels");
        }
      }
    }
  }
}

}  // namespace
}  // namespace bulwark::test
