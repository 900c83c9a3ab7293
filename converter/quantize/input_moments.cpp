// SPDX-License-Identifier: Apache-2.0
#include "converter/quantize/input_moments.h"

#include <algorithm>

#include "converter/graph/evaluate_ops.h"
#include "converter/passes/rewrite.h"

namespace bulwark::converter::quantize {
namespace {

constexpr std::int64_t kLongestRow = 2304;  // 256 channels of 3x3; a matrix of 42 MB

std::int64_t row_elements(const Graph& graph, const Node& layer) {
  const Shape& shape = graph[layer.inputs[1]].shape;
  return element_count(shape) /
         std::max<std::int64_t>(shape[static_cast<std::size_t>(passes::output_channel_axis(graph, layer))],
                                1);
}

std::int64_t positions(const Graph& graph, const Node& layer) {
  const std::int64_t rows =
      graph[layer.inputs[1]].shape[static_cast<std::size_t>(passes::output_channel_axis(graph, layer))];
  return element_count(graph[layer.outputs[0]].shape) / std::max<std::int64_t>(rows, 1);
}

}  // namespace

bool InputMoments::possible(const Graph& graph, const Node& layer) {
  const Shape& shape = graph[layer.inputs[1]].shape;
  if (layer.op == Op::matmul && shape.size() != 2) return false;
  const std::int64_t elements = row_elements(graph, layer);
  return elements > 0 && elements <= kLongestRow;
}

InputMoments::InputMoments(const Graph& graph, const Node& layer, std::size_t samples)
    : graph_(graph), layer_(layer) {
  const std::int64_t size = row_elements(graph, layer), wanted = 16 * size + 4096;
  every_ = std::max<std::int64_t>(1, positions(graph, layer) * static_cast<std::int64_t>(samples) / wanted);
  const auto groups = static_cast<std::size_t>(layer.op == Op::conv ? layer.groups : 1);
  products_.assign(groups, Eigen::MatrixXd::Zero(size, size));
  sums_.assign(groups, Eigen::VectorXd::Zero(size));
}

void InputMoments::add(const TensorData& input) {
  using Rows = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  for (std::size_t g = 0; g < products_.size(); ++g) {
    twin::visit_input_rows(layer_, input, graph_[layer_.inputs[1]].shape, graph_[layer_.outputs[0]].shape,
                           static_cast<std::int64_t>(g), every_, [&](const twin::InputRows& rows) {
                             const Eigen::Map<const Rows> x(rows.data, rows.count, rows.columns);
                             products_[g].selfadjointView<Eigen::Lower>().rankUpdate(x.transpose());
                             sums_[g] += x.colwise().sum().transpose();
                             if (g == 0) count_ += rows.count;
                           });
  }
}

Eigen::MatrixXd InputMoments::moments(std::size_t group, bool centred) const {
  Eigen::MatrixXd full = products_[group].selfadjointView<Eigen::Lower>();
  const double count = static_cast<double>(std::max<std::int64_t>(count_, 1));
  if (centred) full -= sums_[group] * sums_[group].transpose() / count;
  full /= count;
  if (layer_.op != Op::conv) return full;
  const std::int64_t channels = graph_[layer_.inputs[1]].shape.at(1), taps = full.rows() / channels;
  const auto source = [&](Eigen::Index i) { return i % taps * channels + i / taps; };
  Eigen::MatrixXd moved(full.rows(), full.cols());
  for (Eigen::Index i = 0; i < full.rows(); ++i) {
    for (Eigen::Index j = 0; j < full.cols(); ++j) moved(i, j) = full(source(i), source(j));
  }
  return moved;
}

}  // namespace bulwark::converter::quantize
