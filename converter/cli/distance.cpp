// SPDX-License-Identifier: Apache-2.0
#include "converter/cli/distance.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

namespace bulwark::converter::cli {
namespace {

std::size_t label(std::span<const double> values) {
  return static_cast<std::size_t>(std::max_element(values.begin(), values.end()) - values.begin());
}

double total_distance(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += std::fabs(a[i] - b[i]);
  return sum;
}

/// [N, C, H, W] -> [N, H, W, C] (columns = C) or back (columns = H * W): each of N matrices transposed.
std::vector<double> transposed(const std::vector<double>& values, std::int64_t batch, std::int64_t rows) {
  std::vector<double> out(values.size());
  const auto per_batch = values.size() / static_cast<std::size_t>(batch);
  const auto r_count = static_cast<std::size_t>(rows), c_count = per_batch / r_count;
  for (std::size_t at = 0; at < values.size(); at += per_batch) {
    for (std::size_t r = 0; r < r_count; ++r) {
      for (std::size_t c = 0; c < c_count; ++c) out[at + c * r_count + r] = values[at + r * c_count + c];
    }
  }
  return out;
}

}  // namespace

void Distance::add(const SideTensor& a, const SideTensor& b) {
  if (step_ == 0) step_ = a.step > 0 ? a.step : b.step;
  for (std::size_t i = 0; i < a.values.size(); ++i) {
    double distance = a.values[i] == b.values[i] ? 0 : std::fabs(a.values[i] - b.values[i]);
    if (std::isnan(distance))
      distance =
          std::isnan(a.values[i]) && std::isnan(b.values[i]) ? 0 : std::numeric_limits<double>::infinity();
    largest_ = std::max(largest_, distance);
    sum_ += distance;
    dot_ += a.values[i] * b.values[i];
    norm_a_ += a.values[i] * a.values[i];
    norm_b_ += b.values[i] * b.values[i];
  }
  elements_ += static_cast<std::int64_t>(a.values.size());
}

void Distance::add_labels(std::span<const double> a, std::span<const double> b, std::int64_t batch) {
  const std::size_t classes = a.size() / static_cast<std::size_t>(batch);
  if (classes < 2) return;
  for (std::size_t at = 0; at + classes <= a.size(); at += classes) {
    ++labels_;
    equal_labels_ += label(a.subspan(at, classes)) == label(b.subspan(at, classes)) ? 1 : 0;
  }
}

double Distance::cosine() const {
  const double norms = std::sqrt(norm_a_) * std::sqrt(norm_b_);
  if (norms == 0) return norm_a_ == norm_b_ ? 1 : 0;
  return dot_ / norms;
}

nlohmann::ordered_json Distance::to_json() const {
  nlohmann::ordered_json json = {{"largest", largest_}, {"mean", mean()}, {"cosine", cosine()}};
  if (step_ > 0)
    json.update({{"step", step_}, {"largest_steps", largest_steps()}, {"mean_steps", mean() / step_}});
  if (labels_ > 0) json.update({{"labels", labels_}, {"equal_labels", equal_labels_}});
  return json;
}

std::vector<double> aligned(const SideTensor& a, const SideTensor& b) {
  if (a.values.size() != b.values.size() || a.values.empty()) return {};
  std::vector<std::vector<double>> candidates;
  const auto without_ones = [](std::vector<std::int64_t> shape) {
    std::erase(shape, 1);
    return shape;
  };
  if (without_ones(a.shape) == without_ones(b.shape)) candidates.push_back(b.values);
  if (a.shape.size() == 4 && b.shape.size() == 4 && a.shape[0] == b.shape[0]) {
    const std::vector<std::int64_t> first_to_last = {b.shape[0], b.shape[2], b.shape[3], b.shape[1]};
    const std::vector<std::int64_t> last_to_first = {b.shape[0], b.shape[3], b.shape[1], b.shape[2]};
    if (a.shape == first_to_last) candidates.push_back(transposed(b.values, b.shape[0], b.shape[1]));
    if (a.shape == last_to_first)
      candidates.push_back(transposed(b.values, b.shape[0], b.shape[1] * b.shape[2]));
  }
  for (const auto& [flat, other] : {std::pair(&a, &b), std::pair(&b, &a)}) {
    if (flat->flattened.empty() || other->shape.size() == 4) continue;
    const std::int64_t channels = flat->flattened[3], pixels = flat->flattened[1] * flat->flattened[2];
    candidates.push_back(transposed(b.values, flat->flattened[0], flat == &a ? channels : pixels));
  }
  if (candidates.empty()) return {};
  return *std::min_element(candidates.begin(), candidates.end(), [&](const auto& x, const auto& y) {
    return total_distance(a.values, x) < total_distance(a.values, y);
  });
}

}  // namespace bulwark::converter::cli
