// SPDX-License-Identifier: Apache-2.0
#include "kernels/xnnpack/xnnpack_linear.h"

#include <memory>

#include "tests/kernels/float_problems.h"

namespace bulwark::test {
namespace {

struct Destroy {
  void operator()(kernels::XnnpackLinear* linear) const { kernels::xnnpack_linear_destroy(linear); }
};
using Handle = std::unique_ptr<kernels::XnnpackLinear, Destroy>;

Handle create(const FloatLinear& linear) {
  return Handle(kernels::xnnpack_linear_create(linear.problem, linear.weights.data(), linear.bias.data(),
                                               linear.lo, linear.hi));
}

bool skip() {
  if (kernels::xnnpack_built()) return false;
  WARN("skipped: this build has no XNNPACK");
  return true;
}

}  // namespace

TEST_CASE("XNNPACK and the portable twin agree on every kind of float layer") {
  if (skip()) return;
  Random random(91);
  for (const LinearKind kind :
       {LinearKind::dense, LinearKind::grouped, LinearKind::depthwise, LinearKind::fully_connected}) {
    for (int i = 0; i < cases(60, 1000); ++i) {
      const FloatLinear linear = random_float_linear(random, kind);
      std::vector<float> extended = linear.input;
      extended.resize(extended.size() + kernels::kXnnpackExtraBytes / sizeof(float), 1e30f);
      Input<float> input(extended, GuardSide::back);
      Output<float> output(linear.outputs(), GuardSide::back);
      const Handle handle = create(linear);
      REQUIRE(handle != nullptr);
      REQUIRE(kernels::xnnpack_linear_setup(handle.get(), linear.problem, input.data(), output.data()));
      for (int run = 0; run < 2; ++run) {
        kernels::xnnpack_linear_run(handle.get());
        REQUIRE(output.slack_intact());
        REQUIRE(worst_error(linear, output.values()) < 1e-5);
      }
    }
  }
}

TEST_CASE("XNNPACK leaves an empty range to the portable twin") {
  Random random(92);
  FloatLinear linear = random_float_linear(random, LinearKind::dense);
  linear.lo = linear.hi = 1;
  REQUIRE(create(linear) == nullptr);
  linear.lo = std::numeric_limits<float>::quiet_NaN();
  REQUIRE(create(linear) == nullptr);
}

TEST_CASE("Without XNNPACK no operator can be created") {
  if (kernels::xnnpack_built()) return;
  Random random(93);
  REQUIRE(create(random_float_linear(random, LinearKind::dense)) == nullptr);
}

}  // namespace bulwark::test
