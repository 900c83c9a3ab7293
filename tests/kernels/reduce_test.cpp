// SPDX-License-Identifier: Apache-2.0
#include "kernels/common/float_ops.h"
#include "tests/kernels/naive.h"
#include "tests/kernels/sweep.h"

namespace bulwark::test {
namespace {

using kernels::ReduceCall;
using kernels::ReduceProblem;
using kernels::Reduction;

/// [a, b, c, d]; the axes of `mask` (bit 0 is a) are reduced.
struct Case {
  std::int64_t shape[4];
  unsigned mask;

  std::int64_t elements() const { return shape[0] * shape[1] * shape[2] * shape[3]; }
  std::int64_t outputs() const {
    std::int64_t count = 1;
    for (unsigned i = 0; i < 4; ++i) count *= mask >> i & 1u ? 1 : shape[i];
    return count;
  }
  ReduceProblem problem() const {
    ReduceProblem p{};
    std::int64_t step = elements();
    for (unsigned i = 0; i < 4; ++i) {
      step /= shape[i];
      const bool gone = (mask >> i & 1u) != 0;
      (gone ? p.reduced_extent : p.kept_extent)[gone ? p.reduced_rank : p.kept_rank] = shape[i];
      (gone ? p.reduced_step : p.kept_step)[gone ? p.reduced_rank++ : p.kept_rank++] = step;
    }
    return p;
  }
  /// Index of the output that element i is part of.
  std::size_t target(std::int64_t i) const {
    std::int64_t index[4], out = 0;
    for (int a = 3; a >= 0; --a) {
      index[a] = i % shape[a];
      i /= shape[a];
    }
    for (unsigned a = 0; a < 4; ++a) {
      if ((mask >> a & 1u) == 0) out = out * shape[a] + index[a];
    }
    return static_cast<std::size_t>(out);
  }
};

std::vector<std::int8_t> naive_reduce(const Case& c, const ReduceCall& call,
                                      const std::vector<std::int8_t>& x) {
  std::vector<std::vector<std::int32_t>> parts(static_cast<std::size_t>(c.outputs()));
  for (std::int64_t i = 0; i < c.elements(); ++i)
    parts[c.target(i)].push_back(x[static_cast<std::size_t>(i)]);
  std::vector<std::int8_t> result;
  for (const std::vector<std::int32_t>& part : parts) {
    std::int64_t sum = 0;
    for (const std::int32_t v : part) sum += v - call.zero_point_in;
    std::int32_t y = naive_requantize(sum, call.multiplier, call.zero_point, call.lo, call.hi);
    if (call.reduction == Reduction::maximum) {
      y = std::min(std::max(*std::max_element(part.begin(), part.end()), call.lo), call.hi);
    } else if (call.reduction == Reduction::minimum) {
      y = std::min(std::max(*std::min_element(part.begin(), part.end()), call.lo), call.hi);
    }
    result.push_back(static_cast<std::int8_t>(y));
  }
  return result;
}

void check(Random& random, const Case& c, Reduction reduction) {
  const ReduceProblem problem = c.problem();
  const Range range = random_range(random, -128, 127);
  ReduceCall call{};
  call.problem = &problem;
  call.reduction = reduction;
  call.zero_point_in = random_int(random, -128, 127);
  call.multiplier =
      random_float(random, 0.5f, 1.5f) * static_cast<float>(c.outputs()) / static_cast<float>(c.elements());
  call.zero_point = random_int(random, -128, 127);
  call.lo = range.lo;
  call.hi = range.hi;
  const std::vector<std::int8_t> x =
      random_values<std::int8_t>(random, static_cast<std::size_t>(c.elements()), -128, 127);
  const std::vector<std::int8_t> expected = naive_reduce(c, call, x);
  const std::int64_t middle = c.outputs() / 3;  // a run may be cut into ranges of outputs
  for (const GuardSide side : kSides) {
    Input<std::int8_t> input(x, side);
    call.input = input.data();
    for_each_runnable(kernels::reduce_kernels(), [&](const auto& kernel) {
      if (!kernel.supports(call)) return;
      Output<std::int8_t> output(expected.size(), side);
      call.output = output.data();
      call.begin = 0, call.end = middle;
      kernel.run(call);
      call.begin = middle, call.end = c.outputs();
      kernel.run(call);
      REQUIRE(output.values() == expected);
      REQUIRE(output.slack_intact());
    });
  }
}

constexpr std::int64_t kShapes[][4] = {
    {2, 3, 5, 7}, {1, 1, 1, 1}, {4, 1, 17, 3}, {1, 33, 2, 16}, {3, 2, 1, 40}};

}  // namespace

TEST_CASE("Reductions equal their formulas over every set of axes") {
  Random random(71);
  for (const auto& s : kShapes) {
    for (unsigned mask = 1; mask < 16; ++mask) {
      for (const Reduction reduction : {Reduction::sum, Reduction::maximum, Reduction::minimum}) {
        INFO(s[0] << "," << s[1] << "," << s[2] << "," << s[3] << " axes " << mask);
        for (int i = 0; i < cases(1, 10); ++i) check(random, {{s[0], s[1], s[2], s[3]}, mask}, reduction);
      }
    }
  }
}

TEST_CASE("Float reductions sum up, scale and clamp") {
  const Case c{{1, 2, 3, 2}, 0b0100};
  const ReduceProblem problem = c.problem();
  const std::vector<float> x = {1, 2, 3, 4, 5, 6, -1, -2, -3, -4, -5, -60};
  std::vector<float> y(4);
  kernels::FloatReduceCall call{&problem, Reduction::sum, x.data(), y.data(), 0.5f, -30.0f, 100.0f, 0, 4};
  kernels::float_reduce(call);
  CHECK(y == std::vector<float>{4.5f, 6.0f, -4.5f, -30.0f});
  call.reduction = Reduction::maximum;
  kernels::float_reduce(call);
  CHECK(y == std::vector<float>{5, 6, -1, -2});
  call.reduction = Reduction::minimum;
  kernels::float_reduce(call);
  CHECK(y == std::vector<float>{1, 2, -5, -30});
}

}  // namespace bulwark::test
