// SPDX-License-Identifier: Apache-2.0
#include <regex>
#include <set>

#include "tests/kernels/sweep.h"

namespace bulwark::test {
namespace {

template <typename Call>
Call empty_call(kernels::Registry<Call>) {
  return {};
}

/// Calls test(operator name, registry) for each family.
template <typename Test>
void for_each_family(Test test) {
  test("add", kernels::add_kernels());
  test("requantize", kernels::requantize_kernels());
  test("quantize", kernels::quantize_kernels());
  test("dequantize", kernels::dequantize_kernels());
  test("clip", kernels::clip_kernels());
  test("max_pool", kernels::max_pool_kernels());
  test("average_pool", kernels::average_pool_kernels());
  test("softmax", kernels::softmax_kernels());
  test("log_softmax", kernels::log_softmax_kernels());
  test("mul", kernels::mul_kernels());
  test("extreme", kernels::extreme_kernels());
  test("prelu", kernels::prelu_kernels());
  test("lookup", kernels::lookup_kernels());
  test("reduce", kernels::reduce_kernels());
  test("resize", kernels::resize_kernels());
  test("quantize", kernels::quantize_wide_kernels());
  test("add", kernels::add_wide_kernels());
  test("mul", kernels::mul_wide_kernels());
  test("lookup", kernels::lookup_wide_kernels());
  test("time_filter", kernels::time_filter_kernels());
}

constexpr kernels::Isa kAll[] = {kernels::Isa::reference, kernels::Isa::neon, kernels::Isa::dotprod,
                                 kernels::Isa::i8mm,      kernels::Isa::avx2, kernels::Isa::vnni};

}  // namespace

TEST_CASE("Kernel names say operator, types, tile and instruction set") {
  std::set<std::string> names;
  for_each_family([&](const std::string& op, auto registry) {
    for (std::size_t i = 0; i < registry.count; ++i) {
      const auto& kernel = registry.kernels[i];
      const std::string isa = kernels::isa_name(kernel.isa);
      INFO(kernel.name);
      REQUIRE(std::regex_match(kernel.name,
                               std::regex(op + "_(s8|x8|s16|f32)_(s8|x8|s16|any|f32)_[0-9]+x[0-9]+_" + isa)));
      REQUIRE(names.insert(kernel.name).second);
    }
  });
}

TEST_CASE("Every family ends with a reference kernel that supports every call") {
  for_each_family([](const std::string& op, auto registry) {
    INFO(op);
    REQUIRE(registry.count >= 1);
    REQUIRE(registry.kernels[registry.count - 1].isa == kernels::Isa::reference);
    REQUIRE(registry.kernels[registry.count - 1].supports(empty_call(registry)));
  });
}

TEST_CASE("Selection takes the path's own kernel, else its fallback's") {
  for_each_family([](const std::string& op, auto registry) {
    INFO(op);
    const auto call = empty_call(registry);
    for (const kernels::Isa path : kAll) {
      const auto& chosen = kernels::select_kernel(registry, call, path);
      kernels::Isa isa = path;
      const auto has = [&](kernels::Isa wanted) {
        for (std::size_t i = 0; i < registry.count; ++i) {
          if (registry.kernels[i].isa == wanted) return true;
        }
        return false;
      };
      while (!has(isa)) isa = kernels::fallback_isa(isa);
      REQUIRE(chosen.isa == isa);
    }
  });
}

}  // namespace bulwark::test
