// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <numeric>

#include "tests/kernels/sweep.h"

namespace bulwark::test {
namespace {

using Shape = std::vector<std::int32_t>;

std::size_t elements(const Shape& shape) {
  return std::accumulate(shape.begin(), shape.end(), std::size_t{1},
                         [](std::size_t n, std::int32_t d) { return n * static_cast<std::size_t>(d); });
}

/// The coordinates of element `index` of a tensor in C order, and back.
Shape coordinates(std::size_t index, const Shape& shape) {
  Shape at(shape.size());
  for (std::size_t axis = shape.size(); axis-- > 0;) {
    at[axis] = static_cast<std::int32_t>(index % static_cast<std::size_t>(shape[axis]));
    index /= static_cast<std::size_t>(shape[axis]);
  }
  return at;
}
std::size_t index_of(const Shape& at, const Shape& shape) {
  std::size_t index = 0;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    index = index * static_cast<std::size_t>(shape[axis]) + static_cast<std::size_t>(at[axis]);
  }
  return index;
}

template <typename T>
std::vector<T> numbered(std::size_t count) {
  std::vector<T> values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = static_cast<T>(i * 2654435761u >> 7);
  return values;
}

template <typename T>
void check_transpose(const Shape& shape, const Shape& perm) {
  const std::vector<T> values = numbered<T>(elements(shape));
  Shape output_shape(shape.size());
  for (std::size_t i = 0; i < shape.size(); ++i) output_shape[i] = shape[static_cast<std::size_t>(perm[i])];
  std::vector<T> expected(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const Shape at = coordinates(i, shape);
    Shape moved(at.size());
    for (std::size_t axis = 0; axis < at.size(); ++axis)
      moved[axis] = at[static_cast<std::size_t>(perm[axis])];
    expected[index_of(moved, output_shape)] = values[i];
  }
  for (const GuardSide side : kSides) {
    Input<T> input(values, side);
    Output<T> output(values.size(), side);
    kernels::transpose({input.data(), output.data(), sizeof(T), static_cast<std::int32_t>(shape.size()),
                        shape.data(), perm.data()});
    REQUIRE(output.values() == expected);
    REQUIRE(output.slack_intact());
  }
}

Shape random_shape(Random& random, int rank, int largest) {
  Shape shape;
  for (int i = 0; i < rank; ++i)
    shape.push_back(random_int(random, 0, 3) == 0 ? 1 : random_int(random, 1, largest));
  return shape;
}

template <typename T>
void check_pad(const Shape& shape, const Shape& before, const Shape& after, T value) {
  const std::vector<T> values = numbered<T>(elements(shape));
  Shape padded(shape.size());
  for (std::size_t i = 0; i < shape.size(); ++i) padded[i] = before[i] + shape[i] + after[i];
  std::vector<T> expected(elements(padded), value);
  for (std::size_t i = 0; i < values.size(); ++i) {
    Shape at = coordinates(i, shape);
    for (std::size_t axis = 0; axis < at.size(); ++axis) at[axis] += before[axis];
    expected[index_of(at, padded)] = values[i];
  }
  for (const GuardSide side : kSides) {
    Input<T> input(values, side);
    Output<T> output(expected.size(), side);
    kernels::pad({input.data(), output.data(), sizeof(T), static_cast<std::int32_t>(shape.size()),
                  shape.data(), before.data(), after.data(), &value});
    REQUIRE(output.values() == expected);
    REQUIRE(output.slack_intact());
  }
}

}  // namespace

TEST_CASE("Transpose moves every element where index arithmetic says, for every permutation of rank 1 to 6") {
  Random random(61);
  for (int rank = 1; rank <= 6; ++rank) {
    Shape perm(static_cast<std::size_t>(rank));
    std::iota(perm.begin(), perm.end(), 0);
    do {
      const Shape shape = random_shape(random, rank, rank < 5 ? 7 : 3);
      check_transpose<std::uint8_t>(shape, perm);
      check_transpose<float>(shape, perm);
    } while (std::next_permutation(perm.begin(), perm.end()));
  }
}

TEST_CASE("Transpose between NCHW and NHWC is right beyond one block") {
  for (const Shape& shape :
       {Shape{1, 3, 19, 23}, Shape{2, 37, 5, 7}, Shape{1, 1, 33, 2}, Shape{2, 16, 16, 16}}) {
    check_transpose<std::uint8_t>(shape, {0, 2, 3, 1});
    check_transpose<std::uint8_t>(shape, {0, 3, 1, 2});
    check_transpose<float>(shape, {0, 2, 3, 1});
    check_transpose<float>(shape, {0, 3, 1, 2});
  }
}

TEST_CASE("Pad surrounds the input with the value, for rank 1 to 6") {
  Random random(62);
  for (int i = 0; i < cases(200, 5000); ++i) {
    const int rank = random_int(random, 1, 6);
    const Shape shape = random_shape(random, rank, 4);
    Shape before, after;
    for (int axis = 0; axis < rank; ++axis) {
      before.push_back(random_int(random, 0, 1) * random_int(random, 0, 3));
      after.push_back(random_int(random, 0, 1) * random_int(random, 0, 3));
    }
    check_pad<std::uint8_t>(shape, before, after, 200);
    check_pad<float>(shape, before, after, -1.25f);
  }
}

TEST_CASE("Rows copied one input after the other make a concatenation") {
  Random random(63);
  for (const std::int64_t outer : {0, 1, 2, 7}) {
    const std::vector<std::int64_t> widths = {1, 16, 5, 33};
    const std::int64_t total = std::accumulate(widths.begin(), widths.end(), std::int64_t{0});
    std::vector<std::uint8_t> expected(static_cast<std::size_t>(outer * total));
    Output<std::uint8_t> output(expected.size(), GuardSide::back);
    std::int64_t offset = 0;
    for (const std::int64_t width : widths) {
      const auto values =
          random_values<std::uint8_t>(random, static_cast<std::size_t>(outer * width), 0, 255);
      Input<std::uint8_t> input(values, GuardSide::back);
      kernels::copy_rows(input.data(), output.data(), outer, width, total, offset);
      for (std::int64_t i = 0; i < outer * width; ++i) {
        expected[static_cast<std::size_t>(i / width * total + offset + i % width)] =
            values[static_cast<std::size_t>(i)];
      }
      offset += width;
    }
    REQUIRE(output.values() == expected);
    REQUIRE(output.slack_intact());
  }
}

}  // namespace bulwark::test
