// SPDX-License-Identifier: Apache-2.0
// Measures one call of a linear kernel, or, with --all, every kernel of the registries that this processor
// runs.
//
//   bulwark_kernel_bench --list
//   bulwark_kernel_bench [--problem pw14] [--weights s4] [--activations 8] [--kernel NAME | --path neon |
//   --all] [--markers] [--json]
//
// A problem is one of the names below, MxKxN (a matrix product, as a 1x1 convolution over M pixels) or
// KxK:SIZExINxOUT (a padded convolution of stride 1). Results are as wide as the activations. With --markers
// the kernel runs warm exactly once between two hint instructions that an emulator plugin recognizes.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "kernels/common/cpu.h"
#include "kernels/common/linear.h"
#include "kernels/common/weights.h"

namespace bulwark::bench {
namespace {

using namespace bulwark::kernels;

struct Options {
  std::string problem = "pw14", weights = "s8", kernel, path;
  int activations = 8;
  bool list = false, all = false, markers = false, json = false;
};

struct Named {
  const char* name;
  LinearRegistry (*registry)();
  LinearProblem problem;
};

LinearProblem conv(std::int32_t size, std::int32_t in_c, std::int32_t out_c, std::int32_t kernel,
                   std::int32_t stride) {
  LinearProblem p;
  p.in_h = p.in_w = size;
  p.out_h = p.out_w = (size - 1) / stride + 1;
  p.in_c = in_c;
  p.out_c = out_c;
  p.kernel_h = p.kernel_w = kernel;
  p.stride_h = p.stride_w = stride;
  p.pad_top = p.pad_left = stride == 1 ? kernel / 2 : 0;
  return p;
}

LinearProblem depthwise(std::int32_t size, std::int32_t channels, std::int32_t kernel, std::int32_t stride) {
  LinearProblem p = conv(size, channels, channels, kernel, stride);
  p.groups = channels;
  return p;
}

LinearProblem fully_connected(std::int32_t rows, std::int32_t in_c, std::int32_t out_c) {
  LinearProblem p = conv(1, in_c, out_c, 1, 1);
  p.batch = rows;
  return p;
}

std::vector<Named> named_problems() {
  return {{"pw56", conv_kernels, conv(56, 24, 144, 1, 1)},
          {"pw14", conv_kernels, conv(14, 96, 576, 1, 1)},
          {"pw7", conv_kernels, conv(7, 320, 1280, 1, 1)},
          {"c3x3", conv_kernels, conv(28, 32, 32, 3, 1)},
          {"stem", conv_kernels, conv(224, 3, 32, 3, 2)},
          {"dw14", depthwise_kernels, depthwise(14, 576, 3, 1)},
          {"dw28s2", depthwise_kernels, depthwise(28, 192, 3, 2)},
          {"dw14k5", depthwise_kernels, depthwise(14, 480, 5, 1)},
          {"fc", fully_connected_kernels, fully_connected(1, 1280, 1000)},
          {"fc2", fully_connected_kernels, fully_connected(2, 1280, 1000)},
          {"fc4", fully_connected_kernels, fully_connected(4, 1280, 1000)},
          {"fc8", fully_connected_kernels, fully_connected(8, 1280, 1000)}};
}

bool find_problem(const std::string& name, Named* found) {
  for (const Named& known : named_problems()) {
    if (name == known.name) {
      *found = known;
      return true;
    }
  }
  int m = 0, k = 0, n = 0, end = 0;
  const auto is_size = [](int size) { return size >= 1 && size <= 65536; };
  int kernel = 0, same = 0;
  if (std::sscanf(name.c_str(), "%dx%d:%dx%dx%d%n", &kernel, &same, &m, &k, &n, &end) == 5) {
    if (name[static_cast<std::size_t>(end)] != 0 || kernel != same || kernel < 1 || kernel > 15) return false;
    if (!is_size(k) || !is_size(n) || m < 1 || m > 1024) return false;
    *found = {"convolution", conv_kernels, conv(m, k, n, kernel, 1)};
    return true;
  }
  const bool product = std::sscanf(name.c_str(), "%dx%dx%d%n", &m, &k, &n, &end) == 3 &&
                       name[static_cast<std::size_t>(end)] == 0;
  if (!product || !is_size(m) || !is_size(k) || !is_size(n)) return false;
  LinearProblem p = conv(1, k, n, 1, 1);
  p.in_w = p.out_w = m;
  *found = {"product", conv_kernels, p};
  return true;
}

bool find_format(const std::string& name, WeightFormat* format) {
  constexpr const char* kNames[] = {"s8", "s4", "s3", "s2", "ternary", "s9"};
  for (int i = 0; i < 6; ++i) {
    if (name == kNames[i]) {
      *format = static_cast<WeightFormat>(i);
      return true;
    }
  }
  return false;
}

std::vector<LinearRegistry> registries() {
  return {conv_kernels(), depthwise_kernels(), fully_connected_kernels()};
}

std::int32_t noise(std::uint32_t* state, std::int32_t lo, std::int32_t hi) {
  *state = *state * 1664525u + 1013904223u;
  return lo + static_cast<std::int32_t>((*state >> 8) % static_cast<std::uint32_t>(hi - lo + 1));
}

/// Everything a call needs, at rest between calls.
class Setup {
 public:
  Setup(const LinearKernel& kernel, const LinearProblem& problem)
      : kernel_(kernel),
        problem_(problem),
        packed_(aligned(kernel.packed_size(problem))),
        scratch_(aligned(kernel.scratch_size(problem))) {
    std::uint32_t state = 1;
    input_.resize(
        static_cast<std::size_t>(std::int64_t{problem.batch} * problem.in_h * problem.in_w * problem.in_c));
    for (std::int8_t& x : input_) x = static_cast<std::int8_t>(noise(&state, problem.in_lo, problem.in_hi));
    output_.resize(static_cast<std::size_t>(problem.out_pixels() * problem.out_c));
    pack(&state);
  }

