// SPDX-License-Identifier: Apache-2.0
// Slices, gathers, interpolation and indices of extremes, with guard pages around every buffer.
#include <cmath>

#include "kernels/common/float_ops.h"
#include "tests/kernels/sweep.h"

namespace bulwark::test {
namespace {

using Shape = std::vector<std::int32_t>;

std::int64_t elements(const Shape& shape) {
  std::int64_t count = 1;
  for (const std::int32_t d : shape) count *= d;
  return count;
}

template <typename T>
std::vector<T> numbered(std::int64_t count) {
  std::vector<T> values;
  for (std::int64_t i = 0; i < count; ++i) values.push_back(static_cast<T>(i * 37 % 251 - 128));
  return values;
}

template <typename T>
void check_slice(const Shape& in, const Shape& out, const Shape& start, const Shape& step) {
  const std::vector<T> x = numbered<T>(elements(in));
  std::vector<T> expected;
  for (std::int64_t o = 0; o < elements(out); ++o) {
    std::int64_t rest = o, from = 0, stride = 1;
    for (std::size_t i = in.size(); i-- > 0; stride *= in[i]) {
      from += (start[i] + rest % out[i] * step[i]) * stride;
      rest /= out[i];
    }
    expected.push_back(x[static_cast<std::size_t>(from)]);
  }
  for (const GuardSide side : kSides) {
    Input<T> input(x, side);
    Output<T> output(expected.size(), side);
    kernels::slice({input.data(), output.data(), sizeof(T), static_cast<std::int32_t>(in.size()), in.data(),
                    out.data(), start.data(), step.data()});
    REQUIRE(output.values() == expected);
    REQUIRE(output.slack_intact());
  }
}

struct Case {
  std::int64_t outer, inner;
  std::int32_t in_h, in_w, out_h, out_w;
};

/// The nearest, ties away from zero.
std::vector<std::int8_t> naive_resize(const kernels::ResizeProblem& p, const std::vector<std::int8_t>& x) {
  std::vector<std::int8_t> y;
  for (std::int64_t o = 0; o < p.outer * p.out_h * p.out_w * p.inner; ++o) {
    const std::int64_t c = o % p.inner, place = o / p.inner;
    const std::int32_t column = p.columns[place % p.out_w], row = p.rows[place / p.out_w % p.out_h];
    const std::int64_t plane = place / p.out_w / p.out_h;
    std::int64_t sum = 0;
    for (int dy = 0; dy < 2; ++dy) {
      for (int dx = 0; dx < 2; ++dx) {
        const std::int64_t iy = (row >> 10) + dy, ix = (column >> 10) + dx;
        const std::int64_t weight = std::int64_t{dy ? row & 1023 : 1024 - (row & 1023)} *
                                    (dx ? column & 1023 : 1024 - (column & 1023));
        if (weight == 0) continue;
        sum += weight * x[static_cast<std::size_t>(((plane * p.in_h + iy) * p.in_w + ix) * p.inner + c)];
      }
    }
    y.push_back(static_cast<std::int8_t>(std::round(static_cast<double>(sum) / 1048576.0)));
  }
  return y;
}

void check_resize(Random& random, const Case& c) {
  std::vector<std::int32_t> rows, columns;
  for (int i = 0; i < c.out_h; ++i) rows.push_back(random_int(random, 0, (c.in_h - 1) * 1024));
  for (int i = 0; i < c.out_w; ++i) columns.push_back(random_int(random, 0, (c.in_w - 1) * 2) * 512);
  rows[0] = (c.in_h - 1) * 1024;
  columns.back() = (c.in_w - 1) * 1024;
  const kernels::ResizeProblem problem{c.outer, c.inner, c.in_h,      c.in_w,
                                       c.out_h, c.out_w, rows.data(), columns.data()};
  std::vector<std::int8_t> x = random_values<std::int8_t>(
      random, static_cast<std::size_t>(c.outer * c.in_h * c.in_w * c.inner), -128, 127);
  if (c.inner % 2 == 0) {
    for (std::int8_t& v : x) v = v < 0 ? -128 : 127;
  }
  const std::vector<std::int8_t> expected = naive_resize(problem, x);
  for (const GuardSide side : kSides) {
    Input<std::int8_t> input(x, side);
    kernels::ResizeCall call{&problem, input.data(), nullptr, 0, 0};
    for_each_runnable(kernels::resize_kernels(), [&](const auto& kernel) {
      Output<std::int8_t> output(expected.size(), side);
      call.output = output.data();
      const std::int64_t all = c.outer * c.out_h, middle = all / 3;
      call.begin = 0, call.end = middle;
      kernel.run(call);
      call.begin = middle, call.end = all;
      kernel.run(call);
      REQUIRE(output.values() == expected);
      REQUIRE(output.slack_intact());
    });
  }
}

}  // namespace

TEST_CASE("Slices read start, start + step, ... of every axis, forwards and backwards") {
  Random random(81);
  for (int i = 0; i < cases(300, 5000); ++i) {
    Shape in, out, start, step;
    const int rank = random_int(random, 1, 6);
    for (int axis = 0; axis < rank; ++axis) {
      in.push_back(random_int(random, 1, 5));
      const bool whole = random_int(random, 0, 2) == 0;
      step.push_back(whole ? 1 : (random_int(random, 0, 1) ? 1 : -1) * random_int(random, 1, 3));
      start.push_back(whole ? 0 : random_int(random, 0, in.back() - 1));
      const int room =
          step.back() > 0 ? (in.back() - 1 - start.back()) / step.back() : start.back() / -step.back();
      out.push_back(whole ? in.back() : random_int(random, 1, room + 1));
    }
    check_slice<std::int8_t>(in, out, start, step);
    check_slice<float>(in, out, start, step);
  }
}

TEST_CASE("Gathers copy blocks in the order of their indices") {
  const std::vector<std::int32_t> indices = {2, 0, 2, 1};
  const std::vector<std::int8_t> x = numbered<std::int8_t>(2 * 3 * 5);
  std::vector<std::int8_t> expected;
  for (int outer = 0; outer < 2; ++outer) {
    for (const std::int32_t i : indices) {
      const auto block = x.begin() + (outer * 3 + i) * 5;
      expected.insert(expected.end(), block, block + 5);
    }
  }
  for (const GuardSide side : kSides) {
    Input<std::int8_t> input(x, side);
    Output<std::int8_t> output(expected.size(), side);
    kernels::gather({input.data(), output.data(), 2, 3, 5, indices.data(), 4});
    REQUIRE(output.values() == expected);
    REQUIRE(output.slack_intact());
  }
}

TEST_CASE("Resizing interpolates in the integers of the specification") {
  Random random(82);
  for (const std::int64_t inner : {1, 2, 3, 7, 8, 9, 16, 31}) {
    check_resize(random, {2, inner, 3, 4, 5, 7});
    check_resize(random, {1, inner, 1, 1, 2, 3});
    check_resize(random, {1, inner, 6, 1, 2, 1});
    check_resize(random, {1, inner, 7, 9, 3, 2});
  }
}

TEST_CASE("Float resizing weighs neighbours by the fraction") {
  const kernels::ResizeProblem problem{1, 1, 2, 2, 3, 2, nullptr, nullptr};
  const std::vector<float> rows = {0, 0.5f, 1}, columns = {0.25f, 1}, x = {0, 4, 8, 12};
  std::vector<float> y(6);
  kernels::float_resize({&problem, rows.data(), columns.data(), x.data(), y.data(), 0, 3});
  CHECK(y == std::vector<float>{1, 4, 5, 8, 9, 12});
}

TEST_CASE("The first of equal extremes is found, in both widths") {
  const std::vector<std::int8_t> x = {1, -5, 7, 7, -128, 7, 127, 127};  // [1, 4, 2]
  const std::vector<float> real = {1, -5, 7, 7, -128, 7, 127, 127};
  std::vector<std::int32_t> narrow(2);
  std::vector<std::int64_t> wide(2);
  kernels::arg_extreme({x.data(), narrow.data(), 1, 4, 2, false, true, false});
  CHECK(narrow == std::vector<std::int32_t>{3, 3});
  kernels::arg_extreme({x.data(), wide.data(), 1, 4, 2, false, false, true});
  CHECK(wide == std::vector<std::int64_t>{2, 0});
  kernels::arg_extreme({real.data(), wide.data(), 1, 8, 1, true, true, true});
  CHECK(wide[0] == 6);
}

}  // namespace bulwark::test
