// SPDX-License-Identifier: Apache-2.0
#include <Eigen/Dense>
#include <catch2/catch.hpp>
#include <random>

#include "converter/lipschitz/norms.h"

namespace bulwark::converter::lipschitz {
namespace {

struct Case {
  std::int64_t kernel, stride, dilation, pad, extent, groups, inputs, outputs;
};

LinearMap random_map(const Case& c, std::mt19937& random) {
  LinearMap map;
  const std::int64_t output = (c.extent + 2 * c.pad - c.dilation * (c.kernel - 1) - 1) / c.stride + 1;
  map.h = {c.extent, output, c.kernel, c.stride, c.dilation, c.pad};
  map.w = map.h;
  map.groups = c.groups;
  map.inputs = c.inputs;
  map.outputs = c.outputs;
  std::uniform_int_distribution<int> level(-7, 7);
  map.weights.resize(static_cast<std::size_t>(c.groups * c.outputs * c.kernel * c.kernel * c.inputs));
  for (double& w : map.weights) w = 0.125 * level(random);
  return map;
}

/// The whole matrix, entry by entry.
Eigen::MatrixXd dense(const LinearMap& map) {
  const std::int64_t in = map.groups * map.inputs, out = map.groups * map.outputs;
  Eigen::MatrixXd m =
      Eigen::MatrixXd::Zero(map.h.output * map.w.output * out, map.h.input * map.w.input * in);
  for (std::int64_t i = 0; i < map.h.output; ++i) {
    for (std::int64_t j = 0; j < map.w.output; ++j) {
      for (std::int64_t o = 0; o < out; ++o) {
        for (std::int64_t kh = 0; kh < map.h.kernel; ++kh) {
          for (std::int64_t kw = 0; kw < map.w.kernel; ++kw) {
            const std::int64_t row = i * map.h.stride - map.h.pad_before + kh * map.h.dilation;
            const std::int64_t column = j * map.w.stride - map.w.pad_before + kw * map.w.dilation;
            if (row < 0 || row >= map.h.input || column < 0 || column >= map.w.input) continue;
            for (std::int64_t c = 0; c < map.inputs; ++c) {
              m((i * map.w.output + j) * out + o,
                (row * map.w.input + column) * in + o / map.outputs * map.inputs + c) =
                  map.weight(o, kh, kw, c);
            }
          }
        }
      }
    }
  }
  return m;
}

const Case kCases[] = {
    {3, 1, 1, 1, 7, 1, 3, 4}, {3, 2, 1, 1, 7, 1, 2, 5}, {4, 2, 1, 1, 8, 1, 2, 3},   {5, 3, 1, 2, 9, 1, 2, 2},
    {3, 1, 2, 2, 8, 1, 2, 3}, {3, 2, 3, 3, 9, 1, 2, 2}, {3, 1, 1, 1, 6, 5, 1, 1},   {3, 2, 1, 1, 6, 2, 2, 3},
    {1, 1, 1, 0, 5, 1, 6, 4}, {1, 2, 1, 0, 5, 1, 3, 3}, {3, 1, 1, 1, 1, 1, 4, 4},   {2, 3, 1, 0, 8, 1, 2, 2},
    {7, 1, 1, 3, 5, 1, 1, 2}, {3, 1, 1, 0, 3, 1, 3, 2}, {1, 1, 1, 0, 1, 1, 20, 10}, {5, 1, 1, 2, 3, 3, 1, 2},
};

TEST_CASE("the l-infinity norm is the largest row sum of the whole matrix", "[lipschitz]") {
  std::mt19937 random(7);
  for (const Case& c : kCases) {
    const LinearMap map = random_map(c, random);
    CHECK(linf_norm(map) == Approx(dense(map).cwiseAbs().rowwise().sum().maxCoeff()).epsilon(1e-12));
  }
}

TEST_CASE("the l2 bound lies between the true norm and the cheap bound", "[lipschitz]") {
  std::mt19937 random(8);
  for (const Case& c : kCases) {
    for (const double work : {4e9, 1e3}) {
      const LinearMap map = random_map(c, random);
      const double norm = Eigen::BDCSVD<Eigen::MatrixXd>(dense(map)).singularValues()(0);
      INFO("kernel " << c.kernel << " stride " << c.stride << " dilation " << c.dilation << " extent "
                     << c.extent);
      CHECK(l2_bound(map, work) >= norm * (1 - 1e-12));
      CHECK(l2_bound(map, work) <= cheap_l2_bound(map));
      CHECK(l2_lower_bound(map, 200) <= norm * (1 + 1e-12));
      CHECK(l2_lower_bound(map, 200) >= norm * 0.95);
      if (c.kernel == 1) CHECK(l2_bound(map, work) == Approx(norm).epsilon(1e-6));
    }
  }
}

TEST_CASE("a large picture brings the l2 norm up to the bound", "[lipschitz]") {
  std::mt19937 random(9);
  for (const Case& c :
       {Case{3, 1, 1, 1, 24, 1, 3, 4}, Case{3, 2, 1, 1, 48, 1, 2, 3}, Case{3, 1, 1, 1, 24, 4, 1, 1}}) {
    const LinearMap map = random_map(c, random);
    const double lower = l2_lower_bound(map, 400, 1000);
    CHECK(l2_bound(map) >= lower);
    CHECK(l2_bound(map) <= 1.06 * lower);
  }
}

TEST_CASE("a picture cut down for power iteration stays below the whole one", "[lipschitz]") {
  std::mt19937 random(10);
  for (const Case& c :
       {Case{3, 1, 1, 1, 20, 1, 3, 3}, Case{5, 2, 1, 2, 21, 1, 2, 3}, Case{3, 2, 2, 0, 20, 2, 2, 2}}) {
    const LinearMap map = random_map(c, random);
    CHECK(l2_lower_bound(map, 300, 9) <= l2_bound(map));
    CHECK(l2_lower_bound(map, 300, 9) <= l2_lower_bound(map, 600, 100) * (1 + 1e-3));
  }
}

TEST_CASE("a kernel of reshaped norm 1 need not be non-expansive", "[lipschitz]") {
  // Orthonormal rows when reshaped; three taps in phase still triple a constant picture in part.
  LinearMap map;
  map.h = {16, 16, 3, 1, 1, 1};
  map.w = map.h;
  map.weights.assign(9, 1.0 / 3);
  CHECK(reshaped_norm(map) == Approx(1));
  CHECK(l2_bound(map) == Approx(3).epsilon(0.03));
  CHECK(l2_lower_bound(map, 200) > 2.8);
  CHECK(linf_norm(map) == Approx(3));
}

}  // namespace
}  // namespace bulwark::converter::lipschitz