  void run() {
    kernel_.run({&problem_, align(packed_), input_.data(), output_.data(), align(scratch_), 0,
                 kernel_.work_items(problem_)});
  }

 private:
  static std::vector<std::uint8_t> aligned(std::size_t bytes) {
    return std::vector<std::uint8_t>(bytes + 64);
  }
  static void* align(std::vector<std::uint8_t>& buffer) {
    const auto address = reinterpret_cast<std::uintptr_t>(buffer.data());
    return buffer.data() + (64 - address % 64) % 64;
  }

  /// Results as wide as the inputs: their levels cover 6 deviations of the sums.
  float narrow_multiplier() const {
    const auto deviation = [](std::int32_t lo, std::int32_t hi) {
      return std::sqrt((std::pow(hi - lo + 1.0, 2) - 1) / 12);
    };
    return static_cast<float>((problem_.in_hi - problem_.in_lo + 1) /
                              (6 * std::sqrt(static_cast<double>(problem_.depth())) *
                               deviation(problem_.weight_lo, problem_.weight_hi) *
                               deviation(problem_.in_lo, problem_.in_hi)));
  }

  void pack(std::uint32_t* state) {
    const std::size_t depth = static_cast<std::size_t>(problem_.depth()),
                      rows = static_cast<std::size_t>(problem_.out_c);
    const std::size_t row_bytes = static_cast<std::size_t>(weight_row_bytes(problem_.weight_format, depth));
    std::vector<std::uint8_t> weights(row_bytes * rows);
    std::vector<std::int16_t> row(static_cast<std::size_t>(staging_elements(problem_)));
    for (std::size_t r = 0; r < rows; ++r) {
      for (std::size_t i = 0; i < depth; ++i) {
        row[i] = static_cast<std::int16_t>(noise(state, problem_.weight_lo, problem_.weight_hi));
      }
      pack_weight_row(problem_.weight_format, row.data(), depth, weights.data() + r * row_bytes);
    }
    const std::vector<std::int32_t> bias(rows, 100);
    const bool narrow = problem_.in_hi < 127;
    const std::vector<float> multiplier(
        rows, narrow ? narrow_multiplier() : 1.0f / static_cast<float>(128 * problem_.weight_hi));
    const std::vector<std::int8_t> lo(rows, static_cast<std::int8_t>(problem_.in_lo)),
        hi(rows, static_cast<std::int8_t>(problem_.in_hi));
    kernel_.pack(problem_, {weights.data(), bias.data(), multiplier.data(), lo.data(), hi.data()}, row.data(),
                 align(packed_));
  }

