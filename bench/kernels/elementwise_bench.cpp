// SPDX-License-Identifier: Apache-2.0
// Measures every kernel of the registries that are not linear, as far as this processor runs them, on one
// typical call per operator.
//
//   bulwark_elementwise_bench [--kernel NAME] [--markers]
//
// With --markers each kernel runs warm exactly once between two hint instructions that an emulator plugin
// recognizes.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "kernels/common/cpu.h"
#include "kernels/common/elementwise.h"
#include "kernels/common/interval.h"

namespace bulwark::bench {
namespace {

using namespace bulwark::kernels;

struct Options {
  std::string kernel;
  bool markers = false;
};

void marker([[maybe_unused]] bool begin) {
#ifdef __aarch64__
  if (begin) {
    __asm__ volatile("hint #100" ::: "memory");
  } else {
    __asm__ volatile("hint #101" ::: "memory");
  }
#endif
}

template <typename Run>
double median_ns(Run run) {
  using Clock = std::chrono::steady_clock;
  std::vector<double> times;
  const auto stop = Clock::now() + std::chrono::milliseconds(200);
  while (times.size() < 5 || (Clock::now() < stop && times.size() < 10000)) {
    const auto begin = Clock::now();
    run();
    times.push_back(std::chrono::duration<double, std::nano>(Clock::now() - begin).count());
  }
  std::nth_element(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2), times.end());
  return times[times.size() / 2];
}

/// `elements` are those the operator reads.
template <typename Call>
void measure(const Options& options, Registry<Call> registry, const Call& call, std::int64_t elements) {
  for (std::size_t i = 0; i < registry.count; ++i) {
    const Kernel<Call>& kernel = registry.kernels[i];
    if (!isa_available(kernel.isa, cpu_features()) || !kernel.supports(call)) continue;
    if (!options.kernel.empty() && options.kernel != kernel.name) continue;
    kernel.run(call);
    if (options.markers) {
      marker(true);
      kernel.run(call);
      marker(false);
      std::printf("%s elements %lld\n", kernel.name, static_cast<long long>(elements));
      continue;
    }
    const double ns = median_ns([&] { kernel.run(call); });
    std::printf("%-40s %8lld elements, median %9.0f ns, %7.3f elements/ns\n", kernel.name,
                static_cast<long long>(elements), ns, static_cast<double>(elements) / ns);
  }
}

constexpr std::int32_t kChannels = 24;
constexpr std::int64_t kElements = 56 * 56 * kChannels;

void measure_all(const Options& options) {
  std::vector<std::int8_t> a(kElements), b(kElements), output(kElements);
  std::vector<float> floats(kElements), float_output(kElements);
  for (std::size_t i = 0; i < a.size(); ++i) {
    a[i] = static_cast<std::int8_t>(i * 2654435761u >> 24);
    b[i] = static_cast<std::int8_t>(i * 40503u >> 8);
    floats[i] = 0.01f * static_cast<float>(a[i]);
  }
  measure(
      options, add_kernels(),
      AddCall{a.data(), b.data(), output.data(), kElements, false, 30000, 20000, 1000, 2e-5f, 3, -128, 127},
      kElements);
  measure(options, requantize_kernels(),
          RequantizeCall{a.data(), output.data(), kElements, false, true, 3, 0.7f, 128, 0, 255}, kElements);
  measure(options, quantize_kernels(),
          QuantizeCall{floats.data(), output.data(), kElements, false, 0.01f, 3, -128, 127}, kElements);
  measure(options, dequantize_kernels(),
          DequantizeCall{a.data(), float_output.data(), kElements, false, 3, 0.01f}, kElements);
  measure(options, clip_kernels(), ClipCall{a.data(), output.data(), kElements, false, -100, 90}, kElements);
  const PoolProblem halve{1, 56, 56, 24, 28, 28, 2, 2, 2, 2, 1, 1, 0, 0, false};
  measure(options, max_pool_kernels(),
          PoolCall{&halve, a.data(), output.data(), 3, 1.0f, 3, -128, 127, 0, 28}, kElements);
  const PoolProblem global{1, 7, 7, 1280, 1, 1, 7, 7, 1, 1, 1, 1, 0, 0, false};
  measure(options, average_pool_kernels(),
          PoolCall{&global, a.data(), output.data(), 3, 1.0f, 3, -128, 127, 0, 1}, 7 * 7 * 1280);
  std::vector<std::uint32_t> table(256);
  for (std::size_t i = 0; i < table.size(); ++i) table[i] = (1u << 20) >> (i / 16);
  measure(options, softmax_kernels(),
          SoftmaxCall{a.data(), output.data(), 1, 1000, table.data(), 1u << 24, -128, -128, 127}, 1000);
  const std::vector<float> sums(kElements, 100.0f);
  const std::vector<std::int32_t> bias(kChannels, 3);
  const std::vector<float> multiplier(kChannels, 0.01f);
  const std::vector<std::int8_t> lowest(kChannels, -128), highest(kChannels, 127);
  std::vector<std::int16_t> words(kElements), word_output(kElements), entries(1025);
  measure(options, quantize_wide_kernels(),
          QuantizeWideCall{floats.data(), word_output.data(), kElements, 0.01f, -32768, 32767}, kElements);
  measure(options, add_wide_kernels(),
          AddWideCall{words.data(), words.data(), word_output.data(), kElements, -32768, 32767}, kElements);
  measure(
      options, mul_wide_kernels(),
      MulWideCall{words.data(), words.data(), word_output.data(), kElements, false, 3e-5f, 0, -32768, 32767},
      kElements);
  measure(options, lookup_wide_kernels(),
          LookupWideCall{words.data(), word_output.data(), kElements, entries.data()}, kElements);
  measure(options, time_filter_kernels(),
          TimeFilterCall{words.data(), words.data(), nullptr, output.data(), 56, 56 * kChannels, 1, 3e-5f, 0,
                         -128, 127},
          kElements);
  measure(options, interval_box_kernels(),
          IntervalBoxCall{a.data(), a.data(), output.data(), b.data(), kElements, false, 0}, kElements);
  measure(
      options, interval_bounds_kernels(),
      IntervalBoundsCall{sums.data(), sums.data(), output.data(), b.data(), kElements / kChannels, kChannels,
                         bias.data(), multiplier.data(), lowest.data(), highest.data(), 0, 0, 0},
      kElements);
}

}  // namespace
}  // namespace bulwark::bench

int main(int argc, char** argv) {
  bulwark::bench::Options options;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--markers") == 0) {
      options.markers = true;
    } else if (std::strcmp(argv[i], "--kernel") == 0 && i + 1 < argc) {
      options.kernel = argv[++i];
    } else {
      std::fprintf(stderr, "usage: bulwark_elementwise_bench [--kernel NAME] [--markers]\n");
      return 2;
    }
  }
  bulwark::bench::measure_all(options);
  return 0;
}
