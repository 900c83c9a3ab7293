// SPDX-License-Identifier: Apache-2.0
// Each loop is written once, inlined into a function for each width of vectors.
#include "converter/search/dense.h"

#include <cmath>
#include <cstring>
#include <vector>

namespace bulwark::converter::search {
namespace {

template <int kLanes>
struct Vectors {
  using Vector [[gnu::vector_size(kLanes * 4)]] = float;
  static constexpr std::size_t kRows = 2 * kLanes;  ///< of a tile
  static constexpr int kColumns = kLanes == 16 ? 8 : 6;
};

/// kRows rows of `a`, from `first` on, side by side for each of depth; rows that are not there are 0.
template <std::size_t kRows>
[[gnu::always_inline]] inline void pack_rows(const Strided& a, std::size_t first, std::size_t rows,
                                             std::size_t depth, float* panel) {
  const std::size_t count = rows - first < kRows ? rows - first : kRows;
  const float* from = a.data + static_cast<std::ptrdiff_t>(first) * a.row;
  if (count < kRows) std::memset(panel, 0, depth * kRows * sizeof(float));
  for (std::size_t k = 0; k < depth; ++k, from += a.column, panel += kRows) {
    for (std::size_t r = 0; r < count; ++r) panel[r] = from[static_cast<std::ptrdiff_t>(r) * a.row];
  }
}

/// kColumns columns of a panel's rows; the first `count` rows are stored.
template <int kLanes, int kColumns>
[[gnu::always_inline]] inline void tile(const float* panel, const Strided& b, std::size_t depth,
                                        std::size_t count, std::size_t rows, float* c) {
  using Vector = typename Vectors<kLanes>::Vector;
  Vector sums[kColumns][2] = {};
  const float* from = b.data;
  for (std::size_t k = 0; k < depth; ++k, from += b.row, panel += 2 * kLanes) {
    Vector low, high;
    std::memcpy(&low, panel, sizeof low);
    std::memcpy(&high, panel + kLanes, sizeof high);
#pragma GCC unroll 8
    for (int j = 0; j < kColumns; ++j) {
      const float x = from[j * b.column];
      sums[j][0] += low * x;
      sums[j][1] += high * x;
    }
  }
  for (int j = 0; j < kColumns; ++j, c += rows) std::memcpy(c, sums[j], count * sizeof(float));
}

template <int kLanes>
[[gnu::always_inline]] inline void multiply_wide(const Strided& a, const Strided& b, std::size_t rows,
                                                 std::size_t depth, std::size_t columns, float* panel,
                                                 float* c) {
  constexpr std::size_t kRows = Vectors<kLanes>::kRows;
  constexpr int kColumns = Vectors<kLanes>::kColumns;
  for (std::size_t first = 0; first < rows; first += kRows) {
    pack_rows<kRows>(a, first, rows, depth, panel);
    const std::size_t count = rows - first < kRows ? rows - first : kRows;
    const auto at = [&](std::size_t j) {
      return Strided{b.data + static_cast<std::ptrdiff_t>(j) * b.column, b.row, b.column};
    };
    std::size_t j = 0;
    for (; j + kColumns <= columns; j += kColumns)
      tile<kLanes, kColumns>(panel, at(j), depth, count, rows, c + first + j * rows);
    for (; j + 4 <= columns; j += 4) tile<kLanes, 4>(panel, at(j), depth, count, rows, c + first + j * rows);
    for (; j < columns; ++j) tile<kLanes, 1>(panel, at(j), depth, count, rows, c + first + j * rows);
  }
}

[[gnu::always_inline]] inline void adam_wide(const AdamStep& step, const float* gradient, std::size_t count,
                                             float* value, float* mean, float* square) {
  constexpr float kFirst = 0.9f, kSecond = 0.999f, kTiny = 1e-8f;
  const float rate = step.rate / step.mean_correction, scale = 1 / step.square_correction;
#pragma GCC ivdep
  for (std::size_t i = 0; i < count; ++i) {
    const float g = gradient[i];
    mean[i] = kFirst * mean[i] + (1 - kFirst) * g;
    square[i] = kSecond * square[i] + (1 - kSecond) * g * g;
    value[i] -= rate * mean[i] / (std::sqrt(square[i] * scale) + kTiny);
  }
}

[[gnu::always_inline]] inline void follow_wide(const float* value, std::size_t count, float share,
                                               float* slow) {
#pragma GCC ivdep
  for (std::size_t i = 0; i < count; ++i) slow[i] += share * (value[i] - slow[i]);
}

/// What one kind of processor runs.
struct Loops {
  void (*multiply)(const Strided&, const Strided&, std::size_t, std::size_t, std::size_t, float*, float*);
  void (*adam)(const AdamStep&, const float*, std::size_t, float*, float*, float*);
  void (*follow)(const float*, std::size_t, float, float*);
};

#define BW_LOOPS(name, lanes, target)                                                                     \
  struct name {                                                                                           \
    target static void multiply(const Strided& a, const Strided& b, std::size_t rows, std::size_t depth,  \
                                std::size_t columns, float* panel, float* c) {                            \
      multiply_wide<lanes>(a, b, rows, depth, columns, panel, c);                                         \
    }                                                                                                     \
    target static void adam(const AdamStep& step, const float* gradient, std::size_t count, float* value, \
                            float* mean, float* square) {                                                 \
      adam_wide(step, gradient, count, value, mean, square);                                              \
    }                                                                                                     \
    target static void follow(const float* value, std::size_t count, float share, float* slow) {          \
      follow_wide(value, count, share, slow);                                                             \
    }                                                                                                     \
    static constexpr Loops kLoops{multiply, adam, follow};                                                \
  };

BW_LOOPS(Baseline, 4, )
#if defined(__x86_64__) && !defined(__clang__)
BW_LOOPS(Avx2, 8, [[gnu::target("avx2,fma")]])
BW_LOOPS(Avx512, 16, [[gnu::target("avx512f,avx2,fma,prefer-vector-width=512")]])
#endif

const Loops& loops() {
  static const Loops& chosen = []() -> const Loops& {
#if defined(__x86_64__) && !defined(__clang__)
    if (__builtin_cpu_supports("avx512f")) return Avx512::kLoops;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return Avx2::kLoops;
#endif
    return Baseline::kLoops;
  }();
  return chosen;
}

}  // namespace

void multiply(const Strided& a, const Strided& b, std::size_t rows, std::size_t depth, std::size_t columns,
              float* c) {
  constexpr std::size_t kMostRows = Vectors<16>::kRows;
  thread_local std::vector<float> panel;
  if (panel.size() < depth * kMostRows) panel.resize(depth * kMostRows);
  loops().multiply(a, b, rows, depth, columns, panel.data(), c);
}

void adam(const AdamStep& step, const float* gradient, std::size_t count, float* value, float* mean,
          float* square) {
  loops().adam(step, gradient, count, value, mean, square);
}

void follow(const float* value, std::size_t count, float share, float* slow) {
  loops().follow(value, count, share, slow);
}

}  // namespace bulwark::converter::search