  const LinearKernel& kernel_;
  LinearProblem problem_;
  std::vector<std::uint8_t> packed_, scratch_;
  std::vector<std::int8_t> input_, output_;
};

void marker(bool begin) {
#ifdef __aarch64__
  if (begin) {
    __asm__ volatile("hint #100" ::: "memory");
  } else {
    __asm__ volatile("hint #101" ::: "memory");
  }
#else
  static_cast<void>(begin);
#endif
}

double median_ns(Setup& setup) {
  using Clock = std::chrono::steady_clock;
  std::vector<double> times;
  const auto stop = Clock::now() + std::chrono::milliseconds(300);
  while (times.size() < 5 || (Clock::now() < stop && times.size() < 10000)) {
    const auto begin = Clock::now();
    setup.run();
    times.push_back(std::chrono::duration<double, std::nano>(Clock::now() - begin).count());
  }
  std::nth_element(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2), times.end());
  return times[times.size() / 2];
}

/// `passed_over`: see passed_over_kernel(), or null.
void measure(const Options& options, const LinearKernel& kernel, const LinearProblem& problem,
             const LinearKernel* passed_over = nullptr) {
  Setup setup(kernel, problem);
  setup.run();
  const long long macs = static_cast<long long>(problem.macs());
  if (options.markers) {
    marker(true);
    setup.run();
    marker(false);
    std::printf(options.json ? "{\"kernel\": \"%s\", \"macs\": %lld}\n" : "%s macs %lld\n", kernel.name,
                macs);
    if (!options.json && passed_over != nullptr)
      std::printf("%s is no faster on this processor\n", passed_over->name);
    return;
  }
  const double ns = median_ns(setup);
  std::printf(options.json
                  ? "{\"kernel\": \"%s\", \"macs\": %lld, \"median_ns\": %.0f, \"macs_per_ns\": %.3f}\n"
                  : "%s macs %lld median %.0f ns, %.3f MACs/ns\n",
              kernel.name, macs, ns, static_cast<double>(macs) / ns);
}

bool runs_here(const LinearKernel& kernel, const LinearProblem& problem) {
  return isa_available(kernel.isa, cpu_features()) && kernel.supports(problem);
}

int fail(const char* what, const std::string& value) {
  std::fprintf(stderr, "bulwark_kernel_bench: %s: %s\n", what, value.c_str());
  return 2;
}

int list() {
  for (const LinearRegistry& registry : registries()) {
    for (std::size_t i = 0; i < registry.count; ++i) std::printf("%s\n", registry.kernels[i].name);
  }
  return 0;
}

int bench_all(const Options& options, LinearRegistry registry, const LinearProblem& problem) {
  for (std::size_t i = 0; i < registry.count; ++i) {
    if (runs_here(registry.kernels[i], problem)) measure(options, registry.kernels[i], problem);
  }
  return 0;
}

int bench_one(const Options& options, LinearRegistry registry, const LinearProblem& problem) {
  if (!options.kernel.empty()) {
    for (std::size_t i = 0; i < registry.count; ++i) {
      if (options.kernel != registry.kernels[i].name) continue;
      if (!runs_here(registry.kernels[i], problem))
        return fail("this processor or problem does not suit the kernel", options.kernel);
      measure(options, registry.kernels[i], problem);
      return 0;
    }
    return fail("no such kernel for the problem's operator", options.kernel);
  }
  Isa path = best_isa(cpu_features());
  if (!options.path.empty() && !parse_isa(options.path.c_str(), &path))
    return fail("unknown path", options.path);
  if (!isa_available(path, cpu_features())) return fail("path not available here", options.path);
  const LinearKernel& kernel = select_linear_kernel(registry, problem, path, cpu_features().core);
  measure(options, kernel, problem, passed_over_kernel(registry, problem, kernel));
  return 0;
}

int bench(const Options& options) {
  if (options.list) return list();
  Named named{};
  if (!find_problem(options.problem, &named)) return fail("unknown problem", options.problem);
  LinearProblem& p = named.problem;
  if (!find_format(options.weights, &p.weight_format)) return fail("unknown weight format", options.weights);
  WeightRange range = weight_range(p.weight_format);
  if (p.weight_format == WeightFormat::s9) range = {-100, 155};  // uint8 less a zero point
  p.weight_lo =
      std::max(range.lo, -range.hi - (p.weight_format != WeightFormat::s8));  // -127..127, -8..7, -2..1
  p.weight_hi = range.hi;
  if (options.activations < 2 || options.activations > 8)
    return fail("activations take 2 to 8 bits, not", std::to_string(options.activations));
  p.in_lo = -(1 << (options.activations - 1));
  p.in_hi = -p.in_lo - 1;
  return options.all ? bench_all(options, named.registry(), p) : bench_one(options, named.registry(), p);
}

bool parse(int argc, char** argv, Options* options) {
  for (int i = 1; i < argc; ++i) {
    const std::string arg = argv[i];
    const char* value = i + 1 < argc ? argv[i + 1] : nullptr;
    if (arg == "--list")
      options->list = true;
    else if (arg == "--all")
      options->all = true;
    else if (arg == "--markers")
      options->markers = true;
    else if (arg == "--json")
      options->json = true;
    else if (value == nullptr)
      return false;
    else if (++i, arg == "--problem")
      options->problem = value;
    else if (arg == "--weights")
      options->weights = value;
    else if (arg == "--kernel")
      options->kernel = value;
    else if (arg == "--path")
      options->path = value;
    else if (arg == "--activations")
      options->activations = std::atoi(value);
    else
      return false;
  }
  return true;
}

}  // namespace
}  // namespace bulwark::bench

int main(int argc, char** argv) {
  bulwark::bench::Options options;
  if (!bulwark::bench::parse(argc, argv, &options)) {
    std::fprintf(stderr,
                 "usage: bulwark_kernel_bench [--list] [--problem "
                 "pw14|pw56|pw7|c3x3|stem|dw14|dw28s2|dw14k5|fc|fc2|fc4|fc8|MxKxN|KxK:SIZExINxOUT]\n"
                 "         [--weights s8|s4|s3|s2|ternary|s9] [--activations 8..2] [--kernel NAME | --path "
                 "PATH | --all]\n"
                 "         [--markers] [--json]\n");
    return 2;
  }
  return bulwark::bench::bench(options);
}
